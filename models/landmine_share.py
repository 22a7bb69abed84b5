"""The share of landmines that a list will turn out to hold: a distribution, since goods turn bad together.

Given who has turned, goods are landmines independently (a Poisson-binomial count); goods of one supplier turn with it.
How often goods turn is itself known from few turns: a Gamma distributed factor common to all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import gamma

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FACTORS = 9  # equally likely values of the common factor
LEVELS = (0.05, 0.95)


@dataclass(frozen=True)
class Listed:
    """The goods of a list, shape (skus,): their chances of being a landmine and of having turned, supplier codes."""

    if_steady: Floats
    if_turned: Floats
    turned_alone: Floats
    turned_with_supplier: Floats
    suppliers: Ints


def share_interval(listed: Listed, known_turns: float) -> tuple[float, float]:
    """5 % and 95 % quantiles of the share of landmines, 0-1; (0, 0) for an empty list.

    `known_turns` is how many turns the chances of a turn were learnt from.
    """
    size = len(listed.if_steady)
    if size == 0:
        return 0.0, 0.0
    levels = (np.arange(FACTORS) + 0.5) / FACTORS
    factors = gamma.ppf(levels, known_turns) / known_turns
    below = np.cumsum(np.mean([_counts(listed, factor) for factor in factors], axis=0))
    low, high = (int(np.searchsorted(below, level - 1e-12)) for level in LEVELS)
    return low / size, min(high, size) / size


def _counts(listed: Listed, factor: float) -> Floats:
    """Probability of 0, 1, … landmines where turns are `factor` times as likely."""
    alone, together = _rescaled(listed.turned_alone, factor), _rescaled(listed.turned_with_supplier, factor)
    apart = (1.0 - alone) * listed.if_steady + alone * listed.if_turned
    counts = np.ones(1)
    for supplier in np.unique(listed.suppliers):
        own = listed.suppliers == supplier
        chance = together[own].max()
        both = (1.0 - chance) * _independent(apart[own]) + chance * _independent(listed.if_turned[own])
        counts = np.convolve(counts, both)
    return counts


def _independent(chances: Floats) -> Floats:
    """Probability of each count of independent events: a Poisson-binomial by convolution."""
    counts = np.ones(1)
    for chance in chances:
        counts = np.convolve(counts, (1.0 - chance, chance))
    return counts


def _rescaled(chance: Floats, factor: float) -> Floats:
    """Chances whose odds are multiplied."""
    return factor * chance / (1.0 - chance + factor * chance)
