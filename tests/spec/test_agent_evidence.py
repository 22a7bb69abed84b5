"""What tastes are learnt from: agents with their groups, the SKUs they posted, their own orders, and their slots."""

from datetime import date, timedelta

import pytest

from tests.support.source_rows import put
from tests.support.typed_rows import found, keep
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.migration import open_home

DAY = date(2026, 11, 21)


@pytest.fixture
def engine(tmp_path):
    engine = open_home(Home(tmp_path))
    yield engine
    engine.close()


def test_agents_come_with_all_their_groups_and_those_who_paused_have_no_day_since_when(engine):
    people = [{"agent_id": "A1"}, {"agent_id": "A2", "status": "paused"}, {"agent_id": "A3"}]
    put(engine, "agents", people)
    put(engine, "groups", [{"group_id": f"G{n}", "agent_id": "A1", "member_count": n} for n in (10, 30)])
    for stem in ("stg_agents", "stg_groups"):
        engine.materialise(stem, as_of_date=DAY)
    engine.materialise("int_agent_personas")
    joined = date(2026, 1, 1)
    assert found(engine, "night.int_agent_personas", "agent_id", "is_active", "members", "active_since") == [
        ("A1", True, 40, joined),
        ("A2", False, 0, None),
        ("A3", True, 0, joined),
    ]


def test_tastes_are_learnt_of_goods_that_were_posted_or_may_be_listed(engine):
    put(engine, "products", [{"sku_id": sku} for sku in ("POSTED", "SCORED", "OTHER")])
    engine.materialise("stg_products", as_of_date=DAY)
    keep(engine, "night.int_agent_posts", "sku_id varchar", [("POSTED",), ("UNKNOWN",)])
    keep(engine, "night.sku_scores", "sku_id varchar", [("SCORED",)])
    engine.materialise("int_agent_skus")
    assert found(engine, "night.int_agent_skus", "sku_id") == [("POSTED",), ("SCORED",)]


SALES = (
    "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint, delivered_units bigint, "
    "returned_units bigint, fault_lines bigint"
)


def test_own_orders_are_added_up_and_fade_with_their_age(engine):
    rows = [(ago, units) for ago, units in ((0, 2), (4, 1), (10, 1), (12, 1), (3, 0))]
    keep(
        engine,
        "night.int_agent_daily",
        SALES,
        [("A1", "S1", DAY - timedelta(days=ago), units, units, 1, 1) for ago, units in rows],
    )
    engine.materialise("int_agent_sku_outcomes", as_of_date=DAY, history_days=10)
    # Five days with rows, four with orders; what is left of ten days is 10, 6, 0 and 0.
    assert found(engine, "night.int_agent_sku_outcomes") == [("A1", "S1", 4, 16, 5, 5, 5, 5)]


def test_a_sku_that_was_only_sent_back_has_no_days_of_orders(engine):
    keep(engine, "night.int_agent_daily", SALES, [("A1", "S1", DAY, 0, 0, 1, 1)])
    engine.materialise("int_agent_sku_outcomes", as_of_date=DAY, history_days=10)
    assert found(engine, "night.int_agent_sku_outcomes", "ordered_days", "fresh_days") == [(0, 0)]


def test_segments_ask_for_the_slots_of_their_active_agents(engine):
    segments = [("A1", 1), ("A2", 1), ("A3", 1), ("A4", 2)]
    keep(engine, "night.agent_segments", "agent_id varchar, segment_id integer", segments)
    people = [("A1", "active", 5), ("A2", "active", 7), ("A3", "paused", 9), ("A4", "left", 3)]
    keep(engine, "night.stg_agents", "agent_id varchar, status varchar, daily_slots integer", people)
    engine.materialise("int_segment_slots")
    assert found(engine, "night.int_segment_slots") == [(1, 2, 12)]
