"""A system that lives on the change feed: it reads entries and their rows, and loads a whole run where it has to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TABLES = {
    "sku_list": ("sku_id",),
    "agent_matches": ("agent_id", "sku_id"),
    "agent_alternates": ("agent_id", "sku_id"),
}
"""Tables that are followed, with the columns that name a row."""
STAMPS = ("list_date", "as_of_date", "run_id")
Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def _read(path: Path) -> pa.Table:
    return pq.read_table(path, partitioning=None)


def rows_of_run(published: Path, run: dict[str, str] | None) -> Rows:
    """Return the rows of a run by table and key, without its stamps; those of no run are none."""
    if run is None:
        return {table: {} for table in TABLES}
    folder = published / f"list_date={run['list_date']}" / run["run_dir"]
    return {
        table: {
            tuple(row[name] for name in key): {name: row[name] for name in row if name not in STAMPS}
            for row in _read(folder / f"{table}.parquet").to_pylist()
        }
        for table, key in TABLES.items()
    }


class Follower:
    """Follows the newest list, or that of one list date; `run_id` is the run that it holds, None for none."""

    def __init__(self, published: Path, list_date: str | None = None) -> None:
        self._published = published
        self._list_date = list_date
        self.number = 0
        self.run_id: str | None = None
        self.rows: Rows = {table: {} for table in TABLES}
        self.loaded = 0

    def catch_up(self) -> None:
        """Apply the entries that are new, in order."""
        for entry in self._new():
            shown, previous = entry["shown"], entry["previous"]
            if self._list_date is not None and entry["kind"] == "withdrawn":
                self.rows, self.run_id = {table: {} for table in TABLES}, None
            elif entry["rows"].keys() >= TABLES.keys() and (previous and previous["run_id"]) == self.run_id:
                for table in TABLES:
                    self._apply(table, entry["number"])
                self.run_id = shown and shown["run_id"]
            else:
                self.rows, self.run_id = rows_of_run(self._published, shown), shown and shown["run_id"]
                self.loaded += 1

    def _new(self) -> Iterator[dict[str, Any]]:
        for path in sorted((self._published / "changes").glob("[0-9]*/change.json")):
            entry = json.loads(path.read_text(encoding="utf-8"))
            if entry["number"] <= self.number:
                continue
            self.number = entry["number"]
            is_own = entry["run"]["list_date"] == self._list_date
            is_followed = entry["is_newest"] if self._list_date is None else is_own
            if is_followed and (entry["shown"] or entry["kind"] == "withdrawn"):
                yield entry

    def _apply(self, table: str, number: int) -> None:
        held, names = self.rows[table], TABLES[table]
        for row in _read(self._published / "changes" / f"{number:08}" / f"{table}.parquet").to_pylist():
            key = tuple(row[name] for name in names)
            assert (key in held) is (row["change"] != "came"), (number, table, key)
            before = held.pop(key, None)
            if row["change"] == "went":
                continue
            feed = {"change_number", "change", "changed_columns", "previous_run_id", *STAMPS}
            held[key] = {name: row[name] for name in row if name not in feed}
            if before is not None:
                differs = {name for name in before if before[name] != held[key][name]}
                assert set(row["changed_columns"]) == differs != set()
