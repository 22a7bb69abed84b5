"""What drift detection reads: which groups, by which days, and how their SKUs stood before an alarm."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.support.night_tables import AS_OF, ago, facts, rows, table
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine

NUMBERS = (
    "sku_id varchar, category varchar, department varchar, supplier_id varchar, sku_number integer, "
    "category_number integer"
)
OUTCOMES = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines bigint"
OUTLIER_LINES = "sku_id varchar, delivered_on date, regret_days integer, lines bigint"
GROUPS = "group_number integer, level varchar, entity_id varchar, category varchar"
MEMBERS = "sku_number integer, group_number integer, level varchar"
DRIFT_GROUPS: dict[str, Any] = {"horizon_days": 180, "fewest_lines": 9, "outcomes_after": ago(90)}
SPAN: dict[str, Any] = {"horizon_days": 180, "first_on": ago(10), "days": 10}


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    table(
        opened,
        "night.int_sku_numbers",
        NUMBERS,
        [
            ("S1", "食品/水果", "食品", "P1", 0, 1),
            ("S2", "食品/水果", "食品", "P2", 1, 1),
            ("S3", "女装/裙", "女装", "P1", 2, 0),
        ],
    )
    products = "sku_id varchar, category varchar, supplier_id varchar"
    skus = [("S1", "食品/水果", "P1"), ("S2", "食品/水果", "P2"), ("S3", "女装/裙", "P1"), ("S4", "童装", "P9")]
    table(opened, "night.stg_products", products, skus)
    table(opened, "night.int_candidates", products, skus)
    table(opened, "night.int_exposure", "sku_id varchar", [("S1",), ("S2",), ("S3",)])
    table(opened, "night.int_witnessed_outcomes", OUTCOMES)
    table(opened, "night.int_outlier_lines", OUTLIER_LINES)
    yield opened
    opened.close()


def monitored_skus(engine: Engine, *outcomes: Any) -> list[Any]:
    table(engine, "night.int_witnessed_outcomes", OUTCOMES, outcomes)
    return [row[2] for row in rows(engine, "int_drift_groups", **DRIFT_GROUPS) if row[1] == "sku"]


@pytest.mark.parametrize(
    ("outcomes", "monitored"),
    [
        pytest.param([("regret", "S1", ago(90), 1, 9)], ["S1"], id="enough came in the window"),
        pytest.param([("regret", "S1", ago(90), 0, 9)], [], id="they came the day before it"),
        pytest.param([("regret", "S1", ago(9), 1, 8)], [], id="one too few"),
        pytest.param([("regret", "S1", ago(9), 1, 5), ("return", "S1", ago(9), 1, 5)], [], id="too few of either"),
        pytest.param(
            [("return", "S1", ago(9), 1, 5), ("return", "S1", ago(7), 2, 4)], ["S1"], id="of two days and delays"
        ),
        pytest.param([("regret", "S1", ago(200), 181, 9)], [], id="they came after the horizon"),
        pytest.param([("regret", "S9", ago(9), 1, 9)], [], id="no candidate"),
    ],
)
def test_a_sku_is_monitored_when_enough_came_back_lately(
    engine: Engine, outcomes: list[tuple[str, str, date, int, int]], monitored: list[str] | list[Any]
) -> None:
    assert monitored_skus(engine, *outcomes) == monitored


def test_every_supplier_and_category_that_delivered_is_monitored_by_the_curve_of_its_kind(engine: Engine) -> None:
    table(engine, "night.int_witnessed_outcomes", OUTCOMES, [("regret", "S3", ago(9), 1, 9)])
    assert rows(engine, "int_drift_groups", **DRIFT_GROUPS) == [
        (0, "category", "女装/裙", "女装/裙"),
        (1, "category", "食品/水果", "食品/水果"),
        (2, "sku", "S3", "女装/裙"),
        (3, "supplier", "P1", "女装"),  # a supplier of two departments is monitored in each
        (4, "supplier", "P1", "食品"),
        (5, "supplier", "P2", "食品"),
    ]


@pytest.fixture
def grouped(engine: Engine) -> Engine:
    groups = [
        (0, "category", "食品/水果", "食品/水果"),
        (1, "sku", "S1", "食品/水果"),
        (2, "supplier", "P1", "女装"),
        (3, "supplier", "P1", "食品"),
    ]
    table(engine, "night.int_drift_groups", GROUPS, groups)
    table(engine, "night.int_drift_members", MEMBERS, rows(engine, "int_drift_members"))
    return engine


def test_a_sku_counts_for_itself_for_its_supplier_and_for_its_category(grouped: Engine) -> None:
    assert rows(grouped, "int_drift_members") == [
        (0, 0, "category"),
        (0, 1, "sku"),
        (0, 3, "supplier"),
        (1, 0, "category"),
        (2, 2, "supplier"),
    ]


def test_deliveries_are_added_up_by_group_on_days_since_the_first(grouped: Engine) -> None:
    days = "sku_number integer, category_number integer, age_days integer, delivered_lines integer"
    long_ago = [(0, 1, 11, 9), (1, 1, 20_000, 9)]
    table(grouped, "night.int_delivery_days", days, [(0, 1, 10, 3), (1, 1, 10, 4), (0, 1, 0, 5), *long_ago])
    assert rows(grouped, "int_drift_deliveries", days=10) == [
        (0, 0, 7),
        (0, 10, 5),
        (1, 0, 3),
        (1, 10, 5),
        (3, 0, 3),
        (3, 10, 5),
    ]


def outcomes_of(engine: Engine, group: int) -> dict[Any, Any]:
    names = ("return_caused", "regret_caused", "return_arrived", "regret_arrived", "complaint_arrived", "excused")
    found = facts(engine, "int_drift_outcomes", "group_number", "day", **SPAN)
    return {day: tuple(row[name] for name in names) for (number, day), row in found.items() if number == group}


def test_outcomes_are_counted_on_the_day_they_came_and_dated_by_delivery(grouped: Engine) -> None:
    table(
        grouped,
        "night.int_witnessed_outcomes",
        OUTCOMES,
        [
            ("return", "S1", ago(8), 3, 4),
            ("regret", "S1", ago(8), 3, 2),
            ("complaint", "S1", ago(8), 3, 1),
            ("regret", "S1", ago(300), 181, 9),
        ],
    )
    assert outcomes_of(grouped, group=1) == {2: (4, 2, 0, 0, 0, 0), 5: (0, 0, 4, 2, 1, 0)}
    # Only a SKU's break is sought by delivery: a supplier's deliveries need not be separated.
    assert outcomes_of(grouped, group=3) == {5: (0, 0, 4, 2, 1, 0)}


def test_an_outlier_sources_lines_are_taken_back_where_they_were_counted(grouped: Engine) -> None:
    table(grouped, "night.int_witnessed_outcomes", OUTCOMES, [("regret", "S1", ago(8), 3, 2)])
    table(grouped, "night.int_outlier_lines", OUTLIER_LINES, [("S1", ago(8), 3, 2), ("S1", ago(7), None, 5)])
    assert outcomes_of(grouped, group=1) == {
        2: (0, 0, 0, 0, 0, 2),
        3: (0, 0, 0, 0, 0, 5),
        5: (0, 0, 0, 0, 0, 0),
    }


def test_days_outside_the_history_are_left_out(grouped: Engine) -> None:
    table(grouped, "night.int_outlier_lines", OUTLIER_LINES, [("S1", ago(11), None, 1), ("S1", ago(-1), None, 1)])
    assert outcomes_of(grouped, group=1) == {}
    table(grouped, "night.int_outlier_lines", OUTLIER_LINES, [("S1", ago(10), None, 1), ("S1", AS_OF, None, 2)])
    assert outcomes_of(grouped, group=1) == {0: (0, 0, 0, 0, 0, 1), 10: (0, 0, 0, 0, 0, 2)}


CURVE = "category varchar, day integer, return_share decimal(9, 8), regret_share decimal(9, 8)"


def test_skus_of_an_alarmed_supplier_are_compared_with_their_own_past(engine: Engine) -> None:
    since = {"regret": ago(5), "return": ago(4)}
    alarms = [{"metric": metric, "supplier_id": "P1", "since_on": day} for metric, day in since.items()]
    table(engine, "night.int_delay_curve", CURVE, (("食品/水果", day, 0.5, 0.25) for day in (4, 5, 6)))
    days = "sku_number integer, category_number integer, age_days integer, delivered_lines integer"
    delivered = [(0, 0, 6, 8), (0, 0, 5, 12), (0, 0, 4, 4), (1, 0, 4, 99)]
    table(engine, "night.int_delivery_days", days, delivered)
    table(
        engine,
        "night.int_witnessed_outcomes",
        OUTCOMES,
        [
            ("regret", "S1", ago(6), 1, 1),
            ("regret", "S1", ago(5), 1, 6),
            ("return", "S1", ago(5), 1, 3),
            ("regret", "S1", ago(6), 181, 9),
            ("complaint", "S1", ago(6), 1, 9),
        ],
    )
    table(engine, "night.int_outlier_lines", OUTLIER_LINES, [("S1", ago(5), 1, 2), ("S1", ago(6), 181, 4)])
    found = rows(engine, "int_supplier_members", as_of_date=AS_OF, horizon_days=180, alarms=alarms)
    assert found == [
        # Before: 8 lines, 4 of them excused; since: 16 lines and 6 regrets, 2 of them excused. A quarter has shown.
        ("regret", "P1", "S1", (8 - 4) / 4, 1.0, (16 - 2) / 4, 6.0 - 2),
        ("return", "P1", "S1", (8 + 12) / 2, 3.0, 4 / 2, 0.0),
    ]


def test_recent_lines_are_counted_by_the_column_of_their_age(engine: Engine) -> None:
    ages = [{"age_days": age, "age_column": column} for age, column in ((0, 1), (1, 2), (2, 2))]
    number_curve = "category_number integer, day integer, regret_share decimal(9, 8)"
    table(engine, "night.int_number_curve", number_curve, [(1, 0, 0.125), (1, 1, 0.25), (1, 2, 0.5)])
    days = "sku_number integer, category_number integer, age_days integer, delivered_lines integer"
    table(engine, "night.int_delivery_days", days, [(0, 1, 0, 8), (0, 1, 1, 8), (0, 1, 2, 8), (0, 1, 3, 99)])
    table(
        engine,
        "night.int_witnessed_outcomes",
        OUTCOMES,
        [
            ("regret", "S1", ago(1), 1, 2),
            ("regret", "S1", ago(2), 1, 3),
            ("regret", "S1", ago(3), 1, 50),
            ("return", "S1", ago(2), 1, 70),
            ("regret", "S1", ago(2), 181, 90),
        ],
    )
    table(engine, "night.int_outlier_lines", OUTLIER_LINES, [("S1", ago(2), 1, 2), ("S1", ago(1), None, 4)])
    found = rows(engine, "int_recent_regrets", as_of_date=AS_OF, first_on=ago(3), horizon_days=180, ages=ages)
    assert found == [(0, 1, 8 / 8, 0.0), (0, 2, (8 - 4) / 4 + (8 - 2) / 2, 2.0 + 3.0 - 2.0)]


def test_days_are_numbered_from_the_first_delivery(engine: Engine) -> None:
    daily = "sku_id varchar, delivered_on date"
    table(engine, "night.int_sku_daily", daily, [("S1", ago(6)), ("S2", ago(9)), ("S3", ago(1))])
    assert rows(engine, "int_first_delivery", history_before=ago(99)) == [(ago(9),)]
    assert rows(engine, "int_first_delivery", history_before=ago(9)) == [(ago(6),)]
    table(engine, "night.int_sku_daily", daily)
    assert rows(engine, "int_first_delivery", history_before=ago(99)) == [(None,)]


def test_delay_curves_come_by_category_and_day_in_doubles(engine: Engine) -> None:
    table(
        engine,
        "night.int_delay_curve",
        CURVE + ", complaint_share decimal(9, 8)",
        [("食品", 3, 0.5, 0.25, 1), ("女装", 0, 1, 0, 0.75), ("食品", 0, 0.125, 0, 0)],
    )
    assert rows(engine, "int_drift_curves") == [
        ("女装", 0, 1.0, 0.0, 0.75),
        ("食品", 0, 0.125, 0.0, 0.0),
        ("食品", 3, 0.5, 0.25, 1.0),
    ]
