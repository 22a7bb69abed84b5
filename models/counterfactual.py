"""What would change a verdict: how many clean lines bring a SKU under its landmine cap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.return_risk import BetaRates

MOST_LINES = 1_000_000


def clean_lines_needed(rates: BetaRates, ceiling: npt.NDArray[np.float64], cap: float) -> npt.NDArray[np.int64]:
    """Fewest clean mature lines after which P(rate > ceiling) <= cap; 0 where that already holds.

    `ceiling` has shape (skus,). A clean line adds one to beta, which can only lower the probability, so bisection is
    exact. Where even MOST_LINES would not do (a ceiling of zero), the answer is -1.
    """
    needed = np.zeros(len(ceiling), dtype=np.int64)
    gated = np.flatnonzero(rates.probability_above(ceiling) > cap)
    alpha, beta, limit = rates.alpha[gated], rates.beta[gated], ceiling[gated]
    low, high = np.zeros(len(gated), dtype=np.int64), np.full(len(gated), MOST_LINES, dtype=np.int64)
    while np.any(low < high):
        middle = (low + high) // 2
        admitted = BetaRates(alpha, beta + middle).probability_above(limit) <= cap
        high = np.where(admitted, middle, high)
        low = np.where(admitted, low, np.minimum(middle + 1, high))
    reached = BetaRates(alpha, beta + low).probability_above(limit) <= cap
    needed[gated] = np.where(reached, low, -1)
    return needed
