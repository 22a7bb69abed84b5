"""The risk of a list: the distribution of its share of landmines, since the SKUs of a supplier change together.

Given which rates have changed, SKUs are landmines independently (a Poisson-binomial count); SKUs of one supplier change
with it. How often SKUs and suppliers change is itself learnt from few changes: a Gamma distributed factor is common to
each level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import gamma

from xuanpin.models.arrays import Floats, Ints

QUADRATURE_POINTS = 7
"""Equally likely values that represent either common factor; the cost grows with their square."""
LEVELS = (0.05, 0.95)
"""Levels of the interval: nine in ten lists hold a share inside it."""
ROUNDING = 1e-12
"""Probability by which the sum of rounded parts may fall short of a level that it reaches."""


@dataclass(frozen=True)
class Listed:
    """Hold the chances (0-1) of the SKUs of a list; all arrays have shape (skus,).

    `if_steady` and `if_changed` are those of being a landmine with an unchanged and a changed rate, `changed_alone` and
    `changed_with_supplier` those of a change by itself and with all SKUs of its supplier; `suppliers` are codes.
    """

    if_steady: Floats
    if_changed: Floats
    changed_alone: Floats
    changed_with_supplier: Floats
    suppliers: Ints


def share_interval(listed: Listed, sku_change_count: float, supplier_change_count: float) -> tuple[float, float]:
    """Return the quantiles at LEVELS of the share of landmines on a list, 0-1; (0, 0) for an empty list.

    `listed` holds the SKUs of the list. Their chances were learnt from `sku_change_count` changes of single SKUs and
    `supplier_change_count` of whole suppliers.
    """
    size = len(listed.if_steady)
    if size == 0:
        return 0.0, 0.0
    alone, together = _factors(sku_change_count), _factors(supplier_change_count)
    below = np.cumsum(np.mean([_counts(listed, one, other) for one in alone for other in together], axis=0))
    low, high = (int(np.searchsorted(below, level - ROUNDING)) for level in LEVELS)
    return low / size, min(high, size) / size


def _factors(known: float) -> Floats:
    """Equally likely values of the true frequency of changes divided by the estimated one."""
    values = gamma.ppf((np.arange(QUADRATURE_POINTS) + 0.5) / QUADRATURE_POINTS, known)
    return np.asarray(values / values.mean(), dtype=np.float64)


def _counts(listed: Listed, one: float, other: float) -> Floats:
    """Probability of 0, 1, … landmines where SKUs change `one` times as often, suppliers `other` times."""
    alone, together = _rescaled(listed.changed_alone, one), _rescaled(listed.changed_with_supplier, other)
    apart = (1.0 - alone) * listed.if_steady + alone * listed.if_changed
    counts = np.ones(1)
    for supplier in np.unique(listed.suppliers):
        own = listed.suppliers == supplier
        chance = together[own].max()
        both = (1.0 - chance) * _independent(apart[own]) + chance * _independent(listed.if_changed[own])
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
