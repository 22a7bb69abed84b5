"""SQL on the lengths of embeddings, which one platform has of one length."""

from __future__ import annotations

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine.names import literal, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.drops import FAULT
from xuanpin.pipelines.ingest.statements.scratch import CHECKED, INCOMING

VECTOR = "FLOAT[]"
"""Type of a column of embeddings."""


def length_rule(name: str) -> str:
    """Return the name of the rule that a row breaks whose embedding in the column `name` has another length."""
    return f"{name}_length"


def incoming_lengths(name: str) -> str:
    """Write the lengths of the embeddings that come in the column `name`, with their rows, most first."""
    return _lengths(quoted_table(INCOMING), name, "count(*)")


def stored_lengths(contract: Contract, name: str) -> str:
    """Write the lengths of the stored embeddings in the column `name`, with the keys that have one, most first."""
    keys = ", ".join(quoted(key) for key in contract.key)
    return _lengths(quoted_table(f"source.{contract.name}"), name, f"count(distinct ({keys}))")


def kept_lengths(name: str) -> str:
    """Write the lengths of the checked embeddings in the column `name` that do not break the rule on it, most first."""
    rows = f"select * from {quoted_table(CHECKED)} where not list_contains(rules, {literal(length_rule(name))})"
    return _lengths(f"({rows})", name, "count(*)")


def _lengths(table: str, name: str, counted: str) -> str:
    length = f"len({quoted(name)})"
    return (
        f"select {length} as length, {counted} as rows from {table} where {quoted(name)} is not null "
        f"group by {length} order by rows desc, length desc"
    )


def other_lengths(name: str) -> str:
    """Write the update that marks the incoming rows whose embedding in the column `name` has not $usual numbers."""
    return (
        f"update {quoted_table(INCOMING)} set {FAULT} = {literal(length_rule(name))} "
        f"where {FAULT} is null and len({quoted(name)}) <> $usual"
    )
