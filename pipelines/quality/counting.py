"""Counts what breaks the checks of a contract: one statement for all its rules on rows, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Template
from typing import Any, Literal

from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.contracts import Contract, statements
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.quality.checks import Check, CheckResult, checks_of

SHOWN_IDS = 3


@dataclass(frozen=True)
class CheckedTable:
    """Hold a table to check: its contract, the relation that holds its rows and the checks of the contract."""

    contract: Contract
    relation: str
    checks: tuple[Check, ...]

    def broken(self, check: Check) -> str:
        """Return the select of what breaks `check`, over this table's rows."""
        return Template(check.broken).substitute(table=self.relation)


def checked_tables(tables: Mapping[str, Contract], names: Mapping[str, str], now: datetime) -> list[CheckedTable]:
    """Return the tables to check, as `count_tables` has `tables`, `names` and `now`."""
    moment = statements.moment(now.astimezone(BEIJING).replace(tzinfo=None))
    return [
        CheckedTable(contract, relation, checks_of(contract, names, moment)) for relation, contract in tables.items()
    ]


def count_tables(
    engine: Engine, tables: Mapping[str, Contract], *, names: Mapping[str, str], now: datetime
) -> list[CheckResult]:
    """Check contracts on relations; return one result a check, in contract order.

    `tables` maps relations (`schema.table`) to contracts; `names` maps the tables that references and cross-table
    rules name to the relations that stand for them; `now` is time-zone aware.
    """
    checked = checked_tables(tables, names, now)
    return [result for table in checked for result in _results(engine, table)]


def count_checks(engine: Engine, table: CheckedTable) -> dict[str, int]:
    """Return by name how many rows, or keys, break each check of a table."""
    return _counted(engine, table)[1]


def _counted(engine: Engine, table: CheckedTable) -> tuple[int, dict[str, int]]:
    """Return how many rows a table has, and by check how many break it."""
    conditions = {check.name: check.breaks for check in table.checks if check.breaks is not None}
    selects = {check.name: table.broken(check) for check in table.checks if check.breaks is None}
    # One by one the selects take DuckDB two thirds of the time; on a cluster every statement starts stages of its own.
    together = list(selects.values()) if engine.has_workers else []
    rows, *counts = engine.row(statements.counts_of(table.relation, list(conditions.values()), together))
    if not engine.has_workers:
        counts += [engine.row(statements.count_of(select))[0] for select in selects.values()]
    found = (count or 0 for count in counts)
    return rows, dict(zip([*conditions, *selects], found, strict=True))


def _results(engine: Engine, table: CheckedTable) -> Iterator[CheckResult]:
    rows, found = _counted(engine, table)
    for check in table.checks:
        yield _result(engine, table, check, rows, found[check.name])


def _result(engine: Engine, table: CheckedTable, check: Check, rows: int, count: int) -> CheckResult:
    outcome: Literal["pass", "warn", "fail"] = "pass"
    if count:
        outcome = "fail" if check.severity == "critical" else "warn"
    ids = _failing_ids(engine, table, check) if count else ()
    return CheckResult(check.name, table.contract.name, outcome, rows, count, check.severity, ids)


def _failing_ids(engine: Engine, table: CheckedTable, check: Check) -> tuple[str, ...]:
    return tuple("/".join(str(value) for value in row.values()) for row in first_rows(engine, table.broken(check)))


def first_rows(engine: Engine, select: str) -> list[dict[str, Any]]:
    """Return the first rows that a `select` finds in the order of their values, as many as are shown."""
    columns = engine.query(statements.none_of(select)).column_names
    found: list[dict[str, Any]] = engine.query(statements.first_of(select, columns, SHOWN_IDS)).to_pylist()
    return found
