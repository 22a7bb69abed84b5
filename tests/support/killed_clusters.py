"""Nights on a cluster of which something ends in the middle: what a test and a benchmark kill, and what must hold."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import psutil
import pyarrow.parquet as pq

from tools.same_tables import differences, published_tables
from tools.spark_server import Server
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.engine.cluster.lake import PART, Lake
from xuanpin.pipelines.engine.failures import EngineError
from xuanpin.pipelines.errors import NothingPublished
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.session import open_night

DOUBLES = 1e-9
"""Share by which numbers with a fraction of two engines may differ."""


@contextmanager
def killed_at_write(numbers: Collection[int], kill: Callable[[], None]) -> Iterator[list[str]]:
    """Do `kill` when these writes into the lake begin, counted from 1; yield the tables that were written."""
    write, written = Lake.write, list[str]()

    def counted(lake: Lake, table: str, *arguments: Any, **named: Any) -> Any:
        written.append(table)
        if len(written) in numbers:
            kill()
        return write(lake, table, *arguments, **named)

    with patch.object(Lake, "write", counted):
        yield written


def end_server(server: Server) -> None:
    """End a server with all its processes, as a power cut would."""
    os.killpg(server.process, signal.SIGKILL)


def end_executor(server: Server) -> None:
    """End one of the processes that do the work of a local-cluster, as a lost machine would."""
    processes = psutil.Process(server.process).children(recursive=True)
    next(process for process in processes if "CoarseGrainedExecutorBackend" in _command(process)).kill()


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def outcome(request: RunRequest) -> str:
    """Run a night; return '' where it ends well, or what ended it."""
    try:
        run_night(request)
    except (EngineError, NothingPublished) as error:
        return str(error.__cause__ or error)
    return ""


def other_tables(home: Home, wanted: Home) -> list[str]:
    """Return how the published tables of two homes differ, of the list dates that both have."""
    found, others = published_tables(home.root), published_tables(wanted.root)
    shared = sorted(found.keys() & others.keys())
    faults = [f"{name} is missing" for name in sorted(others.keys() - found.keys())]
    for name in shared:
        both = pq.read_table(found[name]), pq.read_table(others[name])
        faults += [f"{name}: {fault}" for fault in differences(*both, DOUBLES)]
    return faults


def orphans(request: RunRequest) -> list[str]:
    """Open the home of a request once more, which tidies its lake; return the folders that still hold rows which are
    in force for no table."""
    with open_night(request):
        pass
    lake = Path(request.settings.engine.lake or "")
    with duckdb.connect(request.home.warehouse, read_only=True) as connection:
        pieces = connection.execute("select stored_folder, stored_part from ops.lake").fetchall()
    kept = {f"{folder}/{PART}={part}" for folder, part in pieces}
    filled = {str(file.parent.relative_to(lake)) for file in lake.rglob("*.parquet") if _has_rows(file)}
    return sorted(filled - kept)


def _has_rows(file: Path) -> bool:
    rows: int = pq.read_metadata(file).num_rows
    return rows > 0
