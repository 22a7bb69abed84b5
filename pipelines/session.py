"""A home that is open for work: its warehouse, its log, and which steps of a night are done."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from logging.handlers import WatchedFileHandler

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night, RunRequest
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.engine.cluster import on_cluster, refuse_lake
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.migration import Upgrade, open_home
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.paths import AS_OWNER, WRITTEN, named_path
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.shown import OneLine

log = logging.getLogger("xuanpin")
DONE = "ops.steps_done"
"""For which as-of date each step ran last; a step that was cut short has no row."""


@contextmanager
def open_night(request: RunRequest) -> Iterator[Night]:
    """Open the home for one as-of date, brought to this program's warehouse version first.

    Raises HomeBusy while another process holds it, HomeNewer where a later release wrote it.
    """
    upgrades: list[Upgrade] = []
    engine = open_home(
        request.home,
        memory_limit=request.settings.engine.database_memory,
        threads=request.settings.engine.threads,
        on_upgrade=upgrades.append,
    )
    try:
        engine = _placed(engine, request)
        with log_file(request.home):
            for upgrade in upgrades:
                log.info("%s", upgrade.sentence)
            yield Night(
                engine=engine,
                settings=request.settings,
                home=request.home,
                as_of_date=request.as_of_date,
                sources=request.sources,
                now=request.now,
                is_stale_allowed=request.is_stale_allowed,
            )
    finally:
        engine.close()


def _placed(engine: Engine, request: RunRequest) -> Engine:
    """Return the engine of the settings over a home's open warehouse."""
    chosen, warehouse = request.settings.engine, request.home.warehouse
    if chosen.kind == "duckdb" or chosen.lake is None:
        refuse_lake(engine, warehouse)
        return engine
    if chosen.address is None:
        raise UsageError(phrase("[engine] connection is known to Airflow alone; a command needs [engine] address too"))
    return on_cluster(engine, warehouse, address=chosen.address, lake=chosen.lake, driver_rows=chosen.driver_rows)


@contextmanager
def open_latest(home: Home, settings: Settings, now: datetime) -> Iterator[Night]:
    """Open the home for the as-of date of its latest list; `now` is the time of the work, zone-aware.

    Raises UsageError where nothing is published, and else as `open_night` does.
    """
    as_of = date.fromisoformat(run_store.require_run(home).as_of_date)
    with open_night(RunRequest(as_of, home, None, settings, now)) as night:
        yield night


@contextmanager
def log_file(home: Home) -> Iterator[None]:
    """Append the steps' lines to the home's log for as long as the work lasts, whoever started it.

    Within such a block, another one for the same home adds nothing.
    """
    path = home.logs / "xuanpin.log"
    if os.path.abspath(path) in {getattr(handler, "baseFilename", None) for handler in log.handlers}:
        yield
        return
    with named_path(phrase("the log"), path, AS_OWNER, doing=WRITTEN):
        keep_private(home)
        home.logs.mkdir(exist_ok=True)
        # One that opens the file again when `tidy` has put a shorter one in its place.
        handler = WatchedFileHandler(path, encoding="utf-8")
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


def is_done(night: Night, step: str) -> bool:
    """Whether the warehouse holds what a step of this very night wrote."""
    done = night.engine.read(DONE, columns=("step", "as_of_date"))
    return {"step": step, "as_of_date": night.as_of_date} in done.to_pylist()


def last_seconds(night: Night) -> dict[str, float]:
    """How long each step took when it ran last, in seconds; without those of which it was not noted."""
    rows = night.engine.read(DONE, columns=("step", "seconds")).to_pylist()
    return {row["step"]: row["seconds"] for row in rows if row["seconds"] is not None}


def mark_begun(night: Night, step: str) -> None:
    """Take note that a step's tables are not whole from now on."""
    night.engine.delete_where(DONE, step=step)


def mark_done(night: Night, step: str, seconds: float) -> None:
    """Take note that the warehouse holds what a step of this night wrote, and how many `seconds` that took."""
    night.engine.append(DONE, pa.table({"step": [step], "as_of_date": [night.as_of_date], "seconds": [seconds]}))
