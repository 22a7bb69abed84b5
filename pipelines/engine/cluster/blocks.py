"""Sends blocks of rows through a Python function in the workers of a cluster, over Spark Connect.

The rows of all tables are stacked, each table in columns of its own, and grouped by the key (`applyInArrow`). To sort
them and to cut the blocks in `mapInArrow` would do on Spark, but Sail 0.7.2 leaves out a sort before `mapInArrow`; it
also refuses structs as columns of `applyInArrow`, lists of structs it takes.

How the function gets to the workers, as tried on Spark 4.2.0 and Sail 0.7.2:

- What is pickled is the function with the values that it holds; classes and functions of a module travel as the name of
  the module. So xuanpin of the same release has to be installed where the workers run, with the driver's version of
  Python (`spark.pyspark.python`). Spark also takes modules from `session.addArtifacts`, but xuanpin reads files that
  stand beside its modules, which it does not find in a zip; Sail takes no artifacts.
- The pickle is a part of each plan that is sent to the server, which accepts 128 MiB (spark.connect.grpc.
  maxInboundMessageSize): write the result before it is used twice.
- Spark gives a worker OMP_NUM_THREADS = spark.task.cpus; Sail runs all functions in the process of the server, in its
  environment. In both the libraries that are loaded are held to one thread, as the cluster runs one task a core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from xuanpin.pipelines.engine.protocol import BlockFunction

if TYPE_CHECKING:  # a night without a cluster needs no client of one
    from pyspark.sql import Column, DataFrame

_KEY = "block_key"
_TABLE = "block_table"
_MOST_TASKS = 256
"""Tasks of heavy blocks; a task without a block ends at once."""


def map_blocks(
    function: BlockFunction, frames: Mapping[str, DataFrame], *, by: str, schema: pa.Schema, apart: bool = False
) -> DataFrame:
    """Return what `function` makes of the `frames`, block by block, in the columns of `schema`.

    `frames` gives each table the name by which the function knows it; a block is the rows with one value of the column
    `by`, null among them, and every value of the first table is one. A table without rows of a block comes empty. The
    types are those that a frame has in Arrow: text as string, moments without a zone in µs. A block has to fit into the
    memory of a worker; its rows stand in no order, nor do those that are returned. The function runs anew each time
    that the frame is read. Where `apart`, each block may have a task of its own, however few its rows.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    stacked = [_stacked(frames, number, by) for number in range(len(frames))]
    rows = reduce(lambda above, below: above.union(below), stacked)
    schemas = {name: to_arrow_schema(frame.schema) for name, frame in frames.items()}
    if apart:
        # Spark puts small partitions together, unless their number is given.
        rows = rows.repartition(_MOST_TASKS, _KEY)
    worker = _worker(function, schemas, schema)
    return rows.groupBy(_KEY).applyInArrow(worker, from_arrow_schema(schema))


def _stacked(frames: Mapping[str, DataFrame], number: int, by: str) -> DataFrame:
    """Return the rows of one of the frames with null in the columns of the others."""
    from pyspark.sql import functions as f

    def columns(place: int, frame: DataFrame) -> list[Column]:
        return [
            (f.col(field.name) if place == number else f.lit(None).cast(field.dataType)).alias(f"{place}_{at}")
            for at, field in enumerate(frame.schema.fields)
        ]

    own = list(frames.values())[number]
    values = [column for place, frame in enumerate(frames.values()) for column in columns(place, frame)]
    return own.select(f.col(by).alias(_KEY), f.lit(number).alias(_TABLE), *values)


def _worker(
    function: BlockFunction, schemas: Mapping[str, pa.Schema], result: pa.Schema
) -> Callable[[pa.Table], pa.Table]:
    """Return what a worker does with the stacked rows of one block."""

    def work(rows: pa.Table) -> pa.Table:
        threadpool_limits(1)
        pa.set_cpu_count(1)
        tables = {name: _table(rows, number, schema) for number, (name, schema) in enumerate(schemas.items())}
        if not len(next(iter(tables.values()))):
            return result.empty_table()
        return function(tables).select(result.names).cast(result)

    return work


def _table(rows: pa.Table, number: int, schema: pa.Schema) -> pa.Table:
    """Return the rows of one table, in its own columns and types."""
    own = rows.filter(pc.equal(rows[_TABLE], number)).select([f"{number}_{at}" for at in range(len(schema))])
    return own.rename_columns(schema.names).cast(schema)
