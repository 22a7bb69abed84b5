"""What the choice model is learnt from and lined up with: whose rows count, in which order they stand."""

from typing import Any

import pytest

from tests.support.night_tables import AS_OF, FOR_EVER, ago, selected, table
from xuanpin.pipelines.engine.protocol import Engine


def sales(engine: Engine, *rows: tuple[str, str, int, int, int]) -> None:
    """Days of sales: (agent, SKU, days ago, units, lines)."""
    columns = "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint, ordered_lines bigint"
    days = [(who, sku, ago(day), units, lines) for who, sku, day, units, lines in rows]
    table(engine, "night.int_agent_daily", columns, days)


def test_a_day_counts_where_an_agent_learnt_from_sold_something(warehouse: Engine) -> None:
    columns = "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint, is_teacher boolean"
    days = [
        ("A2", "S1", ago(0), 1, True),
        ("A1", "S1", ago(0), 1, True),
        ("A1", "S1", ago(3), 5, True),
        ("A1", "S1", ago(2), 0, True),
        ("A3", "S1", ago(0), 1, False),
    ]
    table(warehouse, "temp.int_choice_days", columns, days)
    assert selected(warehouse, "int_ordered_days") == [
        ("A1", "S1", ago(3)),
        ("A1", "S1", ago(0)),
        ("A2", "S1", ago(0)),
    ]


def test_sizes_of_orders_are_counted_where_there_was_a_line_and_a_unit(warehouse: Engine) -> None:
    sales(warehouse, ("A1", "S1", 0, 4, 2), ("A2", "S1", 0, 4, 2), ("A1", "S2", 0, 1, 1), ("A1", "S3", 0, 0, 1),
          ("A1", "S4", 0, 2, 0))  # fmt: skip
    assert selected(warehouse, "int_line_sizes") == [(1, 1, 1), (4, 2, 2)]


@pytest.fixture
def scored(warehouse: Engine) -> Engine:
    """Three scored SKUs, listed in another order than that of their ids."""
    columns = (
        "sku_id varchar, category varchar, list_price double, style_tags varchar[], series_tags varchar[], "
        "satisfaction double, satisfaction_upper double, landmine_probability double, return_rate double, "
        "regret_rate double, happy_if_kept double, sellable_units integer"
    )
    measures = (0.01, 0.1, 0.2, 0.7, 5)
    rows: list[tuple[Any, ...]] = [
        (sku, "水果", 9.0, ["甜"], [], 0.8, upper, *measures)
        for sku, upper in (("S3", 0.9), ("S1", None), ("S2", None))
    ]
    table(warehouse, "night.sku_scores", columns, rows)
    table(
        warehouse,
        "night.sku_list",
        "sku_id varchar, list_rank integer",
        [("S1", 2), ("S2", 1), ("S3", 3), ("unscored", 4)],
    )
    return warehouse


def test_every_scored_sku_stands_by_id(scored: Engine) -> None:
    # An agent's lowest satisfaction is held against the upper end where the mean is not calibrated.
    stands = (("S1", 0.8), ("S2", 0.8), ("S3", 0.9))
    assert selected(scored, "int_scored_skus") == [
        (sku, "水果", 9.0, ["甜"], [], counted, 0.01, 0.1, 0.2, 0.7, 5) for sku, counted in stands
    ]


def test_the_list_is_lined_up_in_its_own_order_with_the_same_columns(scored: Engine) -> None:
    assert selected(scored, "int_listed_skus", "sku_id") == ["S2", "S1", "S3"]
    assert scored.select("int_listed_skus").schema == scored.select("int_scored_skus").schema


def test_a_repeat_is_what_the_list_date_before_gave(warehouse: Engine) -> None:
    given = [
        (ago(0), "A2", "S1"),
        (ago(0), "A1", "S2"),
        (ago(0), "A1", "S2"),
        (ago(1), "A1", "S1"),
        (ago(-1), "A1", "S3"),
    ]
    table(warehouse, "history.matched", "list_date date, agent_id varchar, sku_id varchar", given)
    assert sorted(selected(warehouse, "int_matched_before", as_of_date=AS_OF)) == [("A1", "S2"), ("A2", "S1")]


