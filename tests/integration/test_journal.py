"""The journal of what is published: one entry for each thing that happens to a list date, whoever is killed between."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support import tiny_runs
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import journal, sealing

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
Told = tuple[str, str, str, str | None, bool]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def locked(home: Home) -> None:
    """Enter and leave the lock, as any verb does that decides something."""
    with sealing.lock_published(home):
        pass


def told(home: Home, after: int = 0) -> list[Told]:
    """Kind, list date, run, previous run and whether it is the newest, of each entry."""
    return [
        (change.kind, run.list_date[-2:], run.run_id, before.run_id if before else None, change.is_newest)
        for change in journal.changes(home, after)
        for run, before in [(change.run, change.previous)]
    ]


def wait_for_review(home: Home, day: date, run_id: str, state: str) -> run_store.CurrentRun:
    run = tiny_runs.seal(home, day, run_id, state)
    run_store.await_review(home, run)
    return run


def test_each_thing_that_happens_is_one_entry(home: Home) -> None:
    tiny_runs.publish(home, MONDAY, "aa")
    locked(home)
    waiting = wait_for_review(home, TUESDAY, "bb", "pending")
    locked(home)
    run_store.point_to(home, sealing.set_state(home, waiting, "approved", None))
    run_store.review_done(home, TUESDAY)
    locked(home)
    tiny_runs.publish(home, TUESDAY, "cc", "recalled")
    locked(home)
    tiny_runs.publish(home, MONDAY, "dd", "recalled")
    locked(home)
    assert told(home) == [
        ("published", "23", "aa", None, True),
        ("pending", "24", "bb", None, True),
        ("approved", "24", "bb", "aa", True),
        ("recalled", "24", "cc", "bb", True),
        ("recalled", "23", "dd", "aa", False),
    ]
    assert [change.number for change in journal.changes(home, after=3)] == [4, 5]


def test_nothing_new_is_no_entry(home: Home) -> None:
    tiny_runs.publish(home, MONDAY, "aa")
    locked(home)
    locked(home)
    assert told(home) == [("published", "23", "aa", None, True)]


def test_a_rejection_comes_before_the_list_that_is_kept(home: Home) -> None:
    tiny_runs.publish(home, MONDAY, "aa")
    waiting = wait_for_review(home, TUESDAY, "bb", "held")
    locked(home)
    sealing.set_state(home, waiting, "rejected", "一半商品重复")
    tiny_runs.publish(home, TUESDAY, "cc", "fallback")
    locked(home)
    run_store.review_done(home, TUESDAY)
    locked(home)
    assert told(home, after=2) == [("rejected", "24", "bb", None, True), ("fallback", "24", "cc", "aa", True)]
    assert journal.changes(home)[2].reason == "一半商品重复"


def test_a_list_that_is_taken_back_is_withdrawn(home: Home) -> None:
    tiny_runs.publish(home, MONDAY, "aa")
    tuesdays = tiny_runs.publish(home, TUESDAY, "bb")
    locked(home)
    with sealing.lock_published(home):
        sealing.take_back(home, 30, tuesdays)
    assert told(home)[-1] == ("withdrawn", "24", "bb", "bb", True)


def test_who_is_killed_after_pointing_is_noted_by_whoever_comes_next(home: Home) -> None:
    with pytest.raises(KeyboardInterrupt), sealing.lock_published(home):
        tiny_runs.publish(home, MONDAY, "aa")
        raise KeyboardInterrupt
    assert told(home) == []
    with sealing.lock_published(home):
        assert told(home) == [("published", "23", "aa", None, True)]
        tiny_runs.publish(home, MONDAY, "bb", "recalled")
    assert told(home)[1:] == [("recalled", "23", "bb", "aa", True)]


def test_a_home_of_an_earlier_release_begins_with_its_newest_list(home: Home) -> None:
    for day, run_id in ((MONDAY - timedelta(days=2), "x"), (MONDAY, "aa"), (TUESDAY, "bb")):
        tiny_runs.publish(home, day, run_id)
    locked(home)
    assert told(home) == [("published", "24", "bb", "aa", True)]
    tiny_runs.publish(home, MONDAY, "cc", "recalled")
    locked(home)
    assert told(home, after=1) == [("recalled", "23", "cc", "aa", False)]


def test_entries_go_with_their_list_dates_and_numbers_go_on(home: Home) -> None:
    for nth, run_id in enumerate(("aa", "bb", "cc")):
        tiny_runs.publish(home, MONDAY + timedelta(days=nth), run_id)
        locked(home)
    shutil.rmtree(home.list_dir(MONDAY))
    locked(home)
    assert [change.number for change in journal.changes(home)] == [2, 3]
    tiny_runs.publish(home, TUESDAY, "dd", "recalled")
    locked(home)
    assert told(home)[-1] == ("recalled", "24", "dd", "bb", False)
    assert journal.changes(home)[-1].number == 4


def test_a_damaged_entry_stops_nobody(home: Home) -> None:
    tiny_runs.publish(home, MONDAY, "aa")
    locked(home)
    (journal.entry_folders(home)[0] / journal.ENTRY).write_text("{")
    locked(home)
    assert [change.number for change in journal.changes(home)] == [2]
