"""Turns what a step hands over into an Arrow table whose types the warehouse keeps, a result into batches and a column
into numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Floats

if TYPE_CHECKING:  # steps that need no frames should not wait for pandas
    import pandas as pd


def to_arrow(data: pa.Table | pd.DataFrame, schema: pa.Schema | None, table: str) -> pa.Table:
    """Return the rows (`data`) as an Arrow table, typed by `schema` or by themselves; `table` is what an error names.

    Timestamps become microseconds and dictionaries plain values, so that a pandas frame and an Arrow table with the
    same content give the same table. Raises TypeError for a column without a type or for values that do not fit.
    """
    try:
        rows = _convert(data, schema)
    except (ValueError, TypeError, NotImplementedError, KeyError) as error:
        raise TypeError(f"rows for {table} do not fit their types: {error}") from error
    untyped = [field.name for field in rows.schema if pa.types.is_null(field.type)]
    if untyped:
        raise TypeError(f"columns {', '.join(untyped)} of {table} hold only nulls and have no type; pass a schema")
    return rows


def in_batches(found: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Yield the batches that were `found`, first one without rows: it tells the columns even where no other follows."""
    yield pa.RecordBatch.from_pylist([], schema=found.schema)
    yield from found


def numbers(table: pa.Table, name: str) -> Floats:
    """Return the numeric column `name` of a table as doubles."""
    return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _convert(data: pa.Table | pd.DataFrame, schema: pa.Schema | None) -> pa.Table:
    if not isinstance(data, pa.Table):
        data = pa.Table.from_pandas(data, schema=schema, preserve_index=False)
    if schema is None:
        schema = pa.schema([pa.field(field.name, _plain(field.type)) for field in data.schema])
    return data.select(schema.names).cast(schema).replace_schema_metadata(None)


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz=kind.tz)
    return kind
