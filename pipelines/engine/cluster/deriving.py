"""Computes columns of single rows in DuckDB's own dialect, in the workers of a cluster: each has a DuckDB in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from xuanpin.pipelines.engine.beside import beside
from xuanpin.pipelines.engine.cluster.types import struct_of

if TYPE_CHECKING:  # most platforms have no cluster
    from pyspark.sql import DataFrame

_ROWS = "derived_from"


def derived(frame: DataFrame, given: pa.Schema, columns: str, made: pa.Schema) -> DataFrame:
    """Return the rows of a frame, which has the columns of `given`, with other `columns`, those of `made`.

    `columns` are expressions on one row, as DuckDB writes them. So a rule that casts or judges a value means on a
    cluster what it means elsewhere.
    """
    return frame.mapInArrow(_worker(given, columns, made), struct_of(made))


def _worker(
    given: pa.Schema, columns: str, made: pa.Schema
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with beside().cursor() as database:
            for batch in batches:
                database.register(_ROWS, pa.Table.from_batches([batch]).rename_columns(given.names).cast(given))
                rows = database.sql(f"select {columns} from {_ROWS}").to_arrow_table()
                yield from rows.cast(made).to_batches()
                database.unregister(_ROWS)

    return work
