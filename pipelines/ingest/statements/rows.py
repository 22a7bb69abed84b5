"""SQL that protects, checks and quarantines the rows of a contract.

`table` and `column` are where texts or references stand; `relation` is what incoming rows are read from.
"""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, quoted, quoted_table
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.statements.plausible import is_implausible, is_no_time, is_time
from xuanpin.pipelines.ingest.statements.scratch import (
    CHECKED,
    INCOMING,
    REJECTED,
    STARTS,
    as_json,
    flags,
    key_text,
    temporary,
)


def protected_rows(relation: str, replaced: Mapping[str, str]) -> str:
    """Write the relation of new rows with their numbers, and with safe values in some columns.

    `replaced`: column → condition under which its value is replaced. New rows keep the order of their files.
    """
    columns = ["coalesce(i.drop_row, i.rowid - n.first_row + n.first_number) as drop_row"]
    joins = [f"left join {quoted_table(STARTS)} as n on n.drop_path = i.drop_path"]
    for column, condition in replaced.items():
        safe, own = quoted(f"safe_{column}"), f"i.{quoted(column)}"
        joins.append(f"left join {quoted_table(safe_table(column))} as {safe} on {safe}.value = {own}")
        columns.append(f"case when {condition} then {safe}.safe else {own} end as {quoted(column)}")
    source = f"{quoted_table(relation)} as i {' '.join(joins)}"
    return f"(select i.* replace ({', '.join(columns)}) from {source})"


def safe_table(column: str) -> str:
    """Name the temporary table that has the safe value of each value of a column."""
    return f"temp.safe_{column}"


def distinct_values(relation: str, column: str) -> str:
    """Write a column's distinct values."""
    own = quoted(column)
    return f"select distinct {own} as value from {quoted_table(relation)} where {own} is not null"


def text_days(table: str, column: str) -> str:
    """Write the days on which rows of a table hold a text, in order, and how many do."""
    days = f"from {quoted_table(table)} where {quoted(column)} is not null group by known_on"
    return f"select known_on, count(*) as texts {days} order by known_on"


def texts_of_days(table: str, column: str) -> str:
    """Write the distinct texts of each day from $first to $last."""
    value = quoted(column)
    texts = f"from {quoted_table(table)} where known_on between $first and $last and {value} is not null"
    return f"select distinct known_on, {value} as value {texts}"


def parts_replaced() -> str:
    """Write the update of the new messages of $rows that puts $kinds in place of characters $starts to $ends.

    A message has at most one part; characters are counted from 0.
    """
    return f"""
        update {quoted_table(INCOMING)} as i
        set text = substr(i.text, 1, p.start_at) || p.kind || substr(i.text, p.end_at + 1)
        from (
            select
                unnest($rows::bigint[]) as row_no, unnest($starts::bigint[]) as start_at,
                unnest($ends::bigint[]) as end_at, unnest($kinds::varchar[]) as kind
        ) as p
        where i.rowid = p.row_no
    """


def checked_rows(contract: Contract, relation: str) -> str:
    """Write the table of rows with `row_key` and `rules`, the names of the critical rules that each breaks.

    A value that does not fit its type breaks `<column>_type` and no other rule, a time that cannot be
    `<column>_implausible` and no other; a row that breaks a rule of its file, `drop_fault`, breaks no other.
    """
    typed = sorted(typed_columns(contract), key=lambda column: column.name)
    cases = [_unfit(column) for column in typed]
    fitting = {column.name: _fits(column) for column in typed}
    suspicious = [f"{condition} is not true" for condition in fitting.values()]
    for rule in contract.critical_rules:
        fits = [fitting[name] for name in rule.columns if name in fitting]
        condition = " and ".join([*fits, f"({rule.breaks})"])
        cases.append(f"case when {condition} then {literal(rule.name)} end")
        suspicious.append(f"({rule.breaks})")
    key = f"nullif({key_text(contract)}, '') as row_key"
    # Names are listed for few rows: a list for each would cost as much as all its rules.
    broken = f"case when {' or '.join(suspicious)} then {flags(cases)} else [] end"
    rules = f"case when drop_fault is null then {broken} else [drop_fault] end as rules"
    return temporary(CHECKED, f"select *, {key}, {rules} from {relation}")


def _unfit(column: Column) -> str:
    """The name of the rule that a value breaks which is not one of its column's type, or no time of this platform."""
    raw, unfit = f"raw.{quoted(column.name)}", literal(f"{column.name}_type")
    if not is_time(column):
        return f"case when {raw} is not null then {unfit} end"
    implausible = literal(f"{column.name}_implausible")
    return (
        f"case when {raw} is not null then case when {is_no_time(raw)} then {implausible} else {unfit} end "
        f"when {is_implausible(column)} then {implausible} end"
    )


def _fits(column: Column) -> str:
    fits = f"raw.{quoted(column.name)} is null"
    return f"({fits} and {is_implausible(column)} is not true)" if is_time(column) else f"({fits})"


def broken_row() -> str:
    """Write the select that finds one row where a checked row breaks a rule."""
    return f"select 1 as found from {quoted_table(CHECKED)} where array_length(rules) > 0 limit 1"


def rejected_rows(contract: Contract) -> str:
    """Write the table of checked rows that break rules, each as JSON with values that did not fit as they came.

    What is read for redaction only is left out. `is_bare` says that no value of the row is kept, so that only its place
    tells it from others.
    """
    failed = {column.name for column in typed_columns(contract)}
    values = {}
    for name in contract.stored().column_names:
        text = f"cast({quoted(name)} as varchar)"
        values[name] = f"coalesce({text}, raw.{quoted(name)})" if name in failed else text
    row = f"{as_json(values)} as row"
    is_bare = f"coalesce({', '.join(values.values())}) is null as is_bare"
    columns = f"rowid as checked_row, row_key as key, rules, {row}, {is_bare}, drop_path, drop_row"
    select = f"select {columns} from {quoted_table(CHECKED)} where array_length(rules) > 0"
    return temporary(REJECTED, select)
