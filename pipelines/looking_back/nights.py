"""The nights that a look back sees: of each list date the run that counts, and rows of one thing over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import stacked_rows
from xuanpin.pipelines.looking_back.records import has_records
from xuanpin.pipelines.run_store.kept import whole_manifest

Rows = list[dict[str, Any]]
Nights = tuple[run_store.CurrentRun, ...]
MOST_NIGHTS = 90
"""List dates that a look back sees, the newest: a quarter."""


def seen_nights(home: Home) -> Nights:
    """Return the newest MOST_NIGHTS runs of the home, one a list date, the newest first: of each list date the run that
    waits for a person, else the one that readers see."""
    runs = {run.list_date: run for run in (*run_store.current_runs(home), *run_store.pending_runs(home))}
    return tuple(sorted(runs.values(), key=lambda run: run.list_date, reverse=True)[:MOST_NIGHTS])


def rows_over(home: Home, nights: Nights, table: str, columns: Sequence[str], **equal: str) -> Rows:
    """Return `columns` of the rows of a published table over many `nights` whose columns equal given values.

    The newest list date comes first; a column that no night has yet is None.
    """
    files = [path for run in nights if (path := _file(home, run, table)).is_file()]
    if not files:
        return []
    known = {name for path in {files[0], files[-1]} for name in pq.read_schema(path).names}
    found: Rows = stacked_rows(files, [name for name in columns if name in known], equal).to_pylist()
    rows = [dict.fromkeys(columns) | row for row in found]
    return sorted(rows, key=lambda row: row["list_date"], reverse=True)


def recorded_night(home: Home, nights: Nights) -> Path | None:
    """Return the folder of the newest night with records, of `nights` and the runs that they were made from on the
    same list date, as a recalled list is; None where none has any."""
    folders = (folder for run in nights for folder in _made_from(run_store.run_folder(home, run)))
    return next((folder for folder in folders if has_records(folder)), None)


def _made_from(folder: Path) -> Iterator[Path]:
    """Yield a run's folder, then that of the run of its list date which it was made from, and so on.

    A list that was kept from another list date is made from a run that has no folder here.
    """
    while (manifest := whole_manifest(folder)) is not None:
        yield folder
        base = manifest.get("derived_from")
        if base is None:
            return
        folder = folder.with_name(base["run_dir"])


def _file(home: Home, run: run_store.CurrentRun, table: str) -> Path:
    return run_store.run_folder(home, run) / f"{table}.parquet"
