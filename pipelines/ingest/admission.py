"""Admits clean rows to the history: once each, when all they refer to is known, dated by when a run may see them."""

from __future__ import annotations

import pyarrow as pa

from xuanpin.pipelines.contracts import KNOWN_WITH, Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.engine.names import first_and_last
from xuanpin.pipelines.ingest.cleaned_ids import note_cleaned
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.spreading import SPREAD, spread
from xuanpin.pipelines.ingest.statements import rows
from xuanpin.pipelines.ingest.statements.scratch import (
    CANDIDATES,
    CHECKED,
    CLEAN,
    CLEAN_COUNTS,
    HASHED,
    HELD,
    RESOLVED,
    UNRESOLVED,
)


def has_waiting(engine: Engine, contract: Contract) -> bool:
    """Tell whether rows of this table wait for what they refer to."""
    return bool(engine.select("waiting_rows", table_name=contract.name)["waiting"][0].as_py())


def admit(engine: Engine, contract: Contract, drop_seq: int, notes: Notes) -> int:
    """Move the clean rows of temp.checked, and the waiting rows whose reference has come, into source.<table>.

    Rows whose reference is unknown wait in ops.quarantine; each version of a row is stored once. Updates ops.arrivals.
    `drop_seq` is the number of the batch; `notes` learn of ids that had to be cleaned. Returns how many rows were
    admitted. Where temp.clean_counts has rows, the clean rows are those of temp.file_checks.
    """
    is_far = bool(len(engine.read(CLEAN_COUNTS, most=1)))
    is_waiting = has_waiting(engine, contract)
    if is_waiting:
        engine.execute(rows.held_rows(contract))
    offered = spread(engine, contract, rows.offered_rows(contract, is_waiting, is_far=is_far))
    _keep_candidates(engine, contract, offered)
    _resolve_references(engine, contract)
    admitted = engine.insert_rows(rows.admitted_rows(contract), into=f"source.{contract.name}", drop_seq=drop_seq)
    _keep_waiting(engine, contract, drop_seq)
    days = engine.select("admitted_days")
    note_arrivals(engine, f"source.{contract.name}", days, drop_seq)
    if sum(days["cleaned_rows"].to_pylist()):
        note_cleaned(engine, contract, notes)
    spent = {SPREAD: offered == SPREAD, HELD: is_waiting, CLEAN: is_far}
    engine.drop(CHECKED, CLEAN_COUNTS, CANDIDATES, RESOLVED, *(table for table, is_there in spent.items() if is_there))
    return admitted


def _keep_candidates(engine: Engine, contract: Contract, offered: str) -> None:
    """Write temp.candidates, the rows of the relation `offered` that are not stored yet."""
    first, last = engine.row(first_and_last(contract.key[0], offered))
    hashed = engine.derive(rows.hashed_columns(contract), rows=offered, into=HASHED)
    engine.create(rows.candidate_rows(contract, hashed), into=CANDIDATES, first=first, last=last)


def _resolve_references(engine: Engine, contract: Contract) -> None:
    """A row is seen no earlier than the first version of what it refers to."""
    for column, (table, target) in contract.references.items():
        engine.create(rows.first_seen(column, table, target), into=rows.first_seen_table(column))
    engine.create(rows.resolved_rows(contract, KNOWN_WITH[contract.name]), into=RESOLVED)


def _keep_waiting(engine: Engine, contract: Contract, drop_seq: int) -> None:
    engine.delete_where("ops.quarantine", table_name=contract.name, state="waiting")
    unresolved = engine.query(rows.unresolved_rows(contract))
    if not unresolved.num_rows:
        return
    engine.store(UNRESOLVED, unresolved)
    engine.insert_rows(rows.waiting_rows(contract), into="ops.quarantine", drop_seq=drop_seq)
    engine.drop(UNRESOLVED)


def note_arrivals(engine: Engine, table: str, days: pa.Table, drop_seq: int) -> None:
    """Renew the fingerprints of the days (`known_on`) of `table` that gained or lost rows in the batch `drop_seq`;
    other days are not read. `cleaned_rows` of these days are added to what is noted of them."""
    engine.store("temp.changes", days)
    engine.materialise("changed_days", into="temp", table_name=table.removeprefix("source."))
    engine.run("stale_arrivals", table_name=table.removeprefix("source."))
    engine.insert_rows(rows.arrival_rows(table), into="ops.arrivals", drop_seq=drop_seq)
    engine.drop("temp.changes", "temp.changed_days")
