"""Nights with a trial: what is usual stays what it is, a recall keeps the arms, and the report tells of it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.old_home import FIRST, GOLDEN, SECOND, morning, second_day
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.settings import Settings

TRIAL = {"name": "谨慎些", "starts_on": date(2026, 11, 22), "ends_on": date(2026, 12, 1), "outcome_days": 1}
SAME = Settings.model_validate(
    {"experiment": TRIAL | {"treatment": {"scoring": {"regret_cost": Settings().scoring.regret_cost}}}}
)
"""A trial of what is usual anyway."""
OWN = ("experiment_assignments", "experiment_results")


def night(home: Home, as_of: date, sources: Path, settings: Settings = SAME) -> Home:
    run_night(RunRequest(as_of, home, sources, settings, morning(as_of)))
    return home


def published(home: Home, table: str, list_date: date | None = None) -> pa.Table:
    return run_store.read_table(home, run_store.require_run(home, list_date), table)


def rows(home: Home, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = published(home, table).to_pylist()
    return found


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after the golden night with a trial."""
    return night(Home(tmp_path_factory.mktemp("tried") / "home"), FIRST, GOLDEN)


def test_a_trial_of_what_is_usual_changes_no_other_table(tried: Home, golden_home: Home) -> None:
    # The checks of a night count the rows of the trial's own tables.
    for table in set(TABLES["published"]) - {*OWN, "run_quality"}:
        one, other = (published(home, table).drop_columns(["run_id"]) for home in (tried, golden_home))
        assert one.equals(other), table
    assert not any(published(golden_home, table).num_rows for table in OWN)
    arms, results = rows(tried, "experiment_assignments"), rows(tried, "experiment_results")
    assert {row["unit_id"] for row in arms} == {row["sku_id"] for row in rows(tried, "sku_list")}
    assert {(row["trial_state"], row["verdict"], row["days_counted"]) for row in results} == {("running", "open", 0)}
    assert len(results) == 5


def test_the_report_says_where_the_trial_stands_in_both_languages(tried: Home, golden_home: Home) -> None:
    pages = [
        (run_store.run_folder(home, run_store.require_run(home)) / "report.html").read_text(encoding="utf-8")
        for home in (tried, golden_home)
    ]
    assert "试验“谨慎些”进行中" in pages[0] and "The trial “谨慎些” is running" in pages[0]
    assert 'id="trial"' not in pages[1]


def test_the_next_night_remembers_and_a_recall_marks_its_sku_and_keeps_the_arms(tried: Home, tmp_path: Path) -> None:
    home = Home(Path(shutil.copytree(tried.root, tmp_path / "home")))
    before = {row["unit_id"]: row["arm"] for row in rows(home, "experiment_assignments")}
    sku = rows(home, "sku_list")[0]["sku_id"]
    asked = Recall(sku, date(2026, 11, 22), "裂了", "老王", morning(FIRST))
    assert recall(home, SAME, asked).state == "recalled"
    after = {row["unit_id"]: row for row in rows(home, "experiment_assignments")}
    assert {unit: row["arm"] for unit, row in after.items()} == before
    gone = {unit for unit, row in after.items() if row["is_withdrawn"]}
    assert sku in gone and gone == before.keys() - {row["sku_id"] for row in rows(home, "sku_list")}
    night(home, SECOND, second_day(tmp_path / "sources"))
    second = {row["unit_id"]: row["arm"] for row in rows(home, "experiment_assignments")}
    assert all(second[unit] != before[unit] for unit in second.keys() & before.keys())
    assert {row["trial_state"] for row in rows(home, "experiment_results")} == {"running"}
