"""Seconds, CPU, memory, rows and bytes of every step of a night, for the first load and for the night after it.

A night is one process, as `xuanpin nightly` is; libraries are loaded by the step that first needs them. Machines differ
and are noisy: compare the ratio to a bare scan of the same drops in the same run, and the counts of rows and bytes,
which are the same everywhere. What is done beside other steps (Step.early) counts to those. `--drops` measures a folder
whose `before` holds all drops but the last day's, and whose `after` holds those, for nights of 2026-11-20 and
2026-11-21. Of `--runs` next nights, each on a copy of the same home, the one in the middle by its seconds is printed.

    python -m benchmarks.bench_night --size S [--runs 3] [--baselines]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.baselines import SPARK_IS_HERE, Baseline, pandas_baseline, spark_baseline
from benchmarks.meter import Figures, measured
from benchmarks.scan import scan_seconds
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.bulk import BulkHistory
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.settings import Settings, load_settings

SIZES = {
    "XS": Scale(agents=300, skus=1_500, days=180, order_lines=80_000),
    "S": Scale(agents=10_000, skus=10_000, days=90, order_lines=1_000_000),
    "M": Scale(agents=100_000, skus=50_000, days=90, order_lines=10_000_000),
    "L": Scale(agents=1_000_000, skus=200_000, days=180, order_lines=100_000_000),
}
FIRST_LOAD = LAST_HISTORY_DAY - timedelta(days=1)


def main() -> None:
    """Build or copy the platform's drops, run two nights and print one table a night."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="XS")
    parser.add_argument("--drops", type=Path, help="a folder with before/ and after/, instead of drops made here")
    parser.add_argument("--config", type=Path, help="settings of the nights")
    parser.add_argument("--runs", type=int, default=1, help="how often the next night is run")
    parser.add_argument("--baselines", action="store_true", help="also time pandas, and Spark where it is installed")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    settings = Settings() if arguments.config is None else load_settings(arguments.config)
    with tempfile.TemporaryDirectory(prefix="xuanpin-bench-") as folder:
        sources = Path(folder) / "sources"
        made = made_drops(sources, SIZES[arguments.size], arguments.seed)
        days = made if arguments.drops is None else copied_drops(sources, arguments.drops)
        for title, day in days:
            request = RunRequest(day, Home(Path(folder) / "home"), sources, settings, datetime.now(BEIJING))
            runs = arguments.runs if day == LAST_HISTORY_DAY else 1
            show(title, middle_one(request, runs), scan_seconds(sources))
        if arguments.baselines:
            show_baselines(sources)


def middle_one(request: RunRequest, runs: int) -> dict[str, Figures]:
    """Figures of the middle one by seconds of so many nights: all but the last run on copies of the home."""
    found = []
    for _ in range(runs - 1):
        copy = Home(request.home.root.with_name("copy"))
        shutil.copytree(request.home.root, copy.root)
        found.append(apart(replace(request, home=copy)))
        shutil.rmtree(copy.root)
    found.append(apart(request))
    return sorted(found, key=seconds_of)[runs // 2]


def seconds_of(steps: dict[str, Figures]) -> float:
    """Seconds of a whole night."""
    return sum(step.seconds for step in steps.values())


def apart(request: RunRequest) -> dict[str, Figures]:
    """Figures of a night in a fresh process.

    What was written before it, a copy of the home or the night before, is on the disk first, as it is a day later.
    """
    os.sync()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (request,))


def made_drops(sources: Path, scale: Scale, seed: int) -> Iterator[tuple[str, date]]:
    """Write the demo's bulk history up to each night before it is asked for."""
    history = BulkHistory(World(seed, scale), sources)
    for title, day in (("first load", FIRST_LOAD), ("next night", LAST_HISTORY_DAY)):
        history.write(day)
        yield title, day


def copied_drops(sources: Path, drops: Path) -> Iterator[tuple[str, date]]:
    """Copy the part of `drops` that each night reads before it is asked for."""
    for title, part, day in (("first load", "before", FIRST_LOAD), ("next night", "after", LAST_HISTORY_DAY)):
        shutil.copytree(drops / part, sources, dirs_exist_ok=True)
        yield title, day


def show(title: str, steps: dict[str, Figures], scan: float) -> None:
    """Print one night as a table with the ratio to the bare scan."""
    total, cpu = seconds_of(steps), sum(step.cpu_seconds for step in steps.values())
    peak = max(step.peak_mib for step in steps.values())
    heading = f"{total:.1f} s, {cpu:.1f} CPU-s, {peak:.0f} MiB, {total / scan:.1f} × a bare scan ({scan:.2f} s)"
    table = Table(title=f"{title}: {heading}")
    columns = ("step", "seconds", "CPU-s", "peak MiB", "rows read", "rows out", "MB read", "MB written", "× scan")
    for column in columns:
        table.add_column(column, justify="left" if column == "step" else "right")
    for name, step in steps.items():
        table.add_row(
            name,
            f"{step.seconds:.2f}",
            f"{step.cpu_seconds:.2f}",
            f"{step.peak_mib:.0f}",
            f"{step.rows_read:,}",
            f"{step.rows_out:,}",
            f"{step.bytes_read / 1e6:.1f}",
            f"{step.bytes_written / 1e6:.1f}",
            f"{step.seconds / scan:.1f}",
        )
    Console(width=120).print(table)


def show_baselines(sources: Path) -> None:
    """Print what the night's staging and aggregates alone cost elsewhere."""
    baselines = {"pandas": pandas_baseline(sources)}
    if SPARK_IS_HERE:
        baselines["Spark local[2]"] = spark_baseline(sources)
    for name, baseline in baselines.items():
        print(_sentence(name, baseline))
    if not SPARK_IS_HERE:
        print("Spark: not installed; `make spark-server` installs it and needs a Java runtime")


def _sentence(name: str, baseline: Baseline) -> str:
    return (
        f"{name}, staging and aggregates of {baseline.lines:,} order lines alone: {baseline.seconds:.1f} s, "
        f"{baseline.cpu_seconds:.1f} CPU-s, {baseline.peak_mib:.0f} MiB"
    )


if __name__ == "__main__":
    main()
