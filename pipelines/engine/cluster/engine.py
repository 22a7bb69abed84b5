"""The engine on a cluster: what is large stands in the lake and is worked on there, all else in the driver's warehouse.

Every table has its place in the warehouse, a DuckDB file on the driver. A table of the lake is empty there: it tells
the columns and their types. `ops.lake` names the pieces in force of each table, so that a transaction of the warehouse
is one of the lake too, and a night that is killed has changed nothing. A SELECT that reads a table of the lake runs on
the cluster, any other in DuckDB.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from xuanpin.pipelines.engine.arrow import in_batches
from xuanpin.pipelines.engine.cluster.blocks import map_blocks
from xuanpin.pipelines.engine.cluster.changes import Changes
from xuanpin.pipelines.engine.cluster.deriving import derived
from xuanpin.pipelines.engine.cluster.lake import Lake
from xuanpin.pipelines.engine.cluster.places import LARGE, Places, named_tables
from xuanpin.pipelines.engine.cluster.placing import Placing
from xuanpin.pipelines.engine.cluster.session import close_session, failures_of_spark
from xuanpin.pipelines.engine.cluster.types import collected
from xuanpin.pipelines.engine.cluster.views import Views
from xuanpin.pipelines.engine.failures import EngineError
from xuanpin.pipelines.engine.library import load_change, load_query
from xuanpin.pipelines.engine.names import column_list, order_clause, quoted_table
from xuanpin.pipelines.engine.opening import LASTING
from xuanpin.pipelines.engine.protocol import BlockFunction, Engine, Rows

if TYPE_CHECKING:  # steps that need no frames should not wait for pandas, nor most platforms for a cluster
    import pandas as pd
    from pyspark.sql import SparkSession

_MOST_TASKS = 256
"""Tasks among which heavy blocks are spread."""
_KEYS = "temp.keys_of_the_lake"
"""Keys that were brought down because rows of the driver are to be deleted by them."""


class PlacedEngine:
    """Implements Engine on a driver's warehouse and a cluster; see the protocol for what each method promises.

    `driver` is the open warehouse; a table that the cluster makes comes to it where it has up to `driver_rows` rows.
    """

    def __init__(self, driver: Engine, session: SparkSession, lake: Lake, driver_rows: int) -> None:
        self._driver = driver
        self._session = session
        self._lake = lake
        self._places = Places(driver)
        self._views = Views(session, driver, lake, self._places)
        self._changes = Changes(lake, self._places, self._views)
        self._placing = Placing(driver, lake, self._places, self._views, self._changes, driver_rows, self.transaction)
        self._depth = 0
        with failures_of_spark():
            self._lake.purge(self._places.in_force())
        for table in LARGE:
            self._placing.settle(table)

    @property
    def has_workers(self) -> bool:
        return True

    def materialise(self, stem: str, *, into: str = "night", called: str | None = None, **parameters: Any) -> int:
        file, table = load_query(stem), f"{into}.{called or stem}"
        if into in LASTING or not self._is_far(file.text):
            with self.transaction():
                rows = self._driver.materialise(stem, into=into, called=called, **parameters)
                self._placing.came_near(table)
            return rows
        with failures_of_spark():
            return self._placing.make(table, file.text, file.bind(parameters))

    def select(self, stem: str, **parameters: Any) -> pa.Table:
        file = load_query(stem)
        return self.query(file.text, **file.bind(parameters))

    def batches(self, stem: str, **parameters: Any) -> Iterator[pa.RecordBatch]:
        yield from in_batches(self.select(stem, **parameters).to_reader())

    def insert(self, stem: str, *, into: str, **parameters: Any) -> int:
        file = load_query(stem)
        return self.insert_rows(file.text, into=into, **file.bind(parameters))

    def create(self, sql: str, /, *, into: str, **parameters: Any) -> int:
        if not self._is_far(sql):
            with self.transaction():
                rows = self._driver.create(sql, into=into, **parameters)
                self._placing.came_near(into)
            return rows
        with failures_of_spark():
            return self._placing.make(into, sql, parameters)

    def derive(self, columns: str, *, rows: str, into: str) -> str:
        if not self._is_far(rows):
            # What reads it may run on the cluster, which has another dialect.
            self.create(f"select {columns} from {rows}", into=into)
            return quoted_table(into)
        with failures_of_spark():
            source = f"select * from {rows} as derived_from"
            given, made = self._views.typed(source, {}), self._views.typed(f"select {columns} from {rows}", {})
            frame = derived(self._views.select(source, {}), given, columns, made)
            self._placing.keep(into, frame, made)
        return quoted_table(into)

    def insert_rows(self, sql: str, /, *, into: str, **parameters: Any) -> int:
        if not self._is_far(sql) and not self._is_written_there(into, named_tables(sql)):
            return self._placing.landed(into, self._driver.insert_rows(sql, into=into, **parameters))
        with failures_of_spark():
            return self._placing.add(into, self._views.select(sql, parameters))

    def run(self, stem: str, **parameters: Any) -> int:
        file = load_change(stem)
        return self.execute(file.text, **file.bind(parameters))

    def query(self, sql: str, /, **parameters: Any) -> pa.Table:
        if not self._is_far(sql):
            return self._driver.query(sql, **parameters)
        with failures_of_spark():
            return collected(self._views.select(sql, parameters), self._views.typed(sql, parameters))

    def row(self, sql: str, /, **parameters: Any) -> tuple[Any, ...]:
        if not self._is_far(sql):
            return self._driver.row(sql, **parameters)
        return tuple(column[0].as_py() for column in self.query(sql, **parameters).columns)

    def probe(self, sql: str, /) -> pa.Table | None:
        return self._driver.probe(sql)

    def read(
        self, table: str, *, columns: Sequence[str] = (), order_by: Sequence[str] = (), most: int | None = None
    ) -> pa.Table:
        limit = "" if most is None else f" limit {most:d}"
        return self.query(f"select {column_list(columns)} from {quoted_table(table)}{order_clause(order_by)}{limit}")

    def distinct(self, table: str, *columns: str) -> pa.Table:
        return self.query(f"select distinct {column_list(columns)} from {quoted_table(table)}{order_clause(columns)}")

    def store(self, table: str, data: pa.Table | pd.DataFrame, schema: pa.Schema | None = None) -> int:
        with self.transaction():
            rows = self._driver.store(table, data, schema)
            if table in LARGE:
                self._places.replace(table, [])
                return self._placing.landed(table, rows)
            self._placing.came_near(table)
            return rows

    def append(self, table: str, data: Rows) -> int:
        if isinstance(data, str) and (self._places.holds(data) or self._is_written_there(table, [data])):
            listed = column_list(self._views.columns(data).names)
            with failures_of_spark():
                return self._placing.add(table, self._views.over(f"select {listed} from {quoted_table(data)}", {}))
        return self._placing.landed(table, self._driver.append(table, data))

    def replace_partition(self, table: str, data: Rows, /, **where: Any) -> int:
        with self.transaction():
            self.delete_where(table, **where)
            return self.append(table, data)

    def replace_keys(self, table: str, data: Rows, *, keys: str, on: str | Sequence[str]) -> int:
        with self.transaction():
            self.delete_keys(table, keys=keys, on=on)
            return self.append(table, data)

    def delete_where(self, table: str, /, **where: Any) -> int:
        if not self._places.holds(table) or not where:
            self._views.forget(table)
            return self._driver.delete_where(table, **where)
        with self.transaction(), failures_of_spark():
            return self._changes.delete_where(table, where)

    def delete_keys(self, table: str, *, keys: str, on: str | Sequence[str]) -> int:
        columns = [on] if isinstance(on, str) else on
        if self._places.holds(table):
            with self.transaction(), failures_of_spark():
                return self._changes.delete_keys(table, keys, columns)
        self._views.forget(table)
        if not self._places.holds(keys):
            return self._driver.delete_keys(table, keys=keys, on=on)
        self._driver.store(_KEYS, self.distinct(keys, *columns))
        return self._driver.delete_keys(table, keys=_KEYS, on=on)

    def replace_value(self, table: str, column: str, *, old: Any, new: Any) -> int:
        if not self._places.holds(table):
            self._views.forget(table)
            return self._driver.replace_value(table, column, old=old, new=new)
        with self.transaction(), failures_of_spark():
            return self._changes.replace_value(table, column, old=old, new=new)

    def replace_values(self, table: str, column: str, *, values: str, **where: Any) -> int:
        if not self._places.holds(table):
            self._views.forget(table)
            return self._driver.replace_values(table, column, values=values, **where)
        with self.transaction(), failures_of_spark():
            return self._changes.replace_values(table, column, values, where)

    def overwrite(self, table: str, column: str, *, new: Any, keys: str, on: str) -> int:
        if self._places.holds(table):
            with self.transaction(), failures_of_spark():
                return self._changes.overwrite(table, column, new=new, keys=keys, on=on)
        self._views.forget(table)
        if self._places.holds(keys):
            self._driver.store(_KEYS, self.distinct(keys, on))
            keys = _KEYS
        return self._driver.overwrite(table, column, new=new, keys=keys, on=on)

    def clear(self, table: str) -> int:
        rows = sum(piece.rows for piece in self._places.of(table))
        with self.transaction():
            if rows:
                self._places.replace(table, [])
            self._views.forget(table)
            return rows + self._driver.clear(table)

    def create_view(self, view: str, sql: str, /) -> None:
        self._driver.create_view(view, sql)
        if self._is_far(sql):
            with failures_of_spark():
                self._views.show(view, self._views.select(sql, {}))

    def drop_view(self, view: str) -> None:
        self._driver.drop_view(view)
        self._views.forget(view)

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
        rows = self._placing.rows_near(tables.values())
        if rows is not None and rows <= self._placing.driver_rows and not is_heavy:
            made = self._driver.map_blocks(function, tables, by=by, into=into, schema=schema)
            self._placing.came_near(into)
            return made
        with failures_of_spark():
            frames = {name: self._views.frame(table) for name, table in tables.items()}
            tasks = min(rows or _MOST_TASKS, _MOST_TASKS) if is_heavy else None
            return self._placing.keep(into, map_blocks(function, frames, by=by, schema=schema, tasks=tasks), schema)

    def drop(self, *tables: str) -> None:
        self._driver.drop(*tables)
        for table in tables:
            self._placing.came_near(table)

    def columns(self, table: str) -> dict[str, str]:
        return self._driver.columns(table)

    def tables_with(self, column: str) -> list[str]:
        return self._driver.tables_with(column)

    def execute(self, sql: str, /, **parameters: Any) -> int:
        named = sorted(filter(self._places.holds, named_tables(sql)))
        if large := [table for table in named if table in LARGE]:
            raise EngineError(f"{', '.join(large)} may be large: a statement of DuckDB's own names none", "Unsupported")
        for table in named:
            self._placing.bring(table)
        self._views.forget_all(but=self._views.copies - named_tables(sql))
        return self._driver.execute(sql, **parameters)

    def exists(self, table: str) -> bool:
        return self._driver.exists(table)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._depth:
            yield
            return
        saved, before = self._places.saved(), self._places.lasting()
        self._depth += 1
        try:
            with self._driver.transaction():
                yield
                if self._places.lasting() != before:
                    with failures_of_spark():
                        self._lake.publish(self._places.lasting())
        except BaseException:
            self._places.restore(saved)
            self._views.forget_all()
            raise
        finally:
            self._depth -= 1

    def is_at_hand(self, sql: str, /) -> bool:
        return not self._is_far(sql)

    def dbapi_connection(self) -> Any:
        return self._driver.dbapi_connection()

    def confine(self, *folders: Path) -> None:
        self._driver.confine(*folders)

    def rewrite(self) -> None:
        self._driver.rewrite()
        self._places.leave_scratch()
        self._views.forget_all()
        with failures_of_spark():
            self._lake.purge(self._places.in_force())

    def checkpoint(self, least: int = 0) -> None:
        self._driver.checkpoint(least)

    def close(self) -> None:
        self._driver.close()
        close_session(self._session)

    def _is_far(self, sql: str) -> bool:
        return any(self._places.holds(table) or self._views.is_shown(table) for table in named_tables(sql))

    def _is_written_there(self, table: str, read: Collection[str]) -> bool:
        # Rows for the lake that the cluster has are not sent there.
        return self._places.holds(table) and self._views.has(read)
