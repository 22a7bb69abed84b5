"""Small tables for spec tests: written as rows of the cells that matter, read back as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from xuanpin.pipelines.engine import Engine, open_memory

Row = Mapping[str, Any]


@contextmanager
def warehouse() -> Iterator[Engine]:
    """An empty warehouse in memory."""
    engine = open_memory()
    try:
        yield engine
    finally:
        engine.close()


def put_table(engine: Engine, name: str, columns: str, *rows: Row, **common: Any) -> None:
    """Create a table of these columns (as SQL declares them); a cell that no row names is `common`'s, else null."""
    engine.execute(f"create or replace table {name} ({columns})")
    for row in rows:
        cells: dict[str, Any] = {**common, **row}
        listed = ", ".join(f"${column} as {column}" for column in cells)
        engine.execute(f"insert into {name} by name select {listed}", **cells)


def rows_of(engine: Engine, table: str, columns: str) -> list[tuple[Any, ...]]:
    """These columns of a table as tuples, in ascending order of all of them, missing ones first."""
    found = engine.query(f"select {columns} from {table} order by all nulls first").to_pylist()
    return [tuple(row.values()) for row in found]
