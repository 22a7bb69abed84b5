"""Takes a new user's way from six foreign exports to a first list: `python -m benchmarks.bench_connect`.

It runs the commands of the README, `xuanpin connect` and the `xuanpin nightly` that it prints, as processes of their
own on the folder of exports that the tests use, and prints what was asked, the seconds of each and the list.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.foreign_exports import Shop, write_exports
from xuanpin.pipelines.context import BEIJING

PROGRAM = (sys.executable, "-c", "from xuanpin.pipelines.cli import main; main()")


def main() -> None:
    """Print a line for each command."""
    with tempfile.TemporaryDirectory() as place:
        yesterday = datetime.now(BEIJING).date() - timedelta(days=1)
        exports = write_exports(Path(place) / "exports", Shop(last=yesterday))
        out = Path(place) / "out"
        facts = json.loads(run("connect", exports, "--to", out, "--yes", "--json"))
        told(facts)
        paths = ("--sources", exports, "--home", Path(place) / "home", "--config", out / "xuanpin.toml")
        print("\n".join(run("nightly", "--as-of", facts["as_of"], *paths, "--progress", "quiet").splitlines()[:2]))


def told(facts: dict[str, Any]) -> None:
    """Print what connecting understood."""
    columns = sum(len(table["columns"]) for table in facts["tables"])
    print(f"{len(facts['files'])} tables in files, {len(facts['tables'])} read, {columns} columns named")
    print(f"{len(facts['taken'])} questions: {', '.join(facts['taken'])}")


def run(*words: str | Path) -> str:
    """Run a command of the program and print how long it took; returns what it printed."""
    began = time.monotonic()
    environment = os.environ | {"XUANPIN_CUSTOMER_KEY": "a key of the bench", "XUANPIN_LANG": "en"}
    done = subprocess.run([*PROGRAM, *map(str, words)], env=environment, capture_output=True, text=True, check=True)
    print(f"xuanpin {words[0]}: {time.monotonic() - began:.0f} s")
    return done.stdout


if __name__ == "__main__":
    main()
