"""What the order history assumes where lines never tell of delivery, or returns of their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import rows_of
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.history.stage import maintain_history
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings.assumptions import AssumptionSettings

USUAL = AssumptionSettings()
IN_FIVE_DAYS = AssumptionSettings(delivery_days=5)
ANY_REASON = AssumptionSettings(fault_reasons=("quality", "other"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_home(Home(tmp_path), threads=1)
    yield opened
    opened.close()


def order(status: str, day: int, **more: Any) -> dict[str, Any]:
    """A version of a line ordered at noon of the 1st, as a day of March knows it."""
    stamps = {"ordered_at": datetime(2026, 3, 1, 12), "updated_at": datetime(2026, 3, day, 12)}
    return {"order_line_id": "L1", "status": status, "delivered_at": None, **stamps, **more}


def delivered_on(engine: Engine, day: int) -> list[date | None]:
    """When the line was delivered as a day of March knows it."""
    rows = rows_of(engine, "history.order_line_timeline", "valid_from", "valid_to", "delivered_on")
    return [found for valid_from, valid_to, found in rows if valid_from <= date(2026, 3, day) < valid_to]


@pytest.mark.parametrize(
    ("versions", "assumed", "known"),
    [
        pytest.param([order("paid", 1)], IN_FIVE_DAYS, {5: None, 6: date(2026, 3, 6)}, id="paid and no more"),
        pytest.param([order("shipped", 2)], IN_FIVE_DAYS, {5: None, 6: date(2026, 3, 6)}, id="shipped and no more"),
        pytest.param([order("paid", 1)], USUAL, {5: None, 28: None}, id="nothing is assumed"),
        pytest.param(
            [order("paid", 1), order("delivered", 9, delivered_at=datetime(2026, 3, 8))],
            IN_FIVE_DAYS,
            {6: date(2026, 3, 6), 9: date(2026, 3, 8)},
            id="until the line says more",
        ),
        pytest.param(
            [order("shipped", 4, delivered_at=datetime(2026, 3, 4))], IN_FIVE_DAYS, {4: date(2026, 3, 4)}, id="told"
        ),
        pytest.param([order("paid", 1), order("cancelled", 3)], IN_FIVE_DAYS, {6: None}, id="cancelled before"),
    ],
)
def test_a_line_that_never_tells_of_its_delivery_is_delivered_after_the_assumed_days(
    engine: Engine, versions: list[dict[str, Any]], assumed: AssumptionSettings, known: dict[int, date | None]
) -> None:
    put(engine, "orders", versions)
    maintain_history(engine, assumed)
    assert {day: delivered_on(engine, day) for day in known} == {day: [found] for day, found in known.items()}


def test_another_assumption_is_folded_into_all_of_the_history_and_taken_back(engine: Engine) -> None:
    put(engine, "orders", [order("paid", 1)])
    told = [
        (maintain_history(engine, assumed), delivered_on(engine, 28))
        for assumed in (USUAL, IN_FIVE_DAYS, IN_FIVE_DAYS, USUAL)
    ]
    day = [date(2026, 3, 6)]
    assert told == [(1, [None]), (1, day), (0, day), (1, [None])]
    engine.materialise("int_sku_daily", as_of_date=date(2026, 3, 28))
    assert rows_of(engine, "night.int_sku_daily", "delivered_lines") == []


@pytest.mark.parametrize(("assumed", "fault_on"), [(USUAL, None), (ANY_REASON, date(2026, 3, 7))])
def test_which_reasons_are_faults_is_the_platforms_to_say(
    engine: Engine, assumed: AssumptionSettings, fault_on: date | None
) -> None:
    at = datetime(2026, 3, 7)
    put(engine, "orders", [order("delivered", 4, delivered_at=datetime(2026, 3, 4))])
    put(engine, "returns", [{"return_id": "R1", "order_line_id": "L1", "requested_at": at, "updated_at": at}])
    maintain_history(engine, assumed)
    rows = rows_of(engine, "history.order_line_timeline", "valid_to", "fault_requested_on")
    assert [found for valid_to, found in rows if valid_to > date(2026, 3, 28)] == [fault_on]
