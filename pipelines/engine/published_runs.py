"""The database of published runs: the current ones in its tables, every kept one by run id in the schema `runs`.

Readers of the plain tables see current runs alone. The rows of the others stand in the schema `superseded`; a view of
the schema `runs` shows both, and `runs.versions` says which runs there are.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from xuanpin.pipelines.engine.failures import failures_of_duckdb
from xuanpin.pipelines.engine.names import path_pattern, quoted
from xuanpin.pipelines.engine.publishing import HEADER_BYTES, keep_bytes, make_room, put_in_place

Files = Mapping[str, Path]
"""The Parquet file of each table of a run."""
STACKED = "read_parquet($files, union_by_name = true, hive_partitioning = false)"
"""Files stack by column name; one written before a column was added reads as null there. The folder names repeat a
column of the files; reading both would type the date as text."""
CURRENT, SUPERSEDED, ALL = "main", "superseded", "runs"
"""Schemas of the database: of current runs, of the others, and of views of both."""
VERSIONS = "versions"
_RUN = quoted("run_id")
"""The column of every published table that names the run of a row."""
_AT_THE_COMMIT = "1KB"
"""Size of the log at which DuckDB makes a checkpoint: when all is committed, without writing the log at all."""


@dataclass(frozen=True)
class PublishedRuns:
    """What the database is to hold: the files of `current` and of `superseded` runs by run id, and a row of `facts` a
    run, which become runs.versions. There is one current run at least."""

    current: Mapping[str, Files]
    superseded: Mapping[str, Files]
    facts: pa.Table


def publish_runs(path: Path, runs: PublishedRuns, *, is_anew: bool = False) -> None:
    """Replace the database at `path` by one with these `runs`.

    A run that the database holds already is not read again, so the cost follows what is new; where its tables or
    columns are others than those of the files, where it cannot be read, or if `is_anew`, it is built from the files.
    Readers see the old file or the new one, never a part: it is built beside, checkpointed, synced, renamed. DuckDB
    opens a file by its name once for its header and once for its blocks, and the new file may get the name between
    the two: a copy that was changed still holds all that the old header names, so that such a reader sees the old
    runs; of one that was built anew, its connect fails, and it has to connect again. Raises RuntimeError, and replaces
    nothing, where the new file is not complete by itself.
    """
    building = path.with_name(f"{path.name}.tmp")
    build_runs(path, runs, building, is_anew=is_anew)
    put_in_place(building, path)


def build_runs(path: Path, runs: PublishedRuns, building: Path, *, is_anew: bool = False) -> None:
    """Write to `building` what `publish_runs` would put at `path`, which stays as it is; `is_anew` as there."""
    make_room(building)
    if is_anew or not path.exists() or not _renewed(path, runs, building):
        make_room(building)
        with failures_of_duckdb(), _written_at_once(building) as connection:
            _build(connection, runs)
            _show(connection, runs.facts)


@contextmanager
def _written_at_once(building: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database and commit what the block writes, all at once: each commit waits for the disk.

    It gets one checkpoint. The first one overwrites no block that the header of before names; a second would.
    """
    with duckdb.connect(str(building), config={"checkpoint_threshold": _AT_THE_COMMIT}) as connection:
        connection.begin()
        yield connection
        connection.commit()


def _build(connection: duckdb.DuckDBPyConnection, runs: PublishedRuns) -> None:
    connection.execute(f"create schema {SUPERSEDED}; create schema {ALL}")
    stacks = {CURRENT: _stacked(runs.current.values()), SUPERSEDED: _stacked(runs.superseded.values())}
    names = dict.fromkeys(name for files in stacks.values() for name in files)
    for schema, files in stacks.items():
        for name in (name for name in names if name in files):
            patterns = [path_pattern(str(file)) for file in files[name]]
            connection.execute(f"create table {_table(schema, name)} as select * from {STACKED}", {"files": patterns})
    for schema, other in ((CURRENT, SUPERSEDED), (SUPERSEDED, CURRENT)):
        for name in (name for name in names if name not in stacks[schema]):
            connection.execute(f"create table {_table(schema, name)} as select * from {_table(other, name)} limit 0")
    for name in names:
        both = f"select * from {_table(CURRENT, name)} union all by name select * from {_table(SUPERSEDED, name)}"
        connection.execute(f"create view {_table(ALL, name)} as {both}")


