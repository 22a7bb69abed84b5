"""Gives frames of the cluster the types that the warehouse keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:  # most platforms have no cluster
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType


def struct_of(schema: pa.Schema) -> StructType:
    """Return the columns of an Arrow schema as Spark has them."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def as_typed(frame: DataFrame, schema: pa.Schema) -> DataFrame:
    """Return a frame with the columns of `schema`, in its order and of its types."""
    from pyspark.sql import functions as f

    return frame.select([f.col(f"`{field.name}`").cast(field.dataType) for field in struct_of(schema).fields])


def collected(frame: DataFrame, schema: pa.Schema) -> pa.Table:
    """Bring the rows of a frame to the driver, as `schema` has them."""
    rows = frame.toArrow()
    return rows.rename_columns(schema.names).cast(schema)


def as_named(frame: DataFrame, schema: pa.Schema) -> DataFrame:
    """Return a frame with the columns of `schema`; those that it lacks are null."""
    from pyspark.sql import functions as f

    there = set(frame.columns)
    fields = struct_of(schema).fields
    chosen = (f.col(f"`{field.name}`") if field.name in there else f.lit(None) for field in fields)
    return frame.select(
        [column.cast(field.dataType).alias(field.name) for column, field in zip(chosen, fields, strict=True)]
    )
