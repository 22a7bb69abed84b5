"""Asks what rows that were not admitted mean for a source table: which wait, and which are newer than what is in force.

They stand in ops.quarantine as texts, which are read first; a source table may stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from xuanpin.pipelines.contracts import KNOWN_WITH, Contract, statements
from xuanpin.pipelines.engine import Engine

_READ = "temp.read_quarantine"


def count_waiting(engine: Engine, contract: Contract, column: str, *, since: date, as_of: date) -> int:
    """Return how many rows of a source table, dated after `since` up to `as_of`, referred in `column` to what was
    unknown on that day; those that were admitted later are among them."""
    table, target = contract.references[column]
    dated_by = KNOWN_WITH[contract.name]
    with _read(engine, statements.held_references(contract.name, column, dated_by)):
        sql = statements.waiting_as_of(contract.name, column, table, target, dated_by=dated_by, held=_READ)
        (waiting,) = engine.row(sql, as_of=as_of, since=since)
        return int(waiting)


def older_in_force(engine: Engine, contract: Contract, *, since: date, as_of: date) -> list[str]:
    """Return, in order, the keys of a source table whose version in force on the day `as_of` is older than a row that
    was rejected and is stamped after `since` up to that day."""
    stamp = KNOWN_WITH[contract.name][0]
    # The stamp may be a part of the key.
    key = [name for name in contract.key if name != stamp]
    with _read(engine, statements.set_aside_versions(contract.name, key, stamp), since=since, as_of=as_of) as rows:
        if not rows:
            return []
        found = engine.query(statements.newer_set_aside(contract.name, key, stamp, _READ), as_of=as_of)
    return sorted("/".join(row.values()) for row in found.to_pylist())


@contextmanager
def _read(engine: Engine, sql: str, **parameters: Any) -> Iterator[int]:
    """Keep what `sql` reads from ops.quarantine in a temporary table for the block; yield how many rows it has."""
    yield engine.create(sql, into=_READ, **parameters)
    engine.drop(_READ)