def test_a_segment_without_agents_asks_for_nothing(warehouse: Engine) -> None:
    slots = [(2, 3, 9), (0, 0, 0), (1, 1, 4)]
    table(warehouse, "night.int_segment_slots", "segment_id integer, agents bigint, slots bigint", slots)
    assert selected(warehouse, "int_asked_slots") == [(1, 1, 4), (2, 3, 9)]


def overlap(engine: Engine, customers: dict[Any, Any], *, share: float = 0.1, **own: Any) -> dict[Any, Any]:
    """Neighbours by agent; `customers` maps each customer to her agents."""
    plain = {"ordered_on": ago(1), "valid_from": ago(9), "valid_to": FOR_EVER} | own
    columns = "customer_id varchar, agent_id varchar, ordered_on date, valid_from date, valid_to date"
    rows = [(customer, f"A{agent}", *plain.values()) for customer, agents in customers.items() for agent in agents]
    table(engine, "history.order_line_timeline", columns, rows)
    dates: dict[str, Any] = {"as_of_date": AS_OF, "history_before": ago(60)}
    found = selected(engine, "int_agent_overlap", overlap_share=share, **dates)
    return {(agent, other): round(shared, 3) for agent, other, shared in found}


def shared(count: int, agents: str, prefix: str = "C") -> dict[Any, Any]:
    """So many customers who buy of the same agents."""
    return {f"{prefix}{number}": agents for number in range(count)}


@pytest.mark.parametrize(("agents", "is_told"), [("12", True), ("12345", True), ("123456", False)])
def test_who_buys_of_more_than_five_agents_is_a_trader_and_ties_nobody(
    warehouse: Engine, agents: str, is_told: bool
) -> None:
    assert (("A2", "A1") in overlap(warehouse, shared(3, agents))) is is_told


def test_a_trader_still_counts_among_an_agents_customers(warehouse: Engine) -> None:
    customers = shared(3, "12") | shared(3, "123456", "trader")
    assert overlap(warehouse, customers) == {("A2", "A1"): 0.5}


@pytest.mark.parametrize(("count", "is_told"), [(2, False), (3, True)])
def test_fewer_than_three_shared_customers_are_chance(warehouse: Engine, count: int, is_told: bool) -> None:
    assert bool(overlap(warehouse, shared(count, "12"))) is is_told


@pytest.mark.parametrize(("share", "is_told"), [(0.3, True), (0.31, False)])
def test_the_share_is_of_the_later_agents_customers(warehouse: Engine, share: float, is_told: bool) -> None:
    customers = shared(3, "12") | shared(7, "2", "own") | shared(90, "1", "others")
    found = overlap(warehouse, customers, share=share)
    assert found == ({("A2", "A1"): 0.3} if is_told else {})


def test_the_three_closest_earlier_agents_are_kept_apart_and_ties_go_by_id(warehouse: Engine) -> None:
    customers = shared(5, "19", "a") | shared(3, "29", "b") | shared(4, "39", "c") | shared(3, "49", "d")
    assert list(overlap(warehouse, customers)) == [("A9", "A1"), ("A9", "A2"), ("A9", "A3")]


@pytest.mark.parametrize(
    ("own", "is_told"),
    [
        ({"ordered_on": ago(60)}, False),
        ({"ordered_on": ago(59)}, True),
        ({"valid_from": ago(-1)}, False),
        ({"valid_from": AS_OF}, True),
        ({"valid_to": AS_OF}, False),
        ({"valid_to": ago(-1)}, True),
    ],
)
def test_orders_count_as_they_are_known_and_within_the_history(
    warehouse: Engine, own: dict[str, Any], is_told: bool
) -> None:
    assert bool(overlap(warehouse, shared(3, "12"), **own)) is is_told


def test_two_orders_of_a_customer_are_one_customer(warehouse: Engine) -> None:
    assert overlap(warehouse, {"C1": "1122", "C2": "1122"}) == {}
