"""What an agent may swap in once a list was made from an earlier one: never more than before, and nothing that left."""

from typing import Any

import pytest

from tests.support.night_tables import promised, put_table, stored, table
from xuanpin.pipelines.engine.protocol import Engine

AGENT = (
    "agent_id varchar, status varchar, price_min double, price_max double, min_satisfaction double, "
    "max_landmine_probability double"
)
SKU = {"list_price": 10, "satisfaction": 0.8, "sellable_units": 9, "landmine_probability": 0.02}


def derived(
    engine: Engine,
    agents: dict[str, dict[str, Any]],
    skus: dict[str, dict[str, Any]],
    matches: list[tuple[str, str, int]],
    excluded: list[tuple[str, str]],
    answers: list[tuple[str, str, bool, int]] | None = None,
) -> list[tuple[Any, ...]]:
    """Alternates of a list of `skus`, where the earlier run offered every agent S1, S2, S3 and S9 in this order."""
    put_table(
        engine, "night.stg_agents", AGENT, *({"agent_id": who} | own for who, own in agents.items()), status="active"
    )
    promised(engine, "night.sku_list", "sku_list", [{"sku_id": sku} | SKU | own for sku, own in skus.items()])
    table(engine, "night.agent_matches", "agent_id varchar, sku_id varchar, units_reserved bigint", matches)
    table(engine, "night.derived_exclusions", "agent_id varchar, sku_id varchar", excluded)
    said = "agent_id varchar, sku_id varchar, is_declined boolean, units bigint"
    table(engine, "night.derived_answers", said, answers or [])
    base = [
        {"agent_id": who, "sku_id": sku, "alternate_rank": place, "reasons": ["why"]}
        for who in agents
        for place, sku in enumerate(("S1", "S2", "S3", "S9"), start=1)
    ]
    shared = {"fit": 0.5, "acceptance": 0.75, "expected_kept_units": 4.0}
    promised(engine, "history.base_alternates", "agent_alternates", base, **shared)
    engine.materialise("derived_alternates")
    return sorted(stored(engine, "night.derived_alternates", "agent_id", "alternate_rank", "sku_id"))


def test_what_left_the_list_leaves_and_the_others_move_up(warehouse: Engine) -> None:
    found = derived(warehouse, {"A1": {}}, {"S1": {}, "S3": {}, "S7": {}}, [], [])
    assert found == [("A1", 1, "S1"), ("A1", 2, "S3")]
    columns = ("fit", "acceptance", "expected_kept_units", "reasons")
    assert stored(warehouse, "night.derived_alternates", *columns) == [(0.5, 0.75, 4.0, ["why"])] * 2


def test_what_is_a_match_now_or_reserved_to_the_last_unit_is_no_alternate(warehouse: Engine) -> None:
    skus: dict[str, dict[str, Any]] = {"S1": {}, "S2": {"sellable_units": 3}, "S3": {"sellable_units": 4}}
    given = [("A1", "S1", 1), ("A2", "S2", 2), ("A3", "S2", 1), ("A2", "S3", 2)]
    found = derived(warehouse, {"A1": {}, "A2": {}}, skus, given, [])
    assert found == [("A1", 1, "S3"), ("A2", 1, "S1")]
    assert dict(stored(warehouse, "night.derived_alternates", "sku_id", "expected_kept_units")) == {
        "S1": 4.0,
        "S3": 2.0,
    }


@pytest.mark.parametrize(
    ("persona", "kept"),
    [
        ({"price_min": 10.0, "price_max": 10.0, "min_satisfaction": 0.8, "max_landmine_probability": 0.02}, True),
        ({"price_max": 9.9}, False),
        ({"price_min": 10.1}, False),
        ({"min_satisfaction": 0.81}, False),
        ({"max_landmine_probability": 0.019}, False),
        ({"status": "paused"}, False),
    ],
)
def test_a_swap_keeps_the_rules_of_a_match_as_they_are_now(
    warehouse: Engine, persona: dict[str, Any], kept: bool
) -> None:
    assert derived(warehouse, {"A1": persona}, {"S1": {}}, [], []) == ([("A1", 1, "S1")] if kept else [])


def test_what_she_excludes_or_has_declined_is_no_alternate_for_her(warehouse: Engine) -> None:
    found = derived(warehouse, {"A1": {}, "A2": {}}, {"S1": {}, "S2": {}}, [], [("A1", "S1")])
    assert found == [("A1", 1, "S2"), ("A2", 1, "S1"), ("A2", 2, "S2")]


def test_what_she_has_declined_since_leaves_and_what_she_has_swapped_in_stays_hers(warehouse: Engine) -> None:
    skus: dict[str, dict[str, Any]] = {"S1": {}, "S2": {"sellable_units": 5}}
    answers = [("A1", "S1", True, 0), ("A2", "S2", False, 3), ("A3", "S2", False, 0)]
    agents: dict[str, dict[str, Any]] = {"A1": {}, "A2": {}, "A3": {}}
    assert derived(warehouse, agents, skus, [("A9", "S2", 2)], [], answers) == [
        ("A2", 1, "S1"),
        ("A2", 2, "S2"),
        ("A3", 1, "S1"),
    ]
