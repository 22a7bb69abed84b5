"""Runs nights of the demo platform, replays every one of them and compares all published tables.

Run: python -m benchmarks.bench_replay [--nights 14] [--agents …] [--skus …] [--order-lines …] [--complete]

Each night is replayed after the last one has run: it must see nothing of what came later. Some rows of the demo come a
day late, so the night of their day is another one now, and the replay says so; with --complete the drops of all days
are there from the first night on, and no row is late. Ends with 1 where a table of any night differs, or where its
inputs give another run id.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.run import approve_held, morning_after, run_demo
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.replaying.replay import replay
from xuanpin.pipelines.replaying.words import replay_text
from xuanpin.pipelines.settings import Settings


def main() -> None:
    """Print a line a night; return 1 where one differed, or where the home is not as it was."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nights", type=int, default=14)
    options.add_argument("--seed", type=int, default=7)
    for size in ("agents", "skus", "order_lines"):
        options.add_argument(f"--{size.replace('_', '-')}", type=int)
    options.add_argument("--complete", action="store_true")
    asked = options.parse_args()
    sizes = {size: getattr(asked, size) for size in ("agents", "skus", "order_lines")}
    with tempfile.TemporaryDirectory(prefix="xuanpin-replay-") as folder:
        home = Home(Path(folder) / "home")
        run_demo(home, asked.seed, asked.nights, sizes, lambda *_: None, lambda _: None)
        if asked.complete:
            home = on_all_drops(home, asked.nights)
        before = picture(home)
        equal = sum(replayed(home, run) for run in run_store.current_runs(home))
        is_untouched = picture(home) == before
    print(f"{equal} of {asked.nights} nights equal; the home is {'as it was' if is_untouched else 'CHANGED'}")
    raise SystemExit(0 if equal == asked.nights and is_untouched else 1)


def on_all_drops(demo: Home, nights: int) -> Home:
    """Run the nights of a demo once more in a home beside it, on the drops of all its days; return that home."""
    home = Home(demo.root.parent / "complete")
    for back in reversed(range(nights)):
        day = LAST_HISTORY_DAY - timedelta(days=back)
        request = RunRequest(day, home, demo.root / "sources", Settings(), morning_after(LAST_HISTORY_DAY))
        run_night(request)
        approve_held(request)
    return home


def replayed(home: Home, run: run_store.CurrentRun) -> bool:
    """Replay one night and print what became of it; return whether it was the same run with the same bytes."""
    started = time.perf_counter()
    found = replay(home, run, Settings(), datetime.now(BEIJING))
    print(f"{replay_text(found, 'en')} ({time.perf_counter() - started:.1f} s)", flush=True)
    return found.is_equal and found.is_same_run


def picture(home: Home) -> dict[str, str]:
    """Return the hash of the warehouse and of every published file."""
    files = [home.warehouse, *sorted(path for path in home.published.rglob("*") if path.is_file())]
    return {str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


if __name__ == "__main__":
    main()
