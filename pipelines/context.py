"""What a run is asked for and what a step may know: home, settings and clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import DayRefused, UsageError
from xuanpin.pipelines.settings import Settings, load_settings
from xuanpin.pipelines.typed.phrase import phrase

BEIJING = ZoneInfo("Asia/Shanghai")
StepCount = tuple[int, int]
"""Rows that a step has read, rows that it has written."""


@dataclass(frozen=True)
class Home:
    """The folder of one deployment, `root`; `published` is for readers, everything else is ours alone."""

    root: Path

    @property
    def warehouse(self) -> Path:
        """The database that lives from night to night."""
        return self.root / "warehouse.duckdb"

    @property
    def models(self) -> Path:
        """Models that read chat, one folder a model."""
        return self.root / "models"

    @property
    def reviews(self) -> Path:
        """What people decided: answers to reviews, recalls, and receipts of erasure."""
        return self.root / "reviews"

    @property
    def overrides(self) -> Path:
        """Pins and bans, one file for each time that some were decided."""
        return self.root / "overrides"

    @property
    def answers(self) -> Path:
        """Answers of agents to their matches, one file for each time that some were taken in."""
        return self.root / "answers"

    @property
    def outbox(self) -> Path:
        """Messages to groups, one folder a list date, with the ledger of what was handed over."""
        return self.root / "outbox"

    @property
    def delivery(self) -> Path:
        """How far those who follow the lists have been brought, and who could not be reached."""
        return self.root / "delivery"

    @property
    def keys(self) -> Path:
        """Keys that the program has made for itself."""
        return self.root / "keys"

    @property
    def desk(self) -> Path:
        """People of the desk, and which of their sessions have ended."""
        return self.root / "desk"

    @property
    def connect(self) -> Path:
        """Exports that were sent to the desk, what was answered about them, and the settings written for them."""
        return self.root / "connect"

    @property
    def labels(self) -> Path:
        """Labels of merchandisers, as they have come in."""
        return self.root / "labels"

    @property
    def logs(self) -> Path:
        """The log of the runs."""
        return self.root / "logs"

    @property
    def replay(self) -> Path:
        """Where a past night is computed once more; empty but for that time."""
        return self.root / "replay"

    @property
    def published(self) -> Path:
        """What readers see: runs, the pointer to the current one and the database of all of them."""
        return self.root / "published"

    def list_dir(self, list_date: date) -> Path:
        """Return the folder of the runs of `list_date`."""
        return self.published / f"list_date={list_date.isoformat()}"


@dataclass(frozen=True)
class Night:
    """What one run knows: the as-of date, where to read (`sources`, None where nothing is taken in) and write, the
    settings and the clock.

    `as_of_date` is the last day whose events the run may see. `now` is time-zone aware and used for refusing events
    from the future and for logs, never in a published byte.
    `is_stale_allowed` lets the night run although no source has a row of its day. `early` waits for the part of a step
    that was done before it and returns what came of it; None where the step does all of it. `on_part` is told of each
    part of a long step once it is kept: how many are, and of how many.
    """

    engine: Engine
    settings: Settings
    home: Home
    as_of_date: date
    sources: Path | None
    now: datetime
    is_stale_allowed: bool = False
    early: Callable[[], Any] | None = None
    on_part: Callable[[int, int], None] = lambda kept, parts: None

    @property
    def list_date(self) -> date:
        """The day that the run publishes for: the one after the as-of date."""
        return self.as_of_date + timedelta(days=1)


@dataclass(frozen=True)
class RunRequest:
    """What a caller asks for: one as-of date, where to read, where to live and by which settings.

    `as_of_date`, `sources`, `now` and `is_stale_allowed` are as in Night.
    """

    as_of_date: date
    home: Home
    sources: Path | None
    settings: Settings
    now: datetime
    is_stale_allowed: bool = False

    @property
    def list_date(self) -> date:
        """The day that the night publishes for."""
        return self.as_of_date + timedelta(days=1)

    def refuse_open_day(self) -> None:
        """Raise DayRefused where the as-of date is a day that has not ended by the clock of the request."""
        today = self.now.astimezone(BEIJING).date()
        if self.as_of_date >= today:
            raise DayRefused(
                phrase(
                    "{as_of_date} has not ended: it is {today} in Beijing, and a night runs for a day that is over; "
                    "the latest is {latest}. Nothing was touched",
                    as_of_date=self.as_of_date,
                    today=today,
                    latest=today - timedelta(days=1),
                )
            )


def settings_from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of a deployment: the file that XUANPIN_CONFIG names in `environment`, or the defaults."""
    config = environment.get("XUANPIN_CONFIG")
    return load_settings(Path(config) if config else None)


def request_from_environment(as_of_date: date, environment: Mapping[str, str]) -> RunRequest:
    """What a run for `as_of_date` asks for: home, sources and settings file as the deployment's environment names them.

    Reads XUANPIN_HOME (required), XUANPIN_SOURCES and XUANPIN_CONFIG; raises UsageError when the home is not named. A
    scheduler has waited for the day's rows until its deadline, so its night may run on stale sources.
    """
    if "XUANPIN_HOME" not in environment:
        raise UsageError(
            phrase("XUANPIN_HOME is not set; set it to the deployment's home folder where the scheduler runs")
        )
    sources = environment.get("XUANPIN_SOURCES")
    return RunRequest(
        as_of_date=as_of_date,
        home=Home(Path(environment["XUANPIN_HOME"])),
        sources=Path(sources) if sources else None,
        settings=settings_from_environment(environment),
        now=datetime.now(BEIJING),
        is_stale_allowed=True,
    )
