"""One night: everything a step may know, passed in and never looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.settings import Settings


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
    `previous_run_id` is the run that the list date before this one had current, or None on the first night.
    """

    engine: Engine
    settings: Settings
    home: Home
    as_of_date: date
    sources: Path | None
    now: datetime
    previous_run_id: str | None = None

    @property
    def list_date(self) -> date:
        return self.as_of_date + timedelta(days=1)


StepCount = tuple[int, int]
