"""What choices are learnt from: agents with their groups, the SKUs they posted, their own orders, and their slots."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.night_tables import rows_of, selected, table
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.migration import open_home

DAY = date(2026, 11, 21)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_home(Home(tmp_path))
    yield engine
    engine.close()


def test_agents_come_with_all_their_groups_and_those_who_paused_have_no_day_since_when(engine: Engine) -> None:
    people = [{"agent_id": "A1"}, {"agent_id": "A2", "status": "paused"}, {"agent_id": "A3"}]
    put(engine, "agents", people)
    put(engine, "groups", [{"group_id": f"G{n}", "agent_id": "A1", "member_count": n} for n in (10, 30)])
    for stem in ("stg_agents", "stg_groups"):
        engine.materialise(stem, as_of_date=DAY)
    joined = date(2026, 1, 1)
    assert selected(engine, "int_agent_personas", "agent_id", "is_active", "members", "active_since") == [
        ("A1", True, 40, joined),
        ("A2", False, 0, None),
        ("A3", True, 0, joined),
    ]


def test_choices_are_learnt_of_skus_that_were_posted_or_sold_or_may_be_listed(engine: Engine) -> None:
    put(engine, "products", [{"sku_id": sku} for sku in ("CANDIDATE", "POSTED", "SOLD", "OTHER")])
    engine.materialise("stg_products", as_of_date=DAY)
    table(engine, "temp.int_recorded_posts", "sku_id varchar", [("POSTED",), ("UNKNOWN",)])
    table(engine, "temp.int_unposted_sales", "sku_id varchar", [("SOLD",)])
    table(engine, "night.int_candidates", "sku_id varchar", [("CANDIDATE",)])
    assert selected(engine, "int_agent_skus", "sku_id") == ["CANDIDATE", "POSTED", "SOLD"]


SALES = (
    "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint, delivered_units bigint, "
    "returned_units bigint, fault_lines bigint"
)


POSTED = "agent_id varchar, sku_id varchar"


def sales(engine: Engine, *rows: tuple[str, str, int, int, int, int, int], into: str) -> None:
    """Days of sales: (agent, SKU, days ago, ordered, delivered, returned, faults)."""
    days = [(who, sku, DAY - timedelta(days=ago), *counts) for who, sku, ago, *counts in rows]
    table(engine, into, SALES, days)


ORDERS: dict[str, list[tuple[str, str, list[tuple[str, ...]]]]] = {
    "int_listed_orders": [("night.sku_list", "sku_id varchar", [("S1",)])],
    "int_segment_orders": [("temp.int_segment_members", "agent_id varchar", [("A1",), ("A2",)])],
    "int_posted_orders": [
        ("temp.int_recorded_posts", POSTED, [("A1", "S1"), ("A2", "S1")]),
        ("temp.int_unposted_sales", POSTED, [("A1", "S1"), ("A1", "S2"), ("A0", "S1")]),
    ],
}
EXPECTED = {
    "int_listed_orders": [("A0", "S1", 7, 1), ("A1", "S1", 5, 16)],
    "int_segment_orders": [("A1", "S1", 16), ("A1", "S2", 9)],
    "int_posted_orders": [("A0", "S1", 1), ("A1", "S1", 16), ("A1", "S2", 9)],
}


@pytest.mark.parametrize("stem", ORDERS)
def test_days_of_orders_weigh_less_with_their_age_for_the_agents_and_skus_asked_for(engine: Engine, stem: str) -> None:
    units = {0: 2, 4: 1, 10: 1, 12: 1, 3: 0}
    days = [("A1", "S1", ago, ordered, ordered, 1, 1) for ago, ordered in units.items()]
    others = [("A1", "S2", 1, 1, 0, 0, 0), ("A0", "S1", 9, 7, 0, 0, 0), ("A2", "S1", 0, 0, 0, 1, 1)]
    read = "temp.int_choice_days" if stem == "int_posted_orders" else "night.int_agent_daily"
    sales(engine, *others, ("A0", "S9", 0, 1, 0, 0, 0), *days, into=read)
    for name, columns, rows in ORDERS[stem]:
        table(engine, name, columns, rows)
    # What is left of ten days of A1 and S1 is 10, 6, 0 and 0.
    assert sorted(selected(engine, stem, as_of_date=DAY, history_days=10)) == EXPECTED[stem]


def test_outcomes_of_a_cell_stand_beside_those_that_the_rates_of_its_sku_predict(engine: Engine) -> None:
    table(engine, "night.sku_scores", "sku_id varchar, return_rate double, regret_rate double",
         [("S1", 0.25, 0.125), ("S2", 0.5, 0.5), ("gone", 0.5, 0.5)])  # fmt: skip
    table(engine, "night.stg_products", "sku_id varchar", [("S1",), ("S2",), ("unscored",)])
    sales(
        engine,
        ("A2", "S2", 0, 2, 2, 1, 0),
        ("A1", "S2", 0, 2, 2, 0, 1),
        ("A1", "S1", 3, 4, 3, 1, 0),
        ("A1", "S1", 1, 1, 1, 1, 2),
        ("A2", "S1", 1, 5, 0, 0, 0),  # nothing of it is delivered
        ("A1", "unscored", 1, 1, 1, 0, 0),
        ("A1", "gone", 1, 1, 1, 0, 0),
        ("A3", "S1", 1, 1, 1, 0, 0),  # she is not learnt from
        into="temp.int_choice_days",
    )
    engine.execute("alter table temp.int_choice_days add column is_teacher boolean")
    engine.execute("update temp.int_choice_days set is_teacher = agent_id <> 'A3'")
    engine.materialise("int_taught_outcomes")
    assert selected(engine, "int_outcome_cells") == [
        ("A1", "S1", 2, 1.0, 2, 0.5),
        ("A1", "S2", 0, 1.0, 1, 1.0),
        ("A2", "S2", 1, 1.0, 0, 1.0),
    ]


def test_segments_ask_for_the_slots_of_their_active_agents(engine: Engine) -> None:
    segments = [("A1", 1), ("A2", 1), ("A3", 1), ("A4", 2)]
    table(engine, "night.agent_segments", "agent_id varchar, segment_id integer", segments)
    people = [("A1", "active", 5), ("A2", "active", 7), ("A3", "paused", 9), ("A4", "left", 3)]
    table(engine, "night.stg_agents", "agent_id varchar, status varchar, daily_slots integer", people)
    engine.materialise("int_segment_slots")
    assert rows_of(engine, "night.int_segment_slots") == [(1, 2, 12)]
