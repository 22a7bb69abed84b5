"""SQL that distinguishes plausible times from placeholders and from impossible times."""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, literals, quoted, quoted_table
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.statements.scratch import INCOMING, fields

PLACEHOLDER_DAYS = (
    "0001-01-01", "0001-01-02", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1969-12-31", "1970-01-01",
    "1980-01-01", "2099-12-31", "2999-12-31", "9999-12-31",
)  # fmt: skip
"""Days that systems write for none: the first of .NET, SQL Server, spreadsheets, Unix and FAT; open ends."""
_WORDS = (
    r"(?i)\s*(null|none|nan|nat|n/?a|#n/a|<na>|\\n|undefined|[-—–/]+|无|没有|暂无|空|-?0(\.0+)?|-62135596800(000)?|"
    r"0000[-/]00[-/]00([ T]00:00(:00(\.0+)?)?Z?)?|1900[-/]0?1[-/]0?0([ T][0:.]+)?|9999[-/]99[-/]99|"
    r"0?0:00(:00)?)\s*"
)
"""Values with which exports mark a missing value."""
_NEVER = r"(?i)\s*[-+]?inf(inity)?\s*"
"""Times before or after all others, as databases write them."""
_PLANNED_YEARS = 20
"""Years from now up to which a planned day is plausible; seasons and decisions are planned by the year."""


def may_be_emptied(column: Column) -> bool:
    """Whether a placeholder in the column means a missing value."""
    is_words = column.inside_type in ("VARCHAR", "VARCHAR[]")
    return not column.required and not is_words


def is_time(column: Column) -> bool:
    """Whether the column holds times or days."""
    return column.inside_type in ("TIMESTAMP", "DATE")


def placeholder_counts(columns: Sequence[Column]) -> str:
    """Write, for each of the columns, how many of the incoming rows hold a placeholder."""
    counts = [f"count(*) filter (where {_is_placeholder(column)}) as {quoted(column.name)}" for column in columns]
    return f"select {', '.join(counts)} from {quoted_table(INCOMING)}"


def placeholders_emptied(contract: Contract, columns: Sequence[Column]) -> str:
    """Write the update that leaves the columns of incoming rows empty where they hold a placeholder."""
    emptied = {column.name: column for column in columns}
    values = [f"{quoted(name)} = {_emptied(column)}" for name, column in emptied.items()]
    raw = fields({column.name: _raw(column, column.name in emptied) for column in typed_columns(contract)})
    found = " or ".join(_is_placeholder(column) for column in columns)
    return f"update {quoted_table(INCOMING)} set {', '.join(values)}, raw = struct_pack({raw}) where {found}"


def _emptied(column: Column) -> str:
    return f"case when {_is_placeholder(column)} then null else {quoted(column.name)} end"


def _raw(column: Column, is_emptied: bool) -> str:
    raw = f"raw.{quoted(column.name)}"
    return f"case when {_is_marked(column)} then null else {raw} end" if is_emptied else raw


def _is_placeholder(column: Column) -> str:
    written = f"coalesce({_is_marked(column)}, false)"
    if not is_time(column):
        return written
    value = quoted(column.name)
    days = f"cast({value} as date) in ({literals(PLACEHOLDER_DAYS)}) or {value} >= date '9999-01-01'"
    return f"({written} or coalesce({days} or not isfinite({value}), false))"


def is_implausible(column: Column) -> str:
    """Write the condition that a time lies before $earliest or further ahead of $now than such a time may."""
    ahead = f"interval {_PLANNED_YEARS} year" if column.planned else "interval 1 day"
    return f"({quoted(column.name)} < $earliest or {quoted(column.name)} > $now + {ahead})"


def is_no_time(value: str) -> str:
    """Write the condition that a raw text in a column of times marks a missing value."""
    return f"regexp_full_match({value}, {literal(f'{_WORDS}|{_NEVER}')})"


def _is_marked(column: Column) -> str:
    """Write the condition that the raw value of a column marks a missing one; an infinite number does not."""
    raw = f"raw.{quoted(column.name)}"
    return is_no_time(raw) if is_time(column) else f"regexp_full_match({raw}, {literal(_WORDS)})"
