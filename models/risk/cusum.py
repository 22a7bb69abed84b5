"""When SKUs began to be returned or regretted more often than before.

Detection runs on arrivals (the days on which returns and complaints come in) with a Poisson CUSUM against the rate
learnt so far; the day of the change is then found on deliveries by the marginal likelihood of one break.
Source: Lucas, "Counted data CUSUM's", Technometrics 27 (1985), for a rate that doubles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates, log_marginal_likelihood, posterior

RATE_RATIO = 2.0
"""Times as often as before, the change of rate that the CUSUM finds fastest; larger ones are found too."""
LIFT_PRIOR = 10.0
"""Expected outcomes that a supplier's alarm must outweigh before it lifts the prior of its SKUs."""
HIGHEST_MEAN = 0.95
"""Highest prior mean rate, 0-1, of a lifted SKU: both parameters of its Beta stay positive."""


@dataclass(frozen=True)
class RateChange:
    """Hold what an alarm changes in the evidence of each SKU; all arrays have shape (skus,).

    Where `is_changed`, `events` of `exposure` lines delivered since the change replace the whole history; `since` is
    the first day of those deliveries, in days since the first delivery of the history (-1 elsewhere). `lift` multiplies
    the prior mean.
    """

    is_changed: Flags
    events: Floats
    exposure: Floats
    since: Ints
    lift: Floats


@dataclass(frozen=True)
class Expectation:
    """Hold the prior of one metric: `mean` rate (0-1) of each group, shape (groups,), and `strength` in lines."""

    mean: Floats
    strength: float


@dataclass(frozen=True)
class Alarm:
    """Hold the last alarm of each row of arrivals; all arrays have shape (rows,).

    `day` is that of the alarm (-1 for none) and `start` the first day of the excursion that raised it; `height` is the
    CUSUM in nats, `observed` and `expected` are the outcomes of the excursion.
    """

    day: Ints
    start: Ints
    height: Floats
    observed: Floats
    expected: Floats


def unchanged(skus: int) -> RateChange:
    """Return the change of so many SKUs none of which has changed; its arrays may be filled in."""
    return RateChange(
        np.zeros(skus, dtype=bool),
        np.zeros(skus),
        np.zeros(skus),
        np.full(skus, -1, dtype=np.int64),
        np.ones(skus),
    )


def mature_exposure(delivered: Floats, shown_share: Floats) -> Floats:
    """Return the mature lines by the end of each day, shape (groups, days).

    `delivered` has shape (groups, days), `shown_share` is the delay curve (0-1) by age, shape (days,).
    """
    days = delivered.shape[1]
    age = np.arange(days)[None, :] - np.arange(days)[:, None]
    return np.asarray(delivered @ np.where(age >= 0, shown_share[np.maximum(age, 0)], 0.0), dtype=np.float64)


def expected_arrivals(exposure: Floats, arrived: Floats, mean: Floats, strength: float) -> Floats:
    """Return the outcomes due each day at the rate learnt up to the day before, shape (groups, days).

    `exposure` (mature lines) and `arrived` (outcomes) have that shape, `mean` is the prior rate (0-1) of shape
    (groups,), `strength` its weight in lines.
    """
    before = np.zeros((exposure.shape[0], 1))
    past = np.hstack([before, np.cumsum(arrived, axis=1)[:, :-1]])
    lines = np.hstack([before, exposure[:, :-1]])
    rate = (mean[:, None] * strength + past) / (strength + lines)
    # Exposure can only grow; rounding may show a tiny step back.
    return np.maximum(np.diff(exposure, axis=1, prepend=0.0), 0.0) * rate


def cusum(arrived: Floats, expected: Floats, threshold: float) -> Alarm:
    """Run a Poisson CUSUM over each row: S = max(0, S + x ln r - (r - 1) λ), alarm at S >= threshold.

    `arrived` (x) and `expected` (λ) are outcomes a day, shape (rows, days); `threshold` is in nats. After an alarm the
    sum starts again, so that the day is that of the latest alarm.
    """
    rows = len(arrived)
    height, start = np.zeros(rows), np.zeros(rows, dtype=np.int64)
    found = Alarm(
        np.full(rows, -1, dtype=np.int64),
        np.zeros(rows, dtype=np.int64),
        np.zeros(rows),
        np.zeros(rows),
        np.zeros(rows),
    )
    gain = arrived * np.log(RATE_RATIO) - (RATE_RATIO - 1.0) * expected
    seen, due = np.cumsum(arrived, axis=1), np.cumsum(expected, axis=1)
    for day in range(arrived.shape[1]):
        height = np.maximum(height + gain[:, day], 0.0)
        hit = np.flatnonzero(height >= threshold)
        first = start[hit]
        found.day[hit], found.start[hit], found.height[hit] = day, first, height[hit]
        found.observed[hit] = seen[hit, day] - seen[hit, first] + arrived[hit, first]
        found.expected[hit] = due[hit, day] - due[hit, first] + expected[hit, first]
        height[hit] = 0.0
        start[height == 0.0] = day + 1
    return found


