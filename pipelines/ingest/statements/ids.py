"""SQL that finds columns of ids that a spreadsheet has damaged, in the incoming rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine.names import column_list, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.scratch import INCOMING, key_text

_EXPONENT = r"'\d([.]\d+)?[eE][+]\d+'"
_KEPT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; it writes zeros for the others."""


def id_suspicions(columns: Iterable[str]) -> str:
    """Write, for each of the id `columns`, whether any value may be an exponent or has more digits than are kept."""
    tests = [
        f"coalesce(bool_or({quoted(name)} like '%e+%' or {quoted(name)} like '%E+%' "
        f"or length({quoted(name)}) > {_KEPT_DIGITS}), false) as {quoted(name)}"
        for name in columns
    ]
    return f"select {', '.join(tests)} from {quoted_table(INCOMING)}"


def damaged_ids(name: str) -> str:
    """Write, by drop, how many values of the column `name` are exponents, and how many long numbers end in zeros.

    `cut` counts distinct long numbers, `zeros` the digits that they have too many, `whole` those with other digits
    there; `row_count` all rows; `ids` are three of what is damaged.
    """
    value = quoted(name)
    is_exponent = f"regexp_full_match({value}, {_EXPONENT})"
    is_cut = f"regexp_full_match({value}, '\\d{{{_KEPT_DIGITS}}}0+')"
    is_whole = f"regexp_full_match({value}, '\\d{{{_KEPT_DIGITS + 1},}}') and not {is_cut}"
    return f"""
        select
            drop_path,
            cast(sum(rows) as bigint) as row_count,
            cast(coalesce(sum(rows) filter (where {is_exponent}), 0) as bigint) as exponents,
            count(*) filter (where {is_cut}) as cut,
            cast(coalesce(sum(length({value}) - {_KEPT_DIGITS}) filter (where {is_cut}), 0) as bigint) as zeros,
            count(*) filter (where {is_whole}) as whole,
            min({value}, 3) filter (where {is_exponent} or {is_cut}) as ids
        from (select drop_path, {value}, count(*) as rows from {quoted_table(INCOMING)} group by drop_path, {value})
        group by drop_path
        order by drop_path
    """


def key_repeats(contract: Contract) -> str:
    """Write how many incoming rows there are, and about how many keys."""
    keys = f"approx_count_distinct({column_list(contract.key)})"
    return f"select count(*) as row_count, {keys} as keys from {quoted_table(INCOMING)}"


def shared_keys(contract: Contract, fixed: Sequence[str]) -> str:
    """Write how many incoming rows have a key that rows with other values of the `fixed` columns have too."""
    differ = " or ".join(f"min({quoted(name)}) <> max({quoted(name)})" for name in fixed)
    key = column_list(contract.key)
    return f"""
        select
            cast(coalesce(sum(rows), 0) as bigint) as row_count,
            count(*) as keys,
            min(key, 3) as ids,
            min(drop_path) as drop_path
        from (
            select {key_text(contract)} as key, count(*) as rows, min(drop_path) as drop_path
            from {quoted_table(INCOMING)}
            group by {key}
            having {differ}
        )
    """
