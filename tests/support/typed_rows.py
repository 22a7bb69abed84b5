"""Stores tables of a few rows for tests of one SQL file, whose columns are written as SQL writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xuanpin.pipelines.engine import Engine


def keep(engine: Engine, table: str, columns: str, rows: Sequence[Sequence[Any]] = ()) -> None:
    """Replace a table; `columns` is its SQL definition, such as `sku_id varchar, list_date date`."""
    engine.execute(f"create or replace table {table} ({columns})")
    for row in rows:
        cells: dict[str, Any] = {f"cell_{place}": value for place, value in enumerate(row)}
        engine.execute(f"insert into {table} values ({', '.join(f'${name}' for name in cells)})", **cells)


def found(engine: Engine, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table in order of its columns, as tuples of some columns (of all, where none is named)."""
    rows = engine.query(f"select * from {table} order by all").to_pylist()
    return [tuple(row[name] for name in columns) if columns else tuple(row.values()) for row in rows]
