"""Runs `make fuzz`: cases by seed on all processors, their failures, and how to repeat each.

python -m tools.fuzz --count 20000 --seed 0 [--kind drop] [--jobs 2]
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tools.fuzz.cases import SHARES, Bench
from tools.fuzz.oracle import Find

PART = 2_000
"""Cases that one process runs."""
HANG_SECONDS = 60
"""Seconds of processor time that a case may take."""
WAITING = 10
"""Times as long a case may wait: other programs may have the processors."""
MEMORY_GROWTH = 600 << 20
"""Bytes by which one case may raise the most that its process has used."""
MEMORY = 6 << 30
"""Bytes that a process may take."""


@dataclass
class Tally:
    """Cases by kind, and what they found by seed."""

    cases: Counter[str] = field(default_factory=Counter)
    finds: dict[int, tuple[str, str]] = field(default_factory=dict)

    def note(self, seed: int, kind: str, found: str | None) -> None:
        """Count a case, and keep what it found."""
        self.cases[kind] += 1
        if found is not None:
            self.finds[seed] = (kind, found)


def kind_of(seed: int) -> str:
    """Return the kind of the case of a seed."""
    return Random(f"kind {seed}").choices(tuple(SHARES), tuple(SHARES.values()))[0]


def run_cases(
    seeds: Iterable[int], kind: str | None, note: Callable[[int, str, str | None], object], folder: Path
) -> None:
    """Run the cases of these seeds in this process, all of one kind where it is named.

    `note` gets each case's seed, kind and failure, if any. `folder` is worked in and left.
    """
    bench = Bench(folder)
    for seed in seeds:
        chosen = kind or kind_of(seed)
        note(seed, chosen, _found(bench, chosen, seed))


def _found(bench: Bench, kind: str, seed: int) -> str | None:
    """Run one case; one that never ends is ended with its process, and its stack goes to standard error."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    faulthandler.dump_traceback_later(WAITING * HANG_SECONDS, exit=True)
    try:
        bench.run(kind, Random(f"case {seed}"))
    except Find as find:
        return str(find)
    finally:
        faulthandler.cancel_dump_traceback_later()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    if grown > MEMORY_GROWTH:
        return f"took {grown >> 20} MB more than any case before it"
    return None if time.process_time() - started < HANG_SECONDS else "took over a minute"


def main() -> int:
    """Parse the arguments, run the cases and print what was found; returns 1 where something was."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; each case has the next one")
    parser.add_argument("--kind", choices=tuple(SHARES))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside is not None:
        return _inside(asked.seed, asked.count, asked.kind, asked.inside)
    started = time.monotonic()
    with ThreadPoolExecutor(asked.jobs) as pool:
        parts = [
            pool.submit(_part, start, min(PART, asked.seed + asked.count - start), asked.kind)
            for start in range(asked.seed, asked.seed + asked.count, PART)
        ]
        tallies = [part.result() for part in parts]
    return _report(tallies, time.monotonic() - started)


def _inside(seed: int, count: int, kind: str | None, notes: Path) -> int:
    """Run a part in this process and write down what came of it, case by case: it may end at any of them."""
    # Not the addresses that it reserves: the engine of the report's pictures reserves far more than it uses.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    with notes.open("w", encoding="utf-8", buffering=1) as out:
        bench = notes.with_name("bench")
        run_cases(range(seed, seed + count), kind, lambda *case: out.write(json.dumps(case) + "\n"), bench)
    return 0


def _part(seed: int, count: int, kind: str | None) -> Tally:
    """Run a part in a process of its own, and what is left of it in another one where it ended early."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="xuanpin-fuzz-") as folder:
        notes = Path(folder) / "notes"
        while count > 0:
            shutil.rmtree(notes.with_name("bench"), ignore_errors=True)
            notes.with_name("bench").mkdir()
            command = [sys.executable, "-m", "tools.fuzz", f"--seed={seed}", f"--count={count}", f"--inside={notes}"]
            ended = subprocess.run([*command, *([f"--kind={kind}"] if kind else [])], capture_output=True, check=False)
            cases = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
            for done, chosen, found in cases:
                tally.note(done, chosen, found)
            seed, count = seed + len(cases), count - len(cases)
            if ended.returncode and count > 0:
                last = " / ".join(ended.stderr.decode(errors="replace").strip().splitlines()[-12:])
                tally.note(seed, kind or kind_of(seed), f"the process ended with {ended.returncode}: {last}")
                seed, count = seed + 1, count - 1
    return tally


def _report(tallies: list[Tally], seconds: float) -> int:
    cases: Counter[str] = sum((tally.cases for tally in tallies), Counter())
    finds = {seed: find for tally in tallies for seed, find in tally.finds.items()}
    print(f"{cases.total()} cases in {seconds:.0f} s: {', '.join(f'{count} {kind}' for kind, count in cases.items())}")
    print(f"{len(finds)} finds")
    for seed, (kind, text) in sorted(finds.items(), key=lambda item: item[1]):
        print(f"  {kind}, see it with `python -m tools.fuzz --kind {kind} --count 1 --seed {seed}`: {text}")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
