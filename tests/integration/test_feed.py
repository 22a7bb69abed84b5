"""The rows beside an entry of the journal: what came, went and changed, whole after a kill and a retention."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.support import tiny_runs
from tests.support.follower import Follower, rows_of_run
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.feed import FOLLOWED, feed_contract
from xuanpin.pipelines.run_store import journal, sealing

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
CUP = {"sku_id": "S1", "list_rank": 1, "title": "杯子"}
TOWEL = {"sku_id": "S2", "list_rank": 2, "title": "毛巾"}
MATCH = {"agent_id": "A1", "sku_id": "S1", "match_rank": 1, "fit": 0.5, "reasons": ["own_history:orders=3"]}
SWAP = {"agent_id": "A1", "sku_id": "S2", "alternate_rank": 1}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def locked(home: Home) -> None:
    with sealing.lock_published(home):
        pass


def shown(home: Home, day: date, run_id: str, *skus: dict[str, Any], state: str = tiny_runs.SHOWN) -> None:
    matches, swaps = ([MATCH] if CUP in skus else []), ([SWAP] if TOWEL in skus else [])
    tiny_runs.publish(home, day, run_id, state, sku_list=skus, agent_matches=matches, agent_alternates=swaps)
    locked(home)


def entry(home: Home, number: int, table: str = "sku_list") -> list[dict[str, Any]]:
    path = home.published / "changes" / f"{number:08}" / f"{table}.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path, partitioning=None).to_pylist()
    return rows


def told(home: Home, number: int) -> list[tuple[Any, ...]]:
    """What a row of sku_list tells: change, key, changed columns, title afterwards, and the runs."""
    names = ("change", "sku_id", "changed_columns", "title", "run_id", "previous_run_id")
    return [tuple(row[name] for name in names) for row in entry(home, number)]


def test_each_row_says_what_became_of_it(home: Home) -> None:
    shown(home, MONDAY, "aa", CUP, TOWEL)
    shown(
        home, TUESDAY, "bb", CUP | {"list_rank": 2, "title": "大杯子"}, {"sku_id": "S3", "list_rank": 1, "title": "灯"}
    )
    assert told(home, 1) == [("came", "S1", [], "杯子", "aa", None), ("came", "S2", [], "毛巾", "aa", None)]
    assert told(home, 2) == [
        ("changed", "S1", ["list_rank", "title"], "大杯子", "bb", "aa"),
        ("went", "S2", [], None, "bb", "aa"),
        ("came", "S3", [], "灯", "bb", "aa"),
    ]
    assert [row["list_date"] for row in entry(home, 2)] == [TUESDAY] * 3
    assert [(row["change"], row["agent_id"]) for row in entry(home, 2, "agent_matches")] == [("went", "A1")]
    assert journal.changes(home)[1].rows == {
        "sku_list": {"came": 1, "went": 1, "changed": 1},
        "agent_matches": {"came": 0, "went": 1, "changed": 0},
        "agent_alternates": {"came": 0, "went": 1, "changed": 0},
    }


def test_the_same_rows_on_another_day_are_no_change(home: Home) -> None:
    shown(home, MONDAY, "aa", CUP)
    shown(home, TUESDAY, "bb", CUP)
    assert told(home, 2) == []


def test_an_entry_that_shows_nothing_new_has_no_rows(home: Home) -> None:
    shown(home, MONDAY, "aa", CUP)
    run_store.await_review(home, tiny_runs.seal(home, TUESDAY, "bb", "pending", sku_list=[TOWEL]))
    locked(home)
    waiting = journal.changes(home)[1]
    assert (waiting.kind, waiting.shown, waiting.rows) == ("pending", None, {})
    assert [path.name for path in journal.entry_folders(home)[1].iterdir()] == [journal.ENTRY]


def test_the_only_list_taken_back_leads_to_nothing(home: Home) -> None:
    shown(home, MONDAY, "aa", CUP)
    with sealing.lock_published(home):
        sealing.take_back(home, 30, run_store.require_run(home))
    assert told(home, 2) == [("went", "S1", [], None, None, "aa")]


@pytest.mark.parametrize("table", FOLLOWED)
def test_the_files_are_what_the_contract_says_and_name_nobody(home: Home, table: str) -> None:
    shown(home, MONDAY, "aa", CUP)
    contract = feed_contract(table)
    (path,) = home.published.glob(f"changes/*/{table}.parquet")
    assert pq.read_schema(path).remove_metadata() == contract.arrow_schema()
    personal = {"customer_id", "sender_id", "message_id", "text", "comment", "group_id"}
    assert not personal & set(contract.column_names)


def test_a_table_that_cannot_be_read_is_loaded_whole(home: Home) -> None:
    follower = Follower(home.published)
    shown(home, MONDAY, "aa", CUP)
    follower.catch_up()
    run = tiny_runs.publish(home, TUESDAY, "bb", sku_list=[TOWEL])
    path = run_store.run_folder(home, run) / "agent_matches.parquet"
    whole = path.read_bytes()
    path.write_bytes(b"spoilt")
    locked(home)
    assert journal.changes(home)[1].rows.keys() == {"sku_list", "agent_alternates"}
    path.write_bytes(whole)
    follower.catch_up()
    assert (follower.run_id, follower.loaded) == ("bb", 1)


def test_what_a_kill_left_is_written_again_with_the_same_bytes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown(home, MONDAY, "aa", CUP, TOWEL)
    tiny_runs.publish(home, TUESDAY, "bb", sku_list=[TOWEL, CUP | {"title": "大杯子"}])
    partial = home.published / "changes" / ".partial"

    def cut_short(path: Path) -> None:
        raise KeyboardInterrupt(path)

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(journal, "open_like_folder", cut_short)
        locked(home)
    left = {path.name: path.read_bytes() for path in partial.glob("*.parquet")}
    assert left.keys() == {f"{table}.parquet" for table in FOLLOWED} and len(journal.changes(home)) == 1
    locked(home)
    written = {path.name: path.read_bytes() for path in journal.entry_folders(home)[1].glob("*.parquet")}
    assert written == left and not partial.exists()


def test_from_every_current_run_that_is_kept_one_can_go_on(home: Home) -> None:
    days = [MONDAY + timedelta(days=nth) for nth in range(4)]
    for nth, day in enumerate(days):
        shown(home, day, f"a{nth}", CUP | {"list_rank": nth + 1})
        shown(home, day, f"b{nth}", CUP | {"list_rank": nth + 1}, TOWEL, state="recalled")
    shutil.rmtree(home.list_dir(days[0]))  # too old
    for nth in (1, 2):  # no longer shown
        shutil.rmtree(home.list_dir(days[nth]) / f"run=a{nth}")
    locked(home)
    entries = journal.changes(home)
    assert [change.number for change in entries] == list(range(3, 9))
    for run in run_store.current_runs(home):
        follower = Follower(home.published)
        follower.run_id, follower.rows = run.run_id, rows_of_run(home.published, run.__dict__)
        follower.number = next(change.number for change in entries if change.run == run)
        follower.catch_up()
        assert (follower.run_id, follower.loaded) == ("b3", 0)
        assert follower.rows == rows_of_run(home.published, run_store.require_run(home).__dict__)
