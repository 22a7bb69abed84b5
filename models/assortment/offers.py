"""Counts what is left of suppliers' lots: each order is taken from the lot of its day that ends first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Ints


@dataclass(frozen=True)
class Lots:
    """Lots sorted by SKU and, within it, by their last day (n each).

    `sku` numbers the SKUs from 0, `first_day` and `last_day` are inclusive, in days since any one day; `units` is the
    whole lot.
    """

    sku: Ints
    first_day: Ints
    last_day: Ints
    units: Ints


@dataclass(frozen=True)
class DailyOrders:
    """Units ordered of a SKU that has a lot, on a day (m each), sorted by SKU, numbered as in Lots, and day."""

    sku: Ints
    day: Ints
    units: Ints


def units_left(lots: Lots, orders: DailyOrders) -> Ints:
    """Return the units left of each lot (n).

    An order is taken from the lots that hold on its day: first from the one that ends first, since what is left of it
    lapses first. What exceeds all of them was not sold out of an offer and is taken from none.
    """
    left, unmet = lots.units.copy(), orders.units.copy()
    turn = np.arange(len(lots.sku)) - np.searchsorted(lots.sku, lots.sku)
    for nth in range(int(turn.max(initial=-1)) + 1):
        lot = np.full(int(lots.sku.max()) + 1, -1)
        lot[lots.sku[turn == nth]] = np.flatnonzero(turn == nth)
        rows = np.flatnonzero(_inside(lots, orders, lot))
        taken = _taken_in_order(left[lot[orders.sku[rows]]], orders.sku[rows], unmet[rows])
        unmet[rows] -= taken
        np.subtract.at(left, lot[orders.sku[rows]], taken)
    return left


def _inside(lots: Lots, orders: DailyOrders, lot: Ints) -> Flags:
    """Return which orders fall on a day of the lot whose turn it is; `lot` has its place by SKU, -1 where none is."""
    of_order = lot[orders.sku]
    return (of_order >= 0) & (lots.first_day[of_order] <= orders.day) & (orders.day <= lots.last_day[of_order])


def _taken_in_order(units: Ints, sku: Ints, asked: Ints) -> Ints:
    """Return what each order gets (k): the `units` of its SKU's lot (k, equal within a SKU) go to the first orders."""
    total = np.cumsum(asked)
    start = np.searchsorted(sku, sku)
    before = total - asked - (total[start] - asked[start])
    return np.clip(units - before, 0, asked)
