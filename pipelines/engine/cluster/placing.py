"""Decides where a table that was made or changed stands, and moves its rows there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines.engine.cluster.changes import Changes
from xuanpin.pipelines.engine.cluster.dialect import order_of
from xuanpin.pipelines.engine.cluster.lake import NOTHING, Lake
from xuanpin.pipelines.engine.cluster.places import PARTED, Places
from xuanpin.pipelines.engine.cluster.session import failures_of_spark
from xuanpin.pipelines.engine.cluster.types import as_named, collected
from xuanpin.pipelines.engine.cluster.views import Views
from xuanpin.pipelines.engine.names import quoted_table
from xuanpin.pipelines.engine.protocol import Engine

if TYPE_CHECKING:  # most platforms have no cluster
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Placing:
    """Puts tables where they belong: up to `driver_rows` rows with the driver, more in the lake.

    `transaction` joins or begins one of the engine.
    """

    driver: Engine
    lake: Lake
    places: Places
    views: Views
    changes: Changes
    driver_rows: int
    transaction: Callable[[], AbstractContextManager[None]]

    def make(self, table: str, sql: str, parameters: Mapping[str, Any]) -> int:
        """Replace a table by what a SELECT (`sql`) over the lake gives with its `parameters`; return how many rows."""
        frame, schema = self.views.select(sql, parameters), self.views.typed(sql, parameters)
        # Only the driver keeps an order.
        if order_of(sql):
            return self._bring(table, collected(frame, schema), schema)
        return self.keep(table, frame, schema)

    def keep(self, table: str, frame: DataFrame, schema: pa.Schema) -> int:
        """Replace a table by the rows of a frame of `schema`, which is computed once; return how many."""
        pieces = self.lake.write(table, frame, PARTED.get(table))
        rows = sum(piece.rows for piece in pieces)
        if rows <= self.driver_rows:
            self._bring(table, collected(self.lake.frame(pieces, schema), schema), schema)
            self.views.keep_copy(table, pieces)
            return rows
        with self.transaction():
            self.driver.store(table, schema.empty_table(), schema)
            self.places.replace(table, pieces)
        self.views.forget(table)
        return rows

    def add(self, table: str, frame: DataFrame) -> int:
        """Add the rows of a frame to a table by column name; return how many."""
        columns = self.views.columns(table)
        rows = as_named(frame, columns)
        if not self.places.holds(table):
            return self.landed(table, self.driver.append(table, collected(rows, columns)))
        with self.transaction():
            return self.changes.add(table, rows)

    def rows_near(self, tables: Collection[str]) -> int | None:
        """Return how many rows `tables` have together, or None where one of them stands in the lake."""
        if any(map(self.places.holds, tables)):
            return None
        return sum(int(self.driver.row(f"select count(*) from {quoted_table(table)}")[0]) for table in tables)

    def bring(self, table: str) -> None:
        """Move a table of the lake to the driver."""
        schema = self.views.columns(table)
        with failures_of_spark():
            self._bring(table, collected(self.views.frame(table), schema), schema)

    def came_near(self, table: str) -> None:
        """Take note that a table stands with the driver."""
        self.places.leave(table)
        self.views.forget(table)

    def landed(self, table: str, rows: int) -> int:
        """Take note that the driver has written some `rows` into a table, and move them where they belong."""
        self.views.forget(table)
        if self.places.holds(table):
            self.settle(table)
        return rows

    def settle(self, table: str) -> None:
        """Move the rows of a table that stand with the driver into the lake."""
        rows = self.driver.read(table)
        if len(rows):
            with self.transaction(), failures_of_spark():
                self.changes.add(table, self.views.send(rows), _counts(rows, PARTED[table]))
                self.driver.clear(table)

    def _bring(self, table: str, rows: pa.Table, schema: pa.Schema) -> int:
        with self.transaction():
            self.driver.store(table, rows, schema)
            self.came_near(table)
        return len(rows)


def _counts(rows: pa.Table, by: str) -> dict[str, int]:
    """Return how many rows each part of a table has that is parted by the column `by`."""
    parts = pc.value_counts(pc.fill_null(rows[by].cast(pa.string()), NOTHING))
    return {part["values"]: part["counts"] for part in parts.to_pylist()}
