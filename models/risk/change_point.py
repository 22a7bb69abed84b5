"""How likely each SKU's regret rate has changed for the worse in the last weeks: a Bayesian change point in two levels.

A bad batch shows in returns only days later, and rates learnt from a good past miss it. Each SKU's own rate, or that of
all SKUs of a supplier at once, may have become worse at one of a few candidate ages; how often that happens is learnt
from the whole catalogue by maximum marginal likelihood. Source: a change point as in Chernoff and Zacks, "Estimating
the current mean of a normal distribution which is subjected to changes in time", Ann. Math. Stat. 35 (1964), here for
Beta-Binomial lines and in two levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import log_marginal_likelihood
from xuanpin.models.risk.change_frequency import (
    ODDS_RATIOS,
    SKUS_BEFORE,
    SUPPLIERS_BEFORE,
    Beginnings,
    ChangeCount,
    Units,
    change_chances,
    duration_likelihood,
    first_beginnings,
    fit_chances,
)
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES, RecentRegrets, with_past
from xuanpin.models.risk.regret_clusters import (
    CLUSTER_AMONG_MANY,
    CLUSTER_CHANCE,
    LARGEST_LOG_RATIO,
    Clusters,
    cluster_odds,
    likeliest_clusters,
)

VOLUME_POWER = 0.5
"""Power of a SKU's lines with which changes grow: one that sells four times as much changes twice as often.

It has more batches, yet not four times as many. Chosen by marginal likelihood on simulated platforms; 0 and 1 predicted
their changes worse."""
ROUNDS = 4
"""Rounds of separating the changes of suppliers from those of single SKUs, each by the chances last found."""
UNSOLD_LINES = 0.5
"""Lines added to those of each SKU on sale before its relative volume is taken: one that sold none may change too."""
SMALLEST_SPREAD = 1e-9
"""Variance below which the Beta of changed SKUs is not narrowed further."""
FEWEST_LINES = 0.1
"""Lines that the Beta of changed SKUs is worth at least, so that both of its parameters are positive."""


@dataclass(frozen=True)
class ChangePosterior:
    """Hold how likely each SKU's rate has changed, and its posterior rate if it has; arrays have shape (skus,).

    `with_supplier` is the chance that all SKUs of its supplier have changed, `alone` that the SKU has if they have not.
    `alpha` and `beta` are the parameters of the changed rate's Beta, in lines. `sku_change_count` and
    `supplier_change_count` are how many changes of either level the chances were learnt from. `clusters` is what else
    may explain the regrets.
    """

    alone: Floats
    with_supplier: Floats
    alpha: Floats
    beta: Floats
    sku_change_count: float
    supplier_change_count: float
    clusters: Clusters

    @property
    def chance(self) -> Floats:
        """Return the chance of a change at either level, 0-1, shape (skus,)."""
        return self.with_supplier + (1.0 - self.with_supplier) * self.alone


@dataclass(frozen=True)
class Levels:
    """Hold the posterior chances by odds ratio and age: of each SKU `alone` (its supplier unchanged), `of_supplier`.

    `sku_changes` is how many changes of SKUs they were learnt from, `share` when those in force began.
    """

    alone: Floats
    of_supplier: Floats
    sku_changes: float
    share: Floats


def earlier_changes(first_days: Ints, suppliers: Ints, starts: Ints, days: int) -> ChangeCount:
    """Count the suppliers that changed before the CANDIDATE_AGES, and all the time at risk they had until then.

    Days count from the first day of the history, `days` in all. `first_days` holds the first delivery of each supplier;
    `suppliers` (codes) and `starts` (first day) hold one entry for each regret alarm. A platform that has seen years
    without a change need not expect one as often as a platform of two months.
    """
    span = int(CANDIDATE_AGES[-1])
    before = days - span
    lived = np.maximum(before - first_days, 0).sum()
    return ChangeCount(float(len(np.unique(suppliers[starts < before]))), float(lived) / span)


def infer_changes(
    recent: RecentRegrets,
    mean: Floats,
    strength: Floats,
    suppliers: Ints,
    weakest: float,
    transit_days: float,
    earlier: ChangeCount,
) -> ChangePosterior:
    """Infer how likely each SKU's rate has changed, and its rate if it has, from the lines of the last weeks.

    `recent` holds the regrets; the prior `mean` (0-1) and `strength` (lines) have shape (skus,); a changed SKU's prior
    is worth at most `weakest` lines. `suppliers` are codes of shape (skus,), `earlier` counts their changes before the
    CANDIDATE_AGES. A change of the last `transit_days` days has reached no customer yet.
    """
    after = np.minimum(strength, weakest)
    beginnings, of_suppliers = first_beginnings(transit_days), SUPPLIERS_BEFORE + earlier
    ratio, clustered = _log_ratios(recent, mean, strength, after), cluster_odds(recent, mean, strength)
    # A changed SKU may meet a cluster too: only what a cluster explains better counts against a change.
    better = np.maximum(np.sum(clustered * beginnings.share, axis=1) - 1.0, 0.0)
    found = _levels(recent, ratio, better, suppliers, of_suppliers, beginnings)
    by_supplier = found.of_supplier[suppliers]
    total, alone = by_supplier.sum(axis=(1, 2)), found.alone.sum(axis=(1, 2))
    alpha, beta = _matched(recent, mean, after, by_supplier + (1.0 - total)[:, None, None] * found.alone)
    supplier_changes = float(found.of_supplier.sum()) + of_suppliers.changes
    doubt = CLUSTER_CHANCE * better
    clusters = likeliest_clusters(recent, clustered, (1.0 - total) * (1.0 - alone) * doubt / (1.0 + doubt))
    return ChangePosterior(alone, total, alpha, beta, found.sku_changes, supplier_changes, clusters)


def _log_ratios(recent: RecentRegrets, mean: Floats, strength: Floats, after: Floats) -> Floats:
    """Log likelihood ratios (nats) of each change against none for a SKU's lines; shape (skus, odds ratios, ages)."""
    before = log_marginal_likelihood(
        recent.events[:, None] - recent.events_since,
        recent.exposure[:, None] - recent.exposure_since,
        mean[:, None],
        strength[:, None],
    )
    steady = before[:, :1]  # column 0: everything was delivered before the change
    ratios = np.empty((len(mean), len(ODDS_RATIOS), len(CANDIDATE_AGES)))
    for number, odds_ratio in enumerate(ODDS_RATIOS):
        worse = _shifted(mean, odds_ratio)
        since = log_marginal_likelihood(recent.events_since, recent.exposure_since, worse[:, None], after[:, None])
        ratios[:, number] = np.minimum(before + since - steady, LARGEST_LOG_RATIO)
    return ratios


