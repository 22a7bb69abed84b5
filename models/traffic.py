"""How many would-be buyers an agent's groups hold, and how strong it is to buy nothing at all.

Units bought in an occasion ~ Poisson(visits_a · season_d · A / (outside + A)), A = total attraction of the posted set.
`outside` is found by profile likelihood: near zero the goods only compete with each other, large means that they hardly
compete at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR_DAYS = 3.0
"""How many posting days of evidence the size of an agent's groups is worth."""

RECENT_DAYS = 14
"""Days whose season stands for tomorrow's."""


@dataclass(frozen=True)
class Traffic:
    """visits: expected visits of a day per agent, in units; outside: attraction of buying nothing."""

    visits: Floats
    outside: float


def fit_traffic(agent: Ints, day: Ints, bought: Floats, attraction: Floats, members: Floats) -> Traffic:
    """Fit visits and the outside option from occasions (one row each); members: group members per agent, ≥ 0."""
    if not len(agent) or bought.sum() <= 0:
        return Traffic(np.zeros(len(members)), 1.0)
    typical = float(np.median(attraction))
    candidates = typical * np.logspace(-2.0, 2.0, 25)
    fits = [_fit_visits(agent, day, bought, attraction / (outside + attraction), members) for outside in candidates]
    best = int(np.argmax([likelihood for likelihood, _ in fits]))
    return Traffic(fits[best][1], float(candidates[best]))


def _fit_visits(agent: Ints, day: Ints, bought: Floats, rate: Floats, members: Floats) -> tuple[float, Floats]:
    season = np.ones(int(day.max()) + 1)
    size = (members + 1.0) / np.mean(members + 1.0)
    days = np.bincount(agent, minlength=len(members)).astype(np.float64)
    units = np.bincount(agent, weights=bought, minlength=len(members))
    visits = size
    for _ in range(4):
        exposure = np.bincount(agent, weights=rate * season[day], minlength=len(members))
        level = bought.sum() / float(exposure @ size)
        prior = PRIOR_DAYS * exposure.sum() / max(days.sum(), 1.0)
        visits = (prior * level * size + units) / (prior + exposure)
        seen = np.bincount(day, weights=bought, minlength=len(season))
        planned = np.bincount(day, weights=visits[agent] * rate, minlength=len(season))
        season = (seen + 20.0) / (planned + 20.0)
    expected = visits[agent] * season[day] * rate
    likelihood = float(np.sum(bought * np.log(expected) - expected))
    recent = day > day.max() - RECENT_DAYS
    today = float(bought[recent].sum() / max((visits[agent] * rate)[recent].sum(), 1e-12))
    return likelihood, visits * today
