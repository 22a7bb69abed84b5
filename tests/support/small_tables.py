"""Warehouses of a few rows: each test says what a statement reads and what must come of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from xuanpin.pipelines.engine import Engine, load_sql

AS_OF = date(2026, 11, 21)
NEVER = date(9999, 12, 31)


def ago(days: int) -> date:
    """The day so many days before AS_OF."""
    return AS_OF - timedelta(days=days)


def table(engine: Engine, name: str, columns: str, *rows: Sequence[Any]) -> None:
    """Create or replace a table of SQL column definitions and fill it with rows of values."""
    engine.execute(f"create or replace table {name} ({columns})")
    for row in rows:
        places: dict[str, Any] = {f"v{number}": value for number, value in enumerate(row)}
        engine.execute(f"insert into {name} values ({', '.join(f'${place}' for place in places)})", **places)


def rows(engine: Engine, stem: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Run sql/**/<stem>.sql and return its rows in a fixed order, whatever order the statement gives them."""
    found = engine.select(stem, **{name: parameters[name] for name in load_sql(stem).parameters})
    return sorted((tuple(row.values()) for row in found.to_pylist()), key=repr)


def facts(engine: Engine, stem: str, *keys: str, **parameters: Any) -> dict[Any, dict[str, Any]]:
    """The same rows by their key columns: one key is taken as it is, several as a tuple."""
    found = engine.select(stem, **{name: parameters[name] for name in load_sql(stem).parameters}).to_pylist()
    by_key = {tuple(row.pop(key) for key in keys): row for row in found}
    assert len(by_key) == len(found), f"{stem}: {keys} do not tell its rows apart"
    return {key if len(keys) > 1 else key[0]: row for key, row in by_key.items()}
