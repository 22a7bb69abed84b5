"""A night by step on DuckDB, on Sail and on Spark itself: work, bytes shuffled, rows to and fro, memory of the driver.

`--drops` is a folder whose `before` holds all drops but the last day's, and whose `after` holds those, for nights of
2026-11-20 and 2026-11-21; without it the demo's bulk history of `--size` is made. All servers run on this machine, on
two threads, for both nights; Spark is that of `make spark-server`, and above some million lines needs more `--memory`.
With `--load-on-duckdb` DuckDB does the first load of every home, which then goes on with a cluster.

    python -m benchmarks.bench_spark --size XS --on duckdb,sail,spark
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bench_night import SIZES, copied_drops, made_drops
from benchmarks.cluster_meter import StepFigures, family_mib, measured_on
from tools.spark_server import MEMORY, Server, spark_server
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.engine import EngineSettings

ENGINES = ("duckdb", "sail", "spark")
DRIVER_ROWS = 1_000_000


def main() -> None:
    """Build or copy the platform's drops, run two nights on each engine and print one table a night and engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="XS")
    parser.add_argument("--drops", type=Path, help="a folder with before/ and after/, instead of drops made here")
    parser.add_argument("--on", default=",".join(ENGINES), help="engines, by comma")
    parser.add_argument("--load-on-duckdb", action="store_true", help="let DuckDB do the first load of each engine")
    parser.add_argument("--driver-rows", type=int, default=DRIVER_ROWS, help="rows up to which a table comes down")
    parser.add_argument("--memory", default=MEMORY, help="memory of Spark's server, such as 6g")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xuanpin-spark-") as folder:
        sources = Path(folder) / "sources"
        made = made_drops(sources, SIZES[asked.size], asked.seed)
        nights = made if asked.drops is None else copied_drops(sources, asked.drops)
        with ExitStack() as servers:
            opened = {
                engine: servers.enter_context(
                    engine_settings(engine, Path(folder) / engine, asked.driver_rows, asked.memory)
                )
                for engine in asked.on.split(",")
            }
            for number, (title, day) in enumerate(nights):
                for engine, on_it in opened.items():
                    is_here = asked.load_on_duckdb and number == 0
                    settings, server = (Settings(), None) if is_here else on_it
                    home = Home(Path(folder) / engine / "home")
                    steps = _apart(RunRequest(day, home, sources, settings, datetime.now(BEIJING)), server)
                    worker = "duckdb" if is_here else engine
                    show(f"{title} on {worker}", steps, None if server is None else family_mib(server.process))


@contextmanager
def engine_settings(
    engine: str, place: Path, driver_rows: int, memory: str = MEMORY
) -> Iterator[tuple[Settings, Server | None]]:
    """Yield the settings of a night on this engine, its lake below `place`, and the server that runs meanwhile, if it
    needs one; Spark's gets this `memory`."""
    if engine == "duckdb":
        yield Settings(), None
        return
    with spark_server("sail" if engine == "sail" else "spark", memory=memory) as server:
        chosen = EngineSettings(kind="spark", address=server.address, lake=str(place / "lake"), driver_rows=driver_rows)
        yield Settings(engine=chosen), server


def _apart(request: RunRequest, server: Server | None) -> dict[str, StepFigures]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured_on, (request, server))


def show(title: str, steps: dict[str, StepFigures], server_mib: float | None) -> None:
    """Print one night as a table."""
    total = {name: sum(getattr(step.used, name) for step in steps.values()) for name in _SUMS}
    peak = max(step.peak_mib for step in steps.values())
    heading = f"{total['seconds']:.1f} s, CPU-s {total['driver_cpu']:.1f} + {total['server_cpu']:.1f}, {peak:.0f} MiB"
    served = "" if server_mib is None else f", server {server_mib:.0f} MiB"
    table = Table(title=f"{title}: {heading}{served}")
    for column in ("step", "seconds", "CPU-s", "server CPU-s", "peak MiB", "MB shuffled", "rows up", "rows down"):
        table.add_column(column, justify="left" if column == "step" else "right")
    table.add_column("MB up", justify="right")
    table.add_column("MB down", justify="right")
    for name, step in steps.items():
        table.add_row(name, *_cells(step))
    Console(width=140).print(table)


_SUMS = ("seconds", "driver_cpu", "server_cpu")


def _cells(step: StepFigures) -> list[str]:
    used = step.used
    return [
        f"{used.seconds:.2f}",
        f"{used.driver_cpu:.2f}",
        f"{used.server_cpu:.2f}",
        f"{step.peak_mib:.0f}",
        "not told" if used.shuffled is None else f"{used.shuffled / 1e6:.1f}",
        f"{used.rows_up:,}",
        f"{used.rows_down:,}",
        f"{used.bytes_up / 1e6:.1f}",
        f"{used.bytes_down / 1e6:.1f}",
    ]


if __name__ == "__main__":
    main()
