"""A list is planned from what its night left: beside a running night, after a recall, and for whoever waits for it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tests.conftest import LAST_DAY, NOW
from tests.support.old_home import GOLDEN
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.home import plan_of
from xuanpin.pipelines.planning.problem import FACTS, PROBLEM
from xuanpin.pipelines.republishing.fallback import publish_fallback
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings, load_settings

LIST_DATE = LAST_DAY + timedelta(days=1)


@pytest.fixture
def copy(golden_home: Home, tmp_path: Path) -> Home:
    """The golden home, to be changed."""
    return Home(shutil.copytree(golden_home.root, tmp_path / "home"))


def listed(home: Home) -> list[str]:
    rows = run_store.read_table(home, run_store.require_run(home), "sku_list", ["sku_id", "list_rank"])
    ids: list[str] = rows.sort_by("list_rank")["sku_id"].to_pylist()
    return ids


def request(home: Home, days: int = 0) -> RunRequest:
    later = timedelta(days=days)
    return RunRequest(LAST_DAY + later, home, None, Settings(), NOW + later)


def test_a_plan_without_a_change_is_the_published_list_also_while_a_night_holds_the_home(published: Home) -> None:
    with open_night(request(published)):
        found = plan_of(published, None, Draft())
    assert [sku.sku_id for sku in found.skus] == listed(published)
    assert (found.entering, found.leaving, found.moved) == ((), (), ())
    assert found.before.gap == found.after.gap
    assert found.after.expected_kept_units == pytest.approx(found.before.expected_kept_units, abs=1e-3)


def test_what_a_night_leaves_is_sealed_and_names_nobody(copy: Home) -> None:
    folder = run_store.run_folder(copy, run_store.require_run(copy))
    sealed = run_store.read_manifest(folder)["files"]
    assert {f"{PROBLEM}/{path.name}" for path in (folder / PROBLEM).iterdir()} <= sealed.keys()
    decided = pq.read_table(folder / PROBLEM / "stg_overrides.parquet")
    assert decided.num_rows
    assert set(decided["author"].to_pylist()) == {"author"}
    assert "reason" not in decided.column_names


def test_a_recalled_list_is_planned_without_what_is_recalled(copy: Home) -> None:
    gone = listed(copy)[0]
    recall(copy, Settings(), Recall(gone, LIST_DATE, "裂了", "王采", NOW))
    found = plan_of(copy, LIST_DATE, Draft())
    assert gone not in {sku.sku_id for sku in found.skus}
    assert gone not in {left.sku.sku_id for left in found.leaving}
    assert found.before.listed == len(listed(copy))
    assert (found.before.gap, found.before.objective) == (None, None)


def test_the_list_that_waits_is_the_one_that_is_planned(copy: Home) -> None:
    run = run_store.require_run(copy)
    run_store.await_review(copy, sealing.set_state(copy, run, "pending", None))
    run_store.point_away(copy, run, None)
    assert plan_of(copy, LIST_DATE, Draft()).after.listed == run_store.read_table(copy, run, "sku_list").num_rows


def test_a_kept_list_names_the_night_to_plan_from(copy: Home) -> None:
    assert publish_fallback(request(copy, 1), "the night failed") is not None
    with pytest.raises(UsageError, match=f"was kept from {LIST_DATE}.*--list-date {LIST_DATE}"):
        plan_of(copy, LIST_DATE + timedelta(days=1), Draft())


def test_a_run_of_an_earlier_release_says_what_to_do(copy: Home) -> None:
    (run_store.run_folder(copy, run_store.require_run(copy)) / PROBLEM / FACTS).unlink()
    with pytest.raises(UsageError, match=r"has no problem/.*an earlier release wrote it"):
        plan_of(copy, LIST_DATE, Draft())


@pytest.mark.parametrize(("language", "said"), [("en", "Out (1):"), ("zh", "离开（1）：")])
def test_the_command_says_it_in_words_and_for_programs(copy: Home, language: str, said: str) -> None:
    first = listed(copy)[0]
    words = ["plan", "--home", str(copy.root), "--ban", first, "--lang", language]
    told = CliRunner().invoke(app, words)
    assert (told.exit_code, said in told.output) == (0, True), told.output
    facts = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert [gone["sku"]["sku_id"] for gone in facts["leaving"]] == [first]
    assert facts["after"]["listed"] == facts["before"]["listed"] - 1


def test_a_draft_is_written_as_a_settings_file_that_gives_its_list(copy: Home, tmp_path: Path) -> None:
    file = tmp_path / "proposed.toml"
    words = ["plan", "--home", str(copy.root), "--size", "4", "--supplier-share", "0.5", "--category-max", "生鲜=1"]
    written = [*words, "--write", str(file), "--author", "王采", "--reason", "太长", "--json"]
    said = CliRunner().invoke(app, written)
    assert (said.exit_code, "proposed.toml" in said.stderr) == (0, True), said.output
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# Proposed by 王采 at ") and lines[0].endswith(": 太长")
    assert "list_size = 4  # was 120" in lines
    tried = CliRunner().invoke(app, ["plan", "--home", str(copy.root), "--config", str(file), "--json"])
    assert json.loads(tried.output) == json.loads(said.stdout)
    assert load_settings(file).assortment.category_max == {"生鲜": 1}
    again = CliRunner().invoke(app, written)
    assert "is there already" in str(again.exception)
    nameless = CliRunner().invoke(app, [*words, "--write", str(tmp_path / "other.toml")])
    assert "the author is empty" in str(nameless.exception)
    assert not (tmp_path / "other.toml").exists()


def test_a_night_that_may_publishes_the_frontier_and_draws_it(tmp_path: Path) -> None:
    settings = Settings.model_validate({"assortment": {"frontier_candidates": 8, "list_size": 4}})
    home = Home(tmp_path / "home")
    run_night(RunRequest(LAST_DAY, home, GOLDEN, settings, NOW))
    run = run_store.require_run(home)
    rows = run_store.read_table(home, run, "list_frontier").to_pylist()
    assert {row["list_size"] for row in rows} == {3, 4, 5}
    assert all(row["promise_bound"] <= row["promise"] for row in rows)
    page = (run_store.run_folder(home, run) / "report.html").read_text(encoding="utf-8")
    assert '<figure id="frontier">' in page
    recall(home, settings, Recall(listed(home)[0], LIST_DATE, "裂了", "王采", NOW))
    again = run_store.read_table(home, run_store.require_run(home), "list_frontier").drop_columns(["run_id"])
    assert again.to_pylist() == [{name: row[name] for name in again.column_names} for row in rows]
