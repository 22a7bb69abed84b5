"""Writes the rows that a SELECT over files finds to a Parquet file, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.engine.beside import ALWAYS
from xuanpin.pipelines.engine.failures import failures_of_duckdb
from xuanpin.pipelines.engine.warehouse_file import be_quiet

_MEMORY = "1GB"
"""What one SELECT may take: 1.5 million matches of two runs are joined and sorted within it, more spill to the disk."""
_BATCH = 122_880
"""Rows of a row group, as DuckDB's own; a multiple of the rows that it hands over at once, so that the same rows make
the same bytes."""


@contextmanager
def finding(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what finds rows of files for `write_found`: once for several files, as opening takes longer than most.

    Work that does not fit in memory is put into the `folder`.
    """
    config = {"memory_limit": _MEMORY, "temp_directory": str(folder / ".spill"), **ALWAYS}
    with failures_of_duckdb(), duckdb.connect(":memory:", config=config) as finder:
        yield finder


def write_found(path: Path, sql: str, schema: pa.Schema, finder: duckdb.DuckDBPyConnection) -> int:
    """Write what `sql`, an ordered SELECT over Parquet files, finds to a new Parquet file at `path`; return how many
    rows.

    The rows come typed as `schema` says; the `finder` is that of `finding`. Raises EngineError.
    """
    rows = 0
    with failures_of_duckdb(), be_quiet(finder.cursor()) as connection:
        found = connection.sql(sql).to_arrow_reader(_BATCH)
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for batch in found:
                writer.write_batch(batch.cast(schema), row_group_size=_BATCH)
                rows += batch.num_rows
    return rows
