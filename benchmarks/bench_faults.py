"""Kills a tiny night at random points, runs it again and compares it with the undisturbed one: `make faults`.

Each night is a process of its own, killed with SIGKILL after a delay drawn evenly from the length of the whole night
before it; one that was over by then does not count. Then readers must see nothing of it or all of it, and a run that
follows must give the same run and the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import random
import shutil
import tempfile
import time
from collections import Counter
from datetime import date, datetime
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.scale import TINY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.settings import Settings

AS_OF = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
# Loaded once by the process that the nights are forked from: importing takes longer than a tiny night.
PRELOADED = [
    "benchmarks.bench_faults",
    "tests.support.expectations_loaded",
    "xuanpin.pipelines.affinity.step",
    "xuanpin.pipelines.reporting.step",
]


def one_night(root: Path, sources: Path) -> None:
    """Run the night; meant as a whole process."""
    run_night(RunRequest(AS_OF, Home(root), sources, Settings(), NOW))


def fingerprint(home: Home) -> dict[str, str]:
    """The current run and the hash of each of its tables; empty where nothing is current."""
    run = run_store.current_run(home)
    if run is None:
        return {}
    tables = sorted(run_store.run_folder(home, run).glob("*.parquet"))
    return {"run": run.run_id} | {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables}


def start(nights: ForkServerContext, root: Path, sources: Path) -> ForkServerProcess:
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
    """Kill nights until the count or the time is reached; exits with 1 where any recovery differed."""
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


def measure(nights: ForkServerContext, folder: Path, asked: argparse.Namespace) -> int:
    """Do the work and print the table; returns how many recoveries differed."""
    sources = folder / "sources"
    write_history(World(seed=7, scale=TINY), sources)
    start(nights, folder / "warm", sources).join()
    began = time.monotonic()
    length = whole_night(nights, folder / "whole", sources)
    wanted = fingerprint(Home(folder / "whole"))
    assert wanted, "the undisturbed night did not publish"
    draw, killed, failed = random.Random(asked.seed), Counter[str](), 0
    while killed.total() < asked.kills and time.monotonic() - began < 60 * asked.minutes:
        shutil.rmtree(folder / "home", ignore_errors=True)
        struck, seen = kill(nights, folder / "home", sources, draw.uniform(0, length))
        length = whole_night(nights, folder / "home", sources)
        recovered = fingerprint(Home(folder / "home"))
        killed.update(struck)
        failed += recovered != wanted or seen not in ({}, recovered)
    print(f"{killed.total()} kills; {failed} differed or showed half a run; a night takes {length:.1f} s")
    for step in STEPS:
        print(f"{step.name:>14} {killed[step.name]:4d} kills")
    return failed


def whole_night(nights: ForkServerContext, root: Path, sources: Path) -> float:
    """Run the night to its end; returns how many seconds that took."""
    began = time.monotonic()
    start(nights, root, sources).join()
    return time.monotonic() - began


def kill(nights: ForkServerContext, root: Path, sources: Path, delay: float) -> tuple[list[str], dict[str, str]]:
    """Kill a night after the delay; returns the step that was hit, none where it was over, and what is current then."""
    night = start(nights, root, sources)
    night.join(delay)
    struck = [] if night.exitcode is not None else [step_reached(Home(root))]
    night.kill()
    night.join()
    return struck, fingerprint(Home(root))


if __name__ == "__main__":
    main()
