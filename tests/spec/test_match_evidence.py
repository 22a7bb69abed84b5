"""What matching knows of agents: who shares customers, whose groups met faults lately, what their customers kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import rows_of, table
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine

DAY = date(2026, 11, 21)
OPEN = date(9999, 12, 31)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "warehouse.duckdb", threads=1)
    yield engine
    engine.close()


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def neighbours(
    engine: Engine, customers: dict[str, Any], share: float = 0.2, ended: Sequence[Any] = (), window: int = 30
) -> list[tuple[Any, ...]]:
    """Who is kept apart where `customers` maps agents to their customers, or to (customer, days since the order)."""
    lines = [
        (agent, *(one if isinstance(one, tuple) else (one, 1)), OPEN) for agent, own in customers.items() for one in own
    ]
    lines += [(agent, customer, 1, until) for agent, customer, until in ended]
    table(
        engine,
        "history.order_line_timeline",
        "agent_id varchar, customer_id varchar, ordered_on date, valid_from date, valid_to date",
        [(agent, customer, ago(days), ago(300), until) for agent, customer, days, until in lines],
    )
    engine.materialise("int_agent_overlap", as_of_date=DAY, history_before=ago(window), overlap_share=share)
    return rows_of(engine, "night.int_agent_overlap")


def people(first: int, last: int) -> list[Any]:
    return [f"C{number:02d}" for number in range(first, last)]


def test_the_later_of_two_agents_heeds_the_earlier_by_the_share_of_her_own_customers(engine: Engine) -> None:
    found_pairs = neighbours(engine, {"A1": people(0, 20), "A2": people(16, 21)})
    assert found_pairs == [("A2", "A1", 0.8)]


@pytest.mark.parametrize(("shared", "is_near"), [(2, False), (3, True)])
def test_three_shared_customers_make_neighbours(engine: Engine, shared: int, is_near: bool) -> None:
    found_pairs = neighbours(engine, {"A1": people(0, 5), "A2": people(5 - shared, 10 - shared)})
    assert bool(found_pairs) == is_near


@pytest.mark.parametrize(("customers", "is_near"), [(15, True), (16, False)])
def test_neighbours_share_at_least_the_share_of_the_settings(engine: Engine, customers: int, is_near: bool) -> None:
    found_pairs = neighbours(engine, {"A1": people(0, 3), "A2": people(0, customers)})
    assert bool(found_pairs) == is_near


@pytest.mark.parametrize(("agents", "is_near"), [(2, True), (5, True), (6, False)])
def test_customers_of_more_than_five_agents_are_traders(engine: Engine, agents: int, is_near: bool) -> None:
    found_pairs = neighbours(engine, {f"A{number}": people(0, 4) for number in range(agents)})
    assert bool(found_pairs) == is_near


def test_only_the_three_closest_neighbours_are_heeded_and_of_equals_the_first(engine: Engine) -> None:
    shared = {"A1": people(0, 3), "A2": people(3, 7), "A3": people(7, 10), "A4": people(10, 13)}
    found_pairs = neighbours(engine, shared | {"A5": people(0, 13)})
    assert [(agent, other) for agent, other, _ in found_pairs] == [("A5", "A1"), ("A5", "A2"), ("A5", "A3")]
    shared["A1"] = [*people(0, 3)[:2], "C20", "C21"]
    shared["A4"] = [*people(10, 13), "C22"]
    found_pairs = neighbours(engine, shared | {"A5": [*people(0, 13), "C22"]})
    assert [other for _, other, _ in found_pairs] == ["A2", "A3", "A4"]


def test_orders_before_the_window_and_states_that_have_ended_count_for_nobody(engine: Engine) -> None:
    old = [(customer, 30) for customer in people(0, 5)]
    assert neighbours(engine, {"A1": people(0, 5), "A2": old}) == []
    assert neighbours(engine, {"A1": people(0, 5), "A2": [(customer, 29) for customer in people(0, 5)]})
    moved = [("A2", customer, DAY) for customer in people(0, 5)]
    assert neighbours(engine, {"A1": people(0, 5)}, ended=moved) == []
    moved = [("A2", customer, DAY + timedelta(days=1)) for customer in people(0, 5)]
    assert neighbours(engine, {"A1": people(0, 5)}, ended=moved)


Line = tuple[int, int | None]
"""When a line was delivered and its fault asked for, in days ago."""


def faulty(engine: Engine, groups: Mapping[tuple[str, str], Sequence[Line]]) -> dict[str, int]:
    """Agents with faulty groups; `groups` maps (agent, group) to its lines."""
    rows = [
        (agent, group, ago(delivered), None if fault is None else ago(fault), ago(300), OPEN, True)
        for (agent, group), lines in groups.items()
        for delivered, fault in lines
    ]
    columns = "agent_id varchar, group_id varchar, delivered_on date, fault_requested_on date, valid_from date, "
    table(engine, "history.order_line_timeline", columns + "valid_to date, is_sale boolean", rows)
    rule: dict[str, Any] = {"faults_after": ago(14), "fewest_faults": 2, "fault_ratio": 2.0}
    engine.materialise("int_recent_fault_groups", as_of_date=DAY, **rule)
    return dict(rows_of(engine, "night.int_recent_fault_groups"))


CLEAN: Line = (3, None)
BAD: Line = (3, 1)


def test_an_agent_is_faulty_by_each_group_with_more_than_twice_the_usual_faults(engine: Engine) -> None:
    others: dict[tuple[str, str], list[Line]] = {("A9", "G9"): [CLEAN] * 20}
    assert faulty(engine, {("A1", "G1"): [BAD] * 2, ("A1", "G2"): [BAD] * 3, ("A2", "G3"): [CLEAN] * 4} | others) == {
        "A1": 2
    }


@pytest.mark.parametrize(("clean_elsewhere", "is_faulty"), [(4, False), (5, True)])
def test_exactly_twice_the_usual_is_not_faulty(engine: Engine, clean_elsewhere: int, is_faulty: bool) -> None:
    # Two of four lines there are faults, half; the platform's rate is 2 of 8, or 2 of 9.
    groups = {("A1", "G1"): [BAD, BAD, CLEAN, CLEAN], ("A2", "G2"): [CLEAN] * clean_elsewhere}
    assert bool(faulty(engine, groups)) == is_faulty


def test_one_fault_burns_no_group(engine: Engine) -> None:
    assert faulty(engine, {("A1", "G1"): [BAD], ("A2", "G2"): [CLEAN] * 20}) == {}


@pytest.mark.parametrize(
    ("delivered", "fault", "is_faulty"),
    [(40, 13, True), (40, 14, False), (3, -1, False), (3, 13, True), (3, 14, False)],
)
def test_only_faults_of_the_last_days_burn(engine: Engine, delivered: int, fault: int, is_faulty: bool) -> None:
    groups: dict[tuple[str, str], list[Line]] = {("A1", "G1"): [(delivered, fault)] * 3, ("A2", "G2"): [CLEAN] * 20}
    assert bool(faulty(engine, groups)) == is_faulty


@pytest.mark.parametrize(("delivered", "is_faulty"), [(13, True), (14, False), (-1, False)])
def test_the_usual_rate_is_that_of_what_was_delivered_in_the_same_days(
    engine: Engine, delivered: int, is_faulty: bool
) -> None:
    groups: dict[tuple[str, str], list[Line]] = {
        ("A1", "G1"): [BAD, BAD, CLEAN, CLEAN],
        ("A2", "G2"): [(delivered, None)] * 5,
    }
    assert bool(faulty(engine, groups)) == is_faulty


def test_parcels_on_their_way_do_not_dilute_a_groups_faults(engine: Engine) -> None:
    groups: dict[tuple[str, str], list[Line]] = {("A1", "G1"): [BAD, BAD] + [(-1, None)] * 4, ("A2", "G2"): [CLEAN] * 3}
    assert faulty(engine, groups) == {"A1": 1}
