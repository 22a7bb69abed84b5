"""Admits clean rows to the history: once each, when all they refer to is known, dated by when a run may see them."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from xuanpin.pipelines.contracts import KNOWN_WITH, Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.cleaned_ids import note_cleaned
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.spreading import SPREAD, spread
from xuanpin.pipelines.ingest.statements import admitted as statements
from xuanpin.pipelines.ingest.statements.scratch import (
    CHECKED,
    CLEAN,
    CLEAN_COUNTS,
    HASHED,
    HELD,
    RESOLVED,
    UNRESOLVED,
)


class Admitted(NamedTuple):
    """How many rows entered a source table (`rows`), and how many are `waiting` for what they refer to."""

    rows: int
    waiting: int


def has_waiting(engine: Engine, contract: Contract) -> bool:
    """Tell whether rows of this table wait for what they refer to."""
    return bool(engine.select("waiting_rows", table_name=contract.name)["waiting"][0].as_py())


def admit(engine: Engine, contract: Contract, drop_seq: int, notes: Notes) -> Admitted:
    """Move the clean rows of temp.checked, and the waiting rows whose reference has come, into source.<table>.

    Rows whose reference is unknown wait in ops.quarantine; each version of a row is stored once. Updates ops.arrivals.
    `drop_seq` is the number of the batch; `notes` learn of ids that had to be cleaned. Where temp.clean_counts has
    rows, the clean rows are those of temp.file_checks.
    """
    is_far = bool(len(engine.read(CLEAN_COUNTS, most=1)))
    is_waiting = has_waiting(engine, contract)
    if is_waiting:
        engine.execute(statements.held_rows(contract))
    offered = spread(engine, contract, statements.offered_rows(contract, is_waiting, is_far=is_far))
    resolved = _keep_resolved(engine, contract, offered)
    admitted = engine.insert_rows(statements.admitted_rows(contract), into=f"source.{contract.name}", drop_seq=drop_seq)
    engine.delete_where("ops.quarantine", table_name=contract.name, state="waiting")
    if resolved > admitted:
        _keep_waiting(engine, contract, drop_seq)
    if admitted:
        days = engine.select("admitted_days")
        note_arrivals(engine, f"source.{contract.name}", days, drop_seq)
        if sum(days["cleaned_rows"].to_pylist()):
            note_cleaned(engine, contract, notes)
    spent = {SPREAD: offered == SPREAD, HELD: is_waiting, CLEAN: is_far}
    engine.drop(CHECKED, CLEAN_COUNTS, RESOLVED, *(table for table, is_there in spent.items() if is_there))
    return Admitted(admitted, resolved - admitted)


def _keep_resolved(engine: Engine, contract: Contract, offered: str) -> int:
    """Write temp.resolved of the relation `offered` and return its rows; a row is seen no earlier than the first
    version of what it refers to."""
    dated_by = KNOWN_WITH[contract.name]
    first, last, count, versions = engine.row(statements.offered_facts(contract, offered, dated_by[0]))
    span = {"first": first, "last": last}
    may_be_stored = bool(engine.query(statements.stored_row(contract), **span).num_rows)
    hashed = engine.derive(statements.hashed_columns(contract), rows=offered, into=HASHED)
    for column, (table, target) in contract.references.items():
        engine.create(statements.first_seen(column, table, target, hashed), into=statements.first_seen_table(column))
    may_repeat = versions < count
    new = statements.resolved_rows(contract, dated_by, hashed, may_repeat=may_repeat, may_be_stored=may_be_stored)
    return engine.create(new, into=RESOLVED, **(span if may_be_stored else {}))


def _keep_waiting(engine: Engine, contract: Contract, drop_seq: int) -> None:
    engine.store(UNRESOLVED, engine.query(statements.unresolved_rows(contract)))
    engine.insert_rows(statements.waiting_rows(contract), into="ops.quarantine", drop_seq=drop_seq)
    engine.drop(UNRESOLVED)


def note_arrivals(engine: Engine, table: str, days: pa.Table, drop_seq: int) -> None:
    """Renew the fingerprints of the days (`known_on`) of `table` that gained or lost rows in the batch `drop_seq`;
    other days are not read. `cleaned_rows` of these days are added to what is noted of them."""
    engine.store("temp.changes", days)
    engine.materialise("changed_days", into="temp", table_name=table.removeprefix("source."))
    engine.run("stale_arrivals", table_name=table.removeprefix("source."))
    engine.insert_rows(statements.arrival_rows(table), into="ops.arrivals", drop_seq=drop_seq)
    engine.drop("temp.changes", "temp.changed_days")
