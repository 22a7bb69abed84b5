"""The maintained order history equals the plain reference on every day, however the rows were batched and ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.support.order_history_reference import agent_outcomes, lines_on, sku_outcomes
from tests.support.source_rows import complete, empty_sources, put
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.history.stage import maintain_history
from xuanpin.pipelines.migration import open_home

START = datetime(2026, 3, 1)
DAYS = [START.date() + timedelta(days=n) for n in range(-1, 14)]
MAINTAINED = ("history.order_line_timeline", "history.daily_sku_outcomes", "history.daily_agent_outcomes", "ops.staged")
SKU_MEASURES = ("delivered_lines", "delivered_units", "returned_lines", "returned_units", "fault_lines")
AGENT_MEASURES = ("ordered_lines", "ordered_units", "delivered_units", "returned_units", "fault_lines")

moments = st.integers(0, 16).map(lambda half_days: START + timedelta(hours=12 * half_days))
waits = st.integers(0, 2).map(lambda days: timedelta(days=days))


@st.composite
def order_versions(draw: DrawFn) -> tuple[str, dict[str, Any]]:
    row: dict[str, Any] = {
        "order_line_id": draw(st.sampled_from(["L1", "L2"])),
        "ordered_at": draw(st.sampled_from([START, START + timedelta(days=1)])),
        "sku_id": draw(st.sampled_from(["S1", "S2"])),
        "agent_id": draw(st.sampled_from(["A1", "A2"])),
        "quantity": draw(st.integers(0, 3)),
        "unit_price": draw(st.sampled_from([Decimal("9.90"), Decimal("9.90"), Decimal("0.01")])),
        "paid_amount": draw(st.sampled_from([None, None, Decimal("9.90"), Decimal(0)])),
        "carrier_id": draw(st.sampled_from([None, "SF"])),
        "status": draw(st.sampled_from(["paid", "shipped", "delivered", "delivered", "cancelled"])),
        "delivered_at": draw(moments | st.none()),
        "updated_at": draw(moments),
    }
    row["known_on"] = max(row["updated_at"], row["ordered_at"]).date() + draw(waits)
    return ("orders", complete("orders", row))


@st.composite
def return_versions(draw: DrawFn) -> tuple[str, dict[str, Any]]:
    row: dict[str, Any] = {
        "return_id": draw(st.sampled_from(["R1", "R2", "R3"])),
        "order_line_id": draw(st.sampled_from(["L1", "L2"])),
        "requested_at": draw(moments),
        "quantity": draw(st.integers(1, 2)),
        "reason_code": draw(st.sampled_from(["quality", "damaged", "changed_mind"])),
        "refund_amount": draw(st.sampled_from([Decimal("9.90"), Decimal(0)])),
        "kind": draw(st.sampled_from([None, None, "return", "refund_only", "exchange", "refused_delivery"])),
        "state": draw(st.sampled_from([None, None, "requested", "done", "withdrawn", "refused"])),
        "updated_at": draw(moments),
    }
    row["known_on"] = row["updated_at"].date() + draw(waits)
    return ("returns", complete("returns", row))


def identity(entry: Any) -> Any:
    return entry[0], entry[1]["row_hash"]


histories = st.tuples(
    st.lists(order_versions(), min_size=1, max_size=6, unique_by=identity),
    st.lists(return_versions(), max_size=5, unique_by=identity),
).map(lambda parts: parts[0] + parts[1])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_home(Home(tmp_path_factory.mktemp("history")), threads=1)
    yield engine
    engine.close()


def load(engine: Engine, batches: list[Any]) -> None:
    empty_sources(engine, ("orders", "returns"))
    for table in MAINTAINED:
        engine.execute(f"delete from {table}")
    for seq, batch in enumerate(batches, start=1):
        for table in ("orders", "returns"):
            rows = [{**row, "drop_seq": seq} for name, row in batch if name == table]
            if rows:
                put(engine, table, rows)
        maintain_history(engine)


def timeline_on(rows: Any, day: date) -> dict[Any, Any]:
    visible = [row for row in rows if row["valid_from"] <= day < row["valid_to"]]
    states = {row["order_line_id"]: row for row in visible}
    assert len(states) == len(visible), "two states of one line on one day"
    hidden = ("order_line_id", "valid_from", "valid_to")
    return {line: {k: v for k, v in row.items() if k not in hidden} for line, row in states.items()}


def outcomes_on(
    rows: Any, day: date, place: tuple[str, str, str], measures: tuple[str, str, str, str, str]
) -> Counter[tuple[Any, ...]]:
    total: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        if row["known_on"] <= day:
            for measure in measures:
                total[(*(row[name] for name in place), measure)] += row[measure]
    return Counter({key: count for key, count in total.items() if count})


def assert_no_equal_neighbours(rows: Any) -> None:
    ends = {(row["order_line_id"], row["valid_to"]): row for row in rows}
    for row in rows:
        before = ends.get((row["order_line_id"], row["valid_from"]))
        if before is not None:
            assert any(row[name] != before[name] for name in row if name not in ("valid_from", "valid_to"))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=histories, data=st.data())
def test_history_equals_the_reference_on_every_day(engine: Engine, rows: list[Any], data: st.DataObject) -> None:
    arrival = data.draw(st.permutations(rows))
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=3).map(sorted))
    bounds = [0, *cuts, len(rows)]
    load(engine, [arrival[start:stop] for start, stop in pairwise(bounds)])
    orders = [row for table, row in rows if table == "orders"]
    returns = [row for table, row in rows if table == "returns"]
    timeline, by_sku, by_agent = (engine.read(table).to_pylist() for table in MAINTAINED[:3])
    assert_no_equal_neighbours(timeline)
    for day in DAYS:
        expected = lines_on(day, orders, returns)
        assert timeline_on(timeline, day) == expected
        place = ("sku_id", "delivered_on", "delay_days")
        assert outcomes_on(by_sku, day, place, SKU_MEASURES) == sku_outcomes(expected.values())
        place = ("agent_id", "sku_id", "ordered_on")
        assert outcomes_on(by_agent, day, place, AGENT_MEASURES) == agent_outcomes(expected.values())


def test_an_open_state_has_no_end(engine: Engine) -> None:
    row = complete("orders", {"order_line_id": "L1", "ordered_at": START, "updated_at": START})
    load(engine, [[("orders", row)]])
    assert engine.read("history.order_line_timeline")["valid_to"].to_pylist() == [date(9999, 12, 31)]
