"""Ends an executor, the server or the night itself in the middle of a night on a cluster, and looks at what is left.

Every row is a next night of a small platform on a copy of a home, with one kill at a write into the lake. After a lost
executor the night must end right by itself; after a lost server or a killed night readers must find the list of before,
and the next try must be right. Right is: the published tables of an undisturbed night on DuckDB, doubles within 1e-9,
and no rows in the lake that are in force for no table. Executors are those of local-cluster[2,1,1024] of Spark itself.

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
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Literal, TypeAlias, cast

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
MASTER = "local-cluster[2,1,1024]"
LIST_DATE = LAST_HISTORY_DAY + timedelta(days=1)
Killed = Literal["executor", "server", "night"]
Told: TypeAlias = "SimpleQueue[tuple[str, int]]"
KILLS: Mapping[Killed, Callable[[Server], None]] = {
    "executor": end_executor,
    "server": end_server,
    "night": lambda server: os.kill(os.getpid(), signal.SIGKILL),
}


def main() -> int:
    """Print a row for every kill; return 1 where one left something wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="spark,sail", help="servers, by comma")
    parser.add_argument("--killed", default="executor,server,night", help="what is ended, by comma")
    parser.add_argument("--writes", default="2,8,20", help="writes into the lake at which it is ended, by comma")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xuanpin-kills-") as folder:
        place = Path(folder)
        make_base(place)
        print("| server | ended | at write | of | the night itself | the next try | orphans | seconds |", flush=True)
        print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        wrong = 0
        for kind in asked.on.split(","):
            for killed in asked.killed.split(","):
                # Sail does all work in the server itself.
                if (kind, killed) != ("sail", "executor"):
                    numbers = map(int, asked.writes.split(","))
                    wrong += sum(kill(place, cast("Kind", kind), cast("Killed", killed), number) for number in numbers)
    return 1 if wrong else 0


def make_base(place: Path) -> None:
    """Write drops, a home after its first night, and a home with the next night that nothing disturbed, on DuckDB."""
    history = BulkHistory(World(7, PLATFORM), place / "sources")
    history.write(FIRST_LOAD)
    before = RunRequest(FIRST_LOAD, Home(place / "base"), place / "sources", Settings(), datetime.now(BEIJING))
    run_night(before)
    history.write(LAST_HISTORY_DAY)
    shutil.copytree(place / "base", place / "wanted")
    run_night(replace(before, as_of_date=LAST_HISTORY_DAY, home=Home(place / "wanted")))


def kill(place: Path, kind: Kind, killed: Killed, number: int) -> bool:
    """Strike one night, try again, print the row and return whether anything is wrong."""
    shutil.rmtree(place / "killed", ignore_errors=True)
    shutil.copytree(place / "base", place / "killed")
    shutil.rmtree(place / "lake", ignore_errors=True)
    started = time.perf_counter()
    with spark_server(kind, master=MASTER) as server:
        said, writes = apart(_request(place, server), server, killed, number)
        home, wanted = Home(place / "killed"), Home(place / "wanted")
        shown = run_store.current_run(home, LIST_DATE)
        is_kept = shown is None or shown.state == "fallback"
        itself = "right" if not said and not other_tables(home, wanted) else said.partition("\n")[0][:60]
        again = None if killed == "server" else try_again(place, server)
    if again is None:
        with spark_server(kind, master=MASTER) as server:
            again = try_again(place, server)
    faults, left = again
    seconds = time.perf_counter() - started
    told = "right" if not faults else "; ".join(faults)[:80]
    print(f"| {kind} | {killed} | {number} | {writes} | {itself} | {told} | {left} | {seconds:.0f} |", flush=True)
    return bool(faults or left) or (itself != "right" if killed == "executor" else not is_kept)


def try_again(place: Path, server: Server) -> tuple[list[str], int]:
    """Run the night once more; return what is wrong with its tables, and how many orphans the lake holds."""
    said = outcome(_request(place, server))
    left = orphans(_request(place, server))
    return [said[:60]] if said else other_tables(Home(place / "killed"), Home(place / "wanted")), len(left)


def _request(place: Path, server: Server) -> RunRequest:
    engine = EngineSettings(kind="spark", address=server.address, lake=str(place / "lake"), driver_rows=DRIVER_ROWS)
    home = Home(place / "killed")
    return RunRequest(LAST_HISTORY_DAY, home, place / "sources", Settings(engine=engine), datetime.now(BEIJING))


def apart(request: RunRequest, server: Server, killed: Killed, number: int) -> tuple[str, int]:
    """Run the killed night in a process of its own; return what ended it, '' for nothing, and its writes."""
    processes = multiprocessing.get_context("spawn")
    told: Told = processes.SimpleQueue()
    process = processes.Process(target=_killed, args=(request, server, killed, number, told))
    process.start()
    process.join()
    return told.get() if process.exitcode == 0 else (f"killed ({process.exitcode})", number)


def _killed(
    request: RunRequest, server: Server, killed: Killed, number: int, told: SimpleQueue[tuple[str, int]]
) -> None:
    with killed_at_write(number, lambda: KILLS[killed](server)) as written:
        said = outcome(request)
    told.put((said, len(written)))


if __name__ == "__main__":
    sys.exit(main())
