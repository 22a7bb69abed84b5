"""Lines that are kept from night to night are judged as if every night judged all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.support.night_tables import rows_of, table
from tests.support.source_rows import complete, empty_sources, put
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.history.stage import maintain_history
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.scoring import sale_lines
from xuanpin.pipelines.scoring.sale_lines import BUYERS, CELLS, JUDGED, KEPT, LINES, judge_sale_lines
from xuanpin.pipelines.settings import Settings

START = datetime(2026, 3, 1)
PLACES = st.integers(0, 12)
EMPTIED = ("history.order_line_timeline", "history.daily_sku_outcomes", "history.daily_agent_outcomes", "ops.staged")
NAMED_LINES = f"""
    (
        select l.* exclude (sku_key, customer_key, agent_key, carrier_key), b.customer_id, b.lines, b.first_on,
            p.entity_id as sku_id, a.entity_id as agent_id, c.entity_id as carrier_id
        from {LINES} as l
        left join {BUYERS} as b using (customer_key)
        left join night.int_line_names as p on l.sku_key = p.name_key
        left join night.int_line_names as a on l.agent_key = a.name_key
        left join night.int_line_names as c on l.carrier_key = c.name_key
    )
"""
"""Kept lines with what their keys stand for: keys depend on who came first."""
NAMED_CELLS = f"""
    (
        select p.entity_id as sku_id, c.period, a.entity_id as agent_id
        from {CELLS} as c
        left join night.int_line_names as p on c.sku_key = p.name_key
        left join night.int_line_names as a on c.agent_key = a.name_key
    )
"""


def on(place: int) -> date:
    """The day in that place after the first."""
    return START.date() + timedelta(days=place)


@st.composite
def order_row(draw: DrawFn) -> Any:
    at = START + timedelta(days=draw(PLACES))
    row: dict[str, Any] = {
        "order_line_id": f"L{draw(st.integers(1, 6))}",
        "ordered_at": START + timedelta(days=draw(st.integers(0, 9))),
        "sku_id": draw(st.sampled_from(["S1", "S2", "S3"])),
        "agent_id": draw(st.sampled_from(["A1", "A2"])),
        "customer_id": draw(st.sampled_from(["C1", "C2", "C3"])),
        "carrier_id": draw(st.sampled_from([None, "SF"])),
        "unit_price": draw(st.sampled_from([Decimal(10), Decimal("0.50")])),
        "status": draw(st.sampled_from(["paid", "delivered", "delivered", "delivered", "cancelled"])),
        "delivered_at": draw(st.none() | st.just(at)),
        "updated_at": at,
    }
    row["known_on"] = max(row["updated_at"], row["ordered_at"]).date()
    return "orders", complete("orders", row)


def a_sale(line: str, agent: str, place: int) -> Any:
    """A line of S1 of a buyer of its own, by this agent as known that day."""
    at = START + timedelta(days=place)
    row = {"order_line_id": line, "ordered_at": START, "sku_id": "S1", "agent_id": agent, "customer_id": f"C{line}",
           "unit_price": Decimal(10), "status": "delivered", "delivered_at": START, "updated_at": at,
           "known_on": at.date()}  # fmt: skip
    return "orders", complete("orders", row)


@st.composite
def return_row(draw: DrawFn) -> Any:
    at = START + timedelta(days=draw(PLACES))
    row = {
        "return_id": draw(st.sampled_from(["R1", "R2"])),
        "order_line_id": f"L{draw(st.integers(1, 6))}",
        "requested_at": at,
        "reason_code": draw(st.sampled_from(["quality", "damaged", "changed_mind"])),
        "updated_at": at,
        "known_on": at.date(),
    }
    return "returns", complete("returns", row)


@st.composite
def a_night(draw: DrawFn) -> dict[str, Any]:
    """What arrives before a night, for which date it is, and what is known then of prices and complaints."""
    return {
        "rows": draw(st.lists(order_row() | order_row() | return_row(), max_size=6, unique_by=_hash)),
        "as_of_date": on(draw(PLACES)),
        "prices": draw(st.dictionaries(st.sampled_from(["S1", "S2", "S3"]), st.sampled_from([4, 10]))),
        "complaints": draw(st.dictionaries(st.sampled_from(["L1", "L2"]), PLACES.map(on))),
    }


def sold(place: int, *rows: Any) -> dict[str, Any]:
    """A night of that day after these rows came."""
    return {"rows": rows, "as_of_date": on(place), "prices": {"S1": 10}, "complaints": {}}


def _hash(entry: Any) -> Any:
    return entry[0], entry[1]["row_hash"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A home in which two lines of an agent are many."""
    engine = open_home(Home(tmp_path_factory.mktemp("lines")), threads=1)
    yield engine
    engine.close()


def judged(engine: Engine, told: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Bring the kept lines to a night's date; return them and the large cells by name."""
    table(engine, "night.stg_products", "sku_id varchar, list_price decimal(12, 2)", told["prices"].items())
    table(engine, "night.int_complaints", "order_line_id varchar, complained_on date", told["complaints"].items())
    with patch.object(sale_lines, "FEWEST_LINES", 2):
        judge_sale_lines(Night(engine, Settings(), Home(Path("nowhere")), told["as_of_date"], None, START))
    return rows_of(engine, NAMED_LINES), rows_of(engine, NAMED_CELLS)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@example(nights=[sold(0, a_sale("L1", "A1", 0)), sold(1, a_sale("L2", "A1", 1)), sold(2, a_sale("L2", "A2", 2))])
@given(nights=st.lists(a_night(), min_size=2, max_size=4))
def test_lines_that_are_kept_are_those_of_a_night_that_judges_all(engine: Engine, nights: list[dict[str, Any]]) -> None:
    empty_sources(engine, ("orders", "returns"))
    for name in (*EMPTIED, JUDGED):
        engine.clear(name)
    for seq, told in enumerate(nights, start=1):
        for source in ("orders", "returns"):
            arrived = [{**row, "drop_seq": seq} for name, row in told["rows"] if name == source]
            if arrived:
                put(engine, source, arrived)
        maintain_history(engine)
        found = judged(engine, told)
        kept = {name: engine.read(name) for name in (*KEPT, JUDGED)}
        engine.clear(JUDGED)
        assert judged(engine, told) == found
        for name, rows in kept.items():
            engine.store(name, rows)
