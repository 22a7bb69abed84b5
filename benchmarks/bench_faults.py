"""Kills a tiny night at random points, runs it again and holds it against the undisturbed one: `make faults`.

Each night is a process of its own, killed with SIGKILL after a delay drawn evenly from the length of a whole night.
Then readers must see nothing of it or all of it, and a run that follows must give the same run and the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from pipelines import shelf
from pipelines.demo.scale import TINY
from pipelines.demo.simulate import write_history
from pipelines.demo.world import World
from pipelines.night import Home
from pipelines.nightly import BEIJING, STEPS, Ask, run_night
from pipelines.settings import Settings

AS_OF = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
# Loaded once by the process that the nights are forked from: importing takes longer than a tiny night.
PRELOADED = ["benchmarks.bench_faults", "great_expectations", "pipelines.affinity", "pipelines.report"]


def one_night(root: Path, sources: Path) -> None:
    """Run the night; meant as the whole life of a process."""
    run_night(Ask(AS_OF, Home(root), sources, Settings(), NOW))


def fingerprint(home: Home) -> dict[str, str]:
    """The current run and the hash of each of its tables; empty where nothing is current."""
    run = shelf.current_run(home)
    if run is None:
        return {}
    tables = sorted(shelf.run_folder(home, run).glob("*.parquet"))
    return {"run": run.run_id} | {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables}


def start(nights: multiprocessing.context.ForkServerContext, root: Path, sources: Path) -> multiprocessing.Process:
    """A process that runs the night."""
    night = nights.Process(target=one_night, args=(root, sources))
    night.start()
    return night


def step_reached(home: Home) -> str:
    """The step that was under way, from the log of what was finished."""
    log = home.logs / "xuanpin.log"
    done = [line.split()[3] for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    names = [step.name for step in STEPS]
    finished = [name for name in done if name in names]
    return names[min(names.index(finished[-1]) + 1, len(names) - 1)] if finished else names[0]


def main() -> None:
    """Kill nights until the count or the time is reached; leaves with 1 where any recovery differed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--minutes", type=float, default=60.0, help="stop after this long, whatever the count")
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    nights = multiprocessing.get_context("forkserver")
    nights.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory(prefix="xuanpin-faults-") as folder:
        failures = measure(nights, Path(folder), asked)
    raise SystemExit(1 if failures else 0)


def measure(nights: multiprocessing.context.ForkServerContext, folder: Path, asked: argparse.Namespace) -> int:
    """Do the work and print the table; returns how many recoveries differed."""
    sources = folder / "sources"
    write_history(World(seed=7, scale=TINY), sources)
    start(nights, folder / "warm", sources).join()
    began = time.monotonic()
    start(nights, folder / "whole", sources).join()
    length = time.monotonic() - began
    wanted = fingerprint(Home(folder / "whole"))
    assert wanted, "the undisturbed night did not publish"
    draw, killed, failed = random.Random(asked.seed), Counter[str](), 0
    while sum(killed.values()) < asked.kills and time.monotonic() - began < 60 * asked.minutes:
        step, recovered = kill_and_recover(nights, folder / "home", sources, draw.uniform(0, length))
        killed[step] += 1
        failed += recovered != wanted
    print(f"a whole night takes {length:.1f} s; {sum(killed.values())} kills; {failed} recoveries differed")
    for step in STEPS:
        print(f"{step.name:>14} {killed[step.name]:4d} kills")
    return failed


def kill_and_recover(
    nights: multiprocessing.context.ForkServerContext, root: Path, sources: Path, delay: float
) -> tuple[str, dict[str, str]]:
    """Kill one night after the delay and run it again; returns the step that was hit and what is current afterwards."""
    shutil.rmtree(root, ignore_errors=True)
    night = start(nights, root, sources)
    night.join(delay)
    if night.exitcode is None and night.pid is not None:
        os.kill(night.pid, signal.SIGKILL)
    night.join()
    step, seen = step_reached(Home(root)), fingerprint(Home(root))
    start(nights, root, sources).join()
    recovered = fingerprint(Home(root))
    return step, recovered if seen in ({}, recovered) else {"half a run was seen": str(seen)}


if __name__ == "__main__":
    main()
