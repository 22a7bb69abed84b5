"""Marks embeddings of another length than the platform's others: one model makes them all, so such a one is damaged."""

from __future__ import annotations

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.statements.vectors import (
    VECTOR,
    incoming_lengths,
    kept_lengths,
    length_rule,
    other_lengths,
    stored_lengths,
)

RENEWED_SHARE = 0.5
"""Vectors that come together, as a share of the SKUs that have one, from which they show the platform's length: its
model has changed and the catalogue is sent again."""


def vector_rules(contract: Contract) -> tuple[str, ...]:
    """Return the names of the rules on lengths that rows of a contract may break."""
    return tuple(length_rule(column.name) for column in contract.columns if column.type == VECTOR)


def usual_length(engine: Engine, contract: Contract, column: Column) -> int:
    """Return the length that the platform's embeddings have, once rows are checked: of those that came with others of
    another length, or of those that are stored."""
    kept = engine.query(kept_lengths(column.name)).to_pylist()
    found = kept or engine.query(stored_lengths(contract, column.name)).to_pylist()
    return int(found[0]["length"])


def mark_other_lengths(engine: Engine, contract: Contract) -> None:
    """Mark incoming rows whose embedding has another length than most that are stored, or than most that come where
    nothing is stored or most of the catalogue comes again."""
    for column in contract.columns:
        coming = engine.query(incoming_lengths(column.name)).to_pylist() if column.type == VECTOR else []
        if not coming:
            continue
        stored = engine.query(stored_lengths(contract, column.name)).to_pylist()
        is_renewed = sum(row["rows"] for row in coming) >= RENEWED_SHARE * sum(row["rows"] for row in stored)
        usual = (coming if is_renewed else stored)[0]["length"]
        if any(row["length"] != usual for row in coming):
            engine.execute(other_lengths(column.name), usual=usual)
