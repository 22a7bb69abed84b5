"""Runs statements on the cluster over views of the tables that they name, those of the driver being sent up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from xuanpin.pipelines.engine.cluster.cells import CELL, packed, unpacker
from xuanpin.pipelines.engine.cluster.dialect import tables_of, view_name
from xuanpin.pipelines.engine.cluster.lake import WHOLE, Lake, Piece
from xuanpin.pipelines.engine.cluster.places import Places
from xuanpin.pipelines.engine.cluster.spark_sql import SparkSql
from xuanpin.pipelines.engine.cluster.types import as_typed, struct_of
from xuanpin.pipelines.engine.names import SCRATCH
from xuanpin.pipelines.engine.protocol import Engine

if TYPE_CHECKING:  # most platforms have no cluster
    from pyspark.sql import DataFrame, SparkSession

LARGEST_MESSAGE = 32 * 2**20
"""Bytes that are sent at once: servers take messages of up to 128 MiB, and a plan may hold several tables."""
_SENT = f"{SCRATCH}.sent"


class Views:
    """Views of the tables of the `driver` and the lake as they are now, made when a statement first needs them."""

    def __init__(self, session: SparkSession, driver: Engine, lake: Lake, places: Places) -> None:
        self._session = session
        self._sql = SparkSql(session)
        self._driver = driver
        self._lake = lake
        self._places = places
        self._made: dict[str, DataFrame] = {}
        self._copies: dict[str, Sequence[Piece]] = {}
        self._shown: set[str] = set()

    def forget(self, table: str) -> None:
        """Take note that a table has changed."""
        self._made.pop(table, None)
        self._copies.pop(table, None)
        self._shown.discard(table)

    def forget_all(self, but: Collection[str] = ()) -> None:
        """Take note that any table may have changed, `but` these."""
        kept = {*self._shown, *but}
        self._made = {name: frame for name, frame in self._made.items() if name in kept}
        self._copies = {name: pieces for name, pieces in self._copies.items() if name in but}

    def keep_copy(self, table: str, pieces: Sequence[Piece]) -> None:
        """Read a table of the driver from the `pieces` that the cluster has written of it, until it changes."""
        self._copies[table] = pieces

    @property
    def copies(self) -> Set[str]:
        """The tables of the driver that the cluster has written."""
        return self._copies.keys()

    def has(self, tables: Collection[str]) -> bool:
        """Tell whether the cluster has the rows of some tables, which it has written or which were sent there."""
        return bool(tables) and all(table in self._copies or table in self._made for table in tables)

    def columns(self, table: str) -> pa.Schema:
        """Return the columns of a table and their types, as the warehouse has them."""
        return self._driver.read(table, most=0).schema

    def frame(self, table: str) -> DataFrame:
        """Return a table as a frame of the cluster."""
        if table not in self._made:
            self._register(table, self._read(table))
        return self._made[table]

    def pieces(self, table: str, pieces: Sequence[Piece]) -> DataFrame:
        """Return the rows of some pieces of a table of the lake."""
        return self._lake.frame(pieces, self.columns(table))

    def show(self, table: str, frame: DataFrame) -> None:
        """Let statements find a frame under the name of a table that the warehouse does not have."""
        self._register(table, frame)
        self._shown.add(table)

    def is_shown(self, table: str) -> bool:
        """Tell whether a frame is shown under the name `table` that the warehouse does not have."""
        return table in self._shown

    def over(self, sql: str, parameters: Mapping[str, Any]) -> DataFrame:
        """Return what a SELECT of ours (`sql`) with its `parameters` gives on the cluster, of the types that it has
        there."""
        for table in sorted(tables_of(sql)):
            self.frame(table)
        return self._sql.frame(sql, parameters)

    def select(self, sql: str, parameters: Mapping[str, Any]) -> DataFrame:
        """Return what a SELECT of ours (`sql`) with its `parameters` gives on the cluster.

        Its columns and types are those that the warehouse gives it.
        """
        return as_typed(self.over(sql, parameters), self.typed(sql, parameters))

    def typed(self, sql: str, parameters: Mapping[str, Any]) -> pa.Schema:
        """Return the columns that DuckDB gives to a SELECT (`sql`) with its `parameters`.

        It is asked over the driver's tables, where those of the lake are empty.
        """
        return self._driver.query(f"select * from (\n{sql}\n) limit 0", **parameters).schema

    def send(self, rows: pa.Table) -> DataFrame:
        """Return rows of the driver as a frame of the cluster; many are sent in cells and written into the lake."""
        from pyspark.sql.pandas.types import to_arrow_schema

        struct = struct_of(rows.schema)
        if rows.nbytes <= LARGEST_MESSAGE:
            return self._session.createDataFrame(rows, struct)
        sent = list[Piece]()
        for cells, count in packed(rows.cast(to_arrow_schema(struct)), LARGEST_MESSAGE):
            frame = self._session.createDataFrame(cells, struct_of(CELL)).mapInArrow(unpacker(), struct)
            sent += self._lake.write(_SENT, frame, None, {WHOLE: count})
        return self._lake.frame(sent, rows.schema)

    def _register(self, table: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(view_name(table))
        self._made[table] = frame

    def _read(self, table: str) -> DataFrame:
        if self._places.holds(table):
            return self.pieces(table, self._places.of(table))
        if table in self._copies:
            return self.pieces(table, self._copies[table])
        return self.send(self._driver.read(table))
