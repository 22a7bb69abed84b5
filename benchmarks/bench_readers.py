"""Readers of each store while lists are republished and recalled: no error, and never two runs mixed.

Run: python -m benchmarks.bench_readers [--readers 50] [--publications 100] [--stores parquet database feed]

A tiny home of two nights. For each store in turn so many readers, each a process that follows the documents and knows
no code of ours (the feed's is tests/support/follower.py), read as long as the list is recalled and made current again.
Ends with 1 where a reader failed or saw a mixture.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.support.store_readers import READERS, ended, start_reader
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.scale import TINY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

LAST_DAY = date(2026, 11, 21)
LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=BEIJING)
RECALLS = 10
PAUSE = 1.0
"""Seconds that a reader rests at most; two cores serve all of them."""


def main() -> None:
    """Print a row a store; return 1 where a reader failed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--readers", type=int, default=50)
    options.add_argument("--publications", type=int, default=100, help="recalls among them: ten")
    options.add_argument("--stores", nargs="*", default=list(READERS), choices=list(READERS))
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="xuanpin-readers-") as folder:
        base = two_nights(Path(folder))
        print("| store | readers | publications | of them recalls | readings | fewest of a reader | failed |")
        print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
        failed = [measure(base, store, asked.readers, asked.publications) for store in asked.stores]
    raise SystemExit(1 if any(failed) else 0)


def two_nights(folder: Path) -> Home:
    """Return a home in which two nights of the tiny platform have run."""
    write_history(World(seed=7, scale=TINY), folder / "sources")
    home = Home(folder / "base")
    for day in (LAST_DAY - timedelta(days=1), LAST_DAY):
        run_night(RunRequest(day, home, folder / "sources", Settings(), NOW))
    return home


def measure(base: Home, store: str, readers: int, publications: int) -> bool:
    """Republish a copy of the home under readers of one store and print its row; return whether any failed."""
    home, stop = Home(base.root.with_name(store)), base.root.with_name(f"{store}.stop")
    shutil.copytree(base.root, home.root)
    started = [start_reader(store, home.published, stop, PAUSE) for _ in range(readers)]
    try:
        time.sleep(5)  # until they have loaded their libraries
        recalls = republish(home, publications)
    finally:
        reads, errors = ended(started, stop)
    counts = (readers, publications, recalls, sum(reads), min(reads), len(errors))
    print(f"| {store} | {' | '.join(map(str, counts))} |", flush=True)
    for error in errors[:3]:
        print(error, flush=True)
    return bool(errors)


def republish(home: Home, publications: int) -> int:
    """Recall SKUs of the list one after another, and make the lists that came of it current in turn; return how many
    recalls."""
    first = run_store.require_run(home)
    skus = run_store.read_table(home, first, "sku_list")["sku_id"].to_pylist()[:RECALLS]
    shown = [first, *(recall(home, Settings(), Recall(sku, LIST_DATE, "抽检不合格", "王采", NOW)) for sku in skus)]
    for nth in range(publications - len(skus)):
        with sealing.lock_published(home):
            sealing.make_current(home, 30, shown[nth % len(shown)])
    return len(skus)


if __name__ == "__main__":
    main()
