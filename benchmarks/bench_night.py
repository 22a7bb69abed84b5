"""Seconds and peak memory of every step of a night, for the first load and for the night after it.

A night is one process, as `xuanpin nightly` is; libraries are loaded by the step that first needs them. Machines differ
and are noisy: the figure to watch is the ratio to a bare scan of the same drops by the same engine in the same run.

    python -m benchmarks.bench_night --order-lines 1000000 --agents 10000 --skus 10000
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.scan import scan_seconds
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.bulk import BulkHistory
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step

Figures = dict[str, tuple[float, float, int]]
"""Seconds, peak MiB and rows out of each step."""


def measured(request: RunRequest) -> Figures:
    """Figures of a night in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_night, (request,))


def _night(request: RunRequest) -> Figures:
    begun: list[tuple[str, float]] = []
    taken: dict[str, tuple[float, float]] = {}

    def close() -> None:
        if begun:
            name, started = begun.pop()
            taken[name] = time.perf_counter() - started, _peak_mib()

    def on_step(step: Step) -> None:
        close()
        # Resets the peak, so that each step shows its own.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        begun.append((step.name, time.perf_counter()))

    counts = run_night(request, on_step)
    close()
    return {name: (*taken[name], rows_out) for name, (_, rows_out) in counts.items()}


def _peak_mib() -> float:
    """Peak memory of this process since the last reset."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def main() -> None:
    """Build the platform, run two nights and print one table a night."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--order-lines", type=int, default=1_000_000)
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--skus", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xuanpin-bench-") as folder:
        bench(Path(folder), arguments)


def bench(folder: Path, arguments: argparse.Namespace) -> None:
    """Measure both nights of a platform of the given size in an empty folder."""
    sources = folder / "sources"
    scale = Scale(agents=arguments.agents, skus=arguments.skus, days=180, order_lines=arguments.order_lines)
    history = BulkHistory(World(arguments.seed, scale), sources)
    first_day = LAST_HISTORY_DAY - timedelta(days=1)
    for title, day in (("first load", first_day), ("next night", LAST_HISTORY_DAY)):
        history.write(day)
        request = RunRequest(day, Home(folder / "home"), sources, Settings(), datetime.now(BEIJING))
        show(title, measured(request), scan_seconds(sources))


def show(title: str, steps: Figures, scan: float) -> None:
    """Print one night as a table with the ratio to the bare scan."""
    total = sum(seconds for seconds, _, _ in steps.values())
    checks = sum(steps[name][0] for name in ("check_sources", "check_outputs"))
    table = Table(title=f"{title}: {total:.1f} s, {total / scan:.1f} × a bare scan ({scan:.2f} s)")
    for column in ("step", "seconds", "peak MiB", "rows out", "× scan"):
        table.add_column(column, justify="left" if column == "step" else "right")
    for name, (seconds, peak, rows) in steps.items():
        table.add_row(name, f"{seconds:.2f}", f"{peak:.0f}", f"{rows:,}", f"{seconds / scan:.1f}")
    console = Console()
    console.print(table)
    console.print(f"contract checks: {checks / total:.1%} of the night")


if __name__ == "__main__":
    main()
