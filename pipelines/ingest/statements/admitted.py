"""SQL that admits the clean rows of a contract, or lets them wait for what they refer to.

`offered` is the relation of clean rows and waiting ones, `hashed` the same with the hash of each row's content.
"""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.contracts.statements import latest
from xuanpin.pipelines.engine.names import column_list, literal, quoted, quoted_table
from xuanpin.pipelines.ingest.casts import cast_column
from xuanpin.pipelines.ingest.statements.scratch import (
    CHECKED,
    CLEAN,
    CLEANED,
    HELD,
    RESOLVED,
    UNRESOLVED,
    as_json,
    key_text,
    temporary,
)

_PLACE = ("drop_path", "drop_row", "held_seq", CLEANED)
"""Columns of an offered row beside those of its contract: where it came from, and when it waited."""


def unresolved_rows(contract: Contract) -> str:
    """Write the select of resolved rows whose reference is unknown."""
    columns = column_list([*contract.stored().column_names, *_PLACE, "row_hash", "unknown"])
    return f"select {columns} from {quoted_table(RESOLVED)} where array_length(unknown) > 0"


def waiting_rows(contract: Contract) -> str:
    """Write the select of the rows of temp.unresolved as they wait in ops.quarantine, as batch $drop_seq."""
    row = as_json({column.name: _as_text(column) for column in contract.stored().columns})
    place = f"drop_path, coalesce(held_seq, $drop_seq) as drop_seq, drop_row, {CLEANED}"
    return f"""
        select
            {literal(contract.name)} as table_name, {key_text(contract)} as key, unknown as rules, {row} as row,
            'waiting' as state, {place}
        from {quoted_table(UNRESOLVED)}
        order by row_hash
    """


def _as_text(column: Column) -> str:
    """Text from which the same value is read again."""
    value = quoted(column.name)
    return f"cast(to_json({value}) as varchar)" if column.type.endswith("[]") else f"cast({value} as varchar)"


def held_rows(contract: Contract) -> str:
    """Write the table of the rows that wait, as they came, with the batch that held them."""
    stored = contract.stored().columns
    held = ", ".join(f"{_held(column)} as {quoted(column.name)}" for column in stored)
    select = f"""
        select {held}, drop_path, drop_row, drop_seq as held_seq, {CLEANED}
        from ops.quarantine
        where table_name = {literal(contract.name)} and state = 'waiting'
    """
    return temporary(HELD, select)


def offered_rows(contract: Contract, has_waiting: bool, *, is_far: bool = False) -> str:
    """Write the select of clean checked rows and waiting ones, with the batch that held them.

    `has_waiting` says that there are waiting rows, which stand in temp.held_rows; `is_far` that the clean ones are
    where workers left them.
    """
    own = column_list(contract.stored().column_names)
    waiting = f"union all select {own}, {column_list(_PLACE)} from {quoted_table(HELD)}"
    return f"""
        select {own}, drop_path, drop_row, cast(null as bigint) as held_seq, {CLEANED}
        from {quoted_table(CLEAN if is_far else CHECKED)}
        where array_length(rules) = 0
        {waiting if has_waiting else ""}
    """


def hashed_columns(contract: Contract) -> str:
    """Write the columns of an offered row and the hash of its content, `row_hash`."""
    stored = contract.stored()
    return f"{column_list([*stored.column_names, *_PLACE])}, md5({_hashed(stored.columns)}) as row_hash"


def offered_facts(contract: Contract, offered: str, stamp: str) -> str:
    """Write the least and the greatest first column of the key among the rows of `offered`, how many rows there are,
    and how many versions of keys: those that differ in key or in the column `stamp`."""
    first, versions = quoted(contract.key[0]), column_list(tuple(dict.fromkeys((*contract.key, stamp))))
    return f"""
        select
            min({first}) as first, max({first}) as last, count(*) as rows,
            (select count(*) from (select distinct {versions} from {offered}) as v) as versions
        from {offered}
    """


def stored_row(contract: Contract) -> str:
    """Write the select that finds one stored row with a key of $first to $last."""
    stored, key = quoted_table(f"source.{contract.name}"), quoted(contract.key[0])
    return f"select 1 as found from {stored} where {key} between $first and $last limit 1"


def _hashed(columns: Sequence[Column]) -> str:
    """Write the text that is hashed: a column of a later release is part of it only where the row has a value.

    A home outlives a release: a row sent again must have the hash under which it is stored.
    """
    deciding = [column for column in columns if not column.audit_only]
    text = as_json({column.name: quoted(column.name) for column in deciding if column.added_in is None})
    later = {column.name: quoted(column.name) for column in deciding if column.added_in is not None}
    given = [f"case when {value} is null then '' else {as_json({name: value})} end" for name, value in later.items()]
    return " || ".join([text, *given])


