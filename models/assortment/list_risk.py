"""The risk of a list: the distribution of its share of landmines, since the SKUs of a supplier change together.

Given which rates have changed, SKUs are landmines independently (a Poisson-binomial count); SKUs of one supplier change
with it. How often SKUs and suppliers change is itself learnt from few changes: a Gamma distributed factor is common to
each level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaincinv

from xuanpin.models.arrays import Flags, Floats, Ints

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
    `changed_with_supplier` those of a change by itself and with all SKUs of its supplier; `suppliers` are codes from 0.
    The chances were learnt from `sku_changes` changes of single SKUs and `supplier_changes` of whole suppliers.
    """

    if_steady: Floats
    if_changed: Floats
    changed_alone: Floats
    changed_with_supplier: Floats
    suppliers: Ints
    sku_changes: float
    supplier_changes: float

    def at(self, chosen: Flags) -> Listed:
        """Return the SKUs that are `chosen` (flags of shape (skus,))."""
        return Listed(
            self.if_steady[chosen],
            self.if_changed[chosen],
            self.changed_alone[chosen],
            self.changed_with_supplier[chosen],
            self.suppliers[chosen],
            self.sku_changes,
            self.supplier_changes,
        )

    @property
    def if_supplier_steady(self) -> Floats:
        """Return each SKU's chance of being a landmine where its supplier has not changed, shape (skus,)."""
        return (1.0 - self.changed_alone) * self.if_steady + self.changed_alone * self.if_changed


@dataclass(frozen=True)
class CountVariance:
    """Hold the variance of the number of landmines among any of n SKUs, x of them (0 or 1 each):
    own·x + Σ over suppliers (joint·x of its SKUs)² + Σ over rows (common·x)².

    `own` and `joint` have shape (n,), `common` (2, n): single SKUs' changes, suppliers' changes. `suppliers` are codes.
    """

    own: Floats
    joint: Floats
    common: Floats
    suppliers: Ints

    def of(self, chosen: Flags) -> float:
        """Return the variance of the number of landmines of a list (`chosen`, n flags)."""
        together = np.bincount(self.suppliers[chosen], self.joint[chosen])
        shared = self.common[:, chosen].sum(axis=1)
        return float(self.own[chosen].sum() + together @ together + shared @ shared)


def count_variance(skus: Listed, probability: Floats) -> CountVariance:
    """Return the variance of the number of landmines among `skus` (n), whose chances are `probability` (0-1, n).

    By the law of total variance; a supplier's turn is common to its SKUs, and so is to all what is not known of the
    frequency of changes (a Gamma factor of mean 1 whose variance is one over the changes it was learnt from).
    """
    with_supplier, alone = skus.changed_with_supplier, skus.changed_alone
    worse = skus.if_changed - skus.if_supplier_steady
    turn = with_supplier * (1.0 - with_supplier)
    joint = np.sqrt(turn) * worse
    moved_alone = (1.0 - with_supplier) * alone * (1.0 - alone) * (skus.if_changed - skus.if_steady)
    common = np.stack([moved_alone / np.sqrt(skus.sku_changes), turn * worse / np.sqrt(skus.supplier_changes)])
    own = np.maximum(probability * (1.0 - probability) - joint**2, 0.0)
    return CountVariance(own, joint, common, skus.suppliers)


def share_interval(listed: Listed) -> tuple[float, float]:
    """Return the quantiles at LEVELS of the share of landmines on a list, 0-1; (0, 0) for an empty list."""
    low, high = share_quantiles(listed, LEVELS)
    return low, high


def share_quantiles(listed: Listed, levels: tuple[float, ...]) -> list[float]:
    """Return the quantiles at `levels` (0-1) of the share of landmines among the `listed`, 0-1; 0 for an empty list."""
    size = len(listed.if_steady)
    if size == 0:
        return [0.0] * len(levels)
    below = np.cumsum(np.mean(list(_counts(listed)), axis=0))
    return [min(int(np.searchsorted(below, level - ROUNDING)), size) / size for level in levels]


def _factors(known: float) -> Floats:
    """Equally likely values of the true frequency of changes divided by the estimated one."""
    values = gammaincinv(known, (np.arange(QUADRATURE_POINTS) + 0.5) / QUADRATURE_POINTS)
    return np.asarray(values / values.mean(), dtype=np.float64)


def _counts(listed: Listed) -> Iterator[Floats]:
    """Probability of 0, 1, … landmines, for each pair of factors by which SKUs and suppliers may change more often.

    By the count's characteristic function at the roots of unity, a product over suppliers of what either state of the
    supplier gives. Source: Hong 2013, "On computing the distribution function for the Poisson binomial distribution".
    """
    order = np.argsort(listed.suppliers, kind="stable")
    starts = np.flatnonzero(np.diff(listed.suppliers[order], prepend=-1))
    size = len(order)
    turns = np.exp(-2j * np.pi * np.arange((size + 1) // 2 + 1) / (size + 1)) - 1.0

    def of_suppliers(odds: Floats) -> Any:
        return np.multiply.reduceat(1.0 + odds[order, None] * turns, starts, axis=0)

    changed = of_suppliers(listed.if_changed)
    together = [
        np.maximum.reduceat(_rescaled(listed.changed_with_supplier, factor)[order], starts)[:, None]
        for factor in _factors(listed.supplier_changes)
    ]
    for factor in _factors(listed.sku_changes):
        alone = _rescaled(listed.changed_alone, factor)
        steady = of_suppliers((1.0 - alone) * listed.if_steady + alone * listed.if_changed)
        for chance in together:
            yield np.fft.irfft(np.prod((1.0 - chance) * steady + chance * changed, axis=0), n=size + 1)


def _rescaled(chance: Floats, factor: float) -> Floats:
    """Chances whose odds are multiplied."""
    return factor * chance / (1.0 - chance + factor * chance)
