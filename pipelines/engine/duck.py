"""The engine on DuckDB: one file, one writing process, results always fetched whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from xuanpin.pipelines.engine.arrow import in_batches, to_arrow
from xuanpin.pipelines.engine.beside import parsed
from xuanpin.pipelines.engine.blocks import block_sizes, map_sorted, span, spans
from xuanpin.pipelines.engine.failures import REMEDY, failures_of_duckdb, table_needed
from xuanpin.pipelines.engine.library import load_change, load_query
from xuanpin.pipelines.engine.names import (
    column_list,
    create_anew,
    equals,
    order_clause,
    path_pattern,
    quoted,
    quoted_table,
)
from xuanpin.pipelines.engine.protocol import BlockFunction, Rows
from xuanpin.pipelines.engine.publishing import rewrite_file
from xuanpin.pipelines.engine.warehouse_file import WarehouseFile, be_quiet

if TYPE_CHECKING:  # steps that need no frames should not wait for pandas
    import pandas as pd

_INCOMING = "incoming_rows"
_BATCH_ROWS = 131_072


class DuckEngine:
    """Implements Engine on one DuckDB connection; see the protocol for what each method promises.

    `lasting` names the schemas whose tables live from night to night; `file` is None in memory.
    """

    has_workers = False

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lasting: tuple[str, ...], file: WarehouseFile | None = None
    ) -> None:
        self._connection = connection
        self._lasting = lasting
        self._file = file
        self._depth = 0
        self._places: set[str] | None = None

    def materialise(self, stem: str, *, into: str = "night", called: str | None = None, **parameters: Any) -> int:
        table = f"{into}.{called or stem}"
        if into in self._lasting:
            raise LookupError(f"{table} would get its columns from a select; {REMEDY}")
        file = load_query(stem)
        return self._made(table, file.text, file.bind(parameters))

    def select(self, stem: str, **parameters: Any) -> pa.Table:
        file = load_query(stem)
        return self.query(file.text, **file.bind(parameters))

    def batches(self, stem: str, **parameters: Any) -> Iterator[pa.RecordBatch]:
        file = load_query(stem)
        with failures_of_duckdb():
            found = self._connection.sql(file.text, params=file.bind(parameters))
            yield from in_batches(found.to_arrow_reader(_BATCH_ROWS))

    def insert(self, stem: str, *, into: str, **parameters: Any) -> int:
        file = load_query(stem)
        return self.insert_rows(file.text, into=into, **file.bind(parameters))

    def run(self, stem: str, **parameters: Any) -> int:
        file = load_change(stem)
        return self._affected(file.text, file.bind(parameters))

    def create(self, sql: str, /, *, into: str, **parameters: Any) -> int:
        if into.partition(".")[0] in self._lasting:
            raise LookupError(f"{into} would get its columns from a select; {REMEDY}")
        return self._made(into, sql, parameters)

    def derive(self, columns: str, *, rows: str, into: str) -> str:
        return f"(select {columns} from {rows})"

    def insert_rows(self, sql: str, /, *, into: str, **parameters: Any) -> int:
        return self._affected(f"insert into {quoted_table(into)} by name\n{sql}", parameters)

    def query(self, sql: str, /, **parameters: Any) -> pa.Table:
        with failures_of_duckdb():
            return self._connection.sql(sql, params=parameters).to_arrow_table()

    def row(self, sql: str, /, **parameters: Any) -> tuple[Any, ...]:
        with failures_of_duckdb():
            (found,) = self._connection.execute(parsed(sql), parameters).fetchall()
        return tuple(found)

    def probe(self, sql: str, /) -> pa.Table | None:
        # A statement that fails ends the transaction of its own connection.
        with self._connection.cursor() as other:
            try:
                return other.sql(sql).to_arrow_table()
            except duckdb.Error:
                return None

    def read(
        self, table: str, *, columns: Sequence[str] = (), order_by: Sequence[str] = (), most: int | None = None
    ) -> pa.Table:
        limit = "" if most is None else f" limit {most:d}"
        return self.query(f"select {column_list(columns)} from {quoted_table(table)}{order_clause(order_by)}{limit}")

    def distinct(self, table: str, *columns: str) -> pa.Table:
        return self.query(f"select distinct {column_list(columns)} from {quoted_table(table)}{order_clause(columns)}")

    def store(self, table: str, data: pa.Table | pd.DataFrame, schema: pa.Schema | None = None) -> int:
        rows = to_arrow(data, schema, table)
        if table.partition(".")[0] in self._lasting:
            with table_needed(table), self.transaction():
                self.execute(f"delete from {quoted_table(table)}")
                return self.append(table, rows)
        with self._relation(rows) as relation:
            return self._made(table, f"select * from {relation}")

    def append(self, table: str, data: Rows) -> int:
        rows = quoted_table(data) if isinstance(data, str) else to_arrow(data, None, table)
        with table_needed(table), self._relation(rows) as relation:
            return self._affected(f"insert into {quoted_table(table)} by name select * from {relation}")

    def replace_partition(self, table: str, data: Rows, /, **where: Any) -> int:
        if not where:
            raise TypeError(f"replace_partition of {table} needs the columns that name the partition")
        with table_needed(table), self.transaction():
            self.delete_where(table, **where)
            return self.append(table, data)

    def replace_keys(self, table: str, data: Rows, *, keys: str, on: str | Sequence[str]) -> int:
        with table_needed(table), self.transaction():
            self.delete_keys(table, keys=keys, on=on)
            return self.append(table, data)

    def delete_where(self, table: str, /, **where: Any) -> int:
        if not where:
            raise TypeError(f"delete_where of {table} needs the columns that name the rows")
        return self._affected(f"delete from {quoted_table(table)} where {equals(where)}", where)

    def delete_keys(self, table: str, *, keys: str, on: str | Sequence[str]) -> int:
        # A semi-join reads these columns of the table alone, whatever its history.
        columns = column_list([on] if isinstance(on, str) else on)
        found = f"select {columns} from {quoted_table(keys)}"
        return self._affected(f"delete from {quoted_table(table)} where ({columns}) in ({found})")

    def replace_value(self, table: str, column: str, *, old: Any, new: Any) -> int:
        sql = f"update {quoted_table(table)} set {quoted(column)} = $new where {quoted(column)} = $old"
        return self._affected(sql, {"old": old, "new": new})

    def replace_values(self, table: str, column: str, *, values: str, **where: Any) -> int:
        value = quoted(column)
        found = " and ".join([f"t.{value} = v.old", *(f"t.{quoted(name)} = ${name}" for name in where)])
        source = f"{quoted_table(values)} as v where {found}"
        return self._affected(f"update {quoted_table(table)} as t set {value} = v.new from {source}", where)

    def overwrite(self, table: str, column: str, *, new: Any, keys: str, on: str) -> int:
        own, found = quoted(column), f"{quoted(on)} in (select {quoted(on)} from {quoted_table(keys)})"
        changed = f"{own} is not null and {own} is distinct from $new and {found}"
        return self._affected(f"update {quoted_table(table)} set {own} = $new where {changed}", {"new": new})

    def clear(self, table: str) -> int:
        return self._affected(f"delete from {quoted_table(table)}")

    def create_view(self, view: str, sql: str, /) -> None:
        self._affected(f"create or replace view {quoted_table(view)} as {sql}")

    def drop_view(self, view: str) -> None:
        self._affected(f"drop view {quoted_table(view)}")

    def map_blocks(
        self,
        function: BlockFunction,
        tables: Mapping[str, str],
        *,
        by: str,
        into: str,
        schema: pa.Schema,
        is_heavy: bool = False,
    ) -> int:
        if into in tables.values():
            raise ValueError(f"{into} is read block by block while it is written; give the result another name")
        with self.transaction():
            written = self.store(into, schema.empty_table())
            sizes = self.query(block_sizes(tables.values(), by))
            for first, last in spans(sizes):
                read = {name: self._span(table, by, first, last) for name, table in tables.items()}
                written += self.append(into, map_sorted(function, read, by, schema))
        return written

    def _span(self, table: str, by: str, first: Any, last: Any) -> pa.Table:
        if first == last:
            return self.query(f"select * from {quoted_table(table)} where {equals([by])}", **{by: first})
        return self.query(span(table, by), first=first, last=last)

    def drop(self, *tables: str) -> None:
        for table in tables:
            self.execute(f"drop table {quoted_table(table)}")

    def execute(self, sql: str, /, **parameters: Any) -> int:
        return self._affected(sql, parameters)

    def exists(self, table: str) -> bool:
        # A list of all tables would take ten times as long: it says of each how large it is.
        try:
            self._connection.table(quoted_table(table))
        except duckdb.CatalogException:
            return False
        return True

    def columns(self, table: str) -> dict[str, str]:
        # To describe it would take ten times as long.
        try:
            found = self._connection.table(quoted_table(table))
        except duckdb.CatalogException:
            return {}
        return dict(zip(found.columns, map(str, found.types), strict=True))

    def tables_with(self, column: str) -> list[str]:
        return list(self.select("tables_with", column_name=column)["table_name"].to_pylist())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._depth:
            yield
            return
        self._connection.begin()
        self._depth += 1
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        else:
            with failures_of_duckdb():
                self._connection.commit()
        finally:
            self._depth -= 1

    def is_at_hand(self, sql: str, /) -> bool:
        return True

    def dbapi_connection(self) -> duckdb.DuckDBPyConnection:
        return be_quiet(self._connection.cursor())

    def confine(self, *folders: Path) -> None:
        places = {os.path.realpath(folder) for folder in folders}
        if self._places is None:
            # A folder is compared with the name by which it is asked for, which is a pattern.
            named = places | set(map(path_pattern, places))
            self.execute("set global allowed_directories = $places", places=sorted(named))
            self.execute("set global enable_external_access = false")
            self.execute("set global allowed_configs = ['enable_progress_bar']")
            self.execute("set global lock_configuration = true")
            self._places = places
        elif places != self._places:
            raise RuntimeError(f"this engine reads files in {sorted(self._places)} alone, not in {sorted(places)}")

    def rewrite(self) -> None:
        if self._file is None:
            return
        self._connection.close()
        try:
            with failures_of_duckdb():
                rewrite_file(self._file.path, self._file.config)
        finally:
            self._connection, self._places = self._file.connect(), None

    def checkpoint(self, least: int = 0) -> None:
        if self._file is None or self._file.log_bytes() < least:
            return
        # Not while another transaction writes.
        with failures_of_duckdb(), self._connection.cursor() as other, suppress(duckdb.TransactionException):
            other.execute("checkpoint")

    def close(self) -> None:
        with failures_of_duckdb():
            self._connection.close()

    def _made(self, table: str, sql: str, parameters: dict[str, Any] | None = None) -> int:
        """Create a table from a select; return its rows."""
        rows = self._affected(f"{create_anew(table)} as\n{sql}", parameters)
        if self._depth and not rows:
            # DuckDB 2.0.0 keeps the statistics of an empty select for what the same transaction inserts after it: from
            # 122,880 rows on, filters and joins do not find them. A table that is made by its columns has none.
            made = self._connection.table(quoted_table(table))
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in zip(made.columns, made.types, strict=True))
            self._affected(f"{create_anew(table)} ({columns})")
        return rows

    def _affected(self, sql: str, parameters: dict[str, Any] | None = None) -> int:
        """Run one statement to its end; a statement that changes rows answers with how many."""
        with failures_of_duckdb():
            rows = self._connection.execute(parsed(sql), parameters or {}).fetchall()
        return rows[0][0] if rows and isinstance(rows[0][0], int) else 0

    @contextmanager
    def _relation(self, data: pa.Table | str) -> Iterator[str]:
        if isinstance(data, str):
            yield data
            return
        self._connection.register(_INCOMING, data)
        try:
            yield _INCOMING
        finally:
            self._connection.unregister(_INCOMING)
