"""SQL that finds unknown references, and known ids that differ from them only in spelling."""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.engine.names import literal, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.scratch import CLEANED, RESOLVED, temporary

UNKNOWN = "temp.unknown_ids"
"""Ids of a column to which rows refer and which nothing that is known has."""

_SHOWN = 3


def any_row(table: str) -> str:
    """Write the question whether a source table has any row."""
    return f"select 1 as found from {quoted_table(f'source.{table}')} limit 1"


def unknown_ids(name: str, column: str) -> str:
    """Write the table of ids that waiting rows of batch $drop_seq refer to in a `column` of the table `name`, with
    their rows."""
    select = f"""
        select "row" ->> {literal(f"$.{column}")} as id, count(*) as rows
        from ops.quarantine
        where table_name = {literal(name)} and state = 'waiting' and drop_seq = $drop_seq
            and list_contains(rules, {literal(f"{column}_unknown")})
        group by id
    """
    return temporary(UNKNOWN, select)


def meant_ids(table: str, target: str, *, is_near: bool) -> str:
    """Write three of the ids in temp.unknown_ids, those first that resemble a known one.

    `target` is the column of `table` that holds the known ids; they resemble each other if they differ in case, leading
    zeros or marks alone, which is looked for where `is_near`.
    """
    known = f"select distinct {quoted(target)} as known from {quoted_table(f'source.{table}')}"
    near = f"left join ({known}) as k on {_core('u.id')} = {_core('k.known')}" if is_near else ""
    return f"""
        select u.id, {"min(k.known)" if is_near else "cast(null as varchar)"} as near
        from {quoted_table(UNKNOWN)} as u {near}
        group by u.id, u.rows
        order by near is null, u.rows desc, u.id
        limit {_SHOWN}
    """


def cleaned_counts(columns: Sequence[str]) -> str:
    """Write how many of the rows that are admitted now named each of `columns` by an id that had to be cleaned,
    `<column>`, and a file of such rows, `<column>_path`."""
    counts = (
        f"cast(count(*) filter (where {_is_cleaned(name)}) as bigint) as {quoted(name)}, "
        f"min(drop_path) filter (where {_is_cleaned(name)}) as {quoted(f'{name}_path')}"
        for name in columns
    )
    return f"select {', '.join(counts)} from {quoted_table(RESOLVED)} where array_length(unknown) = 0"


def cleaned_examples(column: str) -> str:
    """Write three of the ids, as `id`, by which rows that are admitted now named `column` and that had to be
    cleaned."""
    return f"""
        select distinct {quoted(column)} as id
        from {quoted_table(RESOLVED)}
        where array_length(unknown) = 0 and {_is_cleaned(column)}
        order by id
        limit {_SHOWN}
    """


def _is_cleaned(column: str) -> str:
    return f"list_contains({CLEANED}, {literal(column)})"


def _core(value: str) -> str:
    return f"ltrim(regexp_replace(lower({value}), '[^\\pL\\pN]', '', 'g'), '0')"
