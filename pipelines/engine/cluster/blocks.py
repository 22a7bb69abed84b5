"""Sends blocks of rows through a Python function in the workers of a cluster, over Spark Connect.

The rows of all tables are stacked, each table in a struct column of its own, spread and sorted by the key, and cut into
blocks in the workers (`mapInArrow`): `applyInArrow` would do the same, but Sail 0.7.2 refuses it for nested columns.

How the function gets to the workers, as tried on Spark 4.2.0 and Sail 0.7.2:

- What is pickled is the function with the values that it holds; classes and functions of a module travel as the name of
  the module. So xuanpin of the same release has to be installed where the workers run, with the Python of the driver
  (`spark.pyspark.python`). Spark also takes modules from `session.addArtifacts`, but xuanpin reads files that stand
  beside its modules, which it does not find in a zip; Sail takes no artifacts.
- The pickle is a part of each plan that is sent to the server, which accepts 128 MiB (spark.connect.grpc.
  maxInboundMessageSize): write the result before it is used twice.
- Spark gives a worker OMP_NUM_THREADS = spark.task.cpus; Sail runs all functions in the process of the server, in its
  environment. In both the libraries that are loaded are held to one thread, as the cluster runs one task a core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from xuanpin.pipelines.engine.blocks import runs
from xuanpin.pipelines.engine.protocol import BlockFunction

if TYPE_CHECKING:  # a night without a cluster needs no client of one
    from pyspark.sql import DataFrame

_KEY = "block"
_PREFIX = "rows_"


def map_blocks(function: BlockFunction, frames: Mapping[str, DataFrame], *, by: str, schema: pa.Schema) -> DataFrame:
    """Return what `function` makes of the `frames`, block by block, in the columns of `schema`.

    `frames` gives each table the name by which the function knows it; a block is the rows with one value of the column
    `by`, null among them, and every value of the first table is one. A table without rows of a block comes empty. The
    types are those that a frame has in Arrow: text as string, moments without a zone in µs. A block has to fit into the
    memory of a worker; its rows stand in no order, nor do those that are returned. The function runs anew each time
    that the frame is read.
    """
    from pyspark.sql import functions as column
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    stacked = [
        frame.select(column.col(by).alias(_KEY), column.struct("*").alias(f"{_PREFIX}{name}"))
        for name, frame in frames.items()
    ]
    rows = reduce(lambda above, below: above.unionByName(below, allowMissingColumns=True), stacked)
    schemas = {name: to_arrow_schema(frame.schema) for name, frame in frames.items()}
    sorted_rows = rows.repartition(_KEY).sortWithinPartitions(_KEY)
    return sorted_rows.mapInArrow(_worker(function, schemas, schema), from_arrow_schema(schema))


def _worker(
    function: BlockFunction, schemas: Mapping[str, pa.Schema], result: pa.Schema
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what one task does with the sorted rows that it gets."""

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        threadpool_limits(1)
        pa.set_cpu_count(1)
        for block in _blocks(batches):
            tables = {name: _table(block, name, schema) for name, schema in schemas.items()}
            if len(next(iter(tables.values()))):
                yield from function(tables).select(result.names).cast(result).to_batches()

    return work


def _blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the rows of each key of sorted rows; one block and one batch are held at a time."""
    held: list[pa.RecordBatch] = []
    current = None
    for batch in batches:
        for key, rows in runs(batch.column(_KEY)):
            if held and key != current:
                yield pa.Table.from_batches(held)
                held = []
            held.append(batch.slice(rows.start, rows.stop - rows.start))
            current = key
    if held:
        yield pa.Table.from_batches(held)


def _table(block: pa.Table, name: str, schema: pa.Schema) -> pa.Table:
    """Return the rows of one table of a block, which alone have a value in its column."""
    rows = block[f"{_PREFIX}{name}"]
    return pa.Table.from_struct_array(rows.filter(pc.is_valid(rows))).cast(schema)
