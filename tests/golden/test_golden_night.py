"""One night small enough to read: eight SKUs, three agents, forty days, and what must come of them.

S4 is sold out, S5 comes back half the time, S6 is banned, S8 is new. A1 may sell anything from 10 to 150 yuan, A2
nothing for babies and only from 20 to 60 yuan, A3 has paused.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home

FOLDER = Path(__file__).parent
EXPECTED = FOLDER / "expected.json"
OF_AGENTS = (
    "nights_short",
    "members",
    "size_class",
    "recommended_lines",
    "declined_skus",
    "declined_right",
    "declined_fine",
)


@pytest.fixture(scope="module")
def night(golden_home: Home) -> dict[Any, Any]:
    """The published tables of the golden night as rows."""
    run = run_store.require_run(golden_home)
    names = ("sku_list", "sku_scorecard", "agent_matches", "agent_summary")
    return {name: run_store.read_table(golden_home, run, name).to_pylist() for name in names}


def test_goods_that_disappoint_are_sold_out_or_banned_stay_off_the_list(night: dict[Any, Any]) -> None:
    decisions = {row["sku_id"]: row["decision_code"] for row in night["sku_scorecard"]}
    assert decisions["S4"] == "out_of_stock"
    assert not decisions["S5"].startswith("listed")
    assert decisions["S6"] == "banned_by_override"
    assert {row["sku_id"] for row in night["sku_list"]} <= {"S1", "S2", "S3", "S7", "S8"}


def test_the_pan_is_the_worst_and_the_numbers_say_so(night: dict[Any, Any]) -> None:
    regret = {row["sku_id"]: row["regret_rate"] for row in night["sku_scorecard"]}
    assert max(regret, key=lambda sku: float(regret[sku])) == "S5"
    assert regret["S5"] > 0.3
    assert max(regret[sku] for sku in ("S1", "S2", "S3")) < 0.15


def test_every_agent_gets_what_she_may_sell(night: dict[Any, Any]) -> None:
    given: dict[str, set[str]] = {}
    for row in night["agent_matches"]:
        given.setdefault(row["agent_id"], set()).add(row["sku_id"])
    assert "A3" not in given
    assert given["A2"] <= {"S3", "S7", "S8"}
    assert "S1" in given["A1"]
    assert len(given["A1"]) == 4
    assert given["A1"].isdisjoint({"S4", "S5", "S6"})


def test_the_whole_night_is_as_it_was(night: dict[Any, Any]) -> None:
    shown = {
        "list": {row["sku_id"]: [row["list_rank"], row["role"]] for row in night["sku_list"]},
        "decisions": {row["sku_id"]: row["decision_code"] for row in night["sku_scorecard"]},
        "regret": {row["sku_id"]: round(row["regret_rate"], 3) for row in night["sku_scorecard"]},
        "matches": sorted([row["agent_id"], row["match_rank"], row["sku_id"]] for row in night["agent_matches"]),
        "shortfalls": {row["agent_id"]: row["shortfall_code"] for row in night["agent_summary"]},
        "agents": {row["agent_id"]: [row[name] for name in OF_AGENTS] for row in night["agent_summary"]},
    }
    if os.environ.get("XUANPIN_GOLDEN") == "write":
        EXPECTED.write_text(json.dumps(shown, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert shown == json.loads(EXPECTED.read_text(encoding="utf-8")), "intended? run with XUANPIN_GOLDEN=write"
