"""What agents tap is stored as a sheet stores it, while a night holds the warehouse, and a night reads it once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from tests.support.offered_lists import LIST_DATE, NOON, offer
from tests.support.source_rows import put
from xuanpin.pipelines import open_drop
from xuanpin.pipelines.answers import Answer, NotServed, store_answers, store_taps
from xuanpin.pipelines.answers.ground import Ground
from xuanpin.pipelines.answers.noted import NOTED, note_answers
from xuanpin.pipelines.answers.spoken import waiting
from xuanpin.pipelines.answers.taps import Taps
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

LAST = LIST_DATE - timedelta(days=1)
SOURCES = Path(__file__).parents[1] / "golden" / "sources"


def said(agent_id: str, answer: str = "accepted", sku_id: str = "S1", reason: str | None = None) -> Answer:
    return Answer(f"tap of {agent_id}", LIST_DATE, agent_id, sku_id, answer, reason)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that has no warehouse at all, as when a night holds it."""
    made = Home(tmp_path / "home")
    offer(made)
    return made


def taps_of(home: Home, now: datetime = NOON) -> Taps:
    return Taps(home, lambda: now)


SWAP = [said("A1", "declined", "S1", "price"), said("A1", "accepted", "S2")]


def test_taps_write_the_drop_that_a_sheet_writes_byte_for_byte(golden_home: Home, tmp_path: Path) -> None:
    by_sheet, by_taps = (Home(Path(shutil.copytree(golden_home.root, tmp_path / name))) for name in ("sheet", "taps"))
    for home in (by_sheet, by_taps):
        offer(home)
    with open_night(RunRequest(LAST, by_sheet, None, Settings(), NOON)) as night:
        assert store_answers(night, SWAP) == SWAP
    assert taps_of(by_taps).give(SWAP) == SWAP
    open_drop.close(by_taps.answers)
    (sheet,), (tapped,) = (list(home.answers.iterdir()) for home in (by_sheet, by_taps))
    assert (sheet.name, sheet.read_bytes()) == (tapped.name, tapped.read_bytes())


def test_a_tap_twice_changes_nothing_and_a_later_one_replaces_it(home: Home) -> None:
    taps = taps_of(home)
    assert taps.give([said("A1")]) == [said("A1")]
    assert taps.give([said("A1")]) == []
    declined = said("A1", "declined", reason="style")
    assert taps.give([declined]) == [declined]
    assert [answer.said[0] for answer in waiting(home, None)] == ["accepted", "declined"]


def test_what_is_gone_is_refused_with_what_she_could_take_and_a_swap_is_all_or_nothing(home: Home) -> None:
    taps = taps_of(home)
    taps.give([said("A2")])
    with pytest.raises(NotServed) as refusal:
        taps.give([said("A3", "declined", "S2"), said("A3")])
    (fault,) = refusal.value.faults.values()
    assert (fault.none_left, fault.instead) == (True, ("S3",))
    assert len(waiting(home, None)) == 1
    with pytest.raises(NotServed, match="neither a match nor an alternate") as refusal:
        taps.give([said("A1", sku_id="S9")])
    assert not next(iter(refusal.value.faults.values())).none_left


@pytest.mark.parametrize(
    "wrong",
    [said("A9"), said("A1", sku_id="S99"), said("A1", "maybe"), said("A1", "declined", reason="weather"),
     Answer("tap", LIST_DATE, "A1", "S1", "declined", "other", "请联系小李")],
)  # fmt: skip
def test_a_tap_that_the_sheet_would_refuse_is_refused_and_so_are_words_of_her_own(home: Home, wrong: Answer) -> None:
    with pytest.raises(UsageError):
        taps_of(home).give([wrong])
    assert not list(home.answers.glob("*"))


