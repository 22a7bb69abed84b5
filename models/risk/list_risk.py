"""The share of landmines that a list will turn out to hold: a distribution, since goods turn bad together.

Given who has turned, goods are landmines independently (a Poisson-binomial count); goods of one supplier turn with it.
How often goods and suppliers turn is itself known from few turns: a Gamma distributed factor common to each sort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import gamma

from xuanpin.models.arrays import Floats, Ints

FACTORS = 7
"""Equally likely values by which either common factor is represented; the cost grows with their square."""
LEVELS = (0.05, 0.95)
"""Levels of the interval: nine in ten lists hold a share inside it."""
ROUNDING = 1e-12
"""Probability by which a sum may fall short of a level that it reaches."""


@dataclass(frozen=True)
class Listed:
    """The goods of a list, shape (skus,): their chances of being a landmine and of having turned, supplier codes."""

    if_steady: Floats
    if_turned: Floats
    turned_alone: Floats
    turned_with_supplier: Floats
    suppliers: Ints


def share_interval(listed: Listed, known_alone: float, known_suppliers: float) -> tuple[float, float]:
    """Return the quantiles at LEVELS of the share of landmines on a list, 0-1; (0, 0) for an empty list.

    `listed` holds the goods of the list. Their chances were learnt from `known_alone` turns of single goods and
    `known_suppliers` of whole suppliers.
    """
    size = len(listed.if_steady)
    if size == 0:
        return 0.0, 0.0
    alone, together = _factors(known_alone), _factors(known_suppliers)
    below = np.cumsum(np.mean([_counts(listed, one, other) for one in alone for other in together], axis=0))
    low, high = (int(np.searchsorted(below, level - ROUNDING)) for level in LEVELS)
    return low / size, min(high, size) / size


def _factors(known: float) -> Floats:
    """Equally likely values of how many times as often as estimated turns really happen."""
    values = gamma.ppf((np.arange(FACTORS) + 0.5) / FACTORS, known)
    return np.asarray(values / values.mean(), dtype=np.float64)


def _counts(listed: Listed, one: float, other: float) -> Floats:
    """Probability of 0, 1, … landmines where goods turn `one` times as often, suppliers `other` times."""
    alone, together = _rescaled(listed.turned_alone, one), _rescaled(listed.turned_with_supplier, other)
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
