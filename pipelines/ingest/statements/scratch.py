"""The temporary tables of incoming rows, and the pieces from which their SQL is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine.names import quoted, quoted_table

INCOMING = "temp.incoming"
"""New rows with the types of their contract, their drop, and `raw`: the values that did not fit."""
CLEANED = "cleaned_ids"
"""Column of new rows: the columns that name something known by an id that had to be cleaned first, null for none."""
STARTS = "temp.drop_starts"
"""Where the rows of each drop that the engine read as it is begin among the new rows, and the number of its first."""
CHECKED = "temp.checked"
"""Protected rows with their key as text and the names of the rules that each breaks."""
CLEAN = "temp.file_checks"
"""What the workers of a cluster made of files: clean rows, rows that break rules, and facts of each file."""
CLEAN_COUNTS = "temp.clean_counts"
"""How many clean rows each drop has that stand in `CLEAN`, where temp.checked has only rows that break rules."""
REJECTED = "temp.rejected"
"""Checked rows that break rules, each as JSON text."""
HELD = "temp.held_rows"
"""Rows that wait in quarantine, with the types of their contract."""
HASHED = "temp.hashed"
"""Clean rows and waiting ones with the hash of their content, where that is not computed as they are read."""
RESOLVED = "temp.resolved"
"""Clean rows and waiting ones that are not stored yet, each once, with the day a run may see them and what they refer
to that is unknown."""
UNRESOLVED = "temp.unresolved"
"""Those of them that refer to something unknown."""


def names_alone(table: str) -> str:
    """Write a select that names a `table` and no other, to ask where it stands."""
    return f"select 1 from {quoted_table(table)}"


def temporary(table: str, select: str) -> str:
    """Write the statement that makes a temporary table of a select."""
    return f"create or replace temp table {quoted_table(table)} as\n{select}"


def flags(cases: Iterable[str]) -> str:
    """Write the list of those texts among the `cases` that are not null."""
    return f"list_filter([{', '.join(cases)}]::varchar[], lambda name: name is not null)"


def key_text(contract: Contract) -> str:
    """Write the key of a row as one text."""
    return f"concat_ws('|', {', '.join(f'cast({quoted(name)} as varchar)' for name in contract.key)})"


def as_json(values: Mapping[str, str]) -> str:
    """Write a record of expressions (`values`, by name) as JSON text."""
    return f"cast(to_json(struct_pack({fields(values)})) as varchar)"


def fields(values: Mapping[str, str]) -> str:
    """Write the fields of a record (`values`, by name), name by name."""
    return ", ".join(f"{quoted(name)} := {value}" for name, value in values.items())
