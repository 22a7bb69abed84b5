"""Writes the SQL that follows from a contract: tables, casts and the questions whether its promises hold.

`key` are the columns that name a row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import column_list, literal, path_pattern, quoted, quoted_table

QUARANTINED_DAYS = 30
"""Days for which a row that waits, or was rejected while an older version is in force, is reported."""
ONCE = frozenset({"customer_id", "message_id", "order_id", "order_line_id", "return_id", "row_hash"})
"""Text columns in which hardly any value comes twice: of these DuckDB's own choice, a dictionary of their parts, takes
twice the time to write for a sixth less room."""
ANY_TABLE = "${table}"
"""Stands in a check for the relation that is checked, until it is known."""


def create_table(table: str, columns: Sequence[Column], extra: Sequence[str]) -> str:
    """Write the statement that creates `schema.table` where it is missing; `extra` are definitions put at the end."""
    own = [f"{defined(column)}{' not null' * column.required}" for column in columns]
    return f"create table if not exists {quoted_table(table)} ({', '.join([*own, *extra])})"


def defined(column: Column) -> str:
    """Write the definition of a column that may be null, with the way in which the warehouse file holds it."""
    return f"{quoted(column.name)} {column.inside_type}{' using compression zstd' * (column.name in ONCE)}"


def select_cast(table: str, columns: Sequence[Column]) -> str:
    """Write a select of the columns of `schema.table`, in order and cast to their inside types."""
    casts = [f"cast({quoted(column.name)} as {column.inside_type}) as {quoted(column.name)}" for column in columns]
    return f"select {', '.join(casts)} from {quoted_table(table)}"


def broken_rows(key: Sequence[str], conditions: Iterable[str]) -> str:
    """Write the select of the keys of rows that meet one of the conditions."""
    return f"select {column_list(key)} from {ANY_TABLE} where {' or '.join(f'({one})' for one in conditions)}"


def repeated_keys(key: Sequence[str]) -> str:
    """Write the select of keys that several rows have."""
    return f"select {column_list(key)} from {ANY_TABLE} group by {column_list(key)} having count(*) > 1"


def unknown_values(key: Sequence[str], column: str, known: str, target: str) -> str:
    """Write the select of the keys of rows whose value the column `target` of the relation `known` does not have."""
    # An anti join reads two columns and holds the few checked rows in memory: `not in` would hold every id of the other
    # table, and of `not exists` DuckDB 2.0 makes a join over all columns of the checked relation.
    own = ", ".join(f"checked.{quoted(name)}" for name in key)
    is_known = f"known.{quoted(target)} = checked.{quoted(column)}"
    return (
        f"select {own} from (select * from {ANY_TABLE}) as checked "
        f"anti join {known} as known on {is_known} where checked.{quoted(column)} is not null"
    )


def known_on(day: date) -> str:
    """Write the condition that a row may be seen from this very day."""
    return f"known_on = date {literal(day.isoformat())}"


def came_late(proven_seq: int, today: str) -> str:
    """Write the condition that a row came after the batch `proven_seq` and does not meet the condition `today`."""
    return f"drop_seq > {proven_seq} and not ({today})"


def latest(values: Sequence[str]) -> str:
    """Write the latest of some expressions (`values`), of which there may be one."""
    return f"greatest({', '.join(values)})" if len(values) > 1 else values[0]


def held_references(contract: str, column: str, dated_by: Sequence[str]) -> str:
    """Write the select of what waiting rows of a source table (`contract`) refer to in a `column`, `referred`, and
    their days, `dated_on`: the latest of the days `dated_by`."""
    held = [f"""try_cast("row" ->> {literal(f"$.{name}")} as date)""" for name in dated_by]
    return f"""
        select "row" ->> {literal(f"$.{column}")} as referred, {latest(held)} as dated_on
        from ops.quarantine
        where table_name = {literal(contract)} and state = 'waiting'
    """


def waiting_as_of(contract: str, column: str, known: str, target: str, *, dated_by: Sequence[str], held: str) -> str:
    """Write the count of rows of a source table (`contract`) of the days after $since up to $as_of whose reference was
    unknown then.

    Rows that were admitted later are among them, so that the count of a day stays what it was. `contract` is the
    source table, `column` refers to `target` of the table `known`; the latest of the days `dated_by` dates a row.
    `held` is the table of the references of waiting rows.
    """
    stored = [f"cast({quoted(name)} as date)" for name in dated_by]
    return f"""
        with offered as (
            select {quoted(column)} as referred, {latest(stored)} as dated_on
            from {quoted_table(f"source.{contract}")}
            where known_on > $as_of
            union all
            select referred, dated_on
            from {quoted_table(held)}
        )
        select count(*) as n
        from offered
        where dated_on > $since and dated_on <= $as_of and referred is not null
            and not exists (
                select 1
                from {quoted_table(f"source.{known}")} as k
                where k.{quoted(target)} = offered.referred and k.known_on <= $as_of
            )
    """


def set_aside_versions(contract: str, key: Sequence[str], stamp: str) -> str:
    """Write the select of the keys of rejected rows of a source table (`contract`), each with its newest `stamp` after
    $since up to $as_of.

    `key` names a row, `stamp` is the column that dates its versions.
    """
    held = [f'"row" ->> {literal(f"$.{name}")} as {quoted(name)}' for name in key]
    return f"""
        select {column_list(key)}, max(stamp) as stamp
        from (
            select {", ".join(held)}, try_cast("row" ->> {literal(f"$.{stamp}")} as timestamp) as stamp
            from ops.quarantine
            where table_name = {literal(contract)} and state = 'rejected'
        ) as rejected
        where cast(stamp as date) > $since and cast(stamp as date) <= $as_of
        group by {column_list(key)}
    """


def newer_set_aside(contract: str, key: Sequence[str], stamp: str, set_aside: str) -> str:
    """Write the select of the keys of a source table (`contract`) whose version in force on the day $as_of is older
    than that of the same key in the table `set_aside`.

    `key` names a row, `stamp` is the column that dates its versions.
    """
    known = {name: f"cast(s.{quoted(name)} as varchar)" for name in key}
    stored = ", ".join(f"{value} as {quoted(name)}" for name, value in known.items())
    is_set_aside = " and ".join(f"n.{quoted(name)} = {value}" for name, value in known.items())
    is_same = " and ".join(f"n.{quoted(name)} = f.{quoted(name)}" for name in key)
    aside = quoted_table(set_aside)
    return f"""
        with in_force as (
            select {stored}, max(s.{quoted(stamp)}) as stamp
            from {quoted_table(f"source.{contract}")} as s
            where s.known_on <= $as_of and exists (select 1 from {aside} as n where {is_set_aside})
            group by {", ".join(known.values())}
        )
        select {", ".join(f"n.{quoted(name)}" for name in key)}
        from {aside} as n
        inner join in_force as f on {is_same}
        where n.stamp > f.stamp
    """


def most_common(relation: str, column: str) -> str:
    """Write how many rows of a `relation` have the most common value of a column, and how many values it has."""
    values = f"select count(*) as rows from ({relation}) as found group by {quoted(column)}"
    return f"select coalesce(max(rows), 0) as n, count(*) as ids from ({values}) as counted"


def moment(now: datetime) -> str:
    """Write the naive time `now`, cut to the second, as an SQL literal."""
    return f"timestamp {literal(now.isoformat(sep=' ', timespec='seconds'))}"


def stamped_rows(table: str, columns: Sequence[str], list_date: date, as_of_date: date) -> str:
    """Write the select of a night's table with the columns that publishing adds: `list_date`, `as_of_date`, and the
    run id, still open."""
    dates = {"list_date": list_date, "as_of_date": as_of_date}
    stamps = ", ".join(f"date {literal(day.isoformat())} as {name}" for name, day in dates.items())
    return f"select {stamps}, 'pending' as run_id, {column_list(columns)} from {quoted_table(table)}"


def rows_where(table: str, condition: str) -> str:
    """Write the select of the rows of `schema.table` that meet a condition."""
    return f"select * from {quoted_table(table)} where {condition}"


def all_rows(relation: str) -> str:
    """Write the select of every row of a relation."""
    return f"select * from {relation}"


def rows_of_file(columns: Sequence[Column], file: Path, present: Collection[str]) -> str:
    """Write the select of the columns of a Parquet `file`; those that are not `present` in it are null."""
    own = [
        quoted(c.name) if c.name in present else f"cast(null as {c.inside_type}) as {quoted(c.name)}" for c in columns
    ]
    return f"select {', '.join(own)} from read_parquet({literal(path_pattern(str(file)))}, hive_partitioning = false)"


def no_rows(columns: Sequence[Column]) -> str:
    """Write the select of columns without rows."""
    own = (f"cast(null as {c.inside_type}) as {quoted(c.name)}" for c in columns)
    return f"select {', '.join(own)} where false"


def changed_rows(
    columns: Mapping[str, str], *, before: str, after: str, key: Sequence[str], differs: Iterable[str]
) -> str:
    """Write the select of `columns` (expressions by name) of the rows that two selects do not share, ordered by key.

    The expressions name the rows of `after` a and those of `before` b. A row came or went where the other side has no
    such `key`, and else is selected where one of the conditions `differs` holds.
    """
    own = ", ".join(f"{value} as {quoted(name)}" for name, value in columns.items())
    is_same = " and ".join(f"a.{quoted(name)} = b.{quoted(name)}" for name in key)
    is_alone = [f"{side}.{quoted(key[0])} is null" for side in "ab"]
    order = ", ".join(f"coalesce(a.{quoted(name)}, b.{quoted(name)})" for name in key)
    return f"""
        select {own}
        from ({after}) as a
        full join ({before}) as b on {is_same}
        where {" or ".join([*is_alone, *differs])}
        order by {order}
    """


def count_of(select: str) -> str:
    """Write the count, as `n`, of the rows that a select finds."""
    return f"select count(*) as n from ({select}) as found"


def counts_of(relation: str, conditions: Sequence[str], selects: Sequence[str]) -> str:
    """Write one row of counts of `relation`: its rows, those that meet each of `conditions`, what `selects` find.

    A count of those that meet a condition may be null where there are no rows.
    """
    met = (f"count_if({condition})" for condition in conditions)
    found = (f"(select count(*) from ({select}) as found)" for select in selects)
    counts = (f"{count} as n{place}" for place, count in enumerate(("count(*)", *met, *found)))
    return f"select {', '.join(counts)} from {relation}"


def none_of(select: str) -> str:
    """Write what a select finds without its rows, which tells its columns."""
    return f"select * from ({select}) as found limit 0"


def first_of(select: str, columns: Sequence[str], most: int) -> str:
    """Write the first rows that a select finds, `most` of them, in the order of the values of its `columns`."""
    names = column_list(columns)
    return f"select {names} from ({select}) as found order by {names} limit {most}"
