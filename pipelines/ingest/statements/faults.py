"""SQL that finds examples of faulty rows, for the message to the sender."""

from __future__ import annotations

from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.scratch import CHECKED, CLEAN_COUNTS, INCOMING

_SHOWN = 3


def fault_examples(rule: str, column: Column, *, has_raw: bool) -> str:
    """Write, for the file in which most rows break a rule, how many do of how many, with three examples of each kind.

    The values of `column` are shown: as they came, where `has_raw` says that raw values which did not fit are kept.
    """
    text = f"cast({quoted(column.name)} as varchar)"
    value = f"coalesce(raw.{quoted(column.name)}, {text})" if has_raw else text
    return f"""
        with broken as (
            select drop_path, row_key, drop_row, {value} as value
            from {quoted_table(CHECKED)}
            where list_contains(rules, {literal(rule)})
        ),
        count_values as (select drop_path, value, count(*) as rows from broken group by drop_path, value),
        show_values as (
            select drop_path, list(value order by rows desc, value)[1:{_SHOWN}] as values
            from count_values
            where value is not null
            group by drop_path
        ),
        count_rows as (
            select drop_path, cast(sum(rows) as bigint) as file_rows
            from (
                select drop_path, count(*) as rows from {quoted_table(CHECKED)} group by drop_path
                union all
                select drop_path, rows from {quoted_table(CLEAN_COUNTS)}
            )
            group by drop_path
        )
        select
            b.drop_path as path, count(*) as row_count, any_value(c.file_rows) as file_rows,
            min(b.row_key, {_SHOWN}) as ids, min(b.drop_row, {_SHOWN}) as row_numbers, any_value(v.values) as values
        from broken as b
        join count_rows as c using (drop_path)
        left join show_values as v using (drop_path)
        group by b.drop_path
        order by row_count desc, path
        limit 1
    """


def untranslated_words(column: Column) -> str:
    """Write the words of checked rows that are no value of the enumeration `column`, with their rows, most first."""
    value, rule = quoted(column.name), literal(f"{column.name}_not_allowed")
    return f"""
        select {value} as word, count(*) as rows
        from {quoted_table(CHECKED)}
        where list_contains(rules, {rule})
        group by word
        order by rows desc, word
    """


def unfit_examples(column: Column) -> str:
    """Write three of the values of $path that do not fit a column's type, and the first rows that hold such."""
    raw = f"raw.{quoted(column.name)}"
    return f"""
        with unfit as (
            select {raw} as value, drop_row
            from {quoted_table(INCOMING)}
            where drop_path = $path and {raw} is not null
        ),
        count_values as (select value, count(*) as rows from unfit group by value)
        select
            (select list(value order by rows desc, value)[1:{_SHOWN}] from count_values) as values,
            (select min(drop_row, {_SHOWN}) from unfit) as row_numbers
    """
