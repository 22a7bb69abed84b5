"""Brings the lasting tables of an open warehouse level with their contracts, where no data has to be changed for it."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.lasting import LastingTable, lasting_tables
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase


def bring_level(engine: Engine, home: Home, writer: str) -> tuple[Phrase, ...]:
    """Create lasting tables that are missing and add columns that may be empty; returns one line a change.

    Call it inside a transaction. Raises UsageError, naming table, column and `writer`, the release that wrote the home,
    for any other difference: a numbered migration should have removed it.
    """
    held, tables = _held_columns(engine), lasting_tables()
    faults = [
        f"{name}: {fault}" for name, table in tables.items() if name in held for fault in table.faults(held[name])
    ]
    if faults:
        raise UsageError(
            phrase(
                "the warehouse of {home} differs from this program's contracts in {count} columns: {faults}. It "
                "was written by xuanpin {writer}; nothing was changed. Use that release or a newer one, or put "
                "warehouse.duckdb back from a copy made before the table was altered",
                home=home.root,
                count=len(faults),
                faults=joined(faults[:3], "; "),
                writer=writer,
            )
        )
    changes = [_level_table(engine, table, held.get(name)) for name, table in tables.items()]
    return tuple(change for found in changes for change in found)


def _held_columns(engine: Engine) -> Mapping[str, Mapping[str, str]]:
    """Per table of the warehouse its columns and their types."""
    rows = engine.query(
        "select schema_name || '.' || table_name as name, column_name, data_type from duckdb_columns() "
        "where schema_name in ('source', 'history', 'ops') order by schema_name, table_name, column_index"
    )
    held: dict[str, dict[str, str]] = {}
    for row in rows.to_pylist():
        held.setdefault(row["name"], {})[row["column_name"]] = row["data_type"]
    return held


def _level_table(engine: Engine, table: LastingTable, held: Mapping[str, str] | None) -> list[Phrase]:
    if held is None:
        engine.execute(table.ddl)
        return [phrase("table {table} created", table=table.name)]
    missing = table.missing(held)
    for column in missing:
        engine.execute(f'alter table {table.name} add column "{column.name}" {column.inside_type}')
    return [phrase("column {column} added to {table}", column=column.name, table=table.name) for column in missing]
