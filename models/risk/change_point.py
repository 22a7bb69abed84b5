"""Goods that may have turned bad lately: how likely, given how often goods turn here and what their last lines say.

A bad batch shows in returns only days later, and rates learnt from a good past miss it. Each SKU's own rate, or that of
all goods of a supplier at once, may have turned worse on one day of the last weeks; how often that happens is learnt
from the whole catalogue by maximum marginal likelihood. Source: a change point as in Chernoff and Zacks, "Estimating
the current mean of a normal distribution which is subjected to changes in time", Ann. Math. Stat. 35 (1964), here for
Beta-Binomial lines and in two levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, logit

from xuanpin.models.arrays import Floats, Ints

STEPS = np.array([0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48])
"""Days ago on which a turn may have happened; older turns have become part of a SKU's history or raised alarms."""
LIFTS = np.array([4.0, 8.0])
"""Odds ratios of a turn: from the mildest that makes a landmine to a ruined batch."""
BUSY = 0.5
"""Power of a SKU's lines with which turns grow: one that sells four times as much turns twice as often.

It has more batches, yet not four times as many. Chosen by marginal likelihood on simulated platforms; 0 and 1 foretold
their turns worse."""
ROUNDS = 3
"""Rounds of telling suppliers' turns from those of single goods."""
MOST_PASSES = 200
"""Passes of expectation maximisation after which a chance is taken as it is."""
STILL = 1e-4
"""Relative change of a chance below which expectation maximisation stops."""
HIGHEST = 0.5
"""Highest chance of a turn, 0-1, before any line speaks."""
FIRST_CHANCE = 0.01
"""Chance of a turn, 0-1, from which expectation maximisation starts."""
UNSOLD_LINES = 0.5
"""Lines added to those of each SKU on sale before it is said how often it turns: one that sold none still may."""
SMALLEST_SPREAD = 1e-9
"""Variance below which the Beta of turned goods is not narrowed further."""
FEWEST_LINES = 0.1
"""Lines that the Beta of turned goods is worth at least, so that both of its parameters are positive."""
TALLEST = 300.0
"""Logarithm of a likelihood ratio, in nats, beyond which more says nothing and would overflow."""


@dataclass(frozen=True)
class Seen:
    """How many turns were seen `among` so many goods or suppliers, each over as long as the STEPS reach back."""

    turns: float
    among: float

    def __add__(self, other: Seen) -> Seen:
        return Seen(self.turns + other.turns, self.among + other.among)


GOODS_BEFORE = Seen(0.5, 25.0)
"""Turns of goods taken as seen before any is: a catalogue of hundreds of goods outweighs it."""
SUPPLIERS_BEFORE = Seen(1.0, 2.0)
"""The same of suppliers, who are few and may show no turn: Laplace's rule of succession, one among two."""


@dataclass(frozen=True)
class Recent:
    """Regrets seen so far by SKU: all of them, shape (skus,), and those of lines delivered within each of the STEPS.

    `exposure_since` and `events_since` have shape (skus, steps): column k is of lines delivered less than STEPS[k] days
    ago, column 0 therefore 0. Exposure is in lines, thinned by the delay curve.
    """

    exposure: Floats
    events: Floats
    exposure_since: Floats
    events_since: Floats


@dataclass(frozen=True)
class Turned:
    """How likely each SKU has turned, and its Beta posterior if it has; shape (skus,).

    `with_supplier` is the chance that all goods of its supplier have turned, `alone` that the SKU has if they have not.
    `known_alone` and `known_suppliers` are how many turns of either sort the chances were learnt from.
    """

    alone: Floats
    with_supplier: Floats
    alpha: Floats
    beta: Floats
    known_alone: float
    known_suppliers: float

    @property
    def chance(self) -> Floats:
        """Chance of having turned either way."""
        return self.with_supplier + (1.0 - self.with_supplier) * self.alone


