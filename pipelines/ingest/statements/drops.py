"""SQL that reads drops, whatever their format, into typed rows of a contract.

A relation reads the files at `paths`, every one with these `columns` and the `compression` as DuckDB calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, literals, quoted, quoted_table
from xuanpin.pipelines.ingest.casts import cast_column, is_given, may_be_blank, typed_columns
from xuanpin.pipelines.ingest.statements.scratch import INCOMING, fields

Found = Mapping[str, tuple[str, str]]
"""Where each contract column of a drop comes from: an expression and its engine type."""

SNAPSHOT = "set transaction isolation level repeatable read read only"
"""Makes all reads of the source database see one moment."""


def file_columns(relation: str) -> str:
    """Write the question which columns a relation has, with their types."""
    return f"describe select * from {relation}"


def parquet_files(paths: Iterable[str]) -> str:
    """Write the relation of Parquet files; `drop_file` says which file a row came from."""
    return f"read_parquet([{literals(paths)}], filename = 'drop_file', hive_partitioning = false)"


def json_files(paths: Iterable[str], columns: Iterable[str], compression: str) -> str:
    """Write the relation of files of JSON lines, every column as text."""
    how = _text_columns(columns, compression)
    return f"read_json([{literals(paths)}], format = 'newline_delimited', {how})"


def json_probe(path: str, compression: str) -> str:
    """Write the relation that finds the columns of the file of JSON lines at `path`, reading all of it."""
    how = f"maximum_depth = 1, sample_size = -1, compression = {literal(compression)}"
    return f"read_json({literal(path)}, format = 'newline_delimited', {how})"


def csv_files(paths: Iterable[str], columns: Iterable[str], compression: str, delimiter: str) -> str:
    """Write the relation of CSV files parted by `delimiter`, every column as text."""
    marks = f"delim = {literal(delimiter)}, quote = '\"', escape = '\"'"
    how = _text_columns(columns, compression)
    return f"read_csv([{literals(paths)}], auto_detect = false, header = true, {marks}, {how})"


def _text_columns(columns: Iterable[str], compression: str) -> str:
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    how = f"compression = {literal(compression)}, filename = 'drop_file', hive_partitioning = false"
    return f"columns = {{{types}}}, {how}"


def viewed(view: str, source: str) -> str:
    """Write the relation that a deployment's own view makes of the drop `source`, which it knows as `drop`."""
    return f'(with "drop" as (select * exclude (drop_file) from {source}) select * from (\n{view}\n))'


def source_rows(table: str, stamp: str | None = None, kind: str = "", since: datetime | None = None) -> str:
    """Write, for the source database, the rows of a quoted table, or those stamped since a moment (column `stamp` of
    type `kind`) or not at all."""
    if stamp is None or since is None:
        return f"select * from {table}"
    moment = f"cast({literal(since.isoformat())} as {kind})"
    return f"select * from {table} where {quoted(stamp)} >= {moment} or {quoted(stamp)} is null"


def incoming_table(contract: Contract) -> str:
    """Write the empty table of new rows: contract columns, `drop_path`, and `raw` with what did not fit its type."""
    columns = ", ".join(f"{quoted(column.name)} {column.inside_type}" for column in contract.columns)
    raw = ", ".join(f"{quoted(column.name)} varchar" for column in typed_columns(contract))
    table = quoted_table(INCOMING)
    return f"create or replace temp table {table} ({columns}, drop_path varchar, raw struct({raw}))"


def translated(contract: Contract, found: Found, relation: str, file_column: str, *, blank_is_null: bool) -> str:
    """Write the select of typed contract columns, `drop_file`, and `raw`: the values that did not fit their type.

    `relation` holds the raw rows and names the file of each in `file_column`. `blank_is_null` says that the format
    cannot tell an empty text from none, as CSV.
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
            failed[column.name] = f"case when {read} is null and {is_given(value, raw_type)} then {value} end"
    raw = fields({name: f"cast({value} as varchar)" for name, value in failed.items()})
    return (
        f"with named as (select {file_column} as drop_file, {named} from {relation}),\n"
        f"typed as (select *, {', '.join(typed)} from named)\n"
        f"select drop_file, {', '.join(kept)}, struct_pack({raw}) as raw from typed"
    )


def incoming_rows(rows: str) -> str:
    """Write the insert of translated rows, with the path of each of the drops $files as $paths has it."""
    return f"""
        insert into {quoted_table(INCOMING)} by name
        select * exclude (drop_file)
        from ({rows})
        join (select unnest($files) as drop_file, unnest($paths) as drop_path) using (drop_file)
    """


def fitting_counts(columns: Sequence[Column]) -> str:
    """Write, by drop and column, how many values fit their type and how many did not."""
    names = [quoted(column.name) for column in columns]
    counts = [f"[count({name}), count(raw.{name})] as {name}" for name in names]
    listed = ", ".join(["drop_path", *counts])
    return f"select {listed} from {quoted_table(INCOMING)} group by drop_path order by drop_path"
