"""What becomes of an order line: cancelled, sent back before it came, sent back for a fault or for another reason."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import rows_of
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.history.stage import maintain_history
from xuanpin.pipelines.migration import open_home

OPEN = date(9999, 12, 31)
MEASURES = ("delay_days", "delivered_lines", "returned_lines", "fault_lines")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_home(Home(tmp_path), threads=1)
    yield engine
    engine.close()


def at(day: int) -> datetime:
    return datetime(2026, 3, day, 12)


def order(status: str, day: int, **more: Any) -> dict[Any, Any]:
    return {"order_line_id": "L1", "ordered_at": at(1), "status": status, "updated_at": at(day), **more}


def sent_back(day: int, asked: int, **more: Any) -> dict[Any, Any]:
    return {"return_id": "R1", "order_line_id": "L1", "requested_at": at(asked), "updated_at": at(day), **more}


def outcomes(engine: Engine, day: int) -> list[tuple[Any, ...]]:
    engine.materialise("int_sku_daily", as_of_date=date(2026, 3, day))
    return rows_of(engine, "night.int_sku_daily", *MEASURES)


def test_a_return_asked_for_before_the_parcel_came_counts_from_its_first_day(engine: Engine) -> None:
    put(engine, "orders", [order("delivered", 5, delivered_at=at(5))])
    put(engine, "returns", [sent_back(5, 3, reason_code="quality")])
    maintain_history(engine)
    assert outcomes(engine, 6) == [(None, 1, 0, 0), (0, 0, 1, 1)]


def test_a_return_counts_from_the_day_it_was_asked_for(engine: Engine) -> None:
    put(engine, "orders", [order("delivered", 2, delivered_at=at(2))])
    put(engine, "returns", [sent_back(3, 6)])
    maintain_history(engine)
    assert outcomes(engine, 5) == [(None, 1, 0, 0)]
    assert outcomes(engine, 6) == [(None, 1, 0, 0), (4, 0, 1, 0)]


@pytest.mark.parametrize(
    ("reason", "faults"),
    [
        ("quality", 1),
        ("not_as_described", 1),
        ("damaged", 1),
        ("spoiled", 1),
        ("changed_mind", 0),
        ("size", 0),
        ("other", 0),
    ],
)
def test_only_reasons_that_blame_the_sku_are_faults(engine: Engine, reason: str, faults: int) -> None:
    put(engine, "orders", [order("delivered", 2, delivered_at=at(2))])
    put(engine, "returns", [sent_back(4, 4, reason_code=reason)])
    maintain_history(engine)
    assert outcomes(engine, 6)[-1] == (2, 0, 1, faults)


def test_a_cancelled_line_is_not_delivered_whatever_its_stamps_say(engine: Engine) -> None:
    put(engine, "orders", [order("cancelled", 5, delivered_at=at(4))])
    maintain_history(engine)
    assert rows_of(engine, "history.order_line_timeline", "status", "delivered_on") == [("cancelled", None)]


def test_a_cancelled_line_that_changes_again_takes_nothing_back(engine: Engine) -> None:
    put(engine, "orders", [order("cancelled", 3)])
    maintain_history(engine)
    put(engine, "orders", [order("delivered", 5, delivered_at=at(5))], drop_seq=2)
    maintain_history(engine)
    assert outcomes(engine, 6) == [(None, 1, 0, 0)]
    engine.materialise("int_agent_daily", as_of_date=date(2026, 3, 6), history_before=date(2026, 1, 1))
    assert rows_of(engine, "night.int_agent_daily", "ordered_lines", "ordered_units") == [(1, 1)]


def test_a_lines_last_state_has_no_end_whatever_other_lines_do(engine: Engine) -> None:
    put(engine, "orders", [order("paid", 2), order("paid", 4, order_line_id="L2")])
    maintain_history(engine)
    states = rows_of(engine, "history.order_line_timeline", "order_line_id", "valid_from", "valid_to")
    assert states == [("L1", date(2026, 3, 2), OPEN), ("L2", date(2026, 3, 4), OPEN)]


def test_a_delivery_that_is_announced_counts_from_its_own_day(engine: Engine) -> None:
    put(engine, "orders", [order("delivered", 3, delivered_at=at(5))])
    maintain_history(engine)
    assert outcomes(engine, 4) == []
    assert outcomes(engine, 5) == [(None, 1, 0, 0)]
