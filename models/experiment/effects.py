"""What a trial shows of its policy so far: the difference between the arms, with limits that hold at every look.

A metric is a sum over a base: kept units over listed SKUs, regretted lines over delivered lines. The difference of two
such ratios is estimated from each cell's sum less the common ratio times its base (linearised, the delta method), so
that days with more sales do not count as an effect.
Sources: Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018; Deng, Xu, Kohavi and Walker,
"Improving the sensitivity of online controlled experiments by utilizing pre-experiment data", WSDM 2013; Jennison and
Turnbull, "Group-sequential analysis incorporating covariate information", JASA 92 (1997): estimates that become better
are, in the order of their information, a Brownian motion, also where the same agents are looked at again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.experiment.assignment import PAIR_DAYS
from xuanpin.models.experiment.sequences import mixture_precision, mixture_radius

FEWEST_UNITS = 4
"""Units of each arm (agents, or blocks that switch the same way) below which no spread can be seen."""


@dataclass(frozen=True)
class Cells:
    """A metric of every unit on every day whose outcomes are in: `total` over `base`, both of shape (units, days).

    `planned` are the days of the whole trial.
    """

    total: Floats
    base: Floats
    planned: int


@dataclass(frozen=True)
class Effect:
    """What treatment does to a metric: the ratio of each arm (`treated` and `control`, None without any base), their
    difference and its limits.

    `lower` and `upper` are infinite where nothing can be said yet; `looks` are the steps (days, or pairs of days) that
    the limits rest on.
    """

    treated: float | None
    control: float | None
    difference: float | None
    lower: float
    upper: float
    looks: int


@dataclass(frozen=True)
class _Walk:
    """A difference as a walk: `mean` is `total` / `scale`, and `total` has the `variance`; `usual` is the variance at
    which the limits are to be closest."""

    total: float
    scale: float
    variance: float
    usual: float


def switchback_effect(cells: Cells, treated: Flags, alpha: float) -> Effect:
    """Return the effect where blocks (units) change arms within each pair of days; `treated` has the shape of `cells`.

    A block is compared with itself on the other day of the pair, and blocks that were treated first with those that
    were treated second, so that neither blocks nor days count as an effect. Days without their other one wait.
    `alpha` is the chance (0-1) that the limits ever leave the true mean effect out.
    """
    pairs = cells.total.shape[1] // PAIR_DAYS
    days = pairs * PAIR_DAYS
    total, base, treated = cells.total[:, :days], cells.base[:, :days], treated[:, :days]
    means = _ratios(total, base, treated)
    first = treated[:, ::PAIR_DAYS]
    if not pairs or min(first.sum(axis=0).min(), (~first).sum(axis=0).min()) < FEWEST_UNITS or base.sum() <= 0.0:
        return _unknown(*means)
    excess = (total - base * total.sum() / base.sum()) / base.mean()
    step = np.where(first, 1.0, -1.0) * (excess[:, ::PAIR_DAYS] - excess[:, 1::PAIR_DAYS])
    one, other = _means(step, first), _means(step, ~first)
    variance = float((one[1] + other[1]).sum()) / 4.0
    walk = _Walk(
        total=float((one[0] + other[0]).sum()) / 2.0,
        scale=float(pairs),
        variance=variance,
        usual=variance * max(cells.planned // PAIR_DAYS, 1) / pairs,
    )
    return _effect(*means, walk, alpha, pairs)


def holdout_effect(cells: Cells, treated: Flags, before: Floats, alpha: float) -> Effect:
    """Return the effect where agents (units) are treated or not for the whole trial; `treated` has shape (units,).

    `before` holds what each agent showed before the trial, of the same metric less its base times the common ratio, 0
    where unknown: what it explains does not count as an effect. `alpha` as in switchback_effect.
    """
    days = cells.total.shape[1]
    total, base = cells.total.sum(axis=1), cells.base.sum(axis=1)
    means = _ratios(total, base, treated)
    if not days or min(treated.sum(), (~treated).sum()) < FEWEST_UNITS or base.sum() <= 0.0:
        return _unknown(*means)
    daily = (cells.total - cells.base * total.sum() / base.sum()) / (base.mean() / days)
    daily = daily - (_slope(before, daily.mean(axis=1)) * (before - before.mean()))[:, None]
    difference, variance = _difference(daily.mean(axis=1)[:, None], treated[:, None])
    single = float(np.mean(_difference(daily, treated[:, None])[1]))
    if variance[0] <= 0.0 or single <= 0.0:
        return _unknown(*means)
    information = 1.0 / float(variance[0])
    # Between agents who differ for good, who say little more each day, and days that are all news.
    usual = sqrt(max(cells.planned, 1)) / single
    walk = _Walk(float(difference[0]) * information, information, information, usual)
    return _effect(*means, walk, alpha, days)


def _effect(treated: float | None, control: float | None, walk: _Walk, alpha: float, looks: int) -> Effect:
    if walk.variance <= 0.0:
        return _unknown(treated, control)
    reach = mixture_radius(walk.variance, mixture_precision(walk.usual, alpha), alpha) / walk.scale
    mean = walk.total / walk.scale
    return Effect(treated, control, mean, mean - reach, mean + reach, looks)


def _unknown(treated: float | None, control: float | None) -> Effect:
    return Effect(treated, control, None, -inf, inf, 0)


def _difference(values: Floats, treated: Flags) -> tuple[Floats, Floats]:
    """Means of the treated less those of the others, column by column, and the variances of these differences."""
    one, other = _means(values, treated), _means(values, ~treated)
    return one[0] - other[0], one[1] * _thin_share(treated) + other[1] * _thin_share(~treated)


def _thin_share(member: Flags) -> float:
    """How much wider Student's distribution is than the normal one, as a ratio of variances: few agents in an arm make
    a poor estimate of their spread."""
    freedom = float(member.sum()) - 1.0
    return freedom / (freedom - 2.0)


def _means(values: Floats, member: Flags) -> tuple[Floats, Floats]:
    """Means over the members among the rows, column by column, and the variances of these means."""
    count = member.sum(axis=0)
    mean = np.where(member, values, 0.0).sum(axis=0) / count
    spread = np.where(member, (values - mean) ** 2, 0.0).sum(axis=0) / (count - 1)
    return mean, spread / count


def _ratios(total: Floats, base: Floats, treated: Flags) -> tuple[float | None, float | None]:
    """Total over base of the treated and of the others."""
    return _ratio(total[treated], base[treated]), _ratio(total[~treated], base[~treated])


def _ratio(total: Floats, base: Floats) -> float | None:
    return float(total.sum() / base.sum()) if base.sum() > 0.0 else None


def _slope(known: Floats, outcome: Floats) -> float:
    """Least-squares slope of outcomes on what was known before."""
    spread = float(np.var(known))
    return float(np.mean((known - known.mean()) * outcome)) / spread if spread > 0.0 else 0.0
