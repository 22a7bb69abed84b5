"""Opens a warehouse: a file that lasts, or one in memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from xuanpin.pipelines.engine.beside import ALWAYS
from xuanpin.pipelines.engine.duck import DuckEngine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.engine.publishing import remove_copy
from xuanpin.pipelines.engine.warehouse_file import prepared, warehouse_file

LASTING = ("source", "history", "ops")
"""Schemas whose tables live from night to night: their columns follow from contracts, not from rows."""


def open_engine(path: Path, *, memory_limit: str | None = None, threads: int | None = None) -> Engine:
    """Open the warehouse file, creating it and its schemas if missing; large work spills beside it.

    `memory_limit` (such as "4GB") and `threads` bound what DuckDB takes of the machine; None leaves them to it. The
    warehouse of a home is opened with xuanpin.pipelines.migration.open_home, which brings its tables level first.

    Raises HomeBusy when another process has the file open, UsageError when it cannot be opened at all.
    """
    file = warehouse_file(path, memory_limit, threads)
    connection = file.connect()
    # What killed processes have spilled or copied: nobody else has the file open now.
    shutil.rmtree(file.config["temp_directory"], ignore_errors=True)
    remove_copy(path)
    return DuckEngine(connection, LASTING, file)


def open_memory() -> Engine:
    """An empty warehouse that lives in memory and is gone when it is closed: none of its tables lasts."""
    connection = duckdb.connect(":memory:", config=ALWAYS)
    return DuckEngine(prepared(connection), ())