def find_break(
    events: Floats, exposure: Floats, mean: Floats, strength: float, weakest: float
) -> tuple[Ints, Floats, Floats]:
    """Find the first delivery day of the best supported worse regime of each row, with its events and exposure.

    `events` and `exposure` are by delivery day, shape (groups, days), exposure thinned for tonight. Each regime has its
    own Beta rate: the old one with the SKU's prior (`mean`, `strength` in lines), the new one with the same mean and
    at most `weakest` lines. The day
    is -1 where no day makes what came after worse than what came before.
    """
    after_events = np.cumsum(events[:, ::-1], axis=1)[:, ::-1]
    after_lines = np.cumsum(exposure[:, ::-1], axis=1)[:, ::-1]
    before_events = after_events[:, :1] - after_events
    before_lines = np.maximum(after_lines[:, :1] - after_lines, 0.0)
    prior = mean[:, None]
    weak = min(strength, weakest)
    support = log_marginal_likelihood(before_events, before_lines, prior, strength) + log_marginal_likelihood(
        after_events, after_lines, prior, weak
    )
    before_rate = (prior * strength + before_events) / (strength + before_lines)
    support = np.where(after_events > before_rate * after_lines, support, -np.inf)
    best = np.argmax(support, axis=1)
    rows = np.arange(len(events))
    since = np.where(np.isfinite(support[rows, best]), best, -1).astype(np.int64)
    return since, after_events[rows, best], after_lines[rows, best]


def expected_means(groups: Ints, lines: Floats, mean: Floats, size: int) -> Floats:
    """Return the prior mean of each group: the means of its SKUs weighted by their lines, shape (size,).

    `groups` are group numbers (-1: in none), `lines` weights and `mean` rates (0-1), all of shape (skus,).
    """
    member = groups >= 0
    total = np.bincount(groups[member], lines[member], size)
    return np.asarray(np.bincount(groups[member], (lines * mean)[member], size) / total, dtype=np.float64)


def supplier_lifts(
    suppliers: Ints, before: tuple[Floats, Floats], since: tuple[Floats, Floats], expectation: Expectation
) -> Floats:
    """Estimate by what factor the rate of each supplier's SKUs has risen against their own past, at least 1.

    `before` and `since` are events and exposure (lines) of each SKU up to and from its supplier's alarm, `expectation`
    holds the SKUs' prior means and their strength; all arrays and the codes `suppliers` have shape (skus,). The answer
    has one factor a supplier.
    """
    own = (expectation.mean * expectation.strength + before[0]) / (expectation.strength + before[1])
    counts = pd.DataFrame({"seen": since[0], "due": own * since[1]})
    # The sums of pandas are compensated: many small parts do not lose their last digits.
    sums = counts.groupby(suppliers, sort=True).sum()
    lift = ((sums["seen"] + LIFT_PRIOR) / (sums["due"] + LIFT_PRIOR)).clip(lower=1.0)
    return lift.to_numpy(np.float64)


def current_prior(mean: Floats, strength: Floats | float, change: RateChange, weakest: float) -> tuple[Floats, Floats]:
    """Return the prior mean (0-1) and strength (lines) of each SKU's rate as of tonight, shape (skus,).

    `change` comes from the alarms. The prior of a changed SKU is worth at most `weakest` lines; SKUs of a changed
    supplier start from a lifted mean.
    """
    lifted = np.minimum(mean * change.lift, HIGHEST_MEAN)
    return lifted, np.where(change.is_changed, np.minimum(strength, weakest), strength)


def current_rates(prior: tuple[Floats, Floats], events: Floats, exposure: Floats, change: RateChange) -> BetaRates:
    """Return posterior rates as of tonight: of a changed SKU only what was delivered since the change counts.

    `prior` is that of `current_prior`; `events` and `exposure` (lines) are of the whole history, shape (skus,).
    """
    return posterior(
        *prior,
        np.where(change.is_changed, change.events, events),
        np.where(change.is_changed, change.exposure, exposure),
    )