def _stacked(runs: Collection[Files]) -> dict[str, list[Path]]:
    """Return the files of some runs by table; runs of an earlier release lack tables of a later one."""
    names = dict.fromkeys(name for files in runs for name in files)
    return {name: [files[name] for files in runs if name in files] for name in names}


def _renewed(path: Path, runs: PublishedRuns, building: Path) -> bool:
    """Bring a copy of the database to these runs; False where it has to be built anew."""
    shutil.copyfile(path, building)
    try:
        with _written_at_once(building) as connection:
            size = _size(connection)
            names = _tables(connection, CURRENT)
            if names != _tables(connection, SUPERSEDED):
                return False
            held = _held_runs(connection)
            known = held[CURRENT] | held[SUPERSEDED]
            new = {run_id: files for run_id, files in _all(runs).items() if run_id not in known}
            is_fit = all(_fits(connection, files, names) for files in new.values())
            if not is_fit or not known & _all(runs).keys():
                return False
            for name in names:
                _exchange(connection, name, runs, held)
            _show(connection, runs.facts)
    except duckdb.Error:
        return False
    keep_bytes(path, building, size)
    return True


def _size(connection: duckdb.DuckDBPyConnection) -> int:
    """Return up to which byte of its file a database that was just opened has blocks."""
    sql = "select total_blocks * block_size from pragma_database_size()"
    ((blocks,),) = connection.execute(sql).fetchall()
    return HEADER_BYTES + int(blocks)


def _all(runs: PublishedRuns) -> dict[str, Files]:
    return {**runs.superseded, **runs.current}


def _table(schema: str, name: str) -> str:
    return f"{schema}.{quoted(name)}"


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    sql = "select table_name from duckdb_tables() where schema_name = $schema order by table_name"
    return [name for (name,) in connection.execute(sql, {"schema": schema}).fetchall()]


def _held_runs(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the ids of the runs that a database holds, by the schema of their rows."""
    found = connection.execute(f"select {_RUN}, is_current from {_table(ALL, VERSIONS)}").fetchall()
    shown = {run_id for run_id, is_current in found if is_current}
    return {CURRENT: shown, SUPERSEDED: {run_id for run_id, _ in found} - shown}


def _fits(connection: duckdb.DuckDBPyConnection, files: Files, names: Sequence[str]) -> bool:
    """Whether the files of a run have the tables and columns of the database, of the same types."""
    if sorted(files) != names:
        return False
    for name, file in files.items():
        before = connection.execute(f"describe {_table(CURRENT, name)}").fetchall()
        new = connection.execute(f"describe select * from {STACKED}", {"files": [path_pattern(str(file))]}).fetchall()
        if [row[:2] for row in before] != [row[:2] for row in new]:
            return False
    return True


def _exchange(
    connection: duckdb.DuckDBPyConnection, name: str, runs: PublishedRuns, held: Mapping[str, set[str]]
) -> None:
    """Bring a table to the runs: what has only changed its schema is moved, what is new is read, what is left goes."""
    wanted = {CURRENT: runs.current, SUPERSEDED: runs.superseded}
    for schema, other in ((CURRENT, SUPERSEDED), (SUPERSEDED, CURRENT)):
        table = _table(schema, name)
        lacking = wanted[schema].keys() - held[schema]
        if lacking & held[other]:
            found = f"select * from {_table(other, name)} where {_RUN} in (select unnest($moved))"
            connection.execute(f"insert into {table} by name {found}", {"moved": sorted(lacking & held[other])})
        new = lacking - held[other]
        read = [path_pattern(str(files[name])) for run_id, files in wanted[schema].items() if run_id in new]
        if read:
            connection.execute(f"insert into {table} by name select * from {STACKED}", {"files": read})
    for schema in (schema for schema in wanted if held[schema] - wanted[schema].keys()):
        kept = {"kept": sorted(wanted[schema])}
        connection.execute(f"delete from {_table(schema, name)} where {_RUN} not in (select unnest($kept))", kept)


def _show(connection: duckdb.DuckDBPyConnection, facts: pa.Table) -> None:
    connection.register("incoming_rows", facts)
    connection.execute(f"create or replace table {_table(ALL, VERSIONS)} as select * from incoming_rows")
    connection.unregister("incoming_rows")
