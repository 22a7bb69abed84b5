"""Makes ready what takes longest of showing a run: published.duckdb, and the rows that the change feed tells.

Both follow from the tables of the run alone. They wait unseen, and whoever shows the run puts them in place; where
anything was published meanwhile they are not taken, and made anew.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import journal, sealing
from xuanpin.pipelines.run_store.database import DATABASE, ReadyDatabase, ready_database
from xuanpin.pipelines.run_store.feed import ReadyFeed


@dataclass(frozen=True)
class Ready:
    """What is ready of showing a run: the database and the rows of the change feed, each None where it is not."""

    database: ReadyDatabase | None = None
    feed: ReadyFeed | None = None


def make_ready(home: Home, database_days: int, run: run_store.CurrentRun, folder: Path) -> Ready:
    """Make ready that `run` is shown, whose tables stand in its partial `folder`; `run` is as it will be sealed.

    `database_days` is the number of list dates that the database holds.
    """
    clear(home)
    _place(home).mkdir()
    unsealed = replace(run, run_dir=folder.name)
    shown = sealing.shown_with(home, database_days, run)
    return Ready(
        ready_database(home, shown, unsealed, _place(home) / DATABASE),
        journal.ready_feed(home, run, unsealed, _place(home) / journal.JOURNAL),
    )


def clear(home: Home) -> None:
    """Remove what was made ready in `home` and not put in place."""
    shutil.rmtree(_place(home), ignore_errors=True)


def _place(home: Home) -> Path:
    return home.published / ".ready"
