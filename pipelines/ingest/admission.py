"""Admits clean rows to the history: once each, when all they refer to is known, dated by when a run may see them."""

from __future__ import annotations

import pyarrow as pa

from xuanpin.pipelines.contracts import KNOWN_WITH, Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.cleaned_ids import note_cleaned
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.spreading import SPREAD, spread
from xuanpin.pipelines.ingest.statements import rows
from xuanpin.pipelines.ingest.statements.scratch import CANDIDATES, CHECKED, RESOLVED


def has_waiting(engine: Engine, contract: Contract) -> bool:
    """Tell whether rows of this table wait for what they refer to."""
    return bool(engine.select("waiting_rows", table_name=contract.name)["waiting"][0].as_py())


def admit(engine: Engine, contract: Contract, drop_seq: int, notes: Notes) -> int:
    """Move the clean rows of temp.checked, and the waiting rows whose reference has come, into source.<table>.

    Rows whose reference is unknown wait in ops.quarantine; each version of a row is stored once. Updates ops.arrivals.
    `drop_seq` is the number of the batch; `notes` learn of ids that had to be cleaned. Returns how many rows were
    admitted.
    """
    offered = spread(engine, contract, rows.offered_rows(contract, has_waiting(engine, contract)))
    engine.execute(rows.candidate_rows(contract, offered))
    _resolve_references(engine, contract)
    admitted = engine.execute(rows.admitted_rows(contract), drop_seq=drop_seq)
    _keep_waiting(engine, contract, drop_seq)
    days = engine.select("admitted_days")
    note_arrivals(engine, f"source.{contract.name}", days, drop_seq)
    if sum(days["cleaned_rows"].to_pylist()):
        note_cleaned(engine, contract, notes)
    engine.drop(CHECKED, CANDIDATES, RESOLVED, *([SPREAD] if offered == SPREAD else []))
    return admitted


def _resolve_references(engine: Engine, contract: Contract) -> None:
    """A row is seen no earlier than the first version of what it refers to."""
    for column, (table, target) in contract.references.items():
        engine.execute(rows.first_seen(column, table, target))
    engine.execute(rows.resolved_rows(contract, KNOWN_WITH[contract.name]))


def _keep_waiting(engine: Engine, contract: Contract, drop_seq: int) -> None:
    engine.delete_where("ops.quarantine", table_name=contract.name, state="waiting")
    engine.execute(rows.waiting_rows(contract), drop_seq=drop_seq)


def note_arrivals(engine: Engine, table: str, days: pa.Table, drop_seq: int) -> None:
    """Renew the fingerprints of the days (`known_on`) of `table` that gained or lost rows in the batch `drop_seq`;
    other days are not read. `cleaned_rows` of these days are added to what is noted of them."""
    engine.store("temp.changes", days)
    engine.materialise("changed_days", into="temp", table_name=table.removeprefix("source."))
    engine.run("stale_arrivals", table_name=table.removeprefix("source."))
    engine.execute(rows.arrival_rows(table), drop_seq=drop_seq)
    engine.drop("temp.changes", "temp.changed_days")
