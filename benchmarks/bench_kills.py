"""Kills every verb that changes a home at each of its writes and at random times, and runs it again: `make faults`.

Each verb is a process of its own on a copy of a small home. At its first, second, … last write (see
tests/support/kill_points.py), and at times drawn evenly from its length, it is ended with SIGKILL. Then it is done
again; files, pointers, reviews and the rows of both databases must be those of a home on which it was never disturbed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
from collections import Counter
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.support.killed_verbs import PRELOADED, VERBS, Killer, make_base


def main() -> None:
    """Print a table of kills by verb; return 1 where any result differed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--verbs", nargs="*", default=list(VERBS), choices=list(VERBS))
    options.add_argument("--writes", type=int, default=100, help="most writes at which a verb is killed, evenly spread")
    options.add_argument("--random", type=int, default=20, help="kills at random times a verb")
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory(prefix="xuanpin-kills-") as folder:
        make_base(Path(folder))
        print("| verb | writes | kills at a write | other end | kills at a random time | other end |", flush=True)
        print("| --- | --- | --- | --- | --- | --- |")
        differing = sum(measure(processes, Path(folder), verb, asked) for verb in asked.verbs)
    raise SystemExit(1 if differing else 0)


def measure(processes: ForkServerContext, folder: Path, verb: str, asked: argparse.Namespace) -> int:
    """Kill one verb repeatedly, print its row and what differed most often; return how many results differed."""
    killer = Killer(processes, folder, verb)
    step = max(killer.writes / asked.writes, 1.0)
    points = sorted({1 + int(nth * step) for nth in range(min(asked.writes, killer.writes))})
    at_writes = [(f"write {nth}", killer.strike(nth)) for nth in points]
    draw = random.Random(asked.seed)
    tried = [killer.strike_after(draw.uniform(0, killer.seconds)) for _ in range(asked.random)]
    at_random = [("a random time", found) for found in tried if found is not None]
    failed = [[ends for ends in struck if ends[1]] for struck in (at_writes, at_random)]
    counts = (killer.writes, len(at_writes), len(failed[0]), len(at_random), len(failed[1]))
    print(f"| {verb} | {' | '.join(map(str, counts))} |", flush=True)
    kinds = Counter(f"{name} {how}" for struck in failed for _, found in struck for name, how in found.items())
    for kind, count in kinds.most_common(8):
        print(f"    {count:4d} × {kind}", flush=True)
    return sum(map(len, failed))


if __name__ == "__main__":
    main()
