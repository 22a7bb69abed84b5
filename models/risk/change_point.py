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
from scipy.special import expit, gammaln, logit

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import log_marginal_likelihood
from xuanpin.models.risk.gamma_tail import log_upper_gamma

CANDIDATE_AGES = np.array([0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48])
"""Days ago on which a rate may have changed; older changes are part of a SKU's history or have raised alarms."""
ODDS_RATIOS = np.array([4.0, 8.0, 32.0])
"""Odds ratios of a change: from the mildest that makes a landmine to a wholly faulty batch."""
VOLUME_POWER = 0.5
"""Power of a SKU's lines with which changes grow: one that sells four times as much changes twice as often.

It has more batches, yet not four times as many. Chosen by marginal likelihood on simulated platforms; 0 and 1 predicted
their changes worse."""
ROUNDS = 3
"""Rounds of separating the changes of suppliers from those of single SKUs, each by the chances last found."""
MOST_PASSES = 200
"""Iterations after which expectation maximisation stops."""
CONVERGED = 1e-4
"""Relative change of a chance below which expectation maximisation stops."""
HIGHEST_CHANCE = 0.5
"""Highest prior chance of a change, 0-1, before a SKU's own lines are used."""
FIRST_CHANCE = 0.01
"""Chance of a change, 0-1, from which expectation maximisation starts."""
UNSOLD_LINES = 0.5
"""Lines added to those of each SKU on sale before its relative volume is taken: one that sold none may change too."""
SMALLEST_SPREAD = 1e-9
"""Variance below which the Beta of changed SKUs is not narrowed further."""
FEWEST_LINES = 0.1
"""Lines that the Beta of changed SKUs is worth at least, so that both of its parameters are positive."""
CLUSTER_CHANCE = 0.6
"""Chance, 0-1, that regrets of the last weeks came in a cluster: more than chance brings, without a change."""
CLUSTER_ENDS = 0.65
"""Chance, 0-1, that no further buyer joins a cluster: three come together once in 23, ten never.

With both, as many changes are inferred in simulated catalogues as there are, and three buyers alone delist nothing."""
SMALLEST_DUE = 0.05
"""Regrets due since an age at least: lines that are too young to have shown anything prove little."""
LARGEST_LOG_RATIO = 300.0
"""Cap of a log-likelihood ratio in nats: more changes no decision and would overflow."""


@dataclass(frozen=True)
class ChangeCount:
    """Count changes among units at risk.

    `changes` is how many were seen; `units` is how many SKUs or suppliers were at risk, each for as long as the
    CANDIDATE_AGES reach back.
    """

    changes: float
    units: float

    def __add__(self, other: ChangeCount) -> ChangeCount:
        return ChangeCount(self.changes + other.changes, self.units + other.units)


SKUS_BEFORE = ChangeCount(0.5, 25.0)
"""Prior count of SKUs' changes, as if seen before any is: a catalogue of hundreds of SKUs outweighs it."""
SUPPLIERS_BEFORE = ChangeCount(1.0, 2.0)
"""The same of suppliers, who are few and may show no change: Laplace's rule of succession, one among two."""


@dataclass(frozen=True)
class RecentRegrets:
    """Hold the regrets seen so far of each SKU, by the age of their lines.

    `exposure` and `events` are of all lines, shape (skus,). `exposure_since` and `events_since` have shape (skus,
    ages): column k is of lines delivered less than CANDIDATE_AGES[k] days ago, column 0 therefore 0. Exposure is in
    lines, thinned by the delay curve.
    """

    exposure: Floats
    events: Floats
    exposure_since: Floats
    events_since: Floats


@dataclass(frozen=True)
class Clusters:
    """Hold how likely each SKU's last regrets came in a cluster without a change; arrays have shape (skus,).

    `chance` is 0-1; `days` is how long ago the cluster most likely began to be delivered, `regrets` how many came.
    """

    chance: Floats
    days: Ints
    regrets: Floats


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


def totals_by_age(skus: Ints, ages: Ints, measure: Floats, size: int) -> Floats:
    """Add up a measure of lines younger than each candidate age; shape (size, ages), in the measure's unit.

    Each entry is of one SKU (`skus` holds its row, below `size`) and one interval of CANDIDATE_AGES (`ages` holds its
    column), with its `measure`; the three arrays have one shape.
    """
    table = np.zeros((size, len(CANDIDATE_AGES)))
    table[skus, ages] = measure
    return np.cumsum(table, axis=1)


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
    days = np.append(transit_days, np.diff(CANDIDATE_AGES))
    share = days / days.sum()
    # A changed SKU may meet a cluster too: only what a cluster explains better counts against a change.
    clustered = cluster_odds(recent, mean, strength)
    better = CLUSTER_CHANCE * np.maximum(clustered @ share - 1.0, 0.0)
    ratio = _log_ratios(recent, mean, strength, after) - np.log1p(better)[:, None, None]
    of_suppliers = SUPPLIERS_BEFORE + earlier
    alone, with_supplier, sku_changes = _chances(ratio, share, suppliers, _relative_volume(recent), of_suppliers)
    by_supplier = with_supplier[suppliers]
    total = by_supplier.sum(axis=(1, 2))
    weight = by_supplier + (1.0 - total)[:, None, None] * alone
    alpha, beta = _matched(recent, mean, after, weight)
    supplier_changes = float(with_supplier.sum()) + of_suppliers.changes
    unchanged = (1.0 - total) * (1.0 - alone.sum(axis=(1, 2)))
    clusters = _clusters(recent, clustered, unchanged * better / (1.0 + better))
    return ChangePosterior(alone.sum(axis=(1, 2)), total, alpha, beta, sku_changes, supplier_changes, clusters)


