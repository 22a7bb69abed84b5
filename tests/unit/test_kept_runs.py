"""Which runs a home keeps, and which of them a name means."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.tiny_runs import publish, seal
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.run_store.kept import find_run, kept_runs

D = date(2026, 11, 22)
BEFORE = D - timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two list dates: the first with a replaced run, the second with a run that waits beside the one that is shown."""
    home = Home(tmp_path)
    seal(home, BEFORE, "0123aa", "rejected")
    publish(home, BEFORE, "0123bb")
    publish(home, D, "4567cc", "fallback")
    run_store.await_review(home, seal(home, D, "89abdd", "pending"))
    return home


def test_every_run_is_kept_the_newest_first_and_what_is_decided_on_before_the_rest(home: Home) -> None:
    assert [(run.run_id, run.state) for run in kept_runs(home)] == [
        ("89abdd", "pending"),
        ("4567cc", "fallback"),
        ("0123bb", "auto_approved"),
        ("0123aa", "rejected"),
    ]
    assert kept_runs(home)[3].as_of_date == "2026-11-20"


@pytest.mark.parametrize(
    ("named", "run_id"),
    [
        ("2026-11-22", "89abdd"),
        ("2026年11月21日", "0123bb"),
        ("20261121", "0123bb"),
        ("latest", "89abdd"),
        (" Previous ", "0123bb"),
        ("4567", "4567cc"),
        ("run=0123aa", "0123aa"),
        ("0123BB", "0123bb"),
    ],
)
def test_a_run_is_named_by_its_list_date_its_id_or_a_word(home: Home, named: str, run_id: str) -> None:
    assert find_run(home, named).run_id == run_id


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("0123", "begins the ids of 2 runs: run=0123bb of 2026-11-21, run=0123aa of 2026-11-21"),
        ("456", "list dates 2026-11-21 to 2026-11-22"),
        ("../../etc", "there is no run"),
        ("2026-11-25", "published list dates: 2026-11-21 to 2026-11-22"),
        ("20261125", "there is no run '20261125'"),
    ],
)
def test_a_name_of_none_or_several_is_refused_with_what_there_is(home: Home, named: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_run(home, named)


def test_without_an_earlier_list_or_any_there_is_no_previous_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(UsageError, match="nothing is published"):
        find_run(home, "abcd")
    publish(home, D, "4567cc")
    with pytest.raises(UsageError, match="the first that is published"):
        find_run(home, "previous")


def test_what_is_no_run_is_passed_over(home: Home) -> None:
    (home.published / "list_date=soon").mkdir()
    (home.list_dir(D) / "run=half").mkdir()
    assert len(kept_runs(home)) == 4


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_run_whose_manifest_is_damaged_hides_no_other_and_is_told_by_name(home: Home, content: bytes) -> None:
    spoilt = run_store.require_run(home, BEFORE)
    (run_store.run_folder(home, spoilt) / run_store.MANIFEST).write_bytes(content)
    assert [run.run_id for run in kept_runs(home)] == ["89abdd", "4567cc", "0123aa"]
    with pytest.raises(UsageError, match=r"list_date=2026-11-21/run=0123bb/manifest.json is damaged; restore it"):
        run_store.manifest(home, spoilt)
