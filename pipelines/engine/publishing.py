"""Builds database files beside those in use and puts them in place in one step."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from xuanpin.pipelines.engine.names import literal


def publish_database(path: Path, tables: Mapping[str, pa.Table | Sequence[Path]]) -> None:
    """Replace the database at `path` by one with these tables, each Arrow rows or Parquet files to stack.

    Readers see the old file or the new one, never a part: it is built beside, checkpointed, synced, renamed. Files
    stack by column name; one written before a column was added reads as null there. Raises RuntimeError, and replaces
    nothing, where the new file is not complete by itself.
    """
    building = path.with_name(f"{path.name}.tmp")
    log = building.with_name(f"{building.name}.wal")
    building.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    with duckdb.connect(str(building)) as connection:
        for name, rows in tables.items():
            _create(connection, name, rows)
        connection.execute("checkpoint")
    if log.exists():
        raise RuntimeError(f"{log.name} was left beside {building.name}; the database was not replaced")
    # Whoever may open the folder may open the file.
    building.chmod(path.parent.stat().st_mode & 0o666)
    _sync(building)
    os.replace(building, path)
    _sync(path.parent)


def rewrite_file(path: Path, config: dict[str, Any]) -> None:
    """Replace the database at `path`, which nobody has open, by a copy that holds what its tables hold and no more.

    The blocks of deleted rows stay in a database file until something is written over them; a copy has none. `config`
    is as the database is opened with. Cut short, the old file stays, and what was copied is removed the next time.
    """
    copy = remove_copy(path)
    with duckdb.connect(":memory:", config=config) as connection:
        # Both stay locked until the copy has the name: nobody writes to the old one meanwhile.
        for name, file in (("before", path), ("after", copy)):
            connection.execute(f"attach {literal(str(file))} as {name}")
        connection.execute("copy from database before to after")
        connection.execute("checkpoint after")
        _sync(copy)
        os.replace(copy, path)
        _sync(path.parent)


def remove_copy(path: Path) -> Path:
    """Remove what a killed process has left of a copy of the database at `path`; return the name for a new one."""
    copy = path.with_name(f"{path.name}.rewritten")
    for left in (copy, copy.with_name(f"{copy.name}.wal")):
        left.unlink(missing_ok=True)
    return copy


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table | Sequence[Path]) -> None:
    if isinstance(rows, pa.Table):
        connection.register("incoming_rows", rows)
        connection.execute(f'create table "{name}" as select * from incoming_rows')
        connection.unregister("incoming_rows")
        return
    # The folder names repeat a column of the files; reading both would type the date as text.
    stacked = "read_parquet($files, union_by_name = true, hive_partitioning = false)"
    connection.execute(f'create table "{name}" as select * from {stacked}', {"files": [str(file) for file in rows]})


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