def _clusters(recent: RecentRegrets, odds: Floats, chance: Floats) -> Clusters:
    likeliest = odds.argmax(axis=1)
    regrets = recent.events_since[np.arange(len(chance)), likeliest]
    return Clusters(chance, CANDIDATE_AGES[likeliest].astype(np.int64), regrets)


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


def cluster_odds(recent: RecentRegrets, mean: Floats, strength: Floats) -> Floats:
    """Return how much better a cluster than chance explains the regrets since each candidate age, shape (skus, ages).

    `recent` holds the regrets, the prior `mean` (0-1) and `strength` (lines) have shape (skus,). A cluster adds a
    geometric number of regrets to those of the unchanged rate: neighbours who talk, one carton, somebody's plan.
    """
    clear = np.maximum(recent.exposure, recent.events)
    rate = (mean * strength + recent.events - recent.events_since[:, -1]) / (
        strength + np.maximum(clear - recent.exposure_since[:, -1], 0.0)
    )
    due = np.maximum(rate[:, None] * recent.exposure_since, SMALLEST_DUE)
    seen, more = recent.events_since, 1.0 / (1.0 - CLUSTER_ENDS)
    # A sum of a Poisson and a geometric count has an incomplete Gamma in closed form; it also takes fractions.
    clustered = np.log(CLUSTER_ENDS) - seen * np.log(more) + due * (more - 1.0)
    by_chance = seen * np.log(due) - due - gammaln(seen + 1.0)
    ratio = clustered + log_upper_gamma(seen + 1.0, due * more) - by_chance
    return np.asarray(np.exp(np.minimum(ratio, LARGEST_LOG_RATIO)), dtype=np.float64)


def _relative_volume(recent: RecentRegrets) -> Floats:
    """How many times as often as the mean SKU on sale each changes, by its recent lines; 0 without exposure."""
    volume = np.where(recent.exposure > 0.0, (recent.exposure_since[:, -1] + UNSOLD_LINES) ** VOLUME_POWER, 0.0)
    return volume / max(float(volume.sum()), 1e-12) * np.count_nonzero(volume)


def _chances(
    ratio: Floats, share: Floats, suppliers: Ints, volume: Floats, of_suppliers: ChangeCount
) -> tuple[Floats, Floats, float]:
    """Posterior chances by odds ratio and age of each SKU (its supplier unchanged) and of suppliers; SKU changes."""
    odds = np.exp(ratio)
    single = odds @ share
    alike = np.ones(int(suppliers.max(initial=-1)) + 1)
    held = np.sign(volume)
    for _ in range(ROUNDS):
        rate = _fit_chances(single, held, volume, SKUS_BEFORE)
        joint = np.zeros((len(alike), *ratio.shape[1:]))
        np.add.at(joint, suppliers, _for_supplier(odds, single, rate))
        joint = np.exp(np.clip(joint, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO))
        of_supplier = _posterior(joint, _fit_chances(joint @ share, alike, alike, of_suppliers), share)
        held = np.sign(volume) * (1.0 - of_supplier.sum(axis=(1, 2))[suppliers])
    alone = _posterior(odds, rate, share)
    return alone, of_supplier, float(np.sum(held * alone.sum(axis=(1, 2)))) + SKUS_BEFORE.changes


def _for_supplier(odds: Floats, single: Floats, rate: Floats) -> Floats:
    """Log likelihood ratios (nats) of each supplier's change for a SKU's lines; shape (skus, odds ratios, ages).

    What a SKU's own change explains is evidence neither for its supplier's change nor against it: a SKU of a changed
    supplier may have had one too.
    """
    steady, own = 1.0 - rate.sum(axis=1), np.sum(single * rate, axis=1)
    together = steady[:, None, None] * odds + own[:, None, None]
    return np.asarray(np.log(together / (steady + own)[:, None, None]), dtype=np.float64)


def _fit_chances(odds: Floats, weight: Floats, scale: Floats, before: ChangeCount) -> Floats:
    """Prior chance of each unit to have changed, by odds ratio; `odds` are likelihood ratios (units, odds ratios)."""
    columns = [np.ascontiguousarray(column) for column in odds.T]
    rate = np.full(len(ODDS_RATIOS), FIRST_CHANCE / len(ODDS_RATIOS))
    for _ in range(MOST_PASSES):
        limited = _limited(scale, rate)
        none = 1.0 - limited * rate.sum()
        # Sums, not dot products: their order must not depend on the machine's threads.
        split = (
            weight * limited / (none + limited * sum(part * column for part, column in zip(rate, columns, strict=True)))
        )
        changed = rate * [np.sum(split * column) for column in columns]
        found = (changed + before.changes / len(ODDS_RATIOS)) / (np.sum(weight * limited) + before.units)
        moved, rate = float(np.abs(found - rate).max()), found
        if moved < CONVERGED * rate.sum():
            break
    return np.asarray(_limited(scale, rate)[:, None] * rate, dtype=np.float64)


def _limited(scale: Floats, rate: Floats) -> Floats:
    return np.asarray(np.minimum(scale, HIGHEST_CHANCE / rate.sum()), dtype=np.float64)


def _posterior(odds: Floats, rate: Floats, share: Floats) -> Floats:
    """Chance of each odds ratio and age; `rate` has shape (units, odds ratios)."""
    joint = odds * rate[:, :, None] * share
    none = 1.0 - rate.sum(axis=1)
    return np.asarray(joint / (none[:, None, None] + joint.sum(axis=(1, 2), keepdims=True)), dtype=np.float64)


def _matched(recent: RecentRegrets, mean: Floats, after: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """One Beta with the mean and variance of the changed posteriors together, weighted by odds ratio and age."""
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
