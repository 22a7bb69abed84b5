"""What becomes of proposals in matching: who is matched first, how much stock each takes, and what each is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.match_worlds import propose, world_night
from tests.support.night_tables import selected, table
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.matching.step import match

OPEN = (
    "update night.stg_agents set status = 'active', price_min = null, price_max = null, min_satisfaction = null, "
    "max_landmine_probability = null, categories_excluded = [], daily_slots = 3"
)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """Agents A0000 to A0005 who may sell everything in three slots, and SKUs S0000 to S0007 on the list."""
    world = world_night(tmp_path, 4, agents=6, skus=12, most_stock=80)
    world.engine.execute(OPEN)
    world.engine.execute("update night.sku_scores set sellable_units = 50")
    affinity(world)
    yield world
    world.engine.close()


def told(night: Night) -> dict[tuple[str, str], tuple[str, str]]:
    match(night)
    rows = night.engine.read("night.pick_answers").to_pylist()
    return {(row["agent_id"], row["sku_id"]): (row["decision"], row["decision_code"]) for row in rows}


def given(night: Night, sku_id: str) -> dict[str, Any]:
    rows = night.engine.query("select * from night.agent_matches where sku_id = $sku_id", sku_id=sku_id).to_pylist()
    return {row["agent_id"]: row for row in rows}


def test_what_she_proposed_takes_one_of_her_slots_and_says_so(night: Night) -> None:
    propose(night, [("A0001", "S0006", 9), ("A0001", "S0007", 10), ("A0002", "S0011", 9)])
    assert told(night) == {
        ("A0001", "S0006"): ("matched", "on_list"),
        ("A0001", "S0007"): ("matched", "on_list"),
        ("A0002", "S0011"): ("refused", "no_place"),
    }
    row = given(night, "S0006")["A0001"]
    assert row["reasons"][0] == "own_pick" and row["propensity"] is None and row["units_reserved"] >= 1
    summary = night.engine.query("select matches_given from night.agent_summary where agent_id = 'A0001'")
    assert summary["matches_given"].to_pylist() == [3]


def test_the_last_units_go_to_who_proposed_first(night: Night) -> None:
    night.engine.execute("update night.sku_scores set sellable_units = 2 where sku_id = 'S0006'")
    night.engine.execute("update night.choice_agents set visits = 0.001")
    propose(night, [("A0001", "S0006", 11), ("A0003", "S0006", 9), ("A0002", "S0006", 9)])
    assert told(night) == {
        ("A0001", "S0006"): ("refused", "no_stock"),
        ("A0002", "S0006"): ("matched", "on_list"),
        ("A0003", "S0006"): ("matched", "on_list"),
    }
    assert set(given(night, "S0006")) == {"A0002", "A0003"}
    rows = night.engine.read("night.pick_answers").to_pylist()
    assert next(row["reasons"] for row in rows if row["agent_id"] == "A0001") == ["no_stock:sellable_units=2"]


def test_a_sku_on_trial_goes_to_nobody_else(night: Night) -> None:
    told(night)
    rows = night.engine.query("select sku_id, count(*) as n from night.agent_matches group by sku_id order by n desc")
    wanted = rows["sku_id"][0].as_py()
    assert rows["n"][0].as_py() > 2
    propose(night, [("A0001", wanted, 9), ("A0004", wanted, 9)], on_trial=[wanted])
    assert set(told(night).values()) == {("listed_for_trial", "trial_place")}
    assert set(given(night, wanted)) == {"A0001", "A0004"}


def test_who_proposes_as_much_as_she_has_slots_gets_nothing_by_chance(tmp_path: Path) -> None:
    night = world_night(tmp_path, 9, agents=6, most_stock=900, exploration_share=0.05)
    night.engine.execute(OPEN.replace("daily_slots = 3", "daily_slots = 20"))
    night.engine.execute("update night.sku_scores set sellable_units = 900")
    affinity(night)
    agents = [f"A{n:04d}" for n in range(6)]
    propose(night, [(who, f"S{n:04d}", 9) for who in agents[:3] for n in range(20)])
    assert set(told(night).values()) == {("matched", "on_list")}
    drawn = night.engine.query("select agent_id from night.agent_matches where propensity is not null")
    night.engine.close()
    assert set(drawn["agent_id"].to_pylist()) <= set(agents[3:]) and drawn.num_rows


def test_a_proposal_beyond_her_slots_that_is_matched_after_all_is_told_so(warehouse: Engine) -> None:
    columns = "agent_id varchar, sku_id varchar, decision varchar, decision_code varchar, reasons varchar[]"
    said = [("A1", sku, "refused", "over_slots", ["over_slots:daily_slots=1"]) for sku in ("S1", "S2")]
    table(warehouse, "night.int_pick_answers", columns, said)
    table(warehouse, "night.agent_matches", "agent_id varchar, sku_id varchar", [("A1", "S2"), ("A2", "S1")])
    assert sorted(selected(warehouse, "pick_answers")) == [
        said[0], ("A1", "S2", "matched", "on_list", ["on_list"]),
    ]  # fmt: skip


def test_the_report_shows_each_sku_and_answer_once_with_how_many_agents_got_it(warehouse: Engine) -> None:
    columns = "agent_id varchar, sku_id varchar, decision varchar, decision_code varchar, reasons varchar[]"
    said = [(f"A{n}", "S1", "refused", "no_place", [f"why {n}"]) for n in (3, 2)]
    said += [("A1", "S1", "matched", "on_list", ["on_list"]), ("A1", "GONE", "refused", "not_for_sale", ["x"])]
    table(warehouse, "night.pick_answers", columns, said)
    table(warehouse, "night.stg_products", "sku_id varchar, title varchar", [("S1", "苹果")])
    assert selected(warehouse, "report_picks", shown=2) == [
        ("S1", "苹果", "refused", "no_place", ["why 2"], 2),
        ("GONE", None, "refused", "not_for_sale", ["x"], 1),
    ]
