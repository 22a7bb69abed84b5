"""Small warehouse tables for specs: written as rows, read back as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine

AS_OF = date(2026, 11, 21)
LIST_DATE = date(2026, 11, 22)
FOR_EVER = date(9999, 12, 31)


def ago(days: int) -> date:
    """The day so many days before the as-of date."""
    return AS_OF - timedelta(days=days)


def table(engine: Engine, name: str, columns: str, rows: Iterable[tuple[Any, ...]] = ()) -> None:
    """Replace a table by these rows; `columns` are names and types as in a create statement."""
    engine.execute(f"create or replace table {name} ({columns})")
    for row in rows:
        values: dict[str, Any] = {f"v{place}": value for place, value in enumerate(row)}
        engine.execute(f"insert into {name} values ({', '.join(f'${value}' for value in values)})", **values)


def promised(engine: Engine, name: str, contract: str, rows: Iterable[Mapping[str, Any]], **shared: Any) -> None:
    """Replace a table by rows of a contract; columns that a row and `shared` leave out are null."""
    schema = load_contract(contract).arrow_schema()
    loose = pa.schema([field.with_nullable(True) for field in schema])
    filled = [{**dict.fromkeys(schema.names), **shared, **row} for row in rows]
    engine.store(name, pa.Table.from_pylist(filled, schema=loose))


def selected(engine: Engine, stem: str, *columns: str, **parameters: Any) -> list[Any]:
    """The rows of a SQL file in its order: tuples of some columns, or the values of one."""
    return _rows(engine.select(stem, **parameters), columns)


def stored(engine: Engine, name: str, *columns: str) -> list[Any]:
    """The rows of a table in its order: tuples of some columns, or the values of one."""
    return _rows(engine.read(name), columns)


def _rows(found: pa.Table, columns: tuple[str, ...]) -> list[Any]:
    names = columns or tuple(found.column_names)
    rows = [tuple(row[name] for name in names) for row in found.to_pylist()]
    return [row[0] for row in rows] if len(columns) == 1 else rows
