"""Repeat buying: how much more of a good an agent's groups buy when they have bought it before.

Tastes are learnt from attributes and like-minded agents; what they leave over in favour of goods bought before is one
coefficient on the logarithm of 1 + days with orders, estimated on later days than the tastes it adds to. Shops that buy
the same goods again and again need it; groups that get a new offer every day do not, and it comes out as nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from models.choice import PostedSets, log_likelihood

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRONGEST = 3.0
"""Bound of the coefficient: more would mean that almost nothing but the same goods is ever bought."""
LEAST_GAIN = 10.0
"""Log-likelihood of independent purchases by which habit must foretell later days better."""


@dataclass(frozen=True)
class Orders:
    """Days on which an agent's groups ordered a SKU: one row per agent, SKU and day (numbered like occasions)."""

    agent: Ints
    sku: Ints
    day: Ints

    def habit(self, before: int, agents: int, skus: int) -> sp.csr_array:
        """Agents × SKUs: log of 1 + days with orders before a day."""
        past = self.day < before
        cells = (self.agent[past], self.sku[past])
        return sp.csr_array((np.ones(int(past.sum())), cells), shape=(agents, skus)).log1p()


def fit_habit(posted: PostedSets, utility: Floats, habit: Floats) -> float:
    """Coefficient of habit beside utility (both per row of `posted`), 0 where it does not foretell clearly better."""

    def loss(strength: float) -> float:
        return -log_likelihood(posted, utility + strength * habit)

    found = minimize_scalar(loss, bounds=(-STRONGEST, STRONGEST), method="bounded", options={"xatol": 1e-4})
    return float(found.x) if loss(0.0) - float(found.fun) >= LEAST_GAIN else 0.0
