"""Small warehouse tables for specs: written as rows, read back as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine

AS_OF = date(2026, 11, 21)
LIST_DATE = date(2026, 11, 22)
FOR_EVER = date(9999, 12, 31)

Row = Mapping[str, Any]


def ago(days: int) -> date:
    """The day so many days before the as-of date."""
    return AS_OF - timedelta(days=days)


def table(engine: Engine, name: str, columns: str, rows: Iterable[Sequence[Any]] = ()) -> None:
    """Replace a table by these rows; `columns` are names and types as in a create statement."""
    _create(engine, name, columns)
    for row in rows:
        values: dict[str, Any] = {f"v{place}": value for place, value in enumerate(row)}
        engine.execute(f"insert into {name} values ({', '.join(f'${value}' for value in values)})", **values)


def put_table(engine: Engine, name: str, columns: str, *rows: Row, **common: Any) -> None:
    """Replace a table by rows of named cells; a cell that no row names is `common`'s, else null."""
    _create(engine, name, columns)
    for row in rows:
        cells: dict[str, Any] = {**common, **row}
        listed = ", ".join(f"${column} as {column}" for column in cells)
        engine.execute(f"insert into {name} by name select {listed}", **cells)


def _create(engine: Engine, name: str, columns: str) -> None:
    kind = "temp table" if name.startswith("temp.") else "table"
    engine.execute(f"create or replace {kind} {name} ({columns})")


def promised(engine: Engine, name: str, contract: str, rows: Iterable[Row], **shared: Any) -> None:
    """Replace a table by rows of a contract; columns that a row and `shared` leave out are null."""
    schema = load_contract(contract).arrow_schema()
    loose = pa.schema([field.with_nullable(True) for field in schema])
    filled = [{**dict.fromkeys(schema.names), **shared, **row} for row in rows]
    engine.store(name, pa.Table.from_pylist(filled, schema=loose))


def rows_of(engine: Engine, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a table (all, where none is named) as tuples, in ascending order of them, missing ones first."""
    chosen = ", ".join(columns) or "*"
    return _tuples(engine.query(f"select {chosen} from {name} order by all nulls first"))


def stored(engine: Engine, name: str, *columns: str) -> list[Any]:
    """The rows of a table in its order: tuples of some columns, or the values of one."""
    return _picked(engine.read(name), columns)


def selected(engine: Engine, stem: str, *columns: str, **parameters: Any) -> list[Any]:
    """The rows of a SQL file in its order: tuples of some columns, or the values of one."""
    return _picked(engine.select(stem, **parameters), columns)


def rows(engine: Engine, stem: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a SQL file that promises no order, in a fixed one."""
    return sorted(_tuples(engine.select(stem, **parameters)), key=repr)


def facts(engine: Engine, stem: str, *keys: str, **parameters: Any) -> dict[Any, dict[str, Any]]:
    """The same rows by their key columns: one key is taken as it is, several as a tuple."""
    found = engine.select(stem, **parameters).to_pylist()
    by_key = {tuple(row.pop(key) for key in keys): row for row in found}
    assert len(by_key) == len(found), f"{stem}: {keys} do not tell its rows apart"
    return {key if len(keys) > 1 else key[0]: row for key, row in by_key.items()}


def _tuples(found: pa.Table) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in found.to_pylist()]


def _picked(found: pa.Table, columns: tuple[str, ...]) -> list[Any]:
    taken = _tuples(found.select(list(columns or found.column_names)))
    return [row[0] for row in taken] if len(columns) == 1 else taken
