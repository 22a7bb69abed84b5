"""SQL that reads drops, whatever their format, into typed rows of a contract.

A relation reads the files at `paths`, every one with these `columns` and the `compression` as DuckDB calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, literals, path_pattern, quoted, quoted_table
from xuanpin.pipelines.ingest.casts import cast_column, is_given, is_plain, may_be_blank, typed_columns
from xuanpin.pipelines.ingest.statements.scratch import CLEANED, INCOMING, STARTS, fields, flags

ROW, FAULT = "drop_row", "drop_fault"
"""Columns with the line or row number in the file, and with the rule that the row breaks as a whole."""


@dataclass(frozen=True)
class Place:
    """The expressions that say, of a row of a relation, its file, its line or row, and its fault."""

    file: str = "drop_file"
    row: str = "cast(null as bigint)"
    fault: str = "cast(null as varchar)"


Found = Mapping[str, tuple[str, str]]
"""Where each contract column of a drop comes from: an expression and its engine type."""

REJECTS, SCANS = "rejected_lines", "rejecting_scans"
"""Temporary tables in which the engine notes the lines of CSV files that it could not read."""

TIME_TYPES = ("timestamp with time zone", "timestamp without time zone", "date")
"""PostgreSQL's types of times, which have infinite values and years that no file can hold."""
SNAPSHOT = "set transaction isolation level repeatable read read only"
"""Makes all reads of the source database see one moment."""


def file_columns(relation: str) -> str:
    """Write the question which columns a relation has, with their types."""
    return f"describe select * from {relation}"


def distinct_count(relation: str) -> str:
    """Write the question how many different rows a relation has, for which every value of it must be read."""
    return f"select count(*) as n from (select distinct * from {relation})"


def parquet_files(paths: Iterable[str]) -> str:
    """Write the relation of Parquet files; `drop_file` says which file a row came from."""
    return f"read_parquet([{_patterns(paths)}], filename = 'drop_file', hive_partitioning = false)"


def json_files(paths: Iterable[str], columns: Iterable[str]) -> str:
    """Write the relation of files of JSON lines, every column as text."""
    return f"read_json([{_patterns(paths)}], format = 'newline_delimited', {_text_columns(columns)})"


def json_probe(path: str) -> str:
    """Write the relation that finds the columns of the file of JSON lines at `path`, reading all of it."""
    return f"read_json({_patterns([path])}, format = 'newline_delimited', maximum_depth = 1, sample_size = -1)"


def csv_files(paths: Iterable[str], columns: Iterable[str], delimiter: str) -> str:
    """Write the relation of CSV files parted by `delimiter`, all text; lines that do not parse are noted and left."""
    marks = f"delim = {literal(delimiter)}, quote = '\"', escape = '\"'"
    noted = f"store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{SCANS}', rejects_limit = 1"
    how = f"auto_detect = false, header = true, {marks}, {noted}, {_text_columns(columns)}"
    return f"read_csv([{_patterns(paths)}], {how})"


def _text_columns(columns: Iterable[str]) -> str:
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return f"columns = {{{types}}}, compression = 'none', filename = 'drop_file', hive_partitioning = false"


def _patterns(paths: Iterable[str]) -> str:
    return literals(map(path_pattern, paths))


def viewed(view: str, source: str, beside: Sequence[str]) -> str:
    """Write the relation that a deployment's own view makes of a drop's good rows, which it knows as `drop`.

    `beside`: columns of `source` that are not the drop's own; rows with a fault are left out.
    """
    rows = f"select * exclude ({', '.join(beside)}) from {source}"
    good = f"{rows} where {FAULT} is null" if FAULT in beside else rows
    return f'(with "drop" as ({good}) select * from (\n{view}\n))'


def faulty_rows(source: str) -> str:
    """Write the select of the rows of a drop (`source`) whose values cannot be told apart, without the values."""
    return f"select drop_file, {ROW}, {FAULT} from {source} where {FAULT} is not null"


def source_rows(table: str, columns: Mapping[str, str], stamp: str | None = None, since: datetime | None = None) -> str:
    """Write, for the source database, the rows of a quoted table with these `columns` (name → type), or those stamped
    since a moment (in the column `stamp`) or at no time.

    Times that no file can hold are the first or the last day of the years 1 to 9999, which are read as placeholders.
    """
    listed = ", ".join(_within_years(name) if kind in TIME_TYPES else quoted(name) for name, kind in columns.items())
    select = f"select {listed} from {table}"
    if stamp is None or since is None:
        return select
    moment = f"cast({literal(since.isoformat())} as {columns[stamp]})"
    return f"{select} where {quoted(stamp)} >= {moment} or {quoted(stamp)} is null or not isfinite({quoted(stamp)})"


def _within_years(name: str) -> str:
    column = quoted(name)
    return (
        f"case when {column} >= '9999-12-31' then '9999-12-31' when {column} < '0001-01-01' then '0001-01-01' "
        f"else {column} end as {column}"
    )


def incoming_table(contract: Contract) -> str:
    """Write the empty table of new rows: contract columns, where each came from, and what is wrong with it.

    `drop_path` and `drop_row` name the file and the line or row in it, `drop_fault` the rule that the row as a whole
    breaks, `cleaned_ids` the references that were not written as ids are, and `raw` has what did not fit its type.
    """
    columns = ", ".join(f"{quoted(column.name)} {column.inside_type}" for column in contract.columns)
    raw = ", ".join(f"{quoted(column.name)} varchar" for column in typed_columns(contract))
    table, place = quoted_table(INCOMING), f"drop_path varchar, {ROW} bigint, {FAULT} varchar, {CLEANED} varchar[]"
    return f"create or replace temp table {table} ({columns}, {place}, raw struct({raw}))"


