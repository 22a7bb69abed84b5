"""SQL that finds unknown references, and known ids that differ from them only in spelling."""

from __future__ import annotations

from xuanpin.pipelines.engine.names import literal, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.scratch import CLEANED, RESOLVED

_SHOWN = 3


def any_row(table: str) -> str:
    """Write the question whether a source table has any row."""
    return f"select 1 as found from {quoted_table(f'source.{table}')} limit 1"


def unknown_ids(name: str, column: str, table: str, target: str, *, is_near: bool) -> str:
    """Write three of the ids that waiting rows of batch $drop_seq refer to, those first that resemble a known one.

    `name` is the table of the rows, `column` its column, `target` the column of `table` that holds the known ids; they
    resemble each other if they differ in case, leading zeros or marks alone, which is looked for where `is_near`.
    """
    known = f"select distinct {quoted(target)} as known from {quoted_table(f'source.{table}')}"
    near = f"left join ({known}) as k on {_core('u.id')} = {_core('k.known')}" if is_near else ""
    return f"""
        with unknown as (
            select "row" ->> {literal(f"$.{column}")} as id, count(*) as rows
            from ops.quarantine
            where table_name = {literal(name)} and state = 'waiting' and drop_seq = $drop_seq
                and list_contains(rules, {literal(f"{column}_unknown")})
            group by id
        )
        select u.id, {"min(k.known)" if is_near else "cast(null as varchar)"} as near
        from unknown as u {near}
        group by u.id, u.rows
        order by near is null, u.rows desc, u.id
        limit {_SHOWN}
    """


def cleaned_examples(column: str) -> str:
    """Write how many of the rows that are admitted now named `column` by an id that had to be cleaned: `rows`, three
    `ids` and the `path` of a file."""
    return f"""
        select
            count(*) as rows, min(drop_path) as path,
            list_sort(list_distinct(list({quoted(column)})))[1:{_SHOWN}] as ids
        from {quoted_table(RESOLVED)}
        where len(unknown) = 0 and list_contains({CLEANED}, {literal(column)})
    """


def _core(value: str) -> str:
    return f"ltrim(regexp_replace(lower({value}), '[^\\pL\\pN]', '', 'g'), '0')"
