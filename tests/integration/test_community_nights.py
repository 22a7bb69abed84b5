"""A night of community buying: what keeps goes out, what sells in time is reserved, and the group reads by when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.community import LAST_DAY, Community
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.contracts.reason_codes import parse_reason, reason_sentence
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.outbox.wording import block
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole

WORLD = Community(seed=5)
MARGIN = 12


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder: Path = tmp_path_factory.mktemp("community")
    sources, home = WORLD.write(folder / "sources"), Home(folder / "home")
    settings = Settings.model_validate({"assortment": {"list_size": 20, "max_change_share": 1.0}})
    run_night(RunRequest(LAST_DAY, home, sources, settings, datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)))
    return home


def published(home: Home, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run_store.read_table(home, run_store.require_run(home), table).to_pylist()
    return rows


def night_table(home: Home, table: str) -> list[dict[str, Any]]:
    engine = open_home(home, threads=1)
    try:
        rows: list[dict[str, Any]] = engine.read(f"night.{table}").to_pylist()
        return rows
    finally:
        engine.close()


def test_waiting_is_learnt_by_point_and_the_share_before_the_close_by_group(home: Home) -> None:
    found = {row["agent_id"]: row for row in night_table(home, "int_agent_waiting")}
    for number in range(WORLD.agents):
        row, true = found[f"A{number:03d}"], WORLD.usual_hours[WORLD.point_of[number]]
        assert row["usual_hours"] == pytest.approx(true, rel=0.15)
        assert true * 1.1 < row["upper_hours"] < true * 1.8
        cutoff = WORLD.cutoff_minute[number]
        assert (row["before_cutoff"] == 1.0) == (cutoff == 0)
        assert row["before_cutoff"] > (0.99 if cutoff == 0 else 0.7)


def test_nothing_is_matched_that_does_not_keep_until_pick_up(home: Home) -> None:
    upper = {row["agent_id"]: row["upper_hours"] for row in night_table(home, "int_agent_waiting")}
    offered = published(home, "agent_matches") + published(home, "agent_alternates")
    fresh = 0
    for row in offered:
        days = int(WORLD.shelf_days[int(row["sku_id"][1:])])
        if days:
            fresh += 1
            assert days * 24 >= upper[row["agent_id"]] + MARGIN, row
            told = dict(map(parse_reason, row["reasons"]))
            left = int((days * 24 - upper[row["agent_id"]]) // 24)
            assert told["pick_up_within"] == {"days": str(left)} if left else "pick_up_same_day" in told
        else:
            assert not any(reason.startswith("pick_up") for reason in row["reasons"])
    assert fresh > 5
    # Goods of a day reach no group in time; the points that wait for days get only what lasts.
    assert not {row["sku_id"] for row in offered if WORLD.shelf_days[int(row["sku_id"][1:])] == 1}


def test_what_keeps_for_nobody_is_not_listed_and_says_what_would_list_it(home: Home) -> None:
    rows = {row["sku_id"]: row for row in published(home, "sku_scorecard")}
    short = [rows[f"S{number:03d}"] for number in np.flatnonzero(WORLD.shelf_days == 1)]
    assert short and {row["decision_code"] for row in short} <= {"keeps_for_few_agents", "over_landmine_cap"}
    for row in short:
        for line in row["reasons"]:
            assert reason_sentence(line, "zh") and reason_sentence(line, "en")


def test_each_perishable_tells_its_risk_and_what_was_added(home: Home) -> None:
    for row in published(home, "sku_scorecard"):
        told = dict(map(parse_reason, row["reasons"]))
        days = int(WORLD.shelf_days[int(row["sku_id"][1:])])
        assert ("spoilage" in told) == (days > 0)
        if days:
            spoilage = {key: float(value) for key, value in told["spoilage"].items()}
            assert spoilage["keeps"] == days * 24 and 0 < spoilage["rate"] <= spoilage["upper"] <= 1


def test_the_group_reads_by_when_to_pick_it_up(home: Home) -> None:
    row = next(row for row in published(home, "agent_matches") if "pick_up_within" in "".join(row["reasons"]))
    facts = next(sku for sku in published(home, "sku_list") if sku["sku_id"] == row["sku_id"]) | row
    days = dict(map(parse_reason, row["reasons"]))["pick_up_within"]["days"]
    assert f"到货后请在 {days} 天内取走。" in block("草莓", facts, "zh").details
