"""Applies small wrong changes to a copy of the tree, one at a time, and says which of them no test notices.

Run `python -m tools.mutants`; `--list` names the changes of tests/mutants.toml, `--only ID …` judges some, `--jobs N`
so many at once. It prints one line a change and exits with 1 when fewer than LEAST_SHARE are killed, or when one
cannot be judged.
"""

from __future__ import annotations

import argparse
import compileall
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "tests" / "mutants.toml"
LEAST_SHARE = 0.95
"""Share of the changes that the tests must notice; the rest allows for changes that turn out to mean the same."""
PATIENCE_SECONDS = 300
"""Time after which the tests of one change are stopped: a change that makes a loop endless is noticed too."""
LEFT_OUT = (".*", "__pycache__", "build", "dist", "docs", "*.egg-info")
"""Entries of the tree that tests of changes do not need."""
KILLED, SURVIVED, STALE, BROKEN = "killed", "survived", "stale", "broken"
VERDICTS = {0: SURVIVED, 1: KILLED}
"""What pytest's exit codes say of a change; any other means that the tests could not run, which says nothing of it."""


@dataclass(frozen=True)
class Mutant:
    """A wrong change: in `file`, `old` (which occurs once) becomes `new`.

    why: what would go wrong for people. tests: those that must fail, as paths or pytest node ids.
    """

    id: str
    file: str
    old: str
    new: str
    why: str
    tests: tuple[str, ...]

    def applied(self, text: str) -> str | None:
        """The file's text with the change, or None where the old text does not occur exactly once."""
        return text.replace(self.old, self.new) if text.count(self.old) == 1 else None


@dataclass(frozen=True)
class Result:
    """How one change fared, and how long its tests took (seconds)."""

    mutant: Mutant
    verdict: str
    seconds: float


def load_mutants(book: Path = BOOK) -> tuple[Mutant, ...]:
    """Read the list of changes; raises ValueError for two of one id."""
    with book.open("rb") as file:
        entries = tomllib.load(file)["mutant"]
    mutants = tuple(Mutant(**entry | {"tests": tuple(entry["tests"])}) for entry in entries)
    twice = [name for name, count in Counter(mutant.id for mutant in mutants).items() if count > 1]
    if twice:
        raise ValueError(f"{book.name} has more than one change named {', '.join(twice)}; give each a name of its own")
    return mutants


def main(arguments: Sequence[str]) -> int:
    """Judge the changes asked for; returns 0 when enough of them are killed and all could be judged."""
    wanted = _options(arguments)
    mutants = [mutant for mutant in load_mutants() if wanted.only is None or mutant.id in wanted.only]
    if wanted.list:
        print("\n".join(f"{mutant.id}: {mutant.file}: {mutant.why}" for mutant in mutants))
        return 0
    if not mutants:
        print(f"no change is named {', '.join(wanted.only)}; --list names them all")
        return 1
    with _copies(wanted.jobs) as folders:
        if not _all_pass(folders[0], mutants):
            print("the tests fail before any change is made; correct them first (python -m pytest)")
            return 1
        return report(_judge_all(folders, mutants))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="ID", nargs="+", help="judge these changes alone")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="changes judged at once")
    parser.add_argument("--list", action="store_true", help="name the changes and judge none")
    return parser.parse_args(arguments)


@contextmanager
def _copies(count: int) -> Iterator[list[Path]]:
    """Copies of the tree, one a worker, compiled: what is changed there never reaches the checkout."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        folders = [Path(scratch) / str(number) for number in range(max(count, 1))]
        for folder in folders:
            shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
            for room in ("models", "pipelines", "sql", "data_contracts", "tests", "tools"):
                compileall.compile_dir(folder / room, quiet=2)
        yield folders


def _all_pass(folder: Path, mutants: Sequence[Mutant]) -> bool:
    """Whether all the tests that the changes name pass on the tree as it is."""
    return run_tests(folder, sorted({test for mutant in mutants for test in mutant.tests}), 0) == SURVIVED


def _judge_all(folders: Sequence[Path], mutants: Sequence[Mutant]) -> list[Result]:
    """Judge each change in a copy that is free, printing one line a change as it ends."""
    free: queue.Queue[Path] = queue.Queue()
    for folder in folders:
        free.put(folder)

    def judge_next(mutant: Mutant) -> Result:
        folder = free.get()
        try:
            result = judge(folder, mutant)
        finally:
            free.put(folder)
        print(f"{result.verdict:8} {result.seconds:5.1f} s  {mutant.id}", flush=True)
        return result

    with ThreadPoolExecutor(len(folders)) as pool:
        return list(pool.map(judge_next, mutants))


def judge(folder: Path, mutant: Mutant) -> Result:
    """Apply one change to a copy of the tree, run its tests there and put the file back."""
    path, start = folder / mutant.file, time.monotonic()
    if not path.is_file():
        return Result(mutant, STALE, 0.0)
    original, stamps = path.read_bytes(), path.stat()
    changed = mutant.applied(original.decode("utf-8"))
    if changed is None:
        return Result(mutant, STALE, 0.0)
    path.write_text(changed, encoding="utf-8")
    try:
        verdict = run_tests(folder, mutant.tests, PATIENCE_SECONDS)
    finally:
        path.write_bytes(original)
        # With its own time the file fits its compiled form again.
        os.utime(path, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
    return Result(mutant, verdict, time.monotonic() - start)


def run_tests(folder: Path, tests: Sequence[str], patience: float) -> str:
    """Run tests in a copy of the tree up to the first failure; `patience` in seconds, 0 waits without end."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *tests]
    # No bytecode is written: that of a changed file would outlive the change.
    # Tests of changes need no plugins, and loading them takes longer than most of the tests.
    own = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=os.environ | own, capture_output=True, timeout=patience or None, check=False
        )
    except subprocess.TimeoutExpired:
        return KILLED
    return VERDICTS.get(done.returncode, BROKEN)


def report(results: Sequence[Result]) -> int:
    """Print the changes that were not killed and the total; returns 0 when enough were killed and all were judged."""
    counts = Counter(result.verdict for result in results)
    for result in results:
        if result.verdict != KILLED:
            print(f"{result.verdict}: {result.mutant.id} in {result.mutant.file}: {result.mutant.why}")
    print(
        f"{len(results)} changes: " + ", ".join(f"{counts[name]} {name}" for name in (KILLED, SURVIVED, STALE, BROKEN))
    )
    is_judged = not counts[STALE] and not counts[BROKEN]
    return 0 if is_judged and counts[KILLED] >= LEAST_SHARE * len(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
