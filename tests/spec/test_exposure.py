"""What counts of a line: what it is worth as a witness, as much as should have shown by its age."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.night_tables import AS_OF, ago, facts, rows, table
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine

NUMBERS = (
    "sku_id varchar, category varchar, department varchar, supplier_id varchar, sku_number integer, "
    "category_number integer"
)
OUTLIER_LINES = "sku_id varchar, delivered_on date, regret_days integer, lines decimal(18, 3)"
CURVE = "category_number integer, day integer, return_share decimal(9, 8), regret_share decimal(9, 8)"


CARRIED = """
spu_id title category brand supplier_id list_price style_tags series_tags season_start season_end is_clearance
is_cold_chain launched_on status updated_at sellable_units offer_until offer_code offer_reason
"""
MEASURED = """
return_rate return_rate_lower return_rate_upper regret_rate regret_rate_lower regret_rate_upper landmine_ceiling
landmine_probability satisfaction satisfaction_lower satisfaction_upper happy_if_kept demand_per_post unit_value score
evidence_orders witnesses agents evidence_messages prior_only fault_sku fault_supplier fault_agent fault_logistics
fault_customer is_gated clean_lines_needed landmine_if_steady landmine_if_changed changed_alone changed_with_supplier
sku_change_count supplier_change_count score_reasons doubt_count shelf_hours agents_share
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    table(opened, "night.int_sku_numbers", NUMBERS, [("S1", "c", "c", "P", 0, 0), ("S2", "c", "c", "P", 1, 0)])
    table(opened, "night.int_number_curve", CURVE, [(0, 3, 0.25, 0.5), (0, 30, 0.75, 0.8), (0, 180, 1.0, 1.0)])
    days = "sku_number integer, category_number integer, age_days integer, delivered_lines decimal(18, 3)"
    table(opened, "night.int_delivery_days", days, [(0, 0, 3, 40), (0, 0, 500, 10), (1, 0, 30, 20)])
    table(opened, "night.int_outlier_lines", OUTLIER_LINES)
    outcomes = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines decimal(18, 3)"
    table(
        opened,
        "night.int_witnessed_outcomes",
        outcomes,
        [
            ("return", "S1", ago(500), 9, 3),
            ("regret", "S1", ago(500), 9, 2),
            ("fault", "S1", ago(500), 9, 2),
            ("complaint", "S1", ago(500), 9, 1),
            ("return", "S1", ago(500), 181, 7),
            ("fault", "S1", ago(500), 181, 5),
        ],
    )
    daily = "sku_id varchar, delay_days integer, delivered_lines bigint"
    table(opened, "night.int_sku_daily", daily, [("S1", 9, 0), ("S1", None, 55), ("S1", None, 5), ("S2", None, 20)])
    yield opened
    opened.close()


def exposure(engine: Engine) -> dict[Any, dict[str, Any]]:
    return facts(engine, "int_exposure", "sku_id", as_of_date=AS_OF, horizon_days=180)


def test_young_lines_count_as_what_should_have_shown_and_old_ones_whole(engine: Engine) -> None:
    found = exposure(engine)
    assert found["S1"] == {
        "delivered_lines": 60,
        "witnesses": 50.0,
        "return_exposure": 40 * 0.25 + 10,
        "regret_exposure": 40 * 0.5 + 10,
        "returned_lines": 3,  # the return after the horizon is nobody's
        "regretted_lines": 2,
        "complained_lines": 1,
        "plain_returned_lines": 1,  # three sent back, two of them for a fault within the horizon
        "excused_exposure": 0.0,
        "excused_regrets": 0,
    }
    assert (found["S2"]["return_exposure"], found["S2"]["regret_exposure"]) == (15.0, 16.0)


def test_lines_of_outlier_sources_judge_no_skus_but_are_not_lost(engine: Engine) -> None:
    table(
        engine,
        "night.int_outlier_lines",
        OUTLIER_LINES,
        [("S1", ago(3), None, 4), ("S1", ago(500), 9, 1), ("S1", ago(500), 181, 1)],
    )
    found = exposure(engine)["S1"]
    assert (found["regret_exposure"], found["excused_exposure"]) == (30.0 - 4 * 0.5 - 2, 4 * 0.5 + 2)
    assert (found["regretted_lines"], found["excused_regrets"]) == (1, 1)
    # Whoever is at fault, a line was delivered and may have been sent back.
    assert (found["delivered_lines"], found["return_exposure"], found["returned_lines"]) == (60, 20.0, 3)


DEMAND: dict[str, Any] = {"first_on": ago(28), "as_of_date": AS_OF}


