"""How much more often SKUs come back when they do not suit the agent's groups.

Events of an agent-SKU cell ~ Poisson(expected · exp(-slope · (closeness - centre))), expected from the SKU's own rate
over all agents. The centre keeps the total of expected events; the slope is shrunk towards no effect and not negative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats

PRIOR_VARIANCE = 0.25
"""Prior variance of the slope: a slope of 1 would make a SKU that is one unit less close 2.7 times as risky."""
STEEPEST = 1.5
"""Highest slope: one unit less close is at most 4.5 times as risky."""
MOST_STEPS = 20
"""Newton steps after which the search for the slope stops."""


@dataclass(frozen=True)
class RelativeRisk:
    """Risk of a SKU for an agent relative to the SKU's own: exp(-slope · (closeness - centre))."""

    slope: float
    centre: float


def fit_relative_risk(closeness: Floats, events: Floats, expected: Floats) -> RelativeRisk:
    """Fit slope and centre by Newton steps on the penalised profile likelihood of the slope.

    `closeness`, `events` and `expected` (counts) have shape (cells,). Without events or expected ones slope and centre
    are 0. Source: a Poisson regression with an offset, McCullagh and Nelder, "Generalized linear models" (1989), ch. 6.
    """
    if events.sum() <= 0 or expected.sum() <= 0:
        return RelativeRisk(0.0, 0.0)
    slope = 0.0
    for _ in range(MOST_STEPS):
        weight = expected * np.exp(-slope * closeness)
        mean = float(weight @ closeness / weight.sum())
        spread = float(weight @ (closeness - mean) ** 2 / weight.sum())
        score = float(events.sum() * mean - events @ closeness) - slope / PRIOR_VARIANCE
        slope = float(np.clip(slope + score / (events.sum() * spread + 1 / PRIOR_VARIANCE), 0.0, STEEPEST))
    if slope == 0.0:
        return RelativeRisk(0.0, 0.0)
    weight = expected * np.exp(-slope * closeness)
    return RelativeRisk(slope, float(np.log(weight.sum() / expected.sum())) / -slope)
