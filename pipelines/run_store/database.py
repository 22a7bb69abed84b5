"""Brings published.duckdb, one file with the tables of the newest list dates, to the runs that readers see."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import published_contracts
from xuanpin.pipelines.engine import EngineError, PublishedRuns, build_runs, publish_runs, put_in_place
from xuanpin.pipelines.run_store.kept import superseded_runs

log = logging.getLogger("xuanpin")
DATABASE = "published.duckdb"
"""File in the published folder with the tables of the newest list dates, for readers who want one file."""
VERSIONS = pa.schema(
    [
        ("run_id", pa.string()),
        ("list_date", pa.date32()),
        ("as_of_date", pa.date32()),
        ("state", pa.string()),
        ("run_dir", pa.string()),
        ("is_current", pa.bool_()),
    ]
)
"""Columns of runs.versions in published.duckdb: a row a run that it holds."""


@dataclass(frozen=True)
class ReadyDatabase:
    """A database that was built before its time: its `file`, what its runs.versions says (`facts`), and which file it
    was to replace (`before`, as `_seen` tells it)."""

    file: Path
    facts: pa.Table
    before: tuple[int, ...] | None


def ready_database(
    home: Home, current: Sequence[run_store.CurrentRun], unsealed: run_store.CurrentRun, file: Path
) -> ReadyDatabase | None:
    """Build at `file` what `write_database` would write of the `current` runs, and put nothing in place.

    `unsealed` is one of them as it stands before it is sealed, in another folder. None where a run cannot be read.
    """
    before, runs = _seen(home), _runs(home, current, unsealed)
    try:
        build_runs(home.published / DATABASE, runs, file)
    except EngineError:
        return None
    run_store.sync(file)
    return ReadyDatabase(file, runs.facts, before)


def write_database(
    home: Home, current: Sequence[run_store.CurrentRun], ready: ReadyDatabase | None = None, *, is_anew: bool = False
) -> None:
    """Write the `current` runs of some list dates, and by their ids the others of these dates, to published.duckdb.

    What is `ready` is put in place where it has these runs and was made of the file that it replaces. If `is_anew`, the
    file is built from those of the runs alone.
    """
    runs = _runs(home, current)
    if ready is not None and ready.facts.equals(runs.facts) and ready.before == _seen(home):
        put_in_place(ready.file, home.published / DATABASE)
        return
    try:
        publish_runs(home.published / DATABASE, runs, is_anew=is_anew)
    except EngineError as error:
        if not runs.superseded:
            raise
        # What readers see must not wait for a run that they do not see any longer.
        log.warning("published.duckdb has current runs alone: one of the others cannot be read (%s)", error.kind)
        shown = runs.facts.filter(pc.field("is_current"))
        publish_runs(home.published / DATABASE, replace(runs, superseded={}, facts=shown), is_anew=True)


def _seen(home: Home) -> tuple[int, ...] | None:
    """Tell the database that is in place from any other; None where there is none."""
    try:
        found = (home.published / DATABASE).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _runs(
    home: Home, current: Sequence[run_store.CurrentRun], unsealed: run_store.CurrentRun | None = None
) -> PublishedRuns:
    others = superseded_runs(home, current)
    facts = [{**asdict(run), "is_current": run in current} for run in (*current, *others)]
    dated = [row | {name: date.fromisoformat(row[name]) for name in ("list_date", "as_of_date")} for row in facts]
    standing = {run.run_id: run for run in current} | ({} if unsealed is None else {unsealed.run_id: unsealed})
    return PublishedRuns(
        current={run_id: _tables(home, run) for run_id, run in standing.items()},
        superseded={run.run_id: _tables(home, run) for run in others},
        facts=pa.Table.from_pylist(dated, schema=VERSIONS),
    )


def _tables(home: Home, run: run_store.CurrentRun) -> dict[str, Path]:
    """The files of a run by table; one of an earlier release lacks the tables that it did not know."""
    folder, counts = run_store.run_folder(home, run), run_store.manifest(home, run)["row_counts"]
    known = [contract.name for contract in published_contracts() if contract.name in counts]
    return {name: folder / f"{name}.parquet" for name in known}
