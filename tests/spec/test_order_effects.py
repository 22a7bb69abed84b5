"""Daily outcomes are sums of effects: a state counts from its first day to its last, and what it replaces is undone."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.night_tables import put_table, rows_of
from xuanpin.pipelines.engine.protocol import Engine

DAY = date(2026, 11, 20)
AHEAD = date(9999, 12, 31)
STATES = (
    "order_line_id varchar, valid_from date, valid_to date, customer_id varchar, sku_id varchar, agent_id varchar, "
    "ordered_on date, delivered_on date, is_sale boolean, quantity integer, returned_units integer, "
    "return_requested_on date, fault_requested_on date"
)
COMMON: dict[str, Any] = {
    "order_line_id": "L1", "valid_from": DAY, "valid_to": AHEAD, "customer_id": "C1", "sku_id": "S1",
    "agent_id": "A1", "ordered_on": DAY - timedelta(days=9), "delivered_on": DAY - timedelta(days=2), "is_sale": True,
    "quantity": 3, "returned_units": 1, "return_requested_on": DAY - timedelta(days=1), "fault_requested_on": DAY,
}  # fmt: skip


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def effects(
    engine: Engine,
    new: Sequence[Any],
    old: Sequence[Any] = (),
    changed: tuple[str] = ("L1",),
    columns: str = "known_on, weight",
) -> Any:
    put_table(engine, "temp.int_order_line_timeline", STATES, *new, **COMMON)
    # Kept from night to night, so its columns may stand in another order.
    reversed_columns = ", ".join(reversed(STATES.split(", ")))
    put_table(engine, "history.order_line_timeline", reversed_columns, *old, **COMMON)
    lines = [{"order_line_id": line} for line in changed]
    put_table(engine, "temp.int_changed_order_lines", "order_line_id varchar", *lines)
    engine.materialise("int_timeline_effects", into="temp", first_line=min(changed), last_line=max(changed))
    return rows_of(engine, "temp.int_timeline_effects", columns)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        pytest.param([{}], [], [(0, 1)], id="a state without an end starts"),
        pytest.param([{"valid_to": DAY + timedelta(days=2)}], [], [(0, 1), (2, -1)], id="one with an end ends too"),
        pytest.param([{"is_sale": False}], [], [], id="what is no sale never counts"),
        pytest.param([], [{"valid_to": DAY + timedelta(days=1)}], [(0, -1), (1, 1)], id="a replaced state is undone"),
        pytest.param([{}], [{}], [(0, -1), (0, 1)], id="the same again changes nothing in sum"),
        pytest.param([], [{"order_line_id": "L2"}], [], id="lines that have not changed stay"),
        pytest.param([], [{"is_sale": False}], [], id="what was no sale had not counted"),
    ],
)
def test_int_timeline_effects_starts_ends_and_takes_back(
    engine: Engine, new: Sequence[Any], old: Sequence[Any], expected: list[tuple[int, int]] | list[Any]
) -> None:
    assert [((on - DAY).days, weight) for on, weight in effects(engine, new, old)] == expected


def test_int_timeline_effects_carry_what_the_sums_are_of(engine: Engine) -> None:
    columns = (
        "customer_id, sku_id, agent_id, ordered_on, delivered_on, quantity, returned_units, return_requested_on, "
        "fault_requested_on"
    )
    expected = tuple(COMMON[name] for name in columns.split(", "))
    ends = {"valid_to": DAY + timedelta(days=1)}
    assert effects(engine, [ends], [ends], columns=columns) == [expected] * 4
