"""Cuts tables into blocks of one key each and maps a function over them, for the engine of one machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines.engine.names import quoted, quoted_table
from xuanpin.pipelines.engine.protocol import BlockFunction

ROWS_AT_A_TIME = 1_000_000
"""Rows of all tables that are read at a time where no block is larger: a few hundred MB of wide rows."""
WORKERS = 2
"""Blocks that go through a function side by side: numpy works without Python's lock most of the time, and each of them
needs its own work space."""


def block_sizes(tables: Iterable[str], by: str) -> str:
    """Write a SELECT of each block of all the `tables`, by the column `by`, with how many rows it has.

    They stand in the order that `spans` needs.
    """
    keys = " union all ".join(f"select {quoted(by)} as key from {quoted_table(table)}" for table in tables)
    return f"select key, count(*) as size from ({keys}) group by key order by key nulls last"


def span(table: str, by: str) -> str:
    """Write a SELECT of the rows of a table from the block $first to the block $last of the column `by`, in order."""
    return f"select * from {quoted_table(table)} where {quoted(by)} between $first and $last order by {quoted(by)}"


def spans(sizes: pa.Table) -> Iterator[tuple[Any, Any]]:
    """Yield the first and the last key of each range of blocks that are read together.

    `sizes` is the result of `block_sizes`; a null comes in a range of its own.
    """
    keys, total = sizes["key"], np.concatenate([[0], np.cumsum(sizes["size"].to_numpy())])
    start, known = 0, len(keys) - keys.null_count
    while start < known:
        end = int(np.searchsorted(total, total[start] + ROWS_AT_A_TIME, side="right")) - 1
        end = min(max(end, start + 1), known)
        yield keys[start].as_py(), keys[end - 1].as_py()
        start = end
    if keys.null_count:
        yield None, None


def map_sorted(function: BlockFunction, tables: Mapping[str, pa.Table], by: str, schema: pa.Schema) -> pa.Table:
    """Return what `function` makes of each block of `tables`, which are ordered by the column `by`, in their order.

    Every value of the first table is a block; the result has the columns of `schema`.
    """
    places = {name: dict(_runs(rows[by])) for name, rows in tables.items()}
    nothing = slice(0, 0)

    def made(key: Any) -> pa.Table:
        block = {name: _rows(table, places[name].get(key, nothing)) for name, table in tables.items()}
        return function(block).select(schema.names).cast(schema)

    blocks = list(next(iter(places.values())))
    if len(blocks) == 1:
        return made(blocks[0])
    with ThreadPoolExecutor(WORKERS) as pool:
        return pa.concat_tables([schema.empty_table(), *pool.map(made, blocks)])


def _runs(keys: pa.ChunkedArray) -> Iterator[tuple[Any, slice]]:
    """Yield each run of equal neighbours as its value and its rows; null equals null."""
    encoded = pc.run_end_encode(keys.combine_chunks())
    start = 0
    for value, end in zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True):
        yield value, slice(start, end)
        start = end


def _rows(table: pa.Table, rows: slice) -> pa.Table:
    return table.slice(rows.start, rows.stop - rows.start)
