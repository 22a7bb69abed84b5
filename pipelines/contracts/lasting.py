"""The tables that live from night to night, and how a warehouse's tables differ from what their contracts promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from xuanpin.pipelines.contracts import Contract, documents, inner_contracts, source_contracts
from xuanpin.pipelines.contracts.sql import Column, differences
from xuanpin.pipelines.contracts.statements import create_table, defined

ADMISSION_COLUMNS = ("row_hash", "known_on", "drop_seq")
"""What admission adds to a source table, behind the columns of its contract."""


@dataclass(frozen=True)
class LastingTable:
    """One table of the schemas source, history and ops: its full name, the columns that it has and the statement
    that creates it (`ddl`)."""

    name: str
    columns: tuple[Column, ...]
    ddl: str

    def missing(self, actual: Mapping[str, str]) -> tuple[Column, ...]:
        """Columns that may be empty and that the `actual` table (name → DuckDB type) lacks: adding them brings it
        level."""
        return tuple(column for column in self.columns if column.name not in actual and not column.required)

    def faults(self, actual: Mapping[str, str]) -> tuple[str, ...]:
        """What no added column can mend in the `actual` table (name → DuckDB type); the order of columns does not
        matter, as rows are inserted by name."""
        added = {column.name: column.inside_type for column in self.missing(actual)}
        held = {**actual, **added}
        in_order = [column.name for column in self.columns if column.name in held]
        return differences(self.columns, {name: held[name] for name in dict.fromkeys([*in_order, *held])})


@cache
def lasting_tables() -> Mapping[str, LastingTable]:
    """Every table that lives from night to night, by its full name, from the contracts of source, history and ops."""
    tables = [*map(_source_table, source_contracts()), *map(_inner_table, inner_contracts())]
    return {table.name: table for table in tables}


def _source_table(contract: Contract) -> LastingTable:
    stored = contract.stored()
    added = tuple(
        documents.column(contract.name, {**documents.inner_columns()[name], "required": True})
        for name in ADMISSION_COLUMNS
    )
    extra = tuple(map(defined, added))
    return LastingTable(f"source.{contract.name}", (*stored.columns, *added), stored.ddl("source", extra))


def _inner_table(contract: Contract) -> LastingTable:
    """A required column is required of the rows and proven by tests: a constraint would outlive a changed contract."""
    name = f"{contract.layer}.{contract.name}"
    return LastingTable(name, contract.columns, create_table(name, (), tuple(map(defined, contract.columns))))
