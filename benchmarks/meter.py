"""What each step of a night costs: seconds, CPU, peak memory, and the rows and bytes that the database read and wrote.

Rows and bytes are the database's own counts of every statement (its profile), the same on any machine. Peaks and CPU
are the process's, Python included.
"""

from __future__ import annotations

import gc
import json
import resource
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

from xuanpin.pipelines.cli import GC_THRESHOLDS
from xuanpin.pipelines.context import RunRequest, StepCount
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.steps import Step, Watch


@dataclass(frozen=True)
class Figures:
    """One step: `rows_read` by its statements (a row read twice counts twice), `rows_out` as the step reports them."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    rows_read: int
    rows_out: int
    bytes_read: int
    bytes_written: int


@dataclass
class Reads:
    """Counts of the database, added up since the last `taken`."""

    rows: int = 0
    bytes_read: int = 0
    bytes_written: int = 0

    def add(self, profile: str) -> None:
        """Add the profile of one finished statement."""
        if not profile:
            return
        told = json.loads(profile)
        self.rows += told.get("query", {}).get("total_rows_scanned", 0)
        self.bytes_read += told.get("io", {}).get("total_bytes_read", 0)
        self.bytes_written += told.get("io", {}).get("total_bytes_written", 0)


@dataclass
class Meter:
    """Figures of the steps of one night, in the order in which they ran, after those of its opening."""

    reads: Reads = field(default_factory=Reads)
    connections: list[ProfiledConnection] = field(default_factory=list)
    steps: dict[str, Figures] = field(default_factory=dict)
    _begun: tuple[str, float, float] = field(default_factory=lambda: ("opening", time.perf_counter(), _cpu_seconds()))

    def begin(self, step: Step) -> None:
        """End the step before, reset the process's peak and begin this one."""
        self._end()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._begun = step.name, time.perf_counter(), _cpu_seconds()

    def ended(self, counts: Mapping[str, StepCount]) -> dict[str, Figures]:
        """End the last step and return the figures of all, with the rows out that each step reported (`counts`)."""
        self._end()
        return {
            name: replace(figures, rows_out=counts[name][1]) if name in counts else figures
            for name, figures in self.steps.items()
        }

    def _end(self) -> None:
        for connection in list(self.connections):
            if connection.last_used_here():
                connection.settle()
        reads, self.reads = self.reads, Reads()
        name, started, cpu = self._begun
        self.steps[name] = Figures(
            seconds=time.perf_counter() - started,
            cpu_seconds=_cpu_seconds() - cpu,
            peak_mib=peak_mib(),
            rows_read=reads.rows,
            rows_out=0,
            bytes_read=reads.bytes_read,
            bytes_written=reads.bytes_written,
        )


class ProfiledConnection:
    """A connection of the database that counts what its statements read; everything else passes through."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, meter: Meter) -> None:
        self._connection, self._meter, self._is_open = connection, meter, False
        self._thread = threading.get_ident()
        connection.execute("set enable_profiling = 'no_output'")
        connection.execute("set profiling_coverage = 'all'")
        meter.connections.append(self)

    def execute(self, query: str | duckdb.Statement, *arguments: Any, **named: Any) -> ProfiledConnection:
        """Run a statement; what it read is counted when the next one begins, as its rows may still be fetched."""
        self._begin()
        # The lock would refuse the profile of later cursors, and the files of a benchmark are its own.
        if (query if isinstance(query, str) else query.query) != "set global lock_configuration = true":
            self._connection.execute(query, *arguments, **named)
        return self

    def sql(self, *arguments: Any, **named: Any) -> Any:
        """Prepare a relation; its statement runs when its rows are taken."""
        self._begin()
        return self._connection.sql(*arguments, **named)

    def cursor(self) -> ProfiledConnection:
        """Open a connection to the same database, counted too."""
        return ProfiledConnection(self._connection.cursor(), self._meter)

    def close(self) -> None:
        """Count the last statement and close."""
        self.settle()
        self._meter.connections.remove(self)
        self._connection.close()

    def last_used_here(self) -> bool:
        """Whether this thread began the last statement: that of another one may run, and a busy connection refuses."""
        return self._thread == threading.get_ident()

    def settle(self) -> None:
        """Count the statement that ran last."""
        if self._is_open:
            self._meter.reads.add(self._connection.get_profiling_information())
            self._is_open = False

    def _begin(self) -> None:
        self.settle()
        self._is_open, self._thread = True, threading.get_ident()

    def __enter__(self) -> ProfiledConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def measured(request: RunRequest) -> dict[str, Figures]:
    """Run a night as the command does and return the figures of its steps; for a process of its own."""
    gc.set_threshold(*GC_THRESHOLDS)
    meter = Meter()
    with _profiled(meter):
        counts = run_night(request, Watch(on_step=meter.begin))
        return meter.ended(counts)


@contextmanager
def _profiled(meter: Meter) -> Iterator[None]:
    connect = duckdb.connect

    def counted(*arguments: Any, **named: Any) -> ProfiledConnection:
        return ProfiledConnection(connect(*arguments, **named), meter)

    with patch.object(duckdb, "connect", counted):
        yield


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib(process: int | str = "self") -> float:
    """Return the peak memory in MiB of a process by its number, or of this one, since its last reset."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(dict(line.split(":", 1) for line in text.splitlines())["VmHWM"].split()[0]) / 1024
