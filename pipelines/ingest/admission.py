"""Admits clean rows to the history: once each, when all they refer to is known, dated by when a run may see them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.statements import rows
from xuanpin.pipelines.ingest.statements.scratch import CANDIDATES, CHECKED, RESOLVED

log = logging.getLogger("xuanpin.ingest")

KNOWN_WITH: Mapping[str, tuple[str, ...]] = {
    "products": ("updated_at",),
    "inventory": ("as_of_date",),
    "agents": ("updated_at",),
    "groups": ("updated_at",),
    "orders": ("updated_at", "ordered_at"),
    "returns": ("updated_at", "requested_at"),
    "chat_messages": ("sent_at",),
    "overrides": ("created_at",),
}
"""Columns whose latest business date is the first day a run may see the row, were all it refers to known."""


def has_waiting(engine: Engine, contract: Contract) -> bool:
    """Tell whether rows of this table wait for what they refer to."""
    return bool(_waiting(engine, contract.name)["waiting"])


def admit(engine: Engine, contract: Contract, drop_seq: int) -> int:
    """Move the clean rows of temp.checked, and the waiting rows whose reference has come, into source.<table>.

    Rows whose reference is unknown wait in ops.quarantine; each version of a row is stored once. Updates ops.arrivals.
    `drop_seq` is the number of the batch. Returns how many rows were admitted.
    """
    engine.execute(rows.candidate_rows(contract))
    _resolve_references(engine, contract)
    admitted = engine.execute(rows.admitted_rows(contract), drop_seq=drop_seq)
    _keep_waiting(engine, contract, drop_seq)
    note_arrivals(engine, f"source.{contract.name}", engine.select("admitted_days"), drop_seq)
    engine.drop(CHECKED, CANDIDATES, RESOLVED)
    return admitted


def _resolve_references(engine: Engine, contract: Contract) -> None:
    """A row is seen no earlier than the first version of what it refers to."""
    for column, (table, target) in contract.references.items():
        engine.execute(rows.first_seen(column, table, target))
    engine.execute(rows.resolved_rows(contract, KNOWN_WITH[contract.name]))


def _keep_waiting(engine: Engine, contract: Contract, drop_seq: int) -> None:
    engine.delete_where("ops.quarantine", table_name=contract.name, state="waiting")
    engine.execute(rows.waiting_rows(contract), drop_seq=drop_seq)
    _log_waiting(contract.name, _waiting(engine, contract.name))


def _waiting(engine: Engine, table: str) -> dict[str, Any]:
    found: dict[str, Any] = engine.select("waiting_rows", table_name=table).to_pylist()[0]
    return found


def _log_waiting(table: str, found: Mapping[str, Any]) -> None:
    if found["waiting"]:
        log.warning(
            "%s: %d rows wait for what they refer to (%s), such as %s; they are admitted when it arrives",
            table,
            found["waiting"],
            ", ".join(found["rules"]),
            ", ".join(found["ids"]),
        )


def note_arrivals(engine: Engine, table: str, days: pa.Table, drop_seq: int) -> None:
    """Renew the fingerprints of the days (`known_on`) of `table` that gained or lost rows in the batch `drop_seq`;
    other days are not read."""
    engine.store("temp.changed_days", days)
    engine.run("stale_arrivals", table_name=table.removeprefix("source."))
    engine.execute(rows.arrival_rows(table), drop_seq=drop_seq)
    engine.drop("temp.changed_days")
