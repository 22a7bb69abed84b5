"""What is made ready beside a report is put in place as it is, unless anything was published meanwhile."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.support import tiny_runs
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import database, journal, sealing
from xuanpin.pipelines.run_store.ready import Ready, make_ready

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    show(home, tiny_runs.seal(home, MONDAY, "aa", sku_list=[{"sku_id": "S1"}, {"sku_id": "S2"}]))
    return home


def show(home: Home, run: run_store.CurrentRun, ready: Ready | None = None) -> None:
    made = ready or Ready()
    with sealing.lock_published(home, made.feed):
        sealing.make_current(home, 30, run, made.database)


def put_together(home: Home) -> run_store.CurrentRun:
    """Tuesday's run before it is sealed."""
    run = tiny_runs.seal(home, TUESDAY, "bb", sku_list=[{"sku_id": "S2"}, {"sku_id": "S3"}])
    run_store.run_folder(home, run).rename(home.list_dir(TUESDAY) / ".partial")
    return run


def make(home: Home, run: run_store.CurrentRun) -> Ready:
    """Make ready that Tuesday's run is shown, then seal it."""
    partial = home.list_dir(TUESDAY) / ".partial"
    ready = make_ready(home, 30, run, partial)
    partial.rename(run_store.run_folder(home, run))
    return ready


def shown(home: Home) -> tuple[Any, ...]:
    """What readers of the database and followers of the changes see."""
    with duckdb.connect(str(home.published / "published.duckdb"), read_only=True) as reader:
        rows = reader.execute("select run_id, sku_id from sku_list order by all").fetchall()
        runs = reader.execute("select * from runs.versions order by all").fetchall()
    entry = journal.changes(home)[-1]
    told = pq.read_table(journal.entry_folders(home)[-1] / "sku_list.parquet", partitioning=None)
    return rows, runs, entry.number, entry.previous, entry.rows, told.select(["change", "sku_id"]).to_pylist()


def refuse(*given: Any, **named: Any) -> None:
    raise AssertionError(given)


def test_what_is_ready_is_taken(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (home.published / "published.duckdb").read_bytes()
    ready = make(home, put_together(home))
    assert (home.published / "published.duckdb").read_bytes() == before
    run = run_store.CurrentRun("bb", "run=bb", TUESDAY.isoformat(), MONDAY.isoformat(), tiny_runs.SHOWN)
    with monkeypatch.context() as made:
        made.setattr(database, "publish_runs", refuse)
        made.setattr(journal, "write_feed", refuse)
        show(home, run, ready)
    rows, runs, number, previous, counts, told = shown(home)
    assert rows == [("aa", "S1"), ("aa", "S2"), ("bb", "S2"), ("bb", "S3")]
    assert [(row[0], row[4]) for row in runs] == [("aa", "run=aa"), ("bb", "run=bb")]
    assert (number, previous is not None and previous.run_id) == (2, "aa")
    assert counts["sku_list"] == {"came": 1, "went": 1, "changed": 0}
    assert told == [{"change": "went", "sku_id": "S1"}, {"change": "came", "sku_id": "S3"}]


def test_what_was_made_before_another_run_was_shown_is_made_anew(home: Home) -> None:
    ready = make(home, run := put_together(home))
    show(home, tiny_runs.seal(home, MONDAY, "cc", "recalled", sku_list=[{"sku_id": "S2"}]))
    show(home, run, ready)
    rows, runs, number, previous, counts, told = shown(home)
    assert rows == [("bb", "S2"), ("bb", "S3"), ("cc", "S2")]
    assert [row[0] for row in runs] == ["aa", "bb", "cc"]
    assert (number, previous is not None and previous.run_id) == (3, "cc")
    assert (counts["sku_list"]["came"], told) == (1, [{"change": "came", "sku_id": "S3"}])


def test_a_database_that_was_changed_meanwhile_is_not_lost(home: Home) -> None:
    ready = make(home, run := put_together(home))
    with sealing.lock_published(home):
        sealing.rebuild_database(home, 30)
    assert ready.database is not None
    show(home, run, ready)
    assert ready.database.file.exists(), "it was made of a file that has been replaced"