def translated(contract: Contract, found: Found, relation: str, place: Place, *, blank_is_null: bool) -> str:
    """Write the select of typed contract columns, `drop_file`, `drop_row`, `drop_fault`, `cleaned_ids`, and `raw`.

    `relation` holds the raw rows, `place` says where a row came from. `blank_is_null` says that the format cannot tell
    an empty text from none, as CSV. A row without any value is left out.
    """
    columns = [column for column in contract.columns if column.name in found]
    named = ", ".join(f"{found[column.name][0]} as {quoted(column.name)}" for column in columns)
    typed, kept, failed = [], [], {column.name: "null" for column in typed_columns(contract)}
    for column in columns:
        value, raw_type, read = quoted(column.name), found[column.name][1], quoted(f"read {column.name}")
        cast = cast_column(value, raw_type, column)
        if blank_is_null and may_be_blank(column):
            cast = f"coalesce({cast}, '')"
        typed.append(f"{cast} as {read}")
        kept.append(f"{read} as {value}")
        if column.name in failed:
            failed[column.name] = f"case when {read} is null and {is_given(value, raw_type, column)} then {value} end"
    raw = fields({name: f"cast({value} as varchar)" for name, value in failed.items()})
    return (
        f"with named as (select {place.file} as drop_file, {place.row} as {ROW}, {place.fault} as {FAULT}, {named} "
        f"from {relation}),\n"
        f"typed as (select *, {', '.join(typed)} from named where named.{FAULT} is not null or {_any_given(found)})\n"
        f"select drop_file, {ROW}, {FAULT}, {', '.join(kept)}, {_cleaned(contract, found)} as {CLEANED}, "
        f"struct_pack({raw}) as raw from typed"
    )


def plain_columns(contract: Contract, found: Found, relation: str) -> str | None:
    """Write, for each text column of the rows of a `relation`, whether all its values are plain (see `is_plain`).

    None where there is no such column.
    """
    tests = {
        column.name: is_plain(found[column.name][0], column)
        for column in contract.columns
        if column.name in found and found[column.name][1] == "VARCHAR"
    }
    asked = [f"bool_and({test}) as {quoted(name)}" for name, test in tests.items() if test is not None]
    return f"select {', '.join(asked)} from {relation}" if asked else None


def _cleaned(contract: Contract, found: Found) -> str:
    """Write the list of the references whose text is not the id that it is read as; null where all are.

    What a document database wraps or another fills with blanks is left out: it does so with all its ids.
    """
    # Few texts are not the id as it is read: only these are trimmed.
    cases = {
        name: f"{quoted(name)} <> {quoted(f'read {name}')} and trim({quoted(name)}) <> {quoted(f'read {name}')} "
        f"and not starts_with({quoted(name)}, '{{')"
        for name in contract.references
        if name in found and found[name][1] == "VARCHAR"
    }
    if not cases:
        return "cast(null as varchar[])"
    names = [f"case when {condition} then {literal(name)} end" for name, condition in cases.items()]
    return f"case when {' or '.join(f'({condition})' for condition in cases.values())} then {flags(names)} end"


def _any_given(found: Found) -> str:
    """Write the condition that a row has a value of its own: one that is no constant of the mapping."""
    own = {name: kind for name, (value, kind) in found.items() if not value.startswith("'")}
    given = {name: "<> ''" if kind == "VARCHAR" else "is not null" for name, kind in own.items()}
    cases = [f"named.{quoted(name)} {condition}" for name, condition in given.items()]
    return " or ".join(cases) or "true"


def incoming_rows(rows: str) -> str:
    """Write the insert of translated rows in their order, with the path of each of the drops $files as $paths has it.

    A join would lose the order.
    """
    return f"""
        insert into {quoted_table(INCOMING)} by name
        select * exclude (drop_file), map($files, $paths)[drop_file] as drop_path
        from ({rows})
    """


def fitting_counts(columns: Sequence[Column]) -> str:
    """Write, by drop and column, how many values fit their type and how many did not."""
    names = [quoted(column.name) for column in columns]
    counts = [f"[count({name}), count(raw.{name})] as {name}" for name in names]
    listed = ", ".join(["drop_path", *counts])
    return f"select {listed} from {quoted_table(INCOMING)} group by drop_path order by drop_path"


def has_rejects() -> str:
    """Write the question whether the engine has noted lines that it could not read; one row if so."""
    return f"select table_name from duckdb_tables() where table_name = {literal(REJECTS)}"


def rejecting_files() -> str:
    """Write the question which files have lines that the engine could not read."""
    return f"select distinct file_path from {REJECTS} join {SCANS} using (scan_id, file_id) order by file_path"


def rows_of_drops() -> str:
    """Write the removal of the incoming rows of the drops $paths."""
    return f"delete from {quoted_table(INCOMING)} where list_contains($paths, drop_path)"


def first_rows_table() -> str:
    """Write the empty table of where the rows of each drop begin among the incoming rows."""
    columns = "drop_path varchar, first_row bigint, first_number bigint"
    return f"create or replace temp table {quoted_table(STARTS)} ({columns})"


def first_rows() -> str:
    """Write the insert of where the rows of the drops $paths begin; $first_numbers are the first rows' own numbers."""
    return f"""
        insert into {quoted_table(STARTS)} by name
        select drop_path, min(i.rowid) as first_row, any_value(first_number) as first_number
        from {quoted_table(INCOMING)} as i
        join (select unnest($paths) as drop_path, unnest($first_numbers) as first_number) using (drop_path)
        group by drop_path
    """
