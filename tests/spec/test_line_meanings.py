"""What a line and its returns mean: closed after a refund, given away, refused at the door, withdrawn, too much."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import rows_of
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.history.stage import maintain_history
from xuanpin.pipelines.migration import open_home

SOLD, GONE = ("delivered", True), ("cancelled", False)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_home(Home(tmp_path), threads=1)
    yield engine
    engine.close()


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour)


def order(status: str = "delivered", day: int = 5, **more: Any) -> dict[Any, Any]:
    """A line of two units, delivered on the 4th."""
    line: dict[str, Any] = {
        "order_line_id": "L1",
        "ordered_at": at(1),
        "quantity": 2,
        "delivered_at": at(4),
        "updated_at": at(day),
    }
    return line | {"status": status, "unit_price": Decimal("9.90")} | more


def sent_back(day: int = 6, **more: Any) -> dict[Any, Any]:
    row = {"return_id": "R1", "order_line_id": "L1", "requested_at": at(6), "updated_at": at(day), "quantity": 1}
    return row | {"reason_code": "quality", "refund_amount": Decimal("9.90")} | more


def staged(engine: Engine, orders: list[Any], returns: Sequence[Any] = (), drop_seq: int = 1) -> None:
    put(engine, "orders", orders, drop_seq)
    put(engine, "returns", returns, drop_seq)
    maintain_history(engine)


def state_on(engine: Engine, day: int, *columns: str) -> list[Any]:
    """These columns of the line as it stood on a day."""
    rows = rows_of(engine, "history.order_line_timeline", "valid_from", "valid_to", *columns)
    return [row[2:] for row in rows if row[0] <= date(2026, 3, day) < row[1]]


def counted(engine: Engine, day: int) -> tuple[Any, ...]:
    """Delivered lines, units sent back and faults of the SKU, and units that agents sold, as known on a day."""
    on = date(2026, 3, day)
    engine.materialise("int_sku_daily", as_of_date=on)
    engine.materialise("int_agent_daily", as_of_date=on, history_before=date(2026, 1, 1))
    sums = ("delivered_lines", "returned_units", "fault_lines")
    sku = [sum(column) for column in zip(*rows_of(engine, "night.int_sku_daily", *sums), strict=True)] or [0, 0, 0]
    return (*sku, sum(units for (units,) in rows_of(engine, "night.int_agent_daily", "ordered_units")))


NOTHING = (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("orders", "returns", "stands", "counts"),
    [
        pytest.param([order("cancelled")], [sent_back()], SOLD, (1, 1, 1, 2), id="closed after its refund"),
        pytest.param([order("cancelled")], [], GONE, NOTHING, id="closed, and nobody says why"),
        pytest.param([order("cancelled")], [sent_back(state="withdrawn")], GONE, NOTHING, id="refund withdrawn"),
        pytest.param([order("cancelled", delivered_at=None)], [sent_back()], GONE, NOTHING, id="closed before it came"),
        pytest.param([order("cancelled", delivered_at=at(9))], [sent_back()], GONE, NOTHING, id="closed on its way"),
        pytest.param(
            [order(day=4, delivered_at=None), order("cancelled", delivered_at=None)], [sent_back()], SOLD, (1, 1, 1, 2),
            id="closed after its refund, the delivery in an earlier row only",
        ),
        pytest.param(
            [order("cancelled")], [sent_back(kind="refund_only", reason_code="changed_mind")], SOLD, (1, 0, 0, 2),
            id="closed after a refund that blames nobody",
        ),
    ],
)  # fmt: skip
def test_a_line_closed_after_its_refund_was_delivered_and_sent_back(
    engine: Engine, orders: list[Any], returns: list[Any], stands: tuple[str, bool], counts: tuple[int, int, int, int]
) -> None:
    staged(engine, orders, returns)
    assert state_on(engine, 7, "status", "is_sale") == [stands]
    assert counted(engine, 7) == counts


def test_a_line_is_closed_after_its_refund_from_the_day_that_both_are_known(engine: Engine) -> None:
    staged(engine, [order(), order("cancelled", 8)])
    assert [counted(engine, day) for day in (7, 8)] == [(1, 0, 0, 2), NOTHING]
    staged(engine, [], [sent_back(9)], drop_seq=2)
    assert [counted(engine, day) for day in (7, 8, 9)] == [(1, 0, 0, 2), NOTHING, (1, 1, 1, 2)]
    staged(engine, [], [sent_back(10, state="refused")], drop_seq=3)
    assert [counted(engine, day) for day in (8, 9, 10)] == [NOTHING, (1, 1, 1, 2), NOTHING]


@pytest.mark.parametrize(
    ("line", "returns", "is_sale"),
    [
        pytest.param({"unit_price": 0}, [], False, id="a gift"),
        pytest.param({"unit_price": 0}, [sent_back(refund_amount=0)], False, id="a gift with a return"),
        pytest.param({"unit_price": Decimal("0.01")}, [], False, id="an order for one fen"),
        pytest.param({"unit_price": Decimal("0.09")}, [], False, id="just under a tenth"),
        pytest.param({"unit_price": Decimal("0.10")}, [], True, id="a tenth"),
        pytest.param({"paid_amount": 0}, [], False, id="nothing was paid for it"),
        pytest.param({"paid_amount": Decimal("0.19")}, [], False, id="under a tenth for each of two"),
        pytest.param({"paid_amount": Decimal("0.20")}, [], True, id="a tenth for each of two"),
        pytest.param({"unit_price": 0, "paid_amount": Decimal("9.90")}, [], True, id="what was paid says more"),
        pytest.param({"paid_amount": 0}, [sent_back()], True, id="paid back, so it had been paid"),
    ],
)
def test_a_line_for_less_than_a_tenth_a_unit_counts_in_nothing(
    engine: Engine, line: dict[str, Any], returns: Sequence[Any], is_sale: bool
) -> None:
    staged(engine, [order(**line)], returns)
    units = sum(row["quantity"] for row in returns)
    assert state_on(engine, 7, "is_sale", "delivered_on") == [(is_sale, date(2026, 3, 4))]
    assert counted(engine, 7) == ((1, units, len(returns), 2) if is_sale else NOTHING)


def test_a_number_in_the_wrong_column_stops_no_night(engine: Engine) -> None:
    staged(engine, [order(unit_price=Decimal("9999999999.99"), quantity=2**31 - 1)], [])
    assert state_on(engine, 7, "is_sale") == [(True,)]


@pytest.mark.parametrize(
    ("returns", "state", "counts"),
    [
        pytest.param([sent_back(state="requested")], (1, "quality"), (1, 1, 1, 2), id="asked for"),
        pytest.param([sent_back(state="done")], (1, "quality"), (1, 1, 1, 2), id="done"),
        pytest.param([sent_back(state="withdrawn")], (0, None), (1, 0, 0, 2), id="withdrawn"),
        pytest.param([sent_back(state="refused")], (0, None), (1, 0, 0, 2), id="refused"),
        pytest.param([sent_back(kind="exchange")], (1, "quality"), (1, 1, 1, 2), id="exchanged"),
        pytest.param([sent_back(kind="refund_only")], (1, "quality"), (1, 1, 1, 2), id="money back for a fault"),
        pytest.param(
            [sent_back(kind="refund_only", reason_code="late")], (0, None), (1, 0, 0, 2), id="money back, it was late"
        ),
        pytest.param([sent_back(quantity=9)], (2, "quality"), (1, 2, 1, 2), id="more sent back than bought"),
        pytest.param(
            [sent_back(), sent_back(return_id="R2", quantity=2)], (2, "quality"), (1, 2, 1, 2), id="two of them, capped"
        ),
        pytest.param([sent_back(refund_amount=0)], (1, "quality"), (1, 1, 1, 2), id="sent back for nothing"),
        pytest.param([sent_back(refund_amount=999)], (1, "quality"), (1, 1, 1, 2), id="paid back more than it cost"),
        pytest.param([sent_back(kind="refused_delivery")], (0, None), (1, 0, 0, 1), id="one of two refused"),
        pytest.param(
            [sent_back(kind="refused_delivery"), sent_back(return_id="R2", quantity=2)], (1, "quality"), (1, 1, 1, 1),
            id="one refused, the other sent back",
        ),
        pytest.param([sent_back(kind="refused_delivery", quantity=2)], (0, None), NOTHING, id="refused at the door"),
        pytest.param(
            [sent_back(kind="refused_delivery", quantity=2, state="withdrawn")], (0, None), (1, 0, 0, 2),
            id="taken after all",
        ),
    ],
)  # fmt: skip
def test_a_return_counts_by_its_state_and_kind(
    engine: Engine, returns: list[Any], state: tuple[int, str] | tuple[int, None], counts: tuple[int, int, int, int]
) -> None:
    staged(engine, [order()], returns)
    assert state_on(engine, 7, "returned_units", "return_reason") == [state]
    assert counted(engine, 7) == counts


VERSIONS = [sent_back(6), sent_back(8, state="withdrawn"), sent_back(9, state="requested"), sent_back(10, state="done")]


@pytest.mark.parametrize("order_of_arrival", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2), (2, 3, 0, 1)])
def test_a_return_stands_from_its_request_to_its_withdrawal_in_whatever_order_its_rows_come(
    engine: Engine, order_of_arrival: tuple[int, int, int, int]
) -> None:
    staged(engine, [order()])
    for seq, number in enumerate(order_of_arrival, start=2):
        staged(engine, [], [VERSIONS[number]], drop_seq=seq)
    assert [counted(engine, day)[1] for day in range(5, 12)] == [0, 1, 1, 0, 1, 1, 1]
    assert rows_of(engine, "night.int_sku_daily", "delay_days", "returned_lines") == [(None, 0), (2, 1)]


@pytest.mark.parametrize(
    ("line", "stands", "counts"),
    [
        pytest.param({"quantity": 0}, GONE, NOTHING, id="no unit of it is left"),
        pytest.param({"status": "paid"}, ("paid", True), (1, 0, 0, 2), id="paid, with a time of delivery"),
        pytest.param({"delivered_at": datetime(2026, 2, 1)}, SOLD, (1, 0, 0, 2), id="delivered before it was ordered"),
        pytest.param({"delivered_at": None}, SOLD, (1, 0, 0, 2), id="delivered, and nobody says when"),
        pytest.param({"status": "shipped", "delivered_at": None}, ("shipped", True), (0, 0, 0, 2), id="under way"),
    ],
)
def test_a_line_says_by_its_status_time_and_quantity_what_became_of_it(
    engine: Engine, line: dict[str, Any], stands: Sequence[Any], counts: tuple[int, int, int, int]
) -> None:
    staged(engine, [order() | line])
    assert state_on(engine, 7, "status", "is_sale") == [stands]
    assert counted(engine, 7) == counts


def test_a_line_of_which_nothing_is_left_leaves_the_outcomes(engine: Engine) -> None:
    staged(engine, [order(), order(day=7, quantity=0)])
    assert [counted(engine, day) for day in (6, 7)] == [(1, 0, 0, 2), NOTHING]


def test_a_presale_counts_as_ordered_at_once_and_in_rates_from_its_delivery(engine: Engine) -> None:
    staged(engine, [order("paid", 1, delivered_at=None), order(day=25, delivered_at=at(25))], [sent_back(27)])
    assert [counted(engine, day) for day in (1, 24, 25, 27)] == [(0, 0, 0, 2), (0, 0, 0, 2), (1, 0, 0, 2), (1, 1, 1, 2)]


def test_a_deposit_that_is_never_followed_up_leaves_nothing(engine: Engine) -> None:
    staged(engine, [order("paid", 1, delivered_at=None), order("cancelled", 20, delivered_at=None)])
    assert [counted(engine, day) for day in (1, 20)] == [(0, 0, 0, 2), NOTHING]


@pytest.mark.parametrize(
    ("returns", "counts"),
    [
        pytest.param([sent_back(refund_amount=Decimal("0.50"))], (1, 1, 1, 2), id="a part of the price"),
        pytest.param(
            [sent_back(refund_amount=Decimal("0.50"), kind="refund_only")], (1, 1, 1, 2), id="a part, for a fault"
        ),
        pytest.param(
            [sent_back(refund_amount=Decimal("0.50"), kind="refund_only", reason_code="other")], (1, 0, 0, 2),
            id="a part, out of goodwill",
        ),
    ],
)  # fmt: skip
def test_how_much_was_paid_back_does_not_say_what_was_wrong(
    engine: Engine, returns: list[Any], counts: tuple[int, int, int, int]
) -> None:
    staged(engine, [order()], returns)
    assert counted(engine, 7) == counts
