"""What each step of a night on a cluster costs: seconds, CPU on both sides, what is shuffled and what goes to and fro.

CPU and memory of the driver are those of the night's own process; CPU of the server is that of all its processes, which
run on this machine. Spark tells what its executors shuffle on its own pages; Sail tells nothing of the kind.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen

import psutil
import pyarrow as pa

from benchmarks.meter import peak_mib
from tools.spark_server import Server
from xuanpin.pipelines.context import RunRequest
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.steps import Step, Watch

OPENING = "(opening)"
"""What goes by this name is done before the first step."""


@dataclass(frozen=True)
class Counts:
    """What has been used since the beginning; `shuffled` are bytes, None where the server does not tell."""

    seconds: float = 0.0
    driver_cpu: float = 0.0
    server_cpu: float = 0.0
    shuffled: int | None = None
    rows_up: int = 0
    bytes_up: int = 0
    rows_down: int = 0
    bytes_down: int = 0

    def since(self, before: Counts) -> Counts:
        """Return what was used after `before`."""
        shuffled = None if self.shuffled is None else self.shuffled - (before.shuffled or 0)
        used = {name: value - getattr(before, name) for name, value in vars(self).items() if name != "shuffled"}
        return Counts(**used, shuffled=shuffled)


@dataclass(frozen=True)
class StepFigures:
    """One step: what it used, and the peak of the driver's memory in MiB."""

    used: Counts
    peak_mib: float


@dataclass
class Traffic:
    """Rows and bytes of Arrow that went to the cluster and came from it; many rows go in one cell."""

    rows_up: int = 0
    bytes_up: int = 0
    rows_down: int = 0
    bytes_down: int = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what goes through the doors of the client while the block runs."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            from pyspark.sql.connect.dataframe import DataFrame
            from pyspark.sql.connect.session import SparkSession

            from xuanpin.pipelines.engine.cluster.views import Views

        send, carry, fetch = Views.send, SparkSession.createDataFrame, DataFrame.toArrow

        def sending(views: Any, rows: pa.Table) -> Any:
            self.rows_up += rows.num_rows
            return send(views, rows)

        def carrying(session: Any, data: Any, *arguments: Any, **named: Any) -> Any:
            if isinstance(data, pa.Table):
                self.bytes_up += data.nbytes
            return carry(session, data, *arguments, **named)

        def fetching(frame: Any) -> pa.Table:
            rows = fetch(frame)
            self.rows_down += rows.num_rows
            self.bytes_down += rows.nbytes
            return rows

        with (
            patch.object(Views, "send", sending),
            patch.object(SparkSession, "createDataFrame", carrying),
            patch.object(DataFrame, "toArrow", fetching),
        ):
            yield


@dataclass
class ClusterMeter:
    """Figures of the steps of one night, in the order in which they ran; `server` is None for DuckDB alone."""

    server: Server | None
    traffic: Traffic = field(default_factory=Traffic)
    steps: dict[str, StepFigures] = field(default_factory=dict)
    _begun: tuple[str, Counts] | None = None
    _cpu: FamilyCpu | None = field(init=False)

    def __post_init__(self) -> None:
        self._cpu = None if self.server is None else FamilyCpu(self.server.process)

    def begin(self, step: Step) -> None:
        """End the step before, reset the driver's peak and begin this one."""
        self.go_on(step.name)

    def go_on(self, name: str) -> None:
        """Begin what goes by this name, as begin does."""
        self.end()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._begun = name, self._now()

    def end(self) -> None:
        """End the step that runs."""
        if self._begun is not None:
            name, before = self._begun
            used = self._now().since(before)
            self.steps[name] = StepFigures(used, peak_mib())
            self._begun = None
            # A large night takes hours; one that fails late has told what it cost until then.
            print(f"{name}: {used.seconds:.0f} s, CPU-s {used.driver_cpu:.1f} + {used.server_cpu:.1f}", file=sys.stderr)

    def _now(self) -> Counts:
        own = resource.getrusage(resource.RUSAGE_SELF)
        there = 0.0 if self._cpu is None else self._cpu.seconds()
        pages = None if self.server is None else self.server.pages
        return Counts(
            seconds=time.perf_counter(),
            driver_cpu=own.ru_utime + own.ru_stime,
            server_cpu=there,
            shuffled=None if pages is None else shuffled_bytes(pages),
            **vars(self.traffic),
        )


def measured_on(request: RunRequest, server: Server | None) -> dict[str, StepFigures]:
    """Run a night in this process and return the figures of its steps, after what opening the home takes; for a process
    of its own."""
    meter = ClusterMeter(server)
    with nullcontext() if server is None else meter.traffic.counted():
        # A home that DuckDB has filled moves into the lake when it is opened.
        meter.go_on(OPENING)
        run_night(request, Watch(on_step=meter.begin))
    meter.end()
    return meter.steps


@dataclass
class FamilyCpu:
    """CPU-seconds of a process and of all that it has started, also of those that have ended: some of Spark's workers
    end with a parent that no longer counts them."""

    process: int
    _seen: dict[tuple[int, float], tuple[float, float]] = field(default_factory=dict)
    _lost: float = 0.0

    def seconds(self) -> float:
        """Return what has been used so far; ask often, as a process is known by what it had used when last seen."""
        seen = dict(_own_and_children(self.process))
        gone = sum(own + below for name, (own, below) in self._seen.items() if name not in seen)
        counted = sum(below - self._seen.get(name, (0.0, 0.0))[1] for name, (_, below) in seen.items())
        self._lost += max(gone - counted, 0.0)
        self._seen = seen
        return self._lost + sum(own + below for own, below in seen.values())


def _own_and_children(process: int) -> Iterator[tuple[tuple[int, float], tuple[float, float]]]:
    """Yield each living process of a family, by its number and start, with its own time and that of its children that
    have ended."""
    first = psutil.Process(process)
    for each in (first, *first.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            used = times.user + times.system, times.children_user + times.children_system
            yield (each.pid, each.create_time()), used


def family_mib(process: int) -> float:
    """Return the sum of the peaks in MiB of the processes of a server that are alive."""
    first = psutil.Process(process)
    alive = [each for each in (first, *first.children(recursive=True)) if each.status() != psutil.STATUS_ZOMBIE]
    return sum(peak_mib(each.pid) for each in alive)


def shuffled_bytes(pages: str) -> int:
    """Return the bytes that Spark's executors, also those that have ended, have written for shuffles so far, by its
    `pages`; of stages it forgets all but the last thousand."""
    (application, *_) = json.loads(_fetched(f"{pages}/api/v1/applications"))
    executors = json.loads(_fetched(f"{pages}/api/v1/applications/{application['id']}/allexecutors"))
    return sum(executor["totalShuffleWrite"] for executor in executors)


def _fetched(url: str) -> bytes:
    with urlopen(url, timeout=60) as answer:  # the address is a server of our own on this machine
        content: bytes = answer.read()
        return content