def earlier_turns(first_days: Ints, suppliers: Ints, starts: Ints, days: int) -> Seen:
    """Count the suppliers that turned worse before the STEPS, among all the weeks that suppliers have lived till then.

    Days count from the first day watched, `days` in all. `first_days` holds the first delivery of each supplier;
    `suppliers` (codes) and `starts` hold one entry an alarm of regret. A platform that has seen years without a turn
    need not fear one like a platform of two months.
    """
    span = int(STEPS[-1])
    before = days - span
    lived = np.maximum(before - first_days, 0).sum()
    return Seen(float(len(np.unique(suppliers[starts < before]))), float(lived) / span)


def since_steps(skus: Ints, steps: Ints, measure: Floats, size: int) -> Floats:
    """Add up a measure of lines by how recent they are: column k is of lines younger than STEPS[k], (size, steps).

    Each entry is of one SKU (its row) and the step in which its lines were delivered; all arrays have that shape.
    """
    table = np.zeros((size, len(STEPS)))
    table[skus, steps] = measure
    return np.cumsum(table, axis=1)


def find_turned(
    recent: Recent,
    mean: Floats,
    strength: Floats,
    suppliers: Ints,
    weakest: float,
    transit_days: float,
    earlier: Seen,
) -> Turned:
    """Estimate the chance of a turn of SKUs with prior Beta(mean, strength), and their rates if they have turned.

    `mean` (0-1) and `strength` (lines) have shape (skus,); a turned SKU's prior is worth at most `weakest` lines.
    `suppliers` are codes of shape (skus,), `earlier` their turns before the STEPS. A turn of the last `transit_days`
    days has reached no customer yet.
    """
    after = np.minimum(strength, weakest)
    ratio = _log_ratios(recent, mean, strength, after)
    days = np.append(transit_days, np.diff(STEPS))
    share = days / days.sum()
    of_suppliers = SUPPLIERS_BEFORE + earlier
    alone, with_supplier, known_alone = _chances(ratio, share, suppliers, _busy(recent), of_suppliers)
    by_supplier = with_supplier[suppliers]
    total = by_supplier.sum(axis=(1, 2))
    weight = by_supplier + (1.0 - total)[:, None, None] * alone
    alpha, beta = _matched(recent, mean, after, weight)
    known_suppliers = float(with_supplier.sum()) + of_suppliers.turns
    return Turned(alone.sum(axis=(1, 2)), total, alpha, beta, known_alone, known_suppliers)


def _log_ratios(recent: Recent, mean: Floats, strength: Floats, after: Floats) -> Floats:
    """How much better each turn explains a SKU's lines than none, in nats; shape (skus, lifts, steps)."""
    before = _evidence(
        recent.events[:, None] - recent.events_since,
        recent.exposure[:, None] - recent.exposure_since,
        mean[:, None],
        strength[:, None],
    )
    steady = before[:, :1]  # column 0: everything was delivered before the turn
    ratios = np.empty((len(mean), len(LIFTS), len(STEPS)))
    for number, lift in enumerate(LIFTS):
        worse = _lifted(mean, lift)
        since = _evidence(recent.events_since, recent.exposure_since, worse[:, None], after[:, None])
        ratios[:, number] = np.minimum(before + since - steady, TALLEST)
    return ratios


def _busy(recent: Recent) -> Floats:
    """How much oftener than the mean SKU on sale each turns, by its lines of the last weeks; 0 for the unsold."""
    busy = np.where(recent.exposure > 0.0, (recent.exposure_since[:, -1] + UNSOLD_LINES) ** BUSY, 0.0)
    return busy / max(float(busy.sum()), 1e-12) * np.count_nonzero(busy)


