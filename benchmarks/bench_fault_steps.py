"""Interrupts a tiny night at the start of each step, in several ways, and prints which list readers get: `make faults`.

The home has yesterday's list. After each fault readers must find a list for today or yesterday's, and a run that
follows without a fault must give the run and the bytes of an undisturbed night.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.bench_faults import AS_OF, NOW, PRELOADED, fingerprint
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.scale import TINY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step, Watch

LIST_DATE = AS_OF + timedelta(days=1)
SMALL_FILE = 64 * 1024
"""Bytes that a file may grow to on the full disk: a lock or a log line, but no table."""

STAYS = "yesterday's list stays"


def kill() -> None:
    """End this process as a power failure would."""
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    """Fail the way a bug does."""
    raise ZeroDivisionError("a fault that was asked for")


def fill_disk() -> None:
    """Let every write beyond a small file fail from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE, SMALL_FILE))


FAULTS: dict[str, Callable[[], None]] = {"kill -9": kill, "crash": crash, "disk full": fill_disk}


def one_night(root: Path, sources: Path, days_ago: int = 0, step: str = "", fault: str = "") -> None:
    """Run a night that is interrupted at the start of a step; meant as a whole process."""

    def strike(begun: Step) -> None:
        if begun.name == step:
            FAULTS[fault]()

    # The failures are asked for; what they would print is of no interest here.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    run_night(RunRequest(AS_OF - timedelta(days=days_ago), Home(root), sources, Settings(), NOW), Watch(on_step=strike))


def shown(home: Home) -> str:
    """What readers of the new list date find after a fault."""
    if run_store.current_run(home) is None:
        return "NOTHING"
    own = run_store.current_run(home, LIST_DATE)
    return STAYS if own is None else own.state.replace("_", " ")


def main() -> None:
    """Print a table of faults by step; exits with 1 where readers had no list or a recovery differed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", nargs="*", default=[step.name for step in STEPS])
    asked = options.parse_args()
    nights = multiprocessing.get_context("forkserver")
    nights.set_forkserver_preload([*PRELOADED, __spec__.name])

    def run(*said: object) -> None:
        night = nights.Process(target=one_night, args=said)
        night.start()
        night.join()

    with tempfile.TemporaryDirectory(prefix="xuanpin-faults-") as folder:
        faulty = measure(run, Path(folder), asked.steps)
    raise SystemExit(1 if faulty else 0)


def measure(run: Callable[..., None], folder: Path, steps: list[str]) -> int:
    """Do the work and print the table; returns how many faults ended badly."""
    base, sources, faulty = folder / "base", folder / "sources", 0
    write_history(World(seed=7, scale=TINY), sources)
    run(base, sources, 1)
    shutil.copytree(base, folder / "whole")
    run(folder / "whole", sources)
    wanted = fingerprint(Home(folder / "whole"))
    assert wanted.keys() > {"run"} and shown(Home(base)) == STAYS, "the undisturbed nights did not publish"
    print(f"| struck at | {' | '.join(FAULTS)} |\n| --- |{' --- |' * len(FAULTS)}")
    for step in steps:
        cells = []
        for fault in FAULTS:
            home = Home(folder / "home")
            shutil.rmtree(home.root, ignore_errors=True)
            shutil.copytree(base, home.root)
            run(home.root, sources, 0, step, fault)
            after = shown(home)
            run(home.root, sources)
            is_same = fingerprint(home) == wanted
            faulty += after == "NOTHING" or not is_same
            cells.append(f"{after}; {'then the same night' if is_same else 'THEN ANOTHER NIGHT'}")
        print(f"| {step} | {' | '.join(cells)} |", flush=True)
    return faulty


if __name__ == "__main__":
    main()