@pytest.fixture
def shop(engine: Engine) -> Engine:
    table(engine, "night.stg_products", "sku_id varchar, launched_on date", [("S1", ago(400)), ("S2", ago(10))])
    daily = "sku_id varchar, agent_id varchar, ordered_on date, ordered_units bigint"
    table(
        engine,
        "night.int_agent_daily",
        daily,
        [("S1", "A1", ago(5), 3), ("S1", "A2", AS_OF, 2), ("S1", "A1", ago(28), 9)],
    )
    table(engine, "history.posts", "posted_on date, agent_id varchar, sku_id varchar")
    return engine


def test_posted_or_ordered_on_a_day_is_one_post(shop: Engine) -> None:
    posts = (ago(5), "A1", "S1"), (ago(6), "A1", "S1"), (ago(28), "A1", "S1"), (ago(6), "A1", "S2")
    table(shop, "history.posts", "posted_on date, agent_id varchar, sku_id varchar", posts)
    # S1: posted and ordered five days ago (one), posted six days ago, ordered today by A2; the window has 28 days.
    assert rows(shop, "int_demand", **DEMAND) == [("S1", 5, 3), ("S2", 0, 1)]


def test_orders_that_were_taken_back_to_the_last_unit_are_no_post(shop: Engine) -> None:
    daily = "sku_id varchar, agent_id varchar, ordered_on date, ordered_units bigint"
    sales = [("S1", "A1", ago(5), 0), ("S1", "A2", ago(4), 1)]
    table(shop, "night.int_agent_daily", daily, sales)
    table(shop, "history.posts", "posted_on date, agent_id varchar, sku_id varchar", [(ago(6), "A1", "S1")])
    assert rows(shop, "int_demand", **DEMAND) == [("S1", 1, 2), ("S2", 0, 0)]


def test_without_posts_every_agents_day_since_launch_is_a_post(shop: Engine) -> None:
    assert rows(shop, "int_demand", **DEMAND) == [("S1", 5, 2 * 28), ("S2", 0, 2 * 10)]


def test_a_product_of_which_nothing_is_known_has_evidence_of_zero_and_no_shares() -> None:
    opened = open_memory()
    products = "sku_id varchar, category varchar, supplier_id varchar, list_price decimal(12, 2)"
    table(opened, "night.stg_products", products, [("S1", "食品/水果", "P1", 9.9), ("S2", "女装", "P2", 5)])
    parts = {
        "night.int_exposure": (
            "sku_id varchar, delivered_lines bigint, witnesses double, return_exposure double, regret_exposure double, "
            "returned_lines bigint, plain_returned_lines bigint, regretted_lines bigint, complained_lines bigint, "
            "excused_exposure double, excused_regrets bigint",
            ("S1", 10, 9.75, 9.5, 8.5, 7, 6, 5, 4, 3.5, 2),
        ),
        "night.int_sku_feedback": ("sku_id varchar, evidence_messages bigint", ("S1", 11)),
        "night.int_kept_votes": ("sku_id varchar, happy_weight double, kept_weight double", ("S1", 1.5, 2.5)),
        "night.int_demand": ("sku_id varchar, ordered_units bigint, posts bigint", ("S1", 12, 13)),
        "night.int_fault_shares": (
            "sku_id varchar, fault_sku double, fault_supplier double, fault_agent double, fault_logistics double, "
            "fault_customer double",
            ("S1", 0.5, 0.2, 0.1, 0.15, 0.05),
        ),
    }
    sold = ("A1", "S1", 3), ("A1", "S1", 2), ("A2", "S1", 1), ("A3", "S1", 0)
    table(opened, "night.int_agent_daily", "agent_id varchar, sku_id varchar, delivered_units bigint", sold)
    for name, (columns, row) in parts.items():
        table(opened, name, columns, [row])
    opened.materialise("int_sku_agents")
    found = rows(opened, "int_sku_evidence")
    assert found == [
        (
            *("S1", "食品/水果", "食品", "P1", 9.9, 10, 9.75, 2, 9.5, 7, 6, 8.5, 5, 4, 3.5, 2, 1.5, 2.5, 11, 12, 13),
            *(0.5, 0.2, 0.1, 0.15, 0.05),
        ),
        ("S2", "女装", "女装", "P2", 5.0, *[0] * 16, *[None] * 5),
    ]
    opened.close()


def test_only_candidates_have_a_score_and_skus_that_are_gone_have_none() -> None:
    opened = open_memory()
    # Every cell holds its own column's name: a measure in the wrong place shows.
    for name, columns, skus in (
        ("night.int_candidates", CARRIED.split(), ("S1", "S3")),
        ("night.int_sku_estimates", MEASURED.split(), ("S1", "S2")),
    ):
        typed = ", ".join(f"{column} varchar" for column in ("sku_id", *columns))
        table(opened, name, typed, ((sku, *columns) for sku in skus))
    found = opened.select("sku_scores").to_pylist()
    assert found == [{"sku_id": "S1"} | {column: column for column in (CARRIED + MEASURED).split()}]
    opened.close()
