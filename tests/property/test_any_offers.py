"""Over random lots and orders: of each lot is left what selling unit by unit leaves, the first to end first."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.models.arrays import Ints
from xuanpin.models.assortment.offers import DailyOrders, Lots, units_left

Lot = tuple[int, int, int, int]
"""SKU, last day, first day, units: sorted so, lots are in the order of Lots."""
Order = tuple[int, int]
LOTS = st.lists(
    st.builds(
        lambda sku, first, days, units: (sku, first + days, first, units),
        st.integers(0, 3),
        st.integers(0, 9),
        st.integers(0, 6),
        st.integers(1, 8),
    ),
    min_size=1,
    max_size=10,
)
ORDERS = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 15)), st.integers(1, 9), max_size=20)


def sold_by_hand(lots: Sequence[Lot], orders: dict[Order, int]) -> list[int]:
    left = [units for *_, units in lots]
    for (sku, day), units in sorted(orders.items(), key=lambda order: order[0][1]):
        for _ in range(units):
            holds = [
                at for at, (of, last, first, _) in enumerate(lots) if of == sku and first <= day <= last and left[at]
            ]
            if holds:
                left[holds[0]] -= 1
    return left


def whole(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(LOTS, ORDERS)
def test_lots_are_sold_as_unit_by_unit(drawn: list[Lot], asked: dict[Order, int]) -> None:
    lots = sorted(drawn)
    known = sorted({sku for sku, *_ in lots})
    orders = {(sku, day): units for (sku, day), units in sorted(asked.items()) if sku in known}
    sku, last, first, units = (whole(column) for column in zip(*lots, strict=True))
    place = np.searchsorted(whole(known), sku)
    found = units_left(
        Lots(place, first, last, units),
        DailyOrders(
            whole([known.index(of) for of, _ in orders]),
            whole([day for _, day in orders]),
            whole(list(orders.values())),
        ),
    )
    assert found.tolist() == sold_by_hand(lots, orders)
    assert (found >= 0).all() and (found <= units).all()
