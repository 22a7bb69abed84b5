"""Seconds and memory of the scoring step: 100 k SKUs from the daily aggregates of 10 M order lines over a year.

Run: python -m benchmarks.bench_scoring [skus] [order lines]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np

from tests.support.scoring_world import LAST_DAY, draw_catalogue, draw_lines, open_world, score
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.settings import Settings


def build(folder: Path, skus: int, lines: int) -> None:
    """Write the warehouse in a process of its own, so that its memory is not counted."""
    rng = np.random.default_rng(4)
    catalogue = draw_catalogue(rng, skus, categories=max(12, skus // 500), suppliers=max(60, skus // 50))
    open_world(folder, rng, catalogue, draw_lines(rng, catalogue, lines, days=365)).engine.close()


def measure(folder: Path) -> None:
    """Score the warehouse once and print wall-clock seconds, CPU seconds and peak memory."""
    engine = open_engine(folder / "warehouse.duckdb", memory_limit="1GB", threads=2)
    night = Night(engine, Settings(), Home(folder), LAST_DAY, None, datetime.combine(LAST_DAY, datetime.min.time()))
    started, used = time.perf_counter(), time.process_time()
    seen, scored = score(night)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{seen:,} products, {scored:,} candidates: {seconds:.1f} s ({cpu:.1f} CPU s), peak {peak:.2f} GB")


def main() -> None:
    """Build and measure, each in a fresh process."""
    if sys.argv[1:2] == ["--build"]:
        build(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        skus, lines = (sys.argv[1:] + ["100000", "10000000"][len(sys.argv) - 1 :])[:2]
        with tempfile.TemporaryDirectory() as folder:
            for arguments in (["--build", folder, skus, lines], ["--measure", folder]):
                subprocess.run([sys.executable, "-m", "benchmarks.bench_scoring", *arguments], check=True)


if __name__ == "__main__":
    main()
