"""How often rates become worse, and when those that are worse tonight began to be: learnt from a whole catalogue.

The frequency is found by expectation maximisation of the marginal likelihood, with a stated prior that counts for much
where a platform is young: only the time that a unit has been delivered can have shown a change. A bad batch ends when
it is sold out or replaced, so that of the changes in force tonight more began lately than long ago. How long they last
is learnt too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES

ODDS_RATIOS = np.array([4.0, 8.0, 32.0])
"""Odds ratios of a change: from the mildest that makes a landmine to a wholly faulty batch."""
DURATIONS = np.array([14.0, 28.0, 56.0, np.inf])
"""Mean days that a change lasts, each as likely as the others before anything is seen.

From a batch that is sold out in two weeks to goods that stay bad. Which one it is a platform learns slowly, since few
of its units change."""
MOST_PASSES = 200
"""Iterations after which expectation maximisation stops."""
CONVERGED = 1e-4
"""Relative change of a chance below which expectation maximisation stops."""
HIGHEST_CHANCE = 0.5
"""Highest prior chance of a change, 0-1, before a SKU's own lines are used."""
FIRST_CHANCE = 0.01
"""Chance of a change, 0-1, from which expectation maximisation starts."""


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


SKUS_BEFORE = ChangeCount(1.0, 25.0)
"""Prior count of SKUs' changes, as if seen before any is: one in 25 SKUs; a catalogue of hundreds outweighs it."""
SUPPLIERS_BEFORE = ChangeCount(1.0, 2.0)
"""The same of suppliers, who are few and may show no change: Laplace's rule of succession, one among two."""


@dataclass(frozen=True)
class Beginnings:
    """Hold when the changes in force tonight began: `shares` of shape (durations, ages), each row adding up to 1.

    `weight` of shape (durations,) says how likely each of DURATIONS is and adds up to 1.
    """

    shares: Floats
    weight: Floats

    @property
    def share(self) -> Floats:
        """Return the share that began at each candidate age, whatever the duration; shape (ages,)."""
        # A sum, not a dot product: its order must not depend on the machine's threads.
        return np.asarray(np.sum(self.weight[:, None] * self.shares, axis=0), dtype=np.float64)

    def weighed(self, log_likelihood: Floats) -> Beginnings:
        """Return the same with the durations weighed by their `log_likelihood` (nats), shape (durations,)."""
        weight = np.exp(log_likelihood - log_likelihood.max())
        return Beginnings(self.shares, weight / weight.sum())


@dataclass(frozen=True)
class Units:
    """Hold the units of one level (SKUs or suppliers) whose changes are counted.

    `odds` are likelihood ratios of each change against none, shape (units, odds ratios, ages); `has_past` says before
    which ages a unit had lines, shape (units, ages); `scale` is how many times as often as the mean a unit changes and
    `weight` (0-1) how far it counts, both of shape (units,).
    """

    odds: Floats
    has_past: Flags
    scale: Floats
    weight: Floats

    def at_risk(self, share: Floats) -> Floats:
        """Return the part of the changes in force, that began since a unit's first line as `share` says."""
        return np.asarray(np.sum(self.has_past * share, axis=1), dtype=np.float64)

    def mean_odds(self, share: Floats) -> Floats:
        """Return the odds of each odds ratio where changes began as `share` says, shape (units, odds ratios)."""
        ages = self.has_past * share
        return np.asarray(np.sum(self.odds * ages[:, None, :], axis=2), dtype=np.float64)


def first_beginnings(transit_days: float) -> Beginnings:
    """Return when changes in force began before anything is seen; SKUs are `transit_days` on their way."""
    ends = np.append(0.0, transit_days + CANDIDATE_AGES)
    left = np.exp(-(ends[:-1] + ends[1:]) / 2.0 / DURATIONS[:, None])
    shares = left * np.diff(ends)
    return Beginnings(shares / shares.sum(axis=1, keepdims=True), np.full(len(DURATIONS), 1.0 / len(DURATIONS)))


def fit_chances(units: Units, share: Floats, before: ChangeCount) -> Floats:
    """Return the prior chance of each unit to have changed, 0-1, by odds ratio; shape (units, odds ratios).

    Changes of the `units` in force began as `share` says, shape (ages,); `before` is counted as if it had been seen.
    The chance is that of a unit with a past of all ages.
    """
    at_risk = units.at_risk(share)
    columns = [np.ascontiguousarray(column) for column in units.mean_odds(share).T]
    rate = np.full(len(ODDS_RATIOS), FIRST_CHANCE / len(ODDS_RATIOS))
    for _ in range(MOST_PASSES):
        limited = _limited(units.scale, rate)
        none = 1.0 - limited * at_risk * rate.sum()
        # Sums, not dot products: their order must not depend on the machine's threads.
        split = units.weight * limited
        split /= none + limited * sum(part * column for part, column in zip(rate, columns, strict=True))
        changed = rate * [np.sum(split * column) for column in columns]
        exposed = np.sum(units.weight * limited * at_risk)
        found = (changed + before.changes / len(ODDS_RATIOS)) / (exposed + before.units)
        moved, rate = float(np.abs(found - rate).max()), found
        if moved < CONVERGED * rate.sum():
            break
    return np.asarray(_limited(units.scale, rate)[:, None] * rate, dtype=np.float64)


def change_chances(units: Units, chance: Floats, share: Floats) -> Floats:
    """Return the posterior chance of each change of the `units`, shape (units, odds ratios, ages).

    `chance` is the prior by odds ratio, shape (units, odds ratios), `share` that by age, shape (ages,).
    """
    ages = units.has_past * share
    joint = units.odds * chance[:, :, None] * ages[:, None, :]
    none = 1.0 - chance.sum(axis=1) * ages.sum(axis=1)
    return np.asarray(joint / (none[:, None, None] + joint.sum(axis=(1, 2), keepdims=True)), dtype=np.float64)


def duration_likelihood(units: Units, chance: Floats, beginnings: Beginnings) -> Floats:
    """Return the log marginal likelihood (nats) of each of DURATIONS, shape (durations,).

    `units` are those of one level with their prior `chance` by odds ratio, `beginnings` when their changes began.
    """
    found = np.empty(len(DURATIONS))
    for row, share in enumerate(beginnings.shares):
        none = 1.0 - chance.sum(axis=1) * units.at_risk(share)
        found[row] = np.sum(units.weight * np.log(none + np.sum(chance * units.mean_odds(share), axis=1)))
    return found


def _limited(scale: Floats, rate: Floats) -> Floats:
    return np.asarray(np.minimum(scale, HIGHEST_CHANCE / rate.sum()), dtype=np.float64)
