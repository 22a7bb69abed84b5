"""A day of a source is in when its rows are there; until then the family says so and keeps what came."""

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Platform
from xuanpin.pipelines.arrival_steps import ARRIVALS
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.errors import InputRefused, SourceLate
from xuanpin.pipelines.ingest import arrivals
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.running import ScheduleSettings

NEXT_DAY = date(2026, 11, 22)
LAST_DAY = NEXT_DAY - timedelta(days=1)


@pytest.fixture
def run_request(platform: Platform, tmp_path: Path) -> Callable[..., RunRequest]:
    """What a scheduler asks for a day of the tiny platform, whose drops end on LAST_DAY."""

    def of(day: date, sources: Any = None, **schedule: Any) -> RunRequest:
        chosen = Settings(schedule=ScheduleSettings(**schedule))
        return RunRequest(
            day, Home(tmp_path / "home"), sources or platform.sources, chosen, datetime(2026, 11, 23, tzinfo=BEIJING)
        )

    return of


def test_families_share_out_the_source_tables() -> None:
    from xuanpin.pipelines.contracts import TABLES

    shared = [table for tables in arrivals.FAMILIES.values() for table in tables]
    assert sorted(shared) == sorted(TABLES["source"])
    assert [step.name for step in ARRIVALS] == [f"ingest_{family}" for family in arrivals.FAMILIES]


def test_family_by_family_is_the_same_as_all_at_once(
    run_request: Callable[..., RunRequest], platform: Platform, tmp_path: Path
) -> None:
    read = [run_step(step.name, run_request(LAST_DAY)) for step in ARRIVALS]
    assert run_step("ingest", run_request(LAST_DAY)) == (0, 0)
    at_once = RunRequest(LAST_DAY, Home(tmp_path / "at_once"), platform.sources, Settings(), run_request(LAST_DAY).now)
    assert sum(rows for rows, _ in read) == run_step("ingest", at_once)[0]
    assert _arrivals(run_request(LAST_DAY)) == _arrivals(at_once)


def test_a_late_source_is_named_and_what_came_is_kept(run_request: Callable[..., RunRequest]) -> None:
    with pytest.raises(SourceLate, match=r"no rows of 2026-11-22 have come of orders \(newest: 2026-11-21\)"):
        run_step("ingest_orders", run_request(NEXT_DAY))
    with open_night(run_request(NEXT_DAY)) as night:
        assert night.engine.query("select count(*) as n from source.orders")["n"][0].as_py() > 0
        assert list(arrivals.missing(night)) == ["inventory", "orders", "returns", "chat_messages"]


def test_only_awaited_tables_can_be_late(run_request: Callable[..., RunRequest]) -> None:
    run_step("ingest_orders", run_request(NEXT_DAY, waits_for=("inventory",)))
    run_step("ingest_orders", run_request(LAST_DAY))


def test_a_later_day_tells_that_the_day_was_exported(run_request: Callable[..., RunRequest]) -> None:
    run_step("ingest_chat", run_request(LAST_DAY - timedelta(days=3)))
    with open_night(run_request(LAST_DAY - timedelta(days=3))) as night:
        assert arrivals.missing(night) == {}


def test_one_refused_family_does_not_undo_another(
    run_request: Callable[..., RunRequest], platform: Platform, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(platform.sources, sources)
    run_step("ingest_orders", run_request(LAST_DAY, sources))
    (sources / "chat_messages" / "late.csv").write_bytes(b"")
    with pytest.raises(InputRefused, match=r"late\.csv is empty"):
        run_step("ingest_chat", run_request(LAST_DAY, sources))
    with open_night(run_request(LAST_DAY, sources)) as night:
        assert list(arrivals.missing(night)) == ["returns", "chat_messages"]


def test_a_night_stands_once_its_run_is_sealed(published: Home, tmp_path: Path) -> None:
    assert arrivals.has_run(published, NEXT_DAY)
    assert not arrivals.has_run(published, NEXT_DAY + timedelta(days=1))


def _arrivals(run_request: RunRequest) -> list[tuple[object, ...]]:
    with open_night(run_request) as night:
        rows = night.engine.query("select table_name, known_on, rows, fingerprint from ops.arrivals order by all")
        return [tuple(row.values()) for row in rows.to_pylist()]
