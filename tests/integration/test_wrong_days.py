"""Dates and folders that are wrong: refused before anything is touched, and a way back from a list for a wrong day."""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.errors import DayRefused, InputRefused, UsageError
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.republishing.fallback import publish_fallback
from xuanpin.pipelines.republishing.reviews import unpublish
from xuanpin.pipelines.settings import Settings

LIST_DATE = LAST_DAY + timedelta(days=1)
NEXT = LIST_DATE + timedelta(days=1)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    """A home of its own in which two nights have run."""
    return Home(shutil.copytree(published.root, tmp_path / "home"))


def asked(home: Home, as_of: date = LAST_DAY, sources: Path | None = None) -> RunRequest:
    return RunRequest(as_of, home, sources, Settings(), NOW)


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (date(2027, 1, 5), "2027-01-05 has not ended: it is 2026-11-23 in Beijing"),
        (NEXT, "2026-11-23 has not ended"),
        (LIST_DATE, "no source has a row of 2026-11-22 or later: the newest is of 2026-11-21 in returns"),
    ],
)
def test_a_day_that_has_not_ended_or_not_come_is_refused_and_touches_nothing(
    home: Home, platform: Platform, as_of: date, said: str
) -> None:
    sources, published = platform.sources, sorted(home.published.rglob("*"))
    with pytest.raises(DayRefused, match=said):
        run_night(RunRequest(as_of, home, sources, Settings(), NOW + timedelta(days=1)))
    assert sorted(home.published.rglob("*")) == published
    if as_of == LIST_DATE:
        run_night(RunRequest(as_of, home, sources, Settings(), NOW + timedelta(days=1), is_stale_allowed=True))
        assert run_store.require_run(home).state == "auto_approved"


def test_a_wrong_source_folder_makes_no_home(platform: Platform, tmp_path: Path) -> None:
    home, empty = Home(tmp_path / "deep" / "home"), tmp_path / "empty"
    empty.mkdir()
    for sources, error in ((tmp_path / "nowhere", UsageError), (empty, InputRefused), (tmp_path, InputRefused)):
        with pytest.raises(error, match="nowhere" if sources.name == "nowhere" else "source tables products, "):
            run_night(asked(home, sources=sources))
    assert not home.root.parent.exists()


def test_a_list_for_a_wrong_day_is_taken_back_and_readers_see_the_one_before(home: Home) -> None:
    before = run_store.require_run(home)
    wrong = publish_fallback(asked(home, date(2027, 1, 5)), "a slip of the pen")
    assert run_store.require_run(home) == wrong
    assert unpublish(asked(home, date(2027, 1, 5)), "王采", "2027 was meant to be 2026") == before
    assert run_store.require_run(home) == before
    assert run_store.current_run(home, date(2027, 1, 6)) is None
    with duckdb.connect(home.published / "published.duckdb", read_only=True) as readers:
        newest = readers.execute("select max(list_date) from sku_list").fetchall()
    assert newest == [(LIST_DATE,)]
    with pytest.raises(UsageError, match="no list is published for list date 2027-01-06"):
        unpublish(asked(home, date(2027, 1, 5)), "王采", "again")


def cut_short(*given: Any) -> None:
    raise KeyError(given)


@pytest.mark.parametrize("cut", ["write_database", "run_store.replace_json", "run_store.point_away"])
def test_taking_a_list_back_that_was_cut_short_is_done_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    before = run_store.require_run(home)
    publish_fallback(asked(home, date(2027, 1, 5)), "a slip of the pen")
    with monkeypatch.context() as broken:
        broken.setattr(f"xuanpin.pipelines.run_store.sealing.{cut}", cut_short)
        with pytest.raises(KeyError):
            unpublish(asked(home, date(2027, 1, 5)), "王采", "2027 was meant to be 2026")
    assert unpublish(asked(home, date(2027, 1, 5)), "王采", "2027 was meant to be 2026") == before


def test_the_only_list_taken_back_leaves_none(home: Home) -> None:
    for list_date in (LIST_DATE, LAST_DAY):
        left = unpublish(asked(home, list_date - timedelta(days=1)), "王采", "all wrong")
    assert left is None
    assert run_store.current_run(home) is None
    assert not (home.published / "published.duckdb").exists()
