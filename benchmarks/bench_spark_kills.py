"""Ends executors, the server or the night itself in the middle of a night on a cluster, and looks at what is left.

Every row is a next night of a small platform on a copy of a home, which is disturbed at writes into the lake. One night
loses an executor at each of them and must end right by itself; a night whose server or own process ends at the first
is tried again, ended at the second, and so on, and once more undisturbed: readers must find the list of before after
each kill, and the last try must be right. Right is: the published tables of an undisturbed night on DuckDB, doubles
within 1e-9, and no rows in the lake that are in force for no table. Executors are those of local-cluster[2,1,1024] of
Spark itself, which else is local[2].

    python -m benchmarks.bench_spark_kills --on spark,sail --writes 2,8,20
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Literal, cast

from benchmarks.bench_night import FIRST_LOAD
from tests.support.killed_clusters import end_executor, end_server, killed_at_write, orphans, other_tables, outcome
from tools.spark_server import Kind, Server, spark_server
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.bulk import BulkHistory
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.engine import EngineSettings

PLATFORM = Scale(agents=120, skus=300, days=40, order_lines=10_000)
DRIVER_ROWS = 100
EXECUTORS = "local-cluster[2,1,1024]"
ALONE = "local[2]"
LIST_DATE = LAST_HISTORY_DAY + timedelta(days=1)
Killed = Literal["executor", "server", "night"]
KILLS: Mapping[Killed, Callable[[Server], None]] = {
    "executor": end_executor,
    "server": end_server,
    "night": lambda server: os.kill(os.getpid(), signal.SIGKILL),
}


def main() -> int:
    """Print a row for every kind of kill; return 1 where one left something wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="spark,sail", help="servers, by comma")
    parser.add_argument("--killed", default="executor,server,night", help="what is ended, by comma")
    parser.add_argument("--writes", default="3,12,25,40", help="writes into the lake at which it is ended, by comma")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xuanpin-kills-") as folder:
        place = Path(folder)
        make_base(place)
        make_wanted(place)
        print("| server | ended | at writes | lists of before kept | ends as | orphans | seconds |", flush=True)
        print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
        numbers, right = [*map(int, asked.writes.split(","))], True
        for kind in asked.on.split(","):
            for killed in asked.killed.split(","):
                # Sail does all work in the server itself.
                if (kind, killed) != ("sail", "executor"):
                    right &= ends_right(place, cast("Kind", kind), cast("Killed", killed), numbers)
    return 0 if right else 1


def make_base(place: Path) -> None:
    """Write drops and a home after its first night, on DuckDB."""
    history = BulkHistory(World(7, PLATFORM), place / "sources")
    history.write(FIRST_LOAD)
    base = RunRequest(FIRST_LOAD, Home(place / "base"), place / "sources", Settings(), datetime.now(BEIJING))
    run_night(base)
    history.write(LAST_HISTORY_DAY)


def make_wanted(place: Path) -> None:
    """Write a home with the next night that nothing disturbed, on DuckDB."""
    begin(place, "wanted")
    wanted = Home(place / "wanted")
    run_night(RunRequest(LAST_HISTORY_DAY, wanted, place / "sources", Settings(), datetime.now(BEIJING)))


def begin(place: Path, name: str) -> None:
    """Copy the home after its first night; its lake is empty."""
    for folder in (place / name, place / "lake"):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(place / "base", place / name)


def ends_right(place: Path, kind: Kind, killed: Killed, numbers: Sequence[int]) -> bool:
    """Disturb one night at each of the writes, print the row and return whether all is right in the end."""
    begin(place, "killed")
    home, started = Home(place / "killed"), time.perf_counter()
    tries = [numbers] if killed == "executor" else [[number] for number in numbers]
    master = EXECUTORS if killed == "executor" else ALONE
    kept, ended = 0, list[str]()
    with ExitStack() as servers:
        server = servers.enter_context(spark_server(kind, master=master))
        for writes in tries:
            ended.append(apart(_request(place, server), server, killed, writes))
            shown = run_store.current_run(home, LIST_DATE)
            kept += shown is None or shown.state == "fallback"
            if killed == "server":
                server = servers.enter_context(spark_server(kind, master=master))
        said = ended[0] if killed == "executor" else outcome(_request(place, server))
        left = orphans(_request(place, server))
    faults = [said[:60]] if said else other_tables(home, Home(place / "wanted"))
    seconds = time.perf_counter() - started
    at, told = " ".join(map(str, numbers)), "; ".join(faults)[:80] or "right"
    print(f"| {kind} | {killed} | {at} | {kept} of {len(tries)} | {told} | {len(left)} | {seconds:.0f} |", flush=True)
    is_kept = killed == "executor" or (kept == len(tries) and all(ended))
    return is_kept and not faults and not left


def _request(place: Path, server: Server) -> RunRequest:
    engine = EngineSettings(kind="spark", address=server.address, lake=str(place / "lake"), driver_rows=DRIVER_ROWS)
    settings = Settings(engine=engine)
    return RunRequest(LAST_HISTORY_DAY, Home(place / "killed"), place / "sources", settings, datetime.now(BEIJING))


def apart(request: RunRequest, server: Server, killed: Killed, numbers: Sequence[int]) -> str:
    """Run a disturbed night in a process of its own; return what ended it, '' for nothing."""
    processes = multiprocessing.get_context("spawn")
    told: SimpleQueue[str] = processes.SimpleQueue()
    process = processes.Process(target=_killed, args=(request, server, killed, numbers, told))
    process.start()
    process.join()
    return told.get() if process.exitcode == 0 else f"killed ({process.exitcode})"


def _killed(
    request: RunRequest, server: Server, killed: Killed, numbers: Sequence[int], told: SimpleQueue[str]
) -> None:
    with killed_at_write(numbers, lambda: KILLS[killed](server)):
        told.put(outcome(request))


if __name__ == "__main__":
    sys.exit(main())
