"""Repeat buying: how much more of a good an agent's groups buy when they have bought it before.

Tastes are learnt from attributes and like-minded agents. How far to trust them, and what they leave over in favour of
goods bought before, are two coefficients estimated on later days than the tastes: a scale, and a strength on
log(1 + FIRST · days with orders). Shops that buy the same goods again and again need them; groups that get a new offer
every day do not, and tastes stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.choice import PostedSets, log_likelihood, shares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST = 5.0
"""How steeply the first day with orders counts against later ones; 1 to 20 rank alike, 5 foretells better than 1."""
STRONGEST = 5.0
"""Bound of the strength: more would mean that almost nothing but the same goods is ever bought."""
LEAST_GAIN = 10.0
"""Log-likelihood of independent purchases by which habit must foretell later days better."""


@dataclass(frozen=True)
class Orders:
    """Days on which an agent's groups ordered a SKU: one row per agent, SKU and day (numbered like occasions)."""

    agent: Ints
    sku: Ints
    day: Ints

    def habit(self, before: int, agents: int, skus: int) -> sp.csr_array:
        """Agents × SKUs: habit (see habit_of) from the days before a day."""
        past = self.day < before
        cells = (self.agent[past], self.sku[past])
        days = sp.csr_array((np.ones(int(past.sum())), cells), shape=(agents, skus))
        return sp.csr_array((habit_of(days.data), days.indices, days.indptr), shape=days.shape)


def habit_of(days: Floats) -> Floats:
    """Habit from the number of days with orders."""
    return np.asarray(np.log1p(FIRST * days))


@dataclass(frozen=True)
class Habit:
    """Log attraction = scale · taste + strength · habit."""

    scale: float
    strength: float


def fit_habit(posted: PostedSets, utility: Floats, habit: Floats) -> Habit:
    """Fit beside the utility of tastes (rows of `posted`); Habit(1, 0) unless habit foretells clearly better."""
    terms = np.stack([utility, habit], axis=1)
    bought = posted.totals(posted.units)[posted.occasion]

    def loss(weight: Floats) -> tuple[float, Floats]:
        mixed = terms @ weight
        return -log_likelihood(posted, mixed), -((posted.units - bought * shares(posted, mixed)) @ terms)

    start = np.array([1.0, 0.0])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0), (-STRONGEST, STRONGEST)])
    if loss(start)[0] - float(found.fun) < LEAST_GAIN:
        return Habit(1.0, 0.0)
    return Habit(float(found.x[0]), float(found.x[1]))
