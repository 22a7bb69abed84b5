"""Writes the rows that a SELECT over files finds to a Parquet file, a batch at a time."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.engine.beside import ALWAYS
from xuanpin.pipelines.engine.failures import failures_of_duckdb

_MEMORY = "1GB"
"""What one SELECT may take: 1.5 million matches of two runs are joined and sorted within it, more spill to the disk."""
_BATCH = 122_880
"""Rows of a row group, as DuckDB's own; a multiple of the rows that it hands over at once, so that the same rows make
the same bytes."""


def write_found(path: Path, sql: str, schema: pa.Schema) -> int:
    """Write what `sql`, an ordered SELECT over Parquet files, finds to a new Parquet file at `path`; return how many
    rows.

    The rows come typed as `schema` says. Work that does not fit in memory is put beside the file. Raises EngineError.
    """
    config = {"memory_limit": _MEMORY, "temp_directory": f"{path}.spill", **ALWAYS}
    rows = 0
    with failures_of_duckdb(), duckdb.connect(":memory:", config=config) as connection:
        connection.execute("set enable_progress_bar = false")
        found = connection.sql(sql).to_arrow_reader(_BATCH)
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for batch in found:
                writer.write_batch(batch.cast(schema), row_group_size=_BATCH)
                rows += batch.num_rows
    return rows
