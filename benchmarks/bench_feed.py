"""What the change feed costs: seconds, CPU-seconds, peak memory and bytes of one entry at a platform's size.

Run: python -m benchmarks.bench_feed [--agents 100000] [--skus 50000]

Rows are those of bench_diff: every agent has fifteen matches of a thousand listed SKUs, two thirds of them the same in
both runs; all measures are drawn anew, as from one night to the next. The second row is a recall: the same matches
without one SKU. Each is written twice, to compare the bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.bench_diff import LIST_DATE, publish
from benchmarks.meter import peak_mib
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.feed import FOLLOWED
from xuanpin.pipelines.run_store.feed import write_feed


def main() -> None:
    """Print a row a kind of change."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--agents", type=int, default=100_000)
    options.add_argument("--skus", type=int, default=50_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="xuanpin-feed-") as folder:
        home = Home(Path(folder))
        days = (LIST_DATE - timedelta(days=1), LIST_DATE)
        before, after = (publish(home, day, asked.agents, asked.skus, seed) for seed, day in enumerate(days))
        print("| change | rows | seconds | CPU-seconds | peak MiB of the process | MB | same bytes again |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        measure(home, "a night", before, after)
        measure(home, "a recall", after, without_first(home, after))


def without_first(home: Home, run: run_store.CurrentRun) -> run_store.CurrentRun:
    """Seal a run without the first SKU of another."""
    recalled = replace(run, run_id="f" * 64, run_dir="run=ffffffffffff")
    source, target = run_store.run_folder(home, run), run_store.run_folder(home, recalled)
    target.mkdir()
    run_store.replace_json(target / run_store.MANIFEST, run_store.manifest(home, run))
    sku = pq.read_table(source / "sku_list.parquet", partitioning=None)["sku_id"][0]
    for table in FOLLOWED:
        rows = pq.read_table(source / f"{table}.parquet", partitioning=None)
        pq.write_table(rows.filter(pc.not_equal(rows["sku_id"], sku)), target / f"{table}.parquet", compression="zstd")
    return recalled


def measure(home: Home, name: str, before: run_store.CurrentRun, after: run_store.CurrentRun) -> None:
    """Write the rows between two runs twice and print what that took."""
    hashes, folder = [], home.root / "entry"
    folder.mkdir(exist_ok=True)
    for _ in range(2):
        started, worked = time.perf_counter(), os.times()
        counts = write_feed(home, folder, 1, before, after)
        seconds, after_work = time.perf_counter() - started, os.times()
        files = sorted(folder.glob("*.parquet"))
        hashes.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    cpu = after_work.user + after_work.system - worked.user - worked.system
    size = sum(path.stat().st_size for path in files) / 1e6
    told = ", ".join(f"{n:,} {kind}" for kind, n in counts["agent_matches"].items())
    cells = (name, told, f"{seconds:.1f}", f"{cpu:.1f}", f"{peak_mib():.0f}", f"{size:.1f}", hashes[0] == hashes[1])
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
