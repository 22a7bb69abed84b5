"""published.duckdb has the current runs in its tables and every kept run by its id, whatever became of it."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support import tiny_runs
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import sealing

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Monday's list was recalled, Tuesday's waits for a person after another was rejected."""
    home = Home(tmp_path)
    for run_id, state in (("aa", "auto_approved"), ("bb", "recalled")):
        shown(home, MONDAY, run_id, state)
    tiny_runs.seal(home, TUESDAY, "rejected", "rejected", sku_list=[{"sku_id": "S1"}])
    run_store.await_review(home, tiny_runs.seal(home, TUESDAY, "waits", "pending", sku_list=[{"sku_id": "S1"}]))
    shown(home, TUESDAY, "cc", "fallback")
    return home


def shown(home: Home, day: date, run_id: str, state: str) -> None:
    run = tiny_runs.seal(home, day, run_id, state, sku_list=[{"sku_id": f"S-{run_id}"}])
    with sealing.lock_published(home):
        sealing.make_current(home, 30, run)


def answer(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published / "published.duckdb"), read_only=True) as reader:
        return reader.execute(sql).fetchall()


def test_every_run_is_read_by_its_id_and_only_current_ones_are_shown(home: Home) -> None:
    assert answer(home, "select run_id, sku_id from sku_list order by 1") == [("bb", "S-bb"), ("cc", "S-cc")]
    assert answer(home, "select run_id, state, is_current, list_date from runs.versions order by 1") == [
        ("aa", "auto_approved", False, MONDAY),
        ("bb", "recalled", True, MONDAY),
        ("cc", "fallback", True, TUESDAY),
        ("rejected", "rejected", False, TUESDAY),
    ]
    assert answer(home, "select sku_id from runs.sku_list where run_id = 'aa'") == [("S-aa",)]


def test_what_retention_deletes_leaves(home: Home) -> None:
    shutil.rmtree(home.list_dir(MONDAY) / "run=aa")
    with sealing.lock_published(home):
        sealing.make_current(home, 30, run_store.require_run(home, TUESDAY))
    assert answer(home, "select run_id from runs.sku_list order by 1") == [("bb",), ("cc",), ("rejected",)]


def test_a_list_date_that_the_file_no_longer_holds_takes_its_runs_along(home: Home) -> None:
    with sealing.lock_published(home):
        sealing.make_current(home, 1, run_store.require_run(home, TUESDAY))
    assert answer(home, "select run_id from runs.versions order by 1") == [("cc",), ("rejected",)]
    assert answer(home, "select count(*) from runs.sku_list") == [(2,)]


def test_a_run_that_nobody_sees_any_more_keeps_no_list_from_readers(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    (home.list_dir(MONDAY) / "run=aa" / "sku_list.parquet").write_bytes(b"spoilt")
    with sealing.lock_published(home):
        sealing.rebuild_database(home, 30)
    assert answer(home, "select run_id from runs.versions order by 1") == [("bb",), ("cc",)]
    assert "one of the others cannot be read" in caplog.text
