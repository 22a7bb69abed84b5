"""Builds database files beside those in use and puts them in place in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from xuanpin.pipelines.engine.failures import failures_of_duckdb
from xuanpin.pipelines.engine.names import literal, path_pattern, quoted

# The folder names repeat a column of the files; reading both would type the date as text.
_STACKED = "read_parquet($files, union_by_name = true, hive_partitioning = false)"
_RUN = quoted("run_id")
"""The column of every published table that names the run of a row."""


def publish_database(path: Path, tables: Mapping[str, pa.Table | Sequence[Path]]) -> None:
    """Replace the database at `path` by one with these tables, each Arrow rows or Parquet files to stack.

    Readers see the old file or the new one, never a part: it is built beside, checkpointed, synced, renamed. Files
    stack by column name; one written before a column was added reads as null there. Raises RuntimeError, and replaces
    nothing, where the new file is not complete by itself.
    """
    building = _room_beside(path)
    with failures_of_duckdb(), duckdb.connect(str(building)) as connection:
        for name, rows in tables.items():
            _create(connection, name, rows)
        connection.execute("checkpoint")
    _put_in_place(building, path)


def publish_runs(path: Path, runs: Mapping[str, Mapping[str, Path]]) -> None:
    """Replace the database at `path` by one with the tables of these `runs`: by run id, the Parquet file of each table;
    there is one at least.

    A run that the database holds already is not read again, so the cost follows what is new; where its tables or
    columns are others than those of the files, or it cannot be read, it is built anew. Readers see what
    `publish_database` lets them see.
    """
    if path.exists() and _renewed(path, runs):
        return
    publish_database(path, stacked(list(runs.values())))


def stacked(runs: Sequence[Mapping[str, Path]]) -> dict[str, list[Path]]:
    """Return the files of some runs (by table) by table; runs of an earlier release lack tables of a later one."""
    names = dict.fromkeys(name for files in runs for name in files)
    return {name: [files[name] for files in runs if name in files] for name in names}


def _renewed(path: Path, runs: Mapping[str, Mapping[str, Path]]) -> bool:
    """Bring a copy of the database to these runs and put it in place; False where it has to be built anew."""
    building = _room_beside(path)
    shutil.copyfile(path, building)
    try:
        with duckdb.connect(str(building)) as connection:
            held = _held_runs(connection)
            new = {run_id: files for run_id, files in runs.items() if run_id not in held}
            if len(new) == len(runs) or not all(_fits(connection, files) for files in new.values()):
                return False
            for name in _tables(connection):
                _exchange(connection, name, [files[name] for files in new.values()], kept=runs.keys() - new.keys())
            connection.execute("checkpoint")
    except duckdb.Error:
        return False
    _put_in_place(building, path)
    return True


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("select table_name from duckdb_tables() order by table_name").fetchall()
    return [name for (name,) in rows]


def _held_runs(connection: duckdb.DuckDBPyConnection) -> set[str]:
    held: set[str] = set()
    for name in _tables(connection):
        held |= {run_id for (run_id,) in connection.execute(f"select distinct {_RUN} from {quoted(name)}").fetchall()}
    return held


def _fits(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> bool:
    """Whether the files of a run have the tables and columns of the database, of the same types."""
    if sorted(files) != _tables(connection):
        return False
    for name, file in files.items():
        before = connection.execute(f"describe {quoted(name)}").fetchall()
        new = connection.execute(f"describe select * from {_STACKED}", {"files": [path_pattern(str(file))]}).fetchall()
        if [row[:2] for row in before] != [row[:2] for row in new]:
            return False
    return True


def _exchange(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], kept: Iterable[str]) -> None:
    """Leave in a table the rows of the runs that are `kept`, and put those of `files` behind them."""
    table = quoted(name)
    connection.execute(f"delete from {table} where {_RUN} not in (select unnest($kept))", {"kept": sorted(kept)})
    patterns = [path_pattern(str(file)) for file in files]
    if patterns:
        connection.execute(f"insert into {table} by name select * from {_STACKED}", {"files": patterns})


def _room_beside(path: Path) -> Path:
    """Return where a new database is built; what a killed process left there is removed."""
    building = path.with_name(f"{path.name}.tmp")
    building.unlink(missing_ok=True)
    _log_of(building).unlink(missing_ok=True)
    return building


def _log_of(building: Path) -> Path:
    return building.with_name(f"{building.name}.wal")


def _put_in_place(building: Path, path: Path) -> None:
    log = _log_of(building)
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
    patterns = [path_pattern(str(file)) for file in rows]
    connection.execute(f"create table {quoted(name)} as select * from {_STACKED}", {"files": patterns})


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
