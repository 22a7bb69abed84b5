"""A step goes on with the rows that it has stored; what it reads, other steps have written."""

from __future__ import annotations

from pathlib import Path

from tests.support.match_worlds import world_night
from tests.support.selection_night import night_of, skus
from tests.support.table_trace import traced
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.matching.step import match
from xuanpin.pipelines.selection.step import select


def test_affinity_holds_the_choice_model_that_it_saves(tmp_path: Path) -> None:
    night, engine = traced(world_night(tmp_path, 3))
    affinity(night)
    assert {"night.choice_agents", "night.choice_skus", "night.int_taught_outcomes"} <= engine.written
    assert engine.read_back == []
    night.engine.close()


def test_match_reads_what_affinity_wrote_and_nothing_of_its_own(tmp_path: Path) -> None:
    world = world_night(tmp_path, 3)
    affinity(world)
    night, engine = traced(world)
    match(night)
    assert {"night.agent_matches", "night.int_answer_history"} <= engine.written
    assert engine.read_back == []
    night.engine.close()


def test_select_holds_its_candidates_and_pins(tmp_path: Path) -> None:
    pin = {"sku_id": "S03", "action": "pin"}
    demand, segments = [(0, "S00", 2.0), (1, "S01", 1.0)], [(0, 3, 6), (1, 2, 4)]
    with night_of(tmp_path, skus(6), overrides=[pin], demand=demand, segments=segments, list_size=3) as made:
        night, engine = traced(made)
        select(night)
        assert {"night.int_selection_candidates", "night.int_selection_pins"} <= engine.written
        assert engine.read_back == []


def test_the_trace_sees_a_table_that_is_read_back(tmp_path: Path) -> None:
    night, engine = traced(world_night(tmp_path, 3))
    night.engine.materialise("int_agent_personas")
    night.engine.query("select count(*) from night.int_agent_personas where agent_id = $agent_id", agent_id="A0001")
    night.engine.read("night.stg_agents")
    assert engine.read_back == ["night.int_agent_personas"]
    night.engine.close()