def _chances(
    ratio: Floats, share: Floats, suppliers: Ints, busy: Floats, of_suppliers: Seen
) -> tuple[Floats, Floats, float]:
    """Posterior chances by lift and step of each SKU (its supplier not turned) and of each supplier; single turns."""
    odds = np.exp(ratio)
    single = odds @ share
    alike = np.ones(int(suppliers.max(initial=-1)) + 1)
    held = np.sign(busy)
    for _ in range(ROUNDS):
        rate = _learn(single, held, busy, GOODS_BEFORE)
        # What a SKU's own turn explains already is no evidence that its supplier has turned.
        own = np.log(1.0 + np.sum((single - 1.0) * rate, axis=1))
        joint = np.zeros((len(alike), *ratio.shape[1:]))
        np.add.at(joint, suppliers, ratio - own[:, None, None])
        joint = np.exp(np.clip(joint, -TALLEST, TALLEST))
        of_supplier = _posterior(joint, _learn(joint @ share, alike, alike, of_suppliers), share)
        held = np.sign(busy) * (1.0 - of_supplier.sum(axis=(1, 2))[suppliers])
    alone = _posterior(odds, rate, share)
    return alone, of_supplier, float(np.sum(held * alone.sum(axis=(1, 2)))) + GOODS_BEFORE.turns


def _learn(odds: Floats, weight: Floats, scale: Floats, before: Seen) -> Floats:
    """Chance of each unit to have turned, by lift, before its own lines; from all likelihood ratios (units, lifts)."""
    by_lift = [np.ascontiguousarray(column) for column in odds.T]
    rate = np.full(len(LIFTS), FIRST_CHANCE / len(LIFTS))
    for _ in range(MOST_PASSES):
        limited = _limited(scale, rate)
        none = 1.0 - limited * rate.sum()
        # Sums, not dot products: their order must not depend on the machine's threads.
        split = (
            weight * limited / (none + limited * sum(part * column for part, column in zip(rate, by_lift, strict=True)))
        )
        turned = rate * [np.sum(split * column) for column in by_lift]
        found = (turned + before.turns / len(LIFTS)) / (np.sum(weight * limited) + before.among)
        moved, rate = float(np.abs(found - rate).max()), found
        if moved < STILL * rate.sum():
            break
    return np.asarray(_limited(scale, rate)[:, None] * rate, dtype=np.float64)


def _limited(scale: Floats, rate: Floats) -> Floats:
    return np.asarray(np.minimum(scale, HIGHEST / rate.sum()), dtype=np.float64)


def _posterior(odds: Floats, rate: Floats, share: Floats) -> Floats:
    """Chance of each lift and step; `rate` has shape (units, lifts)."""
    joint = odds * rate[:, :, None] * share
    none = 1.0 - rate.sum(axis=1)
    return np.asarray(joint / (none[:, None, None] + joint.sum(axis=(1, 2), keepdims=True)), dtype=np.float64)


def _matched(recent: Recent, mean: Floats, after: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """One Beta with the mean and variance of the turned posteriors together, weighted by lift and step."""
    first, second = np.zeros(len(mean)), np.zeros(len(mean))
    lines = np.maximum(recent.exposure_since, recent.events_since) + after[:, None]
    for number, lift in enumerate(LIFTS):
        rate = ((_lifted(mean, lift) * after)[:, None] + recent.events_since) / lines
        first += np.sum(weight[:, number] * rate, axis=1)
        second += np.sum(weight[:, number] * (rate * (1.0 - rate) / (lines + 1.0) + rate**2), axis=1)
    total = weight.sum(axis=(1, 2))
    centre = first / total
    spread = np.maximum(second / total - centre**2, SMALLEST_SPREAD)
    size = np.maximum(centre * (1.0 - centre) / spread - 1.0, FEWEST_LINES)
    return centre * size, (1.0 - centre) * size


def _lifted(mean: Floats, lift: float) -> Floats:
    return np.asarray(expit(logit(mean) + np.log(lift)), dtype=np.float64)


def _evidence(events: Floats, exposure: Floats, mean: Floats, strength: Floats) -> Floats:
    """Log marginal likelihood of Beta-Binomial lines, but for a constant."""
    alpha, beta = mean * strength, (1.0 - mean) * strength
    clear = np.maximum(exposure - events, 0.0)
    return np.asarray(betaln(alpha + events, beta + clear) - betaln(alpha, beta), dtype=np.float64)