def test_two_processes_and_many_hands_share_what_is_left(home: Home) -> None:
    here, there = taps_of(home), taps_of(home)

    def take(by: tuple[Taps, str]) -> bool:
        try:
            return bool(by[0].give([said(by[1])]))
        except UsageError:
            return False

    with ThreadPoolExecutor(4) as pool:
        served = list(pool.map(take, [(here, "A2"), (there, "A3"), (there, "A2"), (here, "A3")]))
    assert sum(served) == 1, "one unit is left beside what is reserved, and a second tap changes nothing"
    assert len({answer.key for answer in waiting(home, None)}) == 1


def test_where_the_disk_fails_one_request_is_told_and_what_was_to_be_written_with_it_is_tried_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    taps, tries, both_wait = taps_of(home), [0], Event()

    def failing(ground: Ground, answers: Sequence[Answer]) -> list[Answer]:
        tries[0] += 1
        if tries[0] == 1:
            assert both_wait.wait(30)
        if tries[0] == 2:
            raise OSError(28, "No space left on device")
        return store_taps(ground, answers)

    def given(answer: Answer) -> bool:
        try:
            return bool(taps.give([answer]))
        except OSError:
            return False

    monkeypatch.setattr("xuanpin.pipelines.answers.taps.store_taps", failing)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(given, said("A1"))
        while tries[0] == 0:
            time.sleep(0.001)
        others = [pool.submit(given, said(who, sku_id="S2")) for who in ("A2", "A3")]
        while len(taps._waiting) < 2:
            time.sleep(0.001)
        both_wait.set()
    assert first.result()
    assert sorted(other.result() for other in others) == [False, True]
    assert len(waiting(home, None)) == 2


def test_answers_of_one_second_keep_their_order_and_do_not_run_ahead_of_the_clock(home: Home) -> None:
    taps = taps_of(home)
    for round_no in range(5):
        taps.give([said("A1", "declined" if round_no % 2 else "accepted")])
    moments = [answer.at for answer in waiting(home, None)]
    assert moments == sorted(set(moments))
    assert moments[-1] < NOON.replace(tzinfo=None) + timedelta(seconds=1)


def test_a_night_makes_taps_a_drop_and_what_comes_later_begins_another(golden_home: Home, tmp_path: Path) -> None:
    home = Home(Path(shutil.copytree(golden_home.root, tmp_path / "home")))
    offer(home)
    taps = taps_of(home)
    taps.give([said("A1")])
    request = RunRequest(LAST, home, SOURCES, Settings(), NOON)
    run_step("ingest", request)
    (drop,) = home.answers.glob("*.csv")
    read = drop.read_bytes()
    assert taps.give([said("A1")]) == [], "what a night has read is known"
    taps.give([said("A1", "declined", reason="price")])
    assert drop.read_bytes() == read
    run_step("ingest", request)
    with open_night(request) as night:
        rows = night.engine.query("select answer from source.match_answers where list_date = '2026-11-22' order by 1")
    assert rows["answer"].to_pylist() == ["accepted", "declined"]


def test_what_a_platforms_own_desk_has_sent_is_known_beside_the_warehouse(home: Home) -> None:
    with open_night(RunRequest(LAST, home, None, Settings(), NOON)) as night:
        put(night.engine, "match_answers", [{"agent_id": "A3", "updated_at": NOON.replace(hour=9)}])
        note_answers(night)
    home.warehouse.unlink()
    taps = taps_of(home)
    with pytest.raises(NotServed, match="no unit of S1 is left"):
        taps.give([said("A2")])
    (home.desk / NOTED).write_bytes(b"spoilt")
    assert taps.give([said("A2")]), "what cannot be read is written anew by the next ingest"


def test_a_file_of_the_home_that_is_changed_or_taken_away_is_heard_anew(home: Home) -> None:
    taps = taps_of(home)
    taps.give([said("A2")])
    open_drop.close(home.answers)
    (drop,) = home.answers.glob("*.csv")
    with pytest.raises(NotServed):
        taps.give([said("A3")])
    drop.unlink()
    assert taps.give([said("A3")])


def test_no_warehouse_is_made(home: Home) -> None:
    taps_of(home).give([said("A1")])
    assert not home.warehouse.exists()
