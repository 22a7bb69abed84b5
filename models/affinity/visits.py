"""How many potential buyers an agent's groups have, and the attraction of buying nothing.

Units bought in an occasion ~ Poisson(visits_a · season_d · A / (outside + A)), A = total attraction of the posted set.
`outside` is found by profile likelihood over recorded sets: near zero the SKUs only compete with each other, large
means that they hardly compete at all. Where no post is recorded, an agent posts on every day since she joined, whether
or not somebody buys; what was sold says nothing of competition there, and a usual set is taken to win USUAL_SHARE of
the visits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints

PRIOR_DAYS = 3.0
"""How many posting days of evidence the size of an agent's groups is worth."""
RECENT_DAYS = 14
"""Days whose season stands for tomorrow's."""
USUAL_SHARE = 0.8
"""Share of visits that buy from a usual set nobody recorded: better sets are promised a quarter more at most."""
OUTSIDE_STEPS = np.logspace(-2.0, 2.0, 25)
"""Attractions of buying nothing that are tried, relative to that of the median set: every fourth, then those around the
best."""
SEASON_UNITS = 20.0
"""Units sold on a day at which its season counts half from its own sales."""


@dataclass(frozen=True)
class PostHistory:
    """When SKUs were posted. Per occasion: day (0 to last) and is_recorded, whether posts tell the set or only sales
    do.

    Per agent: unrecorded_from, the first day from which she posts unrecorded (beyond `last` for agents whose posts are
    known); slots, how many SKUs she posts; members of her groups, ≥ 0.
    """

    day: Ints
    is_recorded: Flags
    unrecorded_from: Ints
    slots: Ints
    members: Floats
    last: int


@dataclass(frozen=True)
class VisitModel:
    """visits: expected visits of a day per agent, in units; outside: attraction of buying nothing."""

    visits: Floats
    outside: float


@dataclass(frozen=True)
class _Occasions:
    """Occasions with their agents and the units bought; `inside` are those on days that would otherwise count as
    unrecorded, by agent and day."""

    history: PostHistory
    agent: Ints
    bought: Floats
    inside: tuple[Ints, Ints]

    def exposure(self, rates: _Rates, season: Floats) -> Floats:
        """Sales per visit that each agent's days would bring."""
        agent, day, agents = self.agent, self.history.day, len(rates.unrecorded)
        until = np.concatenate([[0.0], np.cumsum(season)])
        days = until[-1] - until[np.minimum(self.history.unrecorded_from, len(season))]
        days = days - np.bincount(self.inside[0], weights=season[self.inside[1]], minlength=agents)
        posted = np.bincount(agent, weights=rates.posted * season[day], minlength=agents)
        return np.asarray(posted + rates.unrecorded * np.maximum(days, 0.0))

    def planned(self, rates: _Rates, visits: Floats) -> Floats:
        """Sales of each day at these visits, season left out."""
        day, days, (agent, silent_day) = self.history.day, self.history.last + 1, self.inside
        unrecorded = visits * rates.unrecorded
        starts = np.bincount(np.minimum(self.history.unrecorded_from, days), weights=unrecorded, minlength=days + 1)
        silent = np.cumsum(starts[:days]) - np.bincount(silent_day, weights=unrecorded[agent], minlength=days)
        posted = np.bincount(day, weights=visits[self.agent] * rates.posted, minlength=days)
        return np.asarray(posted + np.maximum(silent, 0.0))


class _Rates(NamedTuple):
    """The chance that a visit buys: in each occasion, and of each agent on days that nobody recorded."""

    posted: Floats
    unrecorded: Floats


def attraction_per_slot(attraction: Floats, slots: Ints, history: PostHistory) -> float:
    """Return the attraction of a posted SKU where posts are not recorded: the median over such occasions of their
    attraction per slot of the agent (`slots`, one an occasion), 0 without any."""
    each = (attraction / slots)[~history.is_recorded]
    return float(np.median(each)) if len(each) else 0.0


def fit_visits(
    history: PostHistory, agent: Ints, bought: Floats, attraction: Floats, sku_attraction: float
) -> VisitModel:
    """Fit visits and the outside option from occasions (agent, units bought, attraction: one entry each).

    sku_attraction: attraction of one posted SKU on days that nobody recorded (see attraction_per_slot).
    """
    if not len(agent) or bought.sum() <= 0:
        return VisitModel(np.zeros(len(history.members)), 1.0)
    typical = float(np.median(attraction))
    posted = np.where(history.unrecorded_from <= history.last, sku_attraction * history.slots, 0.0)
    inside = np.flatnonzero(history.unrecorded_from[agent] <= history.day)
    data = _Occasions(history, agent, bought, (agent[inside], history.day[inside]))

    @lru_cache
    def fitted(outside: float) -> tuple[float, Floats]:
        return _visits_at(data, _Rates(attraction / (outside + attraction), posted / (outside + posted)))

    relative = OUTSIDE_STEPS if history.is_recorded.any() else [1.0 / USUAL_SHARE - 1.0]
    steps = [typical * float(step) for step in relative]
    coarse = max(range(0, len(steps), 4), key=lambda step: fitted(steps[step])[0])
    best = max(steps[max(coarse - 3, 0) : coarse + 4], key=lambda outside: fitted(outside)[0])
    return VisitModel(fitted(best)[1], best)


def _visits_at(data: _Occasions, rates: _Rates) -> tuple[float, Floats]:
    """Log-likelihood of the recorded occasions, and each agent's visits on a day as recent days were."""
    history, agent, bought = data.history, data.agent, data.bought
    size = (history.members + 1.0) / np.mean(history.members + 1.0)
    units = np.bincount(agent, weights=bought, minlength=len(size))
    days = float(data.exposure(rates, np.ones(history.last + 1)).sum() / np.mean(rates.posted))
    sold = np.bincount(history.day, weights=bought, minlength=history.last + 1)
    season, visits = np.ones(len(sold)), size
    for _ in range(4):
        exposure = data.exposure(rates, season)
        level = bought.sum() / float(exposure @ size)
        prior = PRIOR_DAYS * exposure.sum() / max(days, 1.0)
        visits = (prior * level * size + units) / (prior + exposure)
        season = (sold + SEASON_UNITS) / (data.planned(rates, visits) + SEASON_UNITS)
    expected = (visits[agent] * season[history.day] * rates.posted)[history.is_recorded]
    likelihood = float(np.sum(bought[history.is_recorded] * np.log(expected) - expected))
    recent = slice(max(0, history.last + 1 - RECENT_DAYS), None)
    today = float(sold[recent].sum() / max(data.planned(rates, visits)[recent].sum(), 1e-12))
    return likelihood, visits * today
