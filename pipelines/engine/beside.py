"""A database in memory beside the warehouse, one a process: opening it costs more than reading a hundred statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from xuanpin.pipelines.engine.failures import failures_of_duckdb
from xuanpin.pipelines.engine.names import column_list, equals, path_pattern, quoted

ALWAYS: dict[str, Any] = {
    "preserve_insertion_order": True,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,
}
"""A name in a statement is a table, never a variable of the program that runs it; no function is fetched from a server,
and nothing is read from the user's own folder of the engine."""


@cache
def beside() -> duckdb.DuckDBPyConnection:
    """Return the connection, which reads statements and files and holds nothing."""
    return duckdb.connect(config={"threads": 1, **ALWAYS})


@lru_cache(maxsize=2048)
def parsed(sql: str) -> duckdb.Statement:
    """Return the one statement of the text `sql` as the engine has parsed it, which runs as often as it is asked to.

    To parse a small statement takes a fifth of what running it does, and a night runs a thousand, most of them as the
    night before. Raises ValueError where the text does not hold one statement.
    """
    with beside().cursor() as parser:
        statements = parser.extract_statements(sql)
    if len(statements) != 1:
        raise ValueError(f"the text holds {len(statements)} statements; run one at a time")
    return statements[0]


def file_rows(path: Path, columns: Sequence[str], equal: Mapping[str, str]) -> pa.Table:
    """Return some `columns` (all where none is named) of the rows of a Parquet file whose columns equal given values.

    Only the parts of the file that may hold such rows are read, and no library that a command would wait for is loaded.
    """
    return _selected(path_pattern(str(path)), columns, equals(equal), equal)


def file_rows_among(path: Path, columns: Sequence[str], among: Mapping[str, Sequence[str]]) -> pa.Table:
    """Return some `columns` of the rows of a Parquet file whose columns are `among` given values; as `file_rows`."""
    wanted = " and ".join(f"list_contains(${name}, {quoted(name)})" for name in among)
    return _selected(path_pattern(str(path)), columns, wanted, among)


def stacked_rows(paths: Sequence[Path], columns: Sequence[str], equal: Mapping[str, str]) -> pa.Table:
    """Return some `columns` of the rows of several Parquet files whose columns equal given values; as `file_rows`.

    Each of the columns stands in one of the files (`paths`) at least, and is null in rows of those without it.
    """
    return _selected([path_pattern(str(path)) for path in paths], columns, equals(equal), equal)


def _selected(files: str | Sequence[str], columns: Sequence[str], wanted: str, values: Mapping[str, Any]) -> pa.Table:
    read = "read_parquet($files, hive_partitioning = false, union_by_name = true)"
    sql = f"select {column_list(columns)} from {read} where {wanted}"
    with failures_of_duckdb(), beside().cursor() as reader:
        return reader.sql(sql, params={"files": files, **values}).to_arrow_table()
