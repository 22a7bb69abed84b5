"""What a run is asked for and what a step may know: home, settings, clock and the open warehouse."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from xuanpin.pipelines.engine import Engine, open_engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import Settings, load_settings

BEIJING = ZoneInfo("Asia/Shanghai")
log = logging.getLogger("xuanpin")
DONE = "ops.steps_done"
"""For which as-of date each step ran last; a step that was cut short has no row."""
DONE_SCHEMA = pa.schema([("step", pa.string()), ("as_of_date", pa.date32())])
StepCount = tuple[int, int]
"""Rows that a step has read, rows that it has written."""


@dataclass(frozen=True)
class Home:
    """The folder of one deployment; `published` is for readers, everything else is ours alone."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def reviews(self) -> Path:
        return self.root / "reviews"

    @property
    def overrides(self) -> Path:
        return self.root / "overrides"

    @property
    def labels(self) -> Path:
        return self.root / "labels"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def published(self) -> Path:
        return self.root / "published"

    def list_dir(self, list_date: date) -> Path:
        return self.published / f"list_date={list_date.isoformat()}"


@dataclass(frozen=True)
class Night:
    """What one run knows: the as-of date, where to read and write, the settings and the clock.

    `now` is time-zone aware and used for refusing events from the future and for logs, never in a published byte.
    """

    engine: Engine
    settings: Settings
    home: Home
    as_of_date: date
    sources: Path | None
    now: datetime

    @property
    def list_date(self) -> date:
        return self.as_of_date + timedelta(days=1)


@dataclass(frozen=True)
class RunRequest:
    """What a caller asks for: one as-of date, where to read, where to live and by which settings."""

    as_of_date: date
    home: Home
    sources: Path | None
    settings: Settings
    now: datetime

    @property
    def list_date(self) -> date:
        """The day that the night publishes for."""
        return self.as_of_date + timedelta(days=1)


def settings_from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of a deployment: the file that XUANPIN_CONFIG names, or the defaults."""
    config = environment.get("XUANPIN_CONFIG")
    return load_settings(Path(config) if config else None)


def request_from_environment(as_of_date: date, environment: Mapping[str, str]) -> RunRequest:
    """What a scheduled run asks for: home, sources and settings file as the deployment's environment names them.

    Reads XUANPIN_HOME (required), XUANPIN_SOURCES and XUANPIN_CONFIG; raises UsageError when the home is not named.
    """
    if "XUANPIN_HOME" not in environment:
        raise UsageError("XUANPIN_HOME is not set; set it to the deployment's home folder where the scheduler runs")
    sources = environment.get("XUANPIN_SOURCES")
    return RunRequest(
        as_of_date=as_of_date,
        home=Home(Path(environment["XUANPIN_HOME"])),
        sources=Path(sources) if sources else None,
        settings=settings_from_environment(environment),
        now=datetime.now(BEIJING),
    )


@contextmanager
def open_night(request: RunRequest) -> Iterator[Night]:
    """Open the home for one as-of date; raises HomeBusy while another process holds it."""
    request.home.root.mkdir(parents=True, exist_ok=True)
    engine = open_engine(
        request.home.warehouse,
        memory_limit=request.settings.engine.memory_limit,
        threads=request.settings.engine.threads,
    )
    try:
        with log_file(request.home):
            yield Night(
                engine=engine,
                settings=request.settings,
                home=request.home,
                as_of_date=request.as_of_date,
                sources=request.sources,
                now=request.now,
            )
    finally:
        engine.close()


@contextmanager
def log_file(home: Home) -> Iterator[None]:
    """Append the steps' lines to the home's log for as long as the work lasts, whoever started it."""
    home.logs.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(home.logs / "xuanpin.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


def is_done(night: Night, step: str) -> bool:
    """Whether the warehouse holds what a step of this very night wrote."""
    mark = {"step": step, "as_of_date": night.as_of_date}
    return night.engine.exists(DONE) and mark in night.engine.read(DONE).to_pylist()


def mark_begun(night: Night, step: str) -> None:
    """Take note that a step's tables are not whole from now on."""
    night.engine.replace_partition(DONE, DONE_SCHEMA.empty_table(), step=step)


def mark_done(night: Night, step: str) -> None:
    """Take note that the warehouse holds what a step of this night wrote."""
    night.engine.append(DONE, pa.table({"step": [step], "as_of_date": [night.as_of_date]}, schema=DONE_SCHEMA))
