"""Columns of Arrow tables as the arrays that the affinity models take.

`table` is the Arrow table that has the column.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.affinity.features import Personas, SkuAttributes, TagLists
from xuanpin.models.arrays import Floats, Ints


def sku_attributes_of(skus: pa.Table, look: Floats) -> SkuAttributes:
    """Take the attributes of SKUs from columns category, list_price, style_tags and series_tags; `look` is that of
    SkuAttributes."""
    return SkuAttributes(
        category=texts(skus, "category"),
        price=doubles(skus, "list_price"),
        style=lists(skus, "style_tags"),
        series=lists(skus, "series_tags"),
        look=look,
    )


def personas_of(people: pa.Table) -> Personas:
    """Take the requirements of agents from `people`, rows of night.int_agent_personas."""
    return Personas(
        price_min=doubles(people, "price_min"),
        price_max=doubles(people, "price_max"),
        style=lists(people, "style_tags"),
        series=lists(people, "series_tags"),
        wanted=lists(people, "categories_wanted"),
    )


def doubles(table: pa.Table, column: str) -> Floats:
    """Return a numeric column as float64, NaN where null."""
    return np.asarray(table[column].cast(pa.float64()).to_numpy(), dtype=np.float64)


def integers(table: pa.Table, column: str) -> Ints:
    """Return a column of whole numbers as int64; it must hold no nulls."""
    return np.asarray(table[column].to_numpy().astype(np.int64))


def lists(table: pa.Table, column: str) -> TagLists:
    """Return a column of lists of words, an empty list where null."""
    rows = table[column].combine_chunks()
    sizes = np.asarray(pc.fill_null(pc.list_value_length(rows), 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    coded = rows.flatten().dictionary_encode()
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return TagLists(coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64), starts)


def texts(table: pa.Table, column: str) -> list[str]:
    """Return a column of texts."""
    return [str(word) for word in table[column].to_pylist()]


def vectors(column: pa.ChunkedArray, width: int) -> Floats:
    """Return a column of lists of `width` numbers as an array, rows × width."""
    flat = np.asarray(column.combine_chunks().flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
    return flat.reshape(len(column), width)


def vector_rows(values: Floats) -> pa.ListArray:
    """Return `values`, rows × width, as a column of lists of numbers."""
    starts = np.arange(len(values) + 1, dtype=np.int32) * np.int32(values.shape[1])
    return pa.ListArray.from_arrays(pa.array(starts), pa.array(values.ravel()))


def rows_of(keys: pa.Array | pa.ChunkedArray, values: pa.ChunkedArray) -> Ints:
    """Return the row of each of the `values` among unique keys, -1 where it is none of them."""
    found = pc.fill_null(pc.index_in(values, value_set=keys), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)


def take(ids: pa.Array | pa.ChunkedArray, rows: Ints) -> pa.Array:
    """Return the ids at these rows."""
    whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    return whole.take(pa.array(rows))
