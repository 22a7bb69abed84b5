"""A night that makes no sense is held: written with its reason, decided by people, never current by itself."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli.outcomes import require_new_list
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.errors import NothingPublished, UsageError
from xuanpin.pipelines.explained.review import review_summary
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.republishing.holds import hold_notice
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.republishing.reviews import approve, no_answer, reject
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole

LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)
PUBLISHING = [step for step in STEPS if step.name in ("brakes", "write", "report", "publish")]
REASON = "Agents without any SKU: 100.0% (usually 0.0%; held above"


def asked(home: Home, **settings: object) -> RunRequest:
    return RunRequest(LAST_DAY, home, None, Settings.model_validate(settings), NOW)


def give_nobody_anything(home: Home) -> None:
    """Change the night in the warehouse as if no agent's requirements permitted anything on its list."""
    engine = open_engine(home.warehouse)
    engine.execute("delete from night.agent_matches")
    engine.execute("update night.agent_summary set matches_given = 0, shortfall_code = 'nothing_permitted'")
    engine.close()


@pytest.fixture(scope="module")
def held_home(published: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose second night matched nobody; tests copy it."""
    home = Home(shutil.copytree(published.root, tmp_path_factory.mktemp("held") / "home"))
    shutil.rmtree(home.list_dir(LIST_DATE))
    (home.published / "current.json").unlink()
    run_store.point_to(home, run_store.require_run(home, LAST_DAY))
    give_nobody_anything(home)
    run_night(asked(home), steps=PUBLISHING)
    return home


@pytest.fixture
def held(held_home: Home, tmp_path: Path) -> Home:
    return Home(shutil.copytree(held_home.root, tmp_path / "home"))


def test_a_held_night_is_written_and_not_shown(held: Home) -> None:
    run = run_store.pending_run(held, LIST_DATE)
    assert run is not None and run.state == "held"
    assert run_store.current_run(held, LIST_DATE) is None
    assert run_store.require_run(held).list_date == LAST_DAY.isoformat()
    manifest = run_store.manifest(held, run)
    assert manifest["state"] == "held"
    assert REASON in manifest["reason"] and "Look at the reasons under Agents" in manifest["reason"]
    checks = run_store.read_table(held, run, "run_quality", table_name="brakes", result="fail").to_pylist()
    assert {row["check_name"] for row in checks} == {
        "brakes.agents_without",
        "brakes.matches_per_agent",
        "brakes.unmatched_skus",
    }


def test_people_are_told_why_wherever_they_look(held: Home) -> None:
    run = run_store.pending_run(held, LIST_DATE)
    assert run is not None
    page = (run_store.run_folder(held, run) / "report.html").read_text(encoding="utf-8")
    head = page[page.index("<main>") : page.index('aria-labelledby="verdict"')]
    assert REASON in head and "一个商品都没有的团长占比 100.0%" in head
    assert f"刹车：{LIST_DATE} 的清单与平时相差太大" in head
    assert REASON in review_summary(held, LIST_DATE)
    latest = CliRunner().invoke(app, ["review", "--home", str(held.root)])
    assert REASON in latest.output, "the list that waits, not the one that readers see"
    notice = hold_notice(held, LIST_DATE)
    assert notice is not None
    assert notice[0].startswith(f"Xuanpin: a brake holds the list for {LIST_DATE}") and REASON in notice[1]
    told = CliRunner().invoke(app, ["status", "--home", str(held.root)])
    assert f"Held by a brake, list for {LIST_DATE}: " in told.stdout and REASON in told.stdout
    with pytest.raises(NothingPublished, match=f"list date {LIST_DATE}: held; readers see no list yet. .*held above"):
        require_new_list(asked(held))


@pytest.mark.parametrize("mode", ["auto", "required"])
def test_running_it_again_holds_it_again(held: Home, mode: str) -> None:
    run_night(asked(held, review={"mode": mode}), steps=PUBLISHING)
    run = run_store.pending_run(held, LIST_DATE)
    assert run is not None and run.state == "held"
    assert run_store.current_run(held, LIST_DATE) is None


def test_an_approved_night_is_current_and_stays_it_when_run_again(held: Home) -> None:
    shown = approve(asked(held), "王采", "新规则，已核对")
    assert (shown.state, run_store.require_run(held)) == ("approved", shown)
    run_night(asked(held), steps=PUBLISHING)
    assert run_store.require_run(held) == shown
    assert run_store.pending_run(held, LIST_DATE) is None and hold_notice(held, LIST_DATE) is None


@pytest.mark.parametrize("on_no_answer", ["fallback", "approve"])
def test_the_cut_off_keeps_the_last_list_whatever_settings_say(held: Home, on_no_answer: str) -> None:
    decided = no_answer(asked(held, review={"on_no_answer": on_no_answer}))
    assert decided is not None and decided.state == "fallback"
    assert run_store.require_run(held).state == "fallback"
    assert approve(asked(held), "王采").state == "approved", "a late approval counts"


def test_a_rejected_night_gives_way_to_the_last_list(held: Home) -> None:
    shown = reject(asked(held), "王采", "导出不全")
    assert shown is not None and shown.state == "fallback"
    run_night(asked(held), steps=PUBLISHING)
    assert run_store.require_run(held) == shown


def test_what_an_approved_night_measured_is_remembered_through_a_recall(held: Home) -> None:
    """The night after it compares with what became current, a recalled list with what its night measured."""
    approve(asked(held), "王采")
    sku = run_store.read_table(held, run_store.require_run(held), "sku_list", ["sku_id"])["sku_id"][0].as_py()
    shown = recall(held, Settings(), Recall(sku, LIST_DATE, "色牢度投诉", "王采", NOW))
    assert shown.state == "recalled"
    kept = run_store.read_table(held, shown, "run_quality", table_name="brakes").to_pylist()
    assert {row["result"] for row in kept} == {"pass", "fail"}
    tomorrow = RunRequest(LIST_DATE, held, None, Settings(), NOW + timedelta(days=1), True)
    run_night(tomorrow, steps=[step for step in STEPS if step.name == "load_history"])
    engine = open_engine(held.warehouse)
    rows = engine.read("history.brakes").to_pylist()
    engine.close()
    found = {(row["list_date"], row["check_name"]): (row["value"], row["result"]) for row in rows}
    assert found[LIST_DATE, "brakes.agents_without"] == (1.0, "fail")
    assert found[LAST_DAY, "brakes.agents_without"] == (0.0, "pass")


def test_a_brake_that_is_switched_off_lets_the_night_pass(held: Home) -> None:
    off = {"agents_without": 0, "matches_per_agent": 0, "unmatched_skus": 0}
    run_night(asked(held, brakes=off), steps=PUBLISHING)
    assert run_store.require_run(held, LIST_DATE).state == "auto_approved"
    assert run_store.pending_run(held, LIST_DATE) is None


def test_a_first_night_that_is_held_says_what_to_do(first_night: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(first_night.root, tmp_path / "home"))
    shutil.rmtree(home.published)
    give_nobody_anything(home)
    run_night(asked(home), steps=PUBLISHING)
    assert run_store.current_run(home) is None
    assert no_answer(asked(home)) is None, "there is no earlier list to keep"
    with pytest.raises(UsageError, match=f"that of {LIST_DATE} waits for a person"):
        run_store.require_run(home)
    content = json.loads((home.list_dir(LIST_DATE) / "pending.json").read_text(encoding="utf-8"))
    assert content["state"] == "held"
    assert approve(asked(home), "王采").state == "approved"


def test_a_command_with_json_says_that_a_held_list_is_not_new_and_leaves_with_its_code(held: Home) -> None:
    words = ["cutoff", "--list-date", str(LIST_DATE), "--home", str(held.root), "--json"]
    told = CliRunner().invoke(app, words, env={"XUANPIN_LANG": "zh"})
    facts = json.loads(told.stdout)
    assert told.exit_code == NothingPublished.exit_code
    assert (facts["is_new_list"], facts["state"], facts["readers_see"]) == (False, "held", "fallback")
    assert facts["list_date"] == str(LIST_DATE) and facts["message"].startswith("list date 2026-11-22: held; readers")
