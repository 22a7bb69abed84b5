"""The change feed: beside each entry of the journal that shows another run, the rows that came, went or changed.

Who holds the run that an entry leads away from applies the rows and holds the run that it leads to. The rows stand on
their own: the runs themselves may be deleted later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract, statements
from xuanpin.pipelines.contracts.feed import FOLLOWED, changed_rows, feed_contract
from xuanpin.pipelines.engine import EngineError, finding, write_found
from xuanpin.pipelines.errors import UsageError

log = logging.getLogger("xuanpin")
CHANGES = ("came", "went", "changed")
UNREADABLE = (EngineError, UsageError, FileNotFoundError, pa.ArrowException)
"""What a file of a run raises that somebody has spoilt or taken away."""
Counts = Mapping[str, Mapping[str, int]]
"""Rows by table and by what became of them."""


@dataclass(frozen=True)
class ReadyFeed:
    """Rows of an entry that were written before it, into `folder`: what they tell of (`number`, `before`, `after` of
    write_feed) and how many they are (`rows`)."""

    folder: Path
    number: int
    before: run_store.CurrentRun | None
    after: run_store.CurrentRun | None
    rows: Counts


def write_feed(
    home: Home, folder: Path, number: int, before: run_store.CurrentRun | None, after: run_store.CurrentRun | None
) -> Counts:
    """Write what differs between the runs `before` and `after`, either of which may be None for nothing, into the
    `folder` of the journal's entry `number`, one Parquet file a followed table; return how many rows.

    A table of which a file cannot be read has no file and no counts: who follows loads the whole run then.
    """
    counts = {}
    with finding(folder) as finder:
        for table in FOLLOWED:
            path, schema = folder / f"{table}.parquet", feed_contract(table).arrow_schema()
            try:
                write_found(path, _changes(home, table, number, before, after), schema, finder)
            except UNREADABLE as error:
                log.warning("the changes of %s in entry %d could not be told (%s)", table, number, type(error).__name__)
                path.unlink(missing_ok=True)
                continue
            counts[table] = _counted(path)
            run_store.sync(path)
    return counts


def _changes(
    home: Home,
    table: str,
    number: int,
    before: run_store.CurrentRun | None,
    after: run_store.CurrentRun | None,
) -> str:
    stamped = after or before
    stamps = {
        "change_number": number,
        "list_date": None if stamped is None else stamped.list_date,
        "run_id": None if after is None else after.run_id,
        "previous_run_id": None if before is None else before.run_id,
    }
    return changed_rows(load_contract(table), _rows(home, table, before), _rows(home, table, after), stamps)


def _rows(home: Home, table: str, run: run_store.CurrentRun | None) -> str:
    """Write the select of a table of a run; one that an earlier release did not publish has no rows."""
    contract = load_contract(table)
    if run is None or run_store.is_unknown(home, run, table):
        return statements.no_rows(contract.columns)
    file = run_store.run_folder(home, run) / f"{table}.parquet"
    return statements.rows_of_file(contract.columns, file, pq.read_schema(file).names)


def _counted(path: Path) -> dict[str, int]:
    with pq.ParquetFile(path) as file:
        found = pc.value_counts(file.read(["change"])["change"]).to_pylist()
    return dict.fromkeys(CHANGES, 0) | {row["values"]: row["counts"] for row in found}
