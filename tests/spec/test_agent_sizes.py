"""Agents by the size of their groups, the weakest tenth of each size, and for how long an agent has got few matches."""

from __future__ import annotations

import pytest

from tests.support.agent_tables import SIZES, agent_tables
from tests.support.night_tables import AS_OF, ago, rows, selected, stored, table
from xuanpin.pipelines.engine.protocol import Engine


def sizes(engine: Engine, **members: int | None) -> list[tuple[str, int, int]]:
    """Agents by id with the members of their only group, None for no group."""
    table(engine, "night.stg_agents", "agent_id varchar, status varchar", [(agent, "active") for agent in members])
    groups = [(agent, count) for agent, count in members.items() if count is not None]
    table(engine, "night.stg_groups", "agent_id varchar, member_count integer", groups)
    return rows(engine, "int_agent_sizes")


def test_each_fifth_of_the_agents_is_a_class(warehouse: Engine) -> None:
    found = sizes(warehouse, **{f"A{number}": 10 * number for number in range(10)})
    assert [size_class for _, _, size_class in found] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_agents_of_equal_size_share_a_class_and_nobody_without_a_group_is_left_out(warehouse: Engine) -> None:
    assert sizes(warehouse, A=None, B=0, C=50, D=50, E=50) == [
        ("A", 0, 1), ("B", 0, 1), ("C", 50, 3), ("D", 50, 3), ("E", 50, 3),
    ]  # fmt: skip
    assert {size_class for _, _, size_class in sizes(warehouse, A=7, B=7, C=7)} == {1}


def test_members_of_all_groups_of_active_agents_are_counted(warehouse: Engine) -> None:
    table(warehouse, "night.stg_agents", "agent_id varchar, status varchar", [("A", "active"), ("B", "paused")])
    table(warehouse, "night.stg_groups", "agent_id varchar, member_count integer", [("A", 20), ("A", 30), ("B", 9)])
    assert rows(warehouse, "int_agent_sizes") == [("A", 50, 1)]


def weakest(engine: Engine, *kept: tuple[str, int | None, list[float]]) -> list[tuple[int, float]]:
    """Agents as (id, class, expected kept units of each match)."""
    table(engine, "night.int_agent_sizes", SIZES, [(agent, 9, size) for agent, size, _ in kept])
    matches = [(agent, units) for agent, _, each in kept for units in each]
    table(engine, "night.agent_matches", "agent_id varchar, expected_kept_units double", matches)
    return rows(engine, "int_weakest_tenths")


def test_the_weakest_tenth_is_the_mean_of_the_lowest_tenth_of_a_class_rounded_up(warehouse: Engine) -> None:
    eleven = [(f"A{number:02}", 1, [1.0 + number]) for number in range(11)]
    assert weakest(warehouse, *eleven) == [(1, 1.5)]
    assert weakest(warehouse, *eleven[:10]) == [(1, 1.0)]
    assert weakest(warehouse, *eleven[3:4]) == [(1, 4.0)]


def test_each_class_has_its_own_tail_and_who_has_no_match_expects_nothing(warehouse: Engine) -> None:
    found = weakest(warehouse, ("A", 1, [0.5, 0.25]), ("B", 2, []), ("C", 2, [9.0]), ("new", None, [7.0]))
    assert found == [(1, 0.75), (2, 0.0)]


MATCHED = "list_date date, agent_id varchar, sku_id varchar"
SLATES = (
    "agent_id varchar, matches_given bigint, fit double, expected_units double, expected_kept_units double, "
    "expected_regrets double, expected_landmines double, acceptance double"
)
NEEDS = (
    "agent_id varchar, slots_asked integer, permitted_skus bigint, stocked_skus bigint, permitted_at_any_risk bigint, "
    "unkept_skus bigint"
)


@pytest.mark.parametrize(
    ("asked", "given", "before", "nights"),
    [(4, 2, 5, 0), (4, 1, 5, 6), (3, 1, 0, 1), (1, 0, None, 1), (1, 1, 5, 0), (2, 1, 5, 0)],
)
def test_a_night_is_short_below_half_of_her_slots_and_a_run_ends_with_a_better_one(
    warehouse: Engine, asked: int, given: int, before: int | None, nights: int
) -> None:
    last = [] if before is None else [(ago(0), "A1", before)]
    agent_tables(warehouse, short=[(ago(1), "A1", 99), (ago(0), "A2", 1), *last])
    slates = [("A1", given, 0.5 * given, 1.0 * given, 1.0 * given, 0.0, 0.1 * given, 0.5 * given)] if given else []
    table(warehouse, "night.int_agent_slates", SLATES, slates)
    table(warehouse, "history.matched", MATCHED)
    table(warehouse, "night.int_answer_history", f"{MATCHED}, answer varchar, is_posted boolean")
    table(warehouse, "night.stg_agents", "agent_id varchar, max_landmine_probability double", [("A1", None)])
    table(warehouse, "night.int_match_needs", NEEDS, [("A1", asked, 1, 1, None, 0)])
    warehouse.materialise("agent_summary", as_of_date=AS_OF)
    assert stored(warehouse, "night.agent_summary", "nights_short") == [nights]


SUMMARY = (
    "agent_id varchar, size_class integer, members bigint, expected_kept_units double, weakest_kept_units double, "
    "nights_short integer, slots_asked integer, matches_given integer, shortfall_code varchar"
)


def test_the_report_tells_classes_and_who_has_waited_longest(warehouse: Engine) -> None:
    agents = [
        ("A1", 1, 10, 2.0, 1.0, 3, 4, 1, "few_permitted"), ("A2", 1, 30, 1.0, 1.0, 2, 4, 1, "few_permitted"),
        ("A3", 2, 0, 5.0, 5.0, 9, 4, 0, "few_in_stock"), ("A4", None, None, 5.0, None, 3, 9, 0, "left_the_list"),
    ]  # fmt: skip
    table(warehouse, "night.agent_summary", SUMMARY, agents)
    assert selected(warehouse, "report_sizes", nights=3) == [
        (1, 10, 30, 2, 1.5, 1.0, 7.5, 1),
        (2, 0, 0, 1, 5.0, 5.0, None, 1),
    ]
    assert selected(warehouse, "report_left_behind", "agent_id", nights=3, shown=9) == ["A3", "A4", "A1"]
    assert selected(warehouse, "report_left_behind", "agent_id", nights=3, shown=1) == ["A3"]