def _held(column: Column) -> str:
    return cast_column(f'("row" ->> {literal(f"$.{column.name}")})', "VARCHAR", column)


def first_seen_table(column: str) -> str:
    """Name the temporary table of the first day of each value that candidates refer to in a column."""
    return f"temp.first_{column}"


def first_seen(column: str, table: str, target: str, offered: str) -> str:
    """Write the select of the first day on which each value of `target` that the rows of `offered` refer to in `column`
    was known."""
    return f"""
        select {quoted(target)} as referred, min(known_on) as first_known_on
        from {quoted_table(f"source.{table}")}
        where {quoted(target)} in (select {quoted(column)} from {offered})
        group by {quoted(target)}
    """


def resolved_rows(
    contract: Contract, dated_by: Sequence[str], hashed: str, *, may_repeat: bool, may_be_stored: bool
) -> str:
    """Write the select of the rows of `hashed` that are not stored yet, each once, with the day a run may see them, and
    what they refer to that is `unknown`.

    That day is the latest of the times in the columns `dated_by` and of the days on which what they refer to became
    known. Rows may say the same only where they `may_repeat`, and are looked for among the stored ones with keys of
    $first to $last only where they `may_be_stored`: either costs as much as the rest.
    """
    columns = [f"h.{quoted(name)}" for name in (*contract.stored().column_names, *_PLACE, "row_hash")]
    dates, joins, unknown = [f"cast(h.{quoted(name)} as date)" for name in dated_by], [], []
    for column in contract.references:
        first, own = quoted(f"first_{column}"), f"h.{quoted(column)}"
        joins.append(f"left join {quoted_table(first_seen_table(column))} as {first} on {first}.referred = {own}")
        dates.append(f"{first}.first_known_on")
        is_unknown = f"{own} is not null and {first}.referred is null"
        unknown.append(f"case when {is_unknown} then {literal(f'{column}_unknown')} end")
    known_on = f"{latest(dates)} as known_on"
    source = f"{hashed} as h {' '.join(joins)}"
    return f"""
        select {", ".join(columns)}, {known_on}, {_named(unknown)} as unknown
        from {source}
        {_not_stored(contract, hashed) if may_be_stored else ""}
        {_once(contract) if may_repeat else ""}
    """


def _not_stored(contract: Contract, hashed: str) -> str:
    # Few hashes are looked for among all that are stored: a cluster would send each stored one to where its equals are.
    return f"""
        where not exists (
            select 1
            from (
                select t.row_hash
                from {quoted_table(f"source.{contract.name}")} as t
                where exists (select 1 from {hashed} as o where o.row_hash = t.row_hash)
                    and t.{quoted(contract.key[0])} between $first and $last
            ) as s
            where s.row_hash = h.row_hash
        )
    """


def _once(contract: Contract) -> str:
    audited = "".join(f", h.{quoted(name)} nulls last" for name in contract.audit_only_columns())
    order = f"h.held_seq nulls last, h.drop_path{audited}, h.{CLEANED} nulls first, h.drop_row"
    return f"qualify row_number() over (partition by h.row_hash order by {order}) = 1"


def _named(cases: Sequence[str]) -> str:
    """Write the list of those names among the `cases` that are not null, as both engines understand it."""
    none = "cast([] as varchar[])"
    if not cases:
        return none
    names = f"concat_ws(',', {', '.join(cases)})"
    return f"case when {names} = '' then {none} else string_split({names}, ',') end"


def admitted_rows(contract: Contract) -> str:
    """Write the select of resolved rows that refer to nothing unknown as they enter their source table, as batch
    $drop_seq."""
    columns = column_list([*contract.stored().column_names, "row_hash", "known_on"])
    return f"""
        select {columns}, cast($drop_seq as bigint) as drop_seq
        from {quoted_table(RESOLVED)}
        where array_length(unknown) = 0
    """


def arrival_rows(table: str) -> str:
    """Write the select of a source table's fingerprints of the days in temp.changed_days, as batch $drop_seq.

    How many of a day's rows named something by an id that had to be cleaned is taken from there.
    """
    name = literal(table.removeprefix("source."))
    return f"""
        select
            {name} as table_name, s.known_on, cast($drop_seq as bigint) as last_drop_seq,
            cast(count(*) as bigint) as rows,
            md5(array_to_string(array_sort(array_agg(s.row_hash)), '')) as fingerprint,
            min(c.cleaned_rows) as cleaned_rows
        from {quoted_table(table)} as s
        inner join temp.changed_days as c on s.known_on = c.known_on
        group by s.known_on
        order by s.known_on
    """
