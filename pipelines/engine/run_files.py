"""Reads files of runs for stores outside: all rows as they stream, or those alone in which two files differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from xuanpin.pipelines.engine.beside import ALWAYS
from xuanpin.pipelines.engine.failures import failures_of_duckdb
from xuanpin.pipelines.engine.names import literal, path_pattern, quoted

BATCH_ROWS = 65_536
"""Rows that stream together: a few megabytes, whatever the table."""
IS_NEW = "is_new"
"""Column of `unequal_rows`: whether a row is of the newer file."""
MARKED_JSON = "MARKED_JSON"
"""Instead of a column's type: its value as JSON behind the mark of PostgreSQL's binary form, version 1."""


class RunFiles:
    """A database in memory that reads files on all threads of the engine, for as long as somebody needs it."""

    def __init__(self) -> None:
        """Open nothing yet: who finds nothing to read need not wait for it."""
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> RunFiles:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def streamed_rows(self, path: Path, types: Mapping[str, str]) -> Iterator[pa.RecordBatchReader]:
        """Stream the rows of a Parquet file in their order, with the columns of `types` cast to these types.

        A column that the file lacks is null, as in those of earlier releases. Raises EngineError.
        """
        with failures_of_duckdb(), self._cursor() as reader:
            yield reader.sql(_selected(reader, path, types)).to_arrow_reader(BATCH_ROWS)

    def unequal_rows(self, before: Path, after: Path, types: Mapping[str, str], most: int) -> pa.Table:
        """Return the rows that one of two Parquet files (`before`, `after`) has and the other has not, or `most` of
        them, with the columns of `types` as `streamed_rows` reads them.

        Column IS_NEW says of which file a row is. A row that changed is there twice. Rows of a file are all different.
        Raises EngineError.
        """
        names = ", ".join(map(quoted, types))
        with failures_of_duckdb(), self._cursor() as reader:
            files = f"{_selected(reader, before, types, 'false')} union all {_selected(reader, after, types, 'true')}"
            counted = f"select {names}, bool_or({IS_NEW}) as {IS_NEW} from ({files}) group by {names}"
            return reader.sql(f"{counted} having count(*) = 1 limit {most}").to_arrow_table()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = duckdb.connect(config=ALWAYS)
        return self._connection.cursor()


def _selected(
    reader: duckdb.DuckDBPyConnection, path: Path, types: Mapping[str, str], is_new: str | None = None
) -> str:
    file = f"read_parquet({literal(path_pattern(str(path)))}, hive_partitioning = false)"
    there = {row[0] for row in reader.execute(f"describe select * from {file}").fetchall()}
    columns = [f"{_value(name, kind, is_there=name in there)} as {quoted(name)}" for name, kind in types.items()]
    columns += [] if is_new is None else [f"{is_new} as {IS_NEW}"]
    return f"select {', '.join(columns)} from {file}"


def _value(name: str, kind: str, *, is_there: bool) -> str:
    value = quoted(name) if is_there else "null"
    return f"chr(1) || cast(to_json({value}) as varchar)" if kind == MARKED_JSON else f"cast({value} as {kind})"
