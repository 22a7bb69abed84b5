"""How far the bound of a list stands above what is expected of it, and what follows for one made from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats


@dataclass(frozen=True)
class CountSpread:
    """How far the bound of a list stood above its expected count: `spread`·√(expected), in SKUs.

    A list made from it by exchanging a few SKUs has the same spread, so its bound follows from its probabilities.
    """

    spread: float

    def bound(self, probability: Floats) -> float:
        """Return the share of landmines that a list does not exceed; its SKUs have a `probability` (0-1) each."""
        expected = float(np.sum(probability))
        return (expected + self.spread * float(np.sqrt(expected))) / max(len(probability), 1)

    def most_mean(self, share: float, size: int) -> float:
        """Return the greatest mean probability with which a list of `size` SKUs stays within a `share` (0-1)."""
        root = (float(np.sqrt(self.spread**2 + 4.0 * share * size)) - self.spread) / 2.0
        return root**2 / max(size, 1)


def count_spread(bound: float, mean: float, size: int) -> CountSpread:
    """Return the spread of a list of `size` SKUs from its `bound` and its mean landmine probability (0-1)."""
    expected = mean * size
    return CountSpread(max(bound * size - expected, 0.0) / float(np.sqrt(expected)) if expected > 0.0 else 0.0)
