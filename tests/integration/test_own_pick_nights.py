"""A night with proposals, good and bad: what passes the gate is matched, what does not is nowhere, all are told why."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.old_home import FIRST, GOLDEN, morning
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.explain import agent_facts, agent_text
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.reporting.card import card_page, card_text
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.settings import Settings

LIST_DATE = date(2026, 11, 22)
BAD = {
    "S4": "out_of_stock", "S5": "over_landmine_cap", "S6": "banned_by_override", "S90": "not_for_sale",
    "S91": "not_launched", "S92": "out_of_season",
}  # fmt: skip
"""SKUs that nobody may sell, with the reason."""
CLAIMANTS = [f"B{n:02d}" for n in range(17)]
"""Agents without any rule of their own who propose every bad SKU: 102 proposals."""
RULES = {
    "C1": (",5", "S1", "above_price_band"),
    "C2": ("500,", "S1", "below_price_band"),
    "C3": (",", "S1", "excluded_category"),
}
"""Agents who propose what is good but for a rule of their own: price band, SKU, answer."""


def _append(sources: Path, table: str, rows: list[str]) -> None:
    with (sources / table / "golden.csv").open("a", encoding="utf-8") as out:
        out.write("".join(f"{row}\n" for row in rows))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    sources = Path(shutil.copytree(GOLDEN, tmp_path_factory.mktemp("picks") / "sources"))
    stamp, category = "2026-10-01 09:00:00", "家居/清洁,木知野,V1,30.0,简约,厨房"
    _append(sources, "products", [
        f"S90,,下架拖把,{category},,,false,false,2026-10-01,withdrawn,0.1,{stamp}",
        f"S91,,未来水壶,{category},,,false,false,2026-12-01,active,0.1,{stamp}",
        f"S92,,夏日凉席,{category},2027-06-01,2027-08-31,false,false,2026-10-01,active,0.1,{stamp}",
    ])  # fmt: skip
    _append(sources, "inventory", [f"S{n},2026-11-21,99" for n in (90, 91, 92)])
    people = [f"{who},2026-10-01,active,,,,,,,,6,{stamp}" for who in CLAIMANTS]
    for who, (band, _, code) in RULES.items():
        excluded = "母婴" if code == "excluded_category" else ""
        people.append(f"{who},2026-10-01,active,{band},,,{excluded},,,4,{stamp}")
    _append(sources, "agents", people)
    proposed = [(who, sku) for who in CLAIMANTS for sku in BAD]
    proposed += [(who, sku) for who, (_, sku, _) in RULES.items()]
    proposed += [("A1", "S3"), ("A1", "S7"), ("A3", "S1")]
    _append(
        sources, "match_answers", [f"{LIST_DATE},{who},{sku},own_pick,,,2026-11-21 20:00:00" for who, sku in proposed]
    )
    home = Home(tmp_path_factory.mktemp("picked") / "home")
    run_night(RunRequest(FIRST, home, sources, Settings(), morning(FIRST)))
    return home


def published(home: Home, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run_store.read_table(home, run_store.require_run(home), table).to_pylist()
    return rows


def test_a_hundred_bad_proposals_are_refused_and_none_is_on_a_match(home: Home) -> None:
    answers = [row for row in published(home, "pick_answers") if row["agent_id"] in CLAIMANTS]
    assert len(answers) == 102 and {row["decision"] for row in answers} == {"refused"}
    assert Counter(row["decision_code"] for row in answers) == dict.fromkeys(BAD.values(), 17)
    assert {row["sku_id"] for row in published(home, "sku_list")}.isdisjoint(BAD)
    assert {row["sku_id"] for row in published(home, "agent_matches")}.isdisjoint(BAD)


def test_what_breaks_a_rule_of_her_own_is_refused_by_it(home: Home) -> None:
    answers = {row["agent_id"]: row["decision_code"] for row in published(home, "pick_answers")}
    assert {who: answers[who] for who in RULES} == {who: code for who, (_, _, code) in RULES.items()}
    assert answers["A3"] == "agent_inactive"
    given = {(row["agent_id"], row["sku_id"]) for row in published(home, "agent_matches")}
    assert not given & {(who, sku) for who, (_, sku, _) in RULES.items()}


def test_what_passes_is_hers_although_she_had_declined_it_the_day_before(home: Home) -> None:
    answers = {(row["agent_id"], row["sku_id"]): row["decision"] for row in published(home, "pick_answers")}
    assert (answers["A1", "S3"], answers["A1", "S7"]) == ("matched", "matched")
    own = {row["sku_id"]: row["reasons"][0] for row in published(home, "agent_matches") if row["agent_id"] == "A1"}
    assert len(own) == 4 and own["S3"] == own["S7"] == "own_pick"


def test_she_is_told_on_her_card_and_operations_in_the_report(home: Home) -> None:
    facts = agent_facts(home, "A1", None)
    assert "您推荐的「青山里 手剥山核桃 500克」：已在清单上，排进了您的推荐。" in card_text(facts, "zh")
    refused = agent_facts(home, "B00", None)
    assert "which you proposed: " in card_page(refused, "en") and "it is launched on 2026-12-01" in card_page(
        refused, "en"
    )
    assert "Landmine probability" in card_text(refused, "en")
    assert "Proposed: S4 · 青山里 原味腰果 罐装: refused\n     - No sellable units." in agent_text(refused)
    run = run_store.require_run(home)
    page = (run_store.run_folder(home, run) / "report.html").read_text(encoding="utf-8")
    assert "团长自选的商品" in page and "下架拖把" in page
    with duckdb.connect(str(home.published / "published.duckdb"), read_only=True) as reader:
        assert reader.execute("select count(*) from pick_answers").fetchone() == (108,)


def test_a_recalled_sku_is_no_longer_hers_and_she_is_told(home: Home, tmp_path: Path) -> None:
    copy = Home(Path(shutil.copytree(home.root, tmp_path / "home")))
    at = datetime(2026, 11, 22, 10, tzinfo=BEIJING)
    recall(copy, Settings(), Recall("S3", LIST_DATE, "召回", "王采", at))
    answers = {(row["agent_id"], row["sku_id"]): row for row in published(copy, "pick_answers")}
    assert len(answers) == 108
    assert (answers["A1", "S3"]["decision"], answers["A1", "S3"]["decision_code"]) == ("refused", "pick_left")
    assert answers["A1", "S7"]["decision"] == "matched"
    assert "今天离开了清单" in card_text(agent_facts(copy, "A1", None), "zh")
