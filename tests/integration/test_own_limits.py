"""Agents who set a highest landmine probability: a night, its card, report and explanation, and a recall after it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import LAST_DAY, Platform
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.demo.drops import parquet, zoned
from xuanpin.pipelines.demo.rows import agent_rows
from xuanpin.pipelines.demo.scale import TINY
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.explain import agent_facts, agent_text
from xuanpin.pipelines.reporting.card import card_page, card_text
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole

LIMIT = 0.08
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=BEIJING)


def limited(folder: Path) -> None:
    """Write a drop in which all agents of the tiny platform but the first set the limit on the last day."""
    world = World(7, TINY)
    days = [np.datetime64(TINY.first_day + timedelta(days=offset)) for offset in range(TINY.days)]
    rows = pa.concat_tables([agent_rows(world, day) for day in days]).sort_by("updated_at")
    newest = {row["agent_id"]: row for row in rows.to_pylist()}
    table = pa.Table.from_pylist(list(newest.values()), schema=rows.schema)
    stamp = pa.array([datetime(2026, 11, 21, 9)] * len(newest), rows.schema.field("updated_at").type)
    table = table.set_column(table.schema.get_field_index("updated_at"), "updated_at", stamp)
    limits = [None if agent == "A00000" else LIMIT for agent in newest]
    table = table.append_column("max_landmine_probability", pa.array(limits, pa.float64()))
    (folder / "limits.parquet").write_bytes(parquet(zoned(table)))


@pytest.fixture(scope="module")
def home(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("limits")
    sources = Path(shutil.copytree(platform.sources, root / "sources"))
    limited(sources / "agents")
    return platform.night(root / "home", LAST_DAY, sources)


def published_rows(home: Home, run: run_store.CurrentRun, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run_store.read_table(home, run, table).to_pylist()
    return rows


def held_to_their_limits(home: Home, run: run_store.CurrentRun) -> list[dict[str, Any]]:
    """Look at every match of a run; return the summaries of the agents who set a limit."""
    risk = {row["sku_id"]: row["landmine_probability"] for row in published_rows(home, run, "sku_list")}
    asking = {row["agent_id"]: row for row in published_rows(home, run, "agent_summary")}
    for match in published_rows(home, run, "agent_matches"):
        limit = asking[match["agent_id"]]["max_landmine_probability"]
        assert limit is None or risk[match["sku_id"]] <= limit + 1e-6
    assert asking["A00000"]["max_landmine_probability"] is asking["A00000"]["suited_skus"] is None
    return [row for row in asking.values() if row["max_landmine_probability"] is not None]


def test_the_limit_is_a_rule_and_her_set_keeps_its_own_promise(home: Home) -> None:
    asking = held_to_their_limits(home, run_store.require_run(home))
    assert len(asking) > 3
    for row in asking:
        assert row["landmine_share"] <= LIMIT
        assert row["landmine_share"] <= row["any_landmine_probability"] <= 1.0
        assert 0 < row["suited_skus"] <= row["suited_skus_at_any_risk"]
    assert any(row["suited_skus"] < row["suited_skus_at_any_risk"] for row in asking)


def test_card_explanation_and_report_say_what_the_limit_gives_and_costs(home: Home) -> None:
    run = run_store.require_run(home)
    row = next(row for row in published_rows(home, run, "agent_summary") if row["suited_skus"])
    facts = agent_facts(home, row["agent_id"], None)
    suited, anyway = row["suited_skus"], row["suited_skus_at_any_risk"]
    said = f"您要求每款是雷品的可能不超过 8%。这 {row['matches_given']} 款平均 {row['landmine_share']:.1%}"
    assert said in card_text(facts, "zh") and said in card_page(facts, "zh")
    assert f"有了这条，清单里合您要求的商品是 {suited} 款；没有它是 {anyway} 款。" in card_text(facts, "zh")
    assert f"With this, {suited} SKUs of the list suit you; without it, {anyway} would." in card_text(facts, "en")
    assert f"at most 8.0 %; {suited} listed SKUs suit her, {anyway} without it" in agent_text(facts)
    assert "雷品的可能" not in card_text(agent_facts(home, "A00000", None), "zh")
    assert "Her limit" not in agent_text(agent_facts(home, "A00000", None))
    page = (run_store.run_folder(home, run) / "report.html").read_text(encoding="utf-8")
    table = page[page.index("自己设了雷品概率上限的团长") :]
    assert f'<th scope="row">{row["agent_id"]}</th><td class="num">≤ 8.0 %</td><td class="num">{suited}</td>' in table


@pytest.mark.parametrize("is_former", [False, True], ids=["today's reserves", "reserves of an earlier release"])
def test_a_recall_keeps_to_the_limits_that_it_knows(home: Home, tmp_path: Path, is_former: bool) -> None:
    copy = Home(Path(shutil.copytree(home.root, tmp_path / "home")))
    run = run_store.require_run(copy)
    reserves = run_store.run_folder(copy, run) / sealing.RESERVES / "reserve_agents.parquet"
    if is_former:
        pq.write_table(pq.read_table(reserves).drop_columns("max_landmine_probability"), reserves)
    sku = published_rows(copy, run, "agent_matches")[0]["sku_id"]
    asked = Recall(sku, LAST_DAY + timedelta(days=1), "抽检不合格", "王采", NOW)
    after = recall(copy, Settings(), asked)
    assert after.run_id != run.run_id
    assert bool(held_to_their_limits(copy, after)) != is_former


def test_a_card_without_matches_or_cost_says_so(home: Home) -> None:
    row = next(row for row in published_rows(home, run_store.require_run(home), "agent_summary") if row["suited_skus"])
    facts = agent_facts(home, row["agent_id"], None)
    nothing = facts | {"matches": [], "matches_given": 0, "landmine_share": None, "any_landmine_probability": None}
    assert "You asked that each be a landmine with a probability of at most 8%. With this" in card_text(nothing, "en")
    free = facts | {"suited_skus_at_any_risk": facts["suited_skus"], "any_landmine_probability": 0.04321}
    assert "at most 4.4%. It costs you no choice." in card_text(free, "en")
