"""Makes ready what takes longest of showing a run: published.duckdb, and the rows that the change feed tells.

Both follow from the tables of the run alone. They wait unseen, and whoever shows the run puts them in place; where
anything was published meanwhile they are not taken, and made anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import journal, sealing
from xuanpin.pipelines.run_store.database import DATABASE, ReadyDatabase, ready_database
from xuanpin.pipelines.run_store.feed import ReadyFeed
from xuanpin.pipelines.side_by_side import side_by_side

PLACE = ".ready"
"""The folder in the published one where a night makes ready, without its lock."""


@dataclass(frozen=True)
class Ready:
    """What is ready of showing a run: the database and the rows of the change feed, each None where it is not."""

    database: ReadyDatabase | None = None
    feed: ReadyFeed | None = None


def make_ready(
    home: Home, database_days: int, run: run_store.CurrentRun, folder: Path, name: str = PLACE, threads: int = 1
) -> Ready:
    """Make ready that `run` is shown, whose tables stand in its partial `folder`; `run` is as it will be sealed.

    `database_days` is the number of list dates that the database holds; `name` is PLACE, or LOCKED_PLACE for who
    holds the lock. On more than one of `threads` the database is built while the rows of the feed are written.
    """
    place = home.published / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    unsealed = replace(run, run_dir=folder.name)
    shown = sealing.shown_with(home, database_days, run)
    works: list[Callable[[], Any]] = [
        partial(journal.ready_feed, home, run, unsealed, place / journal.JOURNAL),
        partial(ready_database, home, shown, unsealed, place / DATABASE),
    ]
    feed, database = side_by_side(threads, works)
    return Ready(database, feed)


def clear(home: Home) -> None:
    """Remove what a night made ready in `home` and did not put in place."""
    shutil.rmtree(home.published / PLACE, ignore_errors=True)