def _relative_volume(recent: RecentRegrets) -> Floats:
    """How many times as often as the mean SKU on sale each changes, by its recent lines; 0 without exposure."""
    volume = np.where(recent.exposure > 0.0, (recent.exposure_since[:, -1] + UNSOLD_LINES) ** VOLUME_POWER, 0.0)
    return volume / max(float(volume.sum()), 1e-12) * np.count_nonzero(volume)


def _levels(
    recent: RecentRegrets,
    ratio: Floats,
    better: Floats,
    suppliers: Ints,
    of_suppliers: ChangeCount,
    beginnings: Beginnings,
) -> Levels:
    """Tell changes of suppliers from those of single SKUs, and learn how often and for how long either changes."""
    volume = _relative_volume(recent)
    skus = Units(_doubted(ratio, CLUSTER_CHANCE * better), with_past(recent.oldest), volume, np.sign(volume))
    together = _doubted(ratio, CLUSTER_AMONG_MANY * better)
    oldest = np.zeros(int(suppliers.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(oldest, suppliers, recent.oldest)
    alike = np.ones(len(oldest))
    for _ in range(ROUNDS):
        share = beginnings.share
        rate = fit_chances(skus, share, SKUS_BEFORE)
        joint = np.zeros((len(oldest), *ratio.shape[1:]))
        np.add.at(joint, suppliers, _for_supplier(together, skus, rate, share))
        owners = Units(np.exp(np.clip(joint, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)), with_past(oldest), alike, alike)
        often = fit_chances(owners, share, of_suppliers)
        of_supplier = change_chances(owners, often, share)
        held = np.sign(volume) * (1.0 - of_supplier.sum(axis=(1, 2))[suppliers])
        skus = Units(skus.odds, skus.has_past, volume, held)
        beginnings = beginnings.weighed(
            duration_likelihood(skus, rate, beginnings) + duration_likelihood(owners, often, beginnings)
        )
    alone = change_chances(skus, rate, share)
    changes = float(np.sum(held * alone.sum(axis=(1, 2)))) + SKUS_BEFORE.changes
    return Levels(alone, of_supplier, changes, share)


def _doubted(ratio: Floats, doubt: Floats) -> Floats:
    return np.asarray(np.exp(ratio - np.log1p(doubt)[:, None, None]), dtype=np.float64)


def _for_supplier(odds: Floats, skus: Units, rate: Floats, share: Floats) -> Floats:
    """Log likelihood ratios (nats) of each supplier's change for a SKU's lines; shape (skus, odds ratios, ages).

    What a SKU's own change explains is evidence neither for its supplier's change nor against it: a SKU of a changed
    supplier may have had one too.
    """
    apart = Units(odds, skus.has_past, skus.scale, skus.weight)
    steady = 1.0 - rate.sum(axis=1) * apart.at_risk(share)
    own = np.sum(rate * apart.mean_odds(share), axis=1)
    together = steady[:, None, None] * odds + own[:, None, None]
    return np.asarray(np.log(together / (steady + own)[:, None, None]), dtype=np.float64)


def _matched(recent: RecentRegrets, mean: Floats, after: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """One Beta with the mean and variance of the changed posteriors together, weighted by odds ratio and age.

    A SKU that nothing was sold of cannot have changed, so all its posteriors weigh the same, and none counts.
    """
    weight = np.where(weight.sum(axis=(1, 2), keepdims=True) > 0.0, weight, 1.0)
    first, second = np.zeros(len(mean)), np.zeros(len(mean))
    lines = np.maximum(recent.exposure_since, recent.events_since) + after[:, None]
    for number, odds_ratio in enumerate(ODDS_RATIOS):
        rate = ((_shifted(mean, odds_ratio) * after)[:, None] + recent.events_since) / lines
        first += np.sum(weight[:, number] * rate, axis=1)
        second += np.sum(weight[:, number] * (rate * (1.0 - rate) / (lines + 1.0) + rate**2), axis=1)
    total = weight.sum(axis=(1, 2))
    centre = first / total
    spread = np.maximum(second / total - centre**2, SMALLEST_SPREAD)
    size = np.maximum(centre * (1.0 - centre) / spread - 1.0, FEWEST_LINES)
    return centre * size, (1.0 - centre) * size


def _shifted(mean: Floats, odds_ratio: float) -> Floats:
    return np.asarray(expit(logit(mean) + np.log(odds_ratio)), dtype=np.float64)
