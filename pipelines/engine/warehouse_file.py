"""Connects to the DuckDB file of a warehouse and says in plain words why that fails."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from xuanpin.pipelines.engine.beside import ALWAYS
from xuanpin.pipelines.engine.failures import EngineError
from xuanpin.pipelines.errors import HomeBusy, UsageError
from xuanpin.pipelines.typed.phrase import phrase

_CHECKPOINT = "512MB"
"""A night replaces its tables one after another: at DuckDB's 16 MB they would be compressed into the file time and
again. What is committed stands in the log until then, and outlives a kill."""
SCHEMAS = ("source", "history", "night", "ops")


@dataclass(frozen=True)
class WarehouseFile:
    """A warehouse file and the settings (`config`) that it is opened with."""

    path: Path
    config: dict[str, Any]

    def log_bytes(self) -> int:
        """Return how much stands in the log and not in the file yet, in bytes."""
        log = self.path.with_name(f"{self.path.name}.wal")
        return log.stat().st_size if log.exists() else 0

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open the file; raises HomeBusy, UsageError or EngineError."""
        return prepared(self.connect_to_read())

    def connect_to_read(self) -> duckdb.DuckDBPyConnection:
        """Open the file and change nothing, not even its schemas; raises HomeBusy, UsageError or EngineError."""
        try:
            return duckdb.connect(str(self.path), config=self.config)
        except duckdb.IOException as error:
            raise _explain(self.path, error) from error
        except duckdb.Error as error:
            raise EngineError(str(error), type(error).__name__) from error


def warehouse_file(path: Path, memory_limit: str | None, threads: int | None) -> WarehouseFile:
    """Return the file of a warehouse at `path`, whose folder is made, with what DuckDB may use.

    `memory_limit` and `threads` are as in `open_engine`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {"temp_directory": f"{path}.spill", **ALWAYS}
    config["checkpoint_threshold"] = _CHECKPOINT
    # What a statement has freed goes back to the system at once, not when the next large one ends: a third of a peak.
    config["allocator_background_threads"] = True
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if threads is not None:
        config["threads"] = threads
    return WarehouseFile(path, config)


def prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Set a new `connection` up as every engine has it, with its schemas, and return it."""
    # A plain SET would not reach the cursors that other tools are given.
    connection.execute("set global TimeZone = 'UTC'")
    be_quiet(connection)
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    return connection


def be_quiet(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Let long queries of a `connection` draw no bars, and return it."""
    # Long queries would draw bars over what programs read from standard output; the setting is each session's own.
    return connection.execute("set enable_progress_bar = false")


def _explain(path: Path, error: duckdb.IOException) -> HomeBusy | UsageError:
    message = str(error)
    if "not a valid DuckDB database" in message:
        return UsageError(
            phrase(
                "{path} is not a DuckDB database, or is damaged; check the path given to --home, or put the file "
                "back from a copy",
                path=path,
            )
        )
    if "lock" not in message:
        return UsageError(
            phrase(
                "{path} cannot be opened: {reason}; check the path given to --home",
                path=path,
                reason=message.splitlines()[0],
            )
        )
    holder = re.search(r"PID \d+", message)
    return HomeBusy(
        phrase(
            "{path} is in use by another process ({holder}); wait until it ends, or end it, and run the same "
            "command again",
            path=path,
            holder=holder.group() if holder else phrase("unknown PID"),
        )
    )
