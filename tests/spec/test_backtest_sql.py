"""Past nights against what followed: which lines count, and what plain forecasts of the same length would have held."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.night_tables import AS_OF, FOR_EVER, ago, promised, stored, table
from xuanpin.pipelines.engine.protocol import Engine

LINES = (
    "order_line_id varchar, agent_id varchar, sku_id varchar, ordered_on date, quantity integer, "
    "returned_units integer, is_sale boolean, delivered_on date, return_requested_on date, fault_requested_on date, "
    "valid_from date, valid_to date"
)
DAY = ago(5)
"""The list date under test; everything is judged on AS_OF, five days later."""
PLAIN = {
    "order_line_id": "L", "agent_id": "A1", "sku_id": "S1", "ordered_on": DAY, "quantity": 3, "returned_units": 1,
    "is_sale": True, "delivered_on": ago(3), "return_requested_on": None, "fault_requested_on": None,
    "valid_from": ago(60), "valid_to": FOR_EVER,
}  # fmt: skip


def timeline(engine: Engine, *rows: dict[Any, Any]) -> None:
    """Order lines, each what is not as usual."""
    table(engine, "history.order_line_timeline", LINES, [tuple((PLAIN | row).values()) for row in rows])


def sold(sku_id: str, days_before: int, count: int = 1, **own: Any) -> list[Any]:
    """Lines of a SKU so many days before the list date."""
    row = {"sku_id": sku_id, "ordered_on": ago(5 + days_before)} | own
    return [row] * count


def judged(engine: Engine, complaints: Sequence[Any] = ()) -> dict[Any, Any]:
    table(engine, "night.int_complaints", "order_line_id varchar, complained_on date", complaints)
    table(engine, "night.stg_products", "sku_id varchar, category varchar", [("S1", "水果")])
    curve = [("水果", 0, 0.1, 0.05), ("水果", 3, 0.5, 0.25), ("水果", 4, 0.75, 0.5), ("女装", 3, 0.1, 0.1)]
    columns = "category varchar, day integer, return_share decimal(9, 6), regret_share decimal(9, 6)"
    table(engine, "night.int_delay_curve", columns, curve)
    dates: dict[str, Any] = {"judged_on": AS_OF, "first_list_date": DAY, "last_list_date": ago(4)}
    engine.materialise("backtest_lines", horizon_days=4, **dates)
    facts = ("is_returned", "is_regretted", "return_exposure", "regret_exposure")
    found = stored(engine, "night.backtest_lines", "order_line_id", *facts)
    return {line: told for line, *told in found}


def test_the_lines_of_the_list_dates_count_as_they_are_known_when_judged(warehouse: Engine) -> None:
    timeline(
        warehouse,
        {"order_line_id": "first"},
        {"order_line_id": "last", "ordered_on": ago(4)},
        {"order_line_id": "before", "ordered_on": ago(6)},
        {"order_line_id": "after", "ordered_on": ago(3)},
        {"order_line_id": "given away", "is_sale": False},
        {"order_line_id": "superseded", "valid_to": AS_OF},
        {"order_line_id": "to_come", "valid_from": ago(-1)},
        {"order_line_id": "today", "valid_from": AS_OF},
    )
    assert judged(warehouse).keys() == {"first", "last", "today"}
    assert set(stored(warehouse, "night.backtest_lines", "kept_units")) == {2}


def test_a_line_counts_as_much_as_could_have_shown_of_it(warehouse: Engine) -> None:
    timeline(
        warehouse,
        {"order_line_id": "three_days"},
        {"order_line_id": "beyond", "delivered_on": ago(5)},
        {"order_line_id": "on_its_way", "delivered_on": None},
        {"order_line_id": "arrives_later", "delivered_on": ago(-1)},
        {"order_line_id": "today", "delivered_on": AS_OF},
        {"order_line_id": "one_day", "delivered_on": ago(1)},
        {"order_line_id": "no_product", "sku_id": "S9"},
    )
    assert {line: tuple(facts[2:]) for line, facts in judged(warehouse).items()} == {
        "three_days": (0.5, 0.25),
        "beyond": (0.75, 0.5),
        "on_its_way": (0.0, 0.0),
        "arrives_later": (0.0, 0.0),
        "today": (0.1, 0.05),
        "one_day": (0.0, 0.0),
        "no_product": (0.0, 0.0),
    }


def test_a_return_or_a_complaint_counts_from_its_day(warehouse: Engine) -> None:
    timeline(
        warehouse,
        {"order_line_id": "quiet"},
        {"order_line_id": "returned", "return_requested_on": AS_OF},
        {"order_line_id": "later", "return_requested_on": ago(-1), "fault_requested_on": ago(-1)},
        {"order_line_id": "fault", "fault_requested_on": AS_OF},
        {"order_line_id": "said"},
        {"order_line_id": "says_later"},
    )
    found = judged(warehouse, [("said", AS_OF), ("says_later", ago(-1))])
    assert {line: tuple(facts[:2]) for line, facts in found.items()} == {
        "quiet": (False, False),
        "returned": (True, False),
        "later": (False, False),
        "fault": (False, True),
        "said": (False, True),
        "says_later": (False, False),
    }


def best_sellers(engine: Engine, *lines: Any, size: int = 1) -> dict[Any, Any]:
    promised(engine, "night.backtest_list", "sku_list", [{"list_date": DAY, "sku_id": f"X{n}"} for n in range(size)])
    timeline(engine, *[row for rows in lines for row in rows])
    engine.materialise("backtest_best_sellers")
    found = sorted(stored(engine, "night.backtest_best_sellers", "window_days", "sku_id"))
    return {window: [sku for days, sku in found if days == window] for window in (1, 7, 28)}


def test_a_best_seller_list_looks_back_exactly_its_days(warehouse: Engine) -> None:
    lines = [
        sold("d0", 0, 9),
        sold("d1", 1, 1),
        sold("d2", 2, 2),
        sold("d7", 7, 3),
        sold("d8", 8, 4),
        sold("d28", 28, 5),
    ]
    found = best_sellers(warehouse, *lines, sold("d29", 29, 6))
    assert found == {1: ["d1"], 7: ["d7"], 28: ["d28"]}


def test_a_best_seller_list_is_as_long_as_ours_and_ties_go_by_id(warehouse: Engine) -> None:
    lines = [sold("S3", 1, 2), sold("S1", 1, 1), sold("S2", 1, 1)]
    assert best_sellers(warehouse, *lines, size=2)[1] == ["S1", "S3"]


def test_a_best_seller_list_knows_what_was_known_before_its_day(warehouse: Engine) -> None:
    lines = [
        sold("late", 1, 3, valid_from=DAY),
        sold("undone", 1, 3, is_sale=False),
        sold("old_version", 1, 3, valid_to=ago(6)),
        sold("known", 1, 1, valid_from=ago(6), valid_to=DAY),
    ]
    assert best_sellers(warehouse, *lines)[1] == ["known"]


def test_where_nothing_was_sold_there_is_no_best_seller(warehouse: Engine) -> None:
    assert best_sellers(warehouse) == {1: [], 7: [], 28: []}


def test_a_line_is_covered_once_by_each_list_that_held_it(warehouse: Engine) -> None:
    lines = [(DAY, "L1", "S1"), (DAY, "L2", "S2"), (DAY, "L3", "S3"), (DAY, "L5", "S1"), (ago(4), "L4", "S1")]
    table(warehouse, "night.backtest_lines", "list_date date, order_line_id varchar, sku_id varchar", lines)
    promised(warehouse, "night.backtest_list", "sku_list", [{"list_date": DAY, "sku_id": "S1"}])
    best = [(DAY, 1, "S1"), (DAY, 7, "S1"), (DAY, 7, "S2"), (DAY, 28, "S1"), (DAY, 28, "S2"), (DAY, 28, "S3")]
    columns = "list_date date, window_days integer, sku_id varchar"
    table(warehouse, "night.backtest_best_sellers", columns, best)
    warehouse.materialise("backtest_coverage")
    assert sorted(stored(warehouse, "night.backtest_coverage")) == [(DAY, 4, 2, 2, 3, 4), (ago(4), 1, 0, 0, 0, 0)]


def test_published_rates_stand_beside_what_their_lines_have_shown(warehouse: Engine) -> None:
    rows = [{"list_date": day, "sku_id": "S1", "return_rate": 0.1, "regret_rate": 0.2} for day in (DAY, ago(4))]
    promised(warehouse, "night.backtest_list", "sku_list", rows)
    columns = "list_date date, sku_id varchar, is_returned boolean, is_regretted boolean, return_exposure double, "
    lines = [
        (DAY, "S1", True, True, 0.5, 0.25),
        (DAY, "S1", True, False, 0.5, 0.25),
        (DAY, "S1", True, True, 0.0, 0.0),
        (DAY, "S1", False, True, 0.5, 0.25),
        (DAY, "S2", True, True, 0.5, 0.25),
    ]
    table(warehouse, "night.backtest_lines", columns + "regret_exposure double", lines)
    warehouse.materialise("backtest_rates")
    assert stored(warehouse, "night.backtest_rates") == [(DAY, "S1", 0.1, 0.2, 2, 2, 1.5, 0.75)]


def matches(engine: Engine, name: str, *rows: Sequence[Any]) -> None:
    """Matches of the list date: (agent, SKU) with what is not as usual."""
    lines = [{"list_date": DAY, "agent_id": who, "sku_id": sku} | own for who, sku, own in rows]
    promised(engine, name, "agent_matches", lines)


def test_an_agents_habit_is_what_she_sold_best_as_many_as_she_was_matched(warehouse: Engine) -> None:
    drawn = ("A1", "S9", {"propensity": 0.1})
    matched = [("A1", "S1", {}), ("A1", "S2", {}), ("A2", "S1", {}), ("A4", "S1", {}), drawn]
    matches(warehouse, "night.backtest_matches", *matched)
    lines = [
        sold("much", 28, 3),
        sold("some", 1, 2, valid_to=DAY),
        sold("less", 1, 1),
        sold("today", 0, 9),
        sold("old", 29, 9),
        sold("undone", 1, 9, is_sale=False),
        sold("late", 1, 9, valid_from=DAY),
        sold("gone", 1, 9, valid_to=ago(6)),
        sold("hers", 1, 1, agent_id="A2"),
        sold("here", 1, 1, agent_id="A2"),
        sold("nobody", 1, 9, agent_id="A3"),
    ]
    timeline(warehouse, *[row for rows in lines for row in rows])
    warehouse.materialise("backtest_habits")
    found = sorted(stored(warehouse, "night.backtest_habits", "agent_id", "sku_id"))
    assert found == [("A1", "much"), ("A1", "some"), ("A2", "here")]


def test_hits_count_matches_that_were_sold_and_lines_that_were_foreseen(warehouse: Engine) -> None:
    drawn = ("A1", "S3", {"propensity": 0.1})
    matches(warehouse, "night.backtest_matches", ("A1", "S1", {}), ("A1", "S2", {}), ("A2", "S1", {}), drawn)
    columns = "list_date date, order_line_id varchar, agent_id varchar, sku_id varchar"
    lines = [
        (DAY, "L1", "A1", "S1"),
        (DAY, "L2", "A1", "S1"),
        (DAY, "L3", "A1", "S3"),
        (DAY, "L4", "A2", "S2"),
        (DAY, "L7", "A1", "S3"),
        (DAY, "L5", "A3", "S1"),
        (ago(4), "L6", "A1", "S1"),
    ]
    table(warehouse, "night.backtest_lines", columns, lines)
    habits = [(DAY, "A1", "S3"), (DAY, "A2", "S1"), (DAY, "A3", "S1")]
    table(warehouse, "night.backtest_habits", "list_date date, agent_id varchar, sku_id varchar", habits)
    warehouse.materialise("backtest_hits")
    assert stored(warehouse, "night.backtest_hits") == [(DAY, 3, 1, 5, 2, 2)]


def test_a_night_without_a_sale_has_its_matches_and_no_hits(warehouse: Engine) -> None:
    matches(warehouse, "night.backtest_matches", ("A1", "S1", {}))
    columns = "list_date date, order_line_id varchar, agent_id varchar, sku_id varchar"
    table(warehouse, "night.backtest_lines", columns)
    table(warehouse, "night.backtest_habits", "list_date date, agent_id varchar, sku_id varchar")
    warehouse.materialise("backtest_hits")
    assert stored(warehouse, "night.backtest_hits") == [(DAY, 1, 0, 0, 0, 0)]


def test_each_draw_of_chance_is_one_choice_that_the_replayed_matches_make_or_not(warehouse: Engine) -> None:
    chance = {"propensity": 0.4, "expected_kept_units": 1.5}
    drawn = [("A1", "S1", chance), ("A1", "S2", chance), ("A2", "S1", chance), ("A1", "S3", {})]
    matches(warehouse, "night.backtest_logged", *drawn)
    given = [("A1", "S1", {"expected_kept_units": 2.0}), ("A1", "S4", {"expected_kept_units": 4.0}),
             ("A1", "S2", {"propensity": 0.4, "expected_kept_units": 9.0})]  # fmt: skip
    matches(warehouse, "night.backtest_matches", *given)
    columns = "list_date date, agent_id varchar, sku_id varchar, kept_units bigint"
    kept = [(DAY, "A1", "S1", 2), (DAY, "A1", "S1", 3), (DAY, "A2", "S1", 9), (ago(4), "A1", "S1", 9)]
    table(warehouse, "night.backtest_lines", columns, kept)
    warehouse.materialise("backtest_draws")
    shown = ("agent_id", "sku_id", "kept_units", "propensity", "target", "predicted_units", "target_units")
    assert sorted(stored(warehouse, "night.backtest_draws", *shown)) == [
        ("A1", "S1", 5.0, pytest.approx(0.2), 0.5, 1.5, 3.0),
        ("A1", "S2", 0.0, pytest.approx(0.2), 0.0, 1.5, 3.0),
    ]
