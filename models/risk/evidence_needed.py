"""How many lines without a regret bring a SKU under its landmine cap."""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.rate_mixture import RatePosterior

MOST_LINES = 1_000_000
"""Lines beyond which the search stops with the answer that no number is enough."""
FIRST_GUESS = 8
"""Lines that the search tries first: most gated SKUs need few."""
GROWTH = 4
"""Factor by which a guess that is too low is raised."""


def clean_lines_needed(rates: RatePosterior, ceiling: Floats, cap: float) -> Ints:
    """Count the fewest clean mature lines after which P(rate > ceiling) <= cap; 0 where that already holds.

    `rates` are of the SKUs, `ceiling` (0-1) has shape (skus,), as has the answer; `cap` is a probability. A clean line
    adds one to beta, which can only lower the probability, so bisection is exact. Where even MOST_LINES are not enough
    (a ceiling of zero), the answer is -1.
    """
    needed = np.zeros(len(ceiling), dtype=np.int64)
    gated = np.flatnonzero(rates.probability_above(ceiling) > cap)
    risky, limit = rates.at(gated), ceiling[gated]

    def admitted(rows: Ints, lines: Ints) -> Flags:
        return risky.at(rows).after_clean_lines(lines).probability_above(limit[rows]) <= cap

    # Raising a small guess finds a bracket sooner than halving a million.
    low, high = np.zeros(len(gated), dtype=np.int64), np.full(len(gated), FIRST_GUESS, dtype=np.int64)
    short = np.arange(len(gated))
    while len(short):
        short = short[~admitted(short, high[short]) & (high[short] < MOST_LINES)]
        low[short] = high[short]
        high[short] = np.minimum(high[short] * GROWTH, MOST_LINES)
    open_ = np.flatnonzero(low < high)
    while len(open_):
        middle = (low[open_] + high[open_]) // 2
        enough = admitted(open_, middle)
        high[open_] = np.where(enough, middle, high[open_])
        low[open_] = np.where(enough, low[open_], np.minimum(middle + 1, high[open_]))
        open_ = open_[low[open_] < high[open_]]
    everyone = np.arange(len(gated))
    needed[gated] = np.where(admitted(everyone, low), low, -1)
    return needed
