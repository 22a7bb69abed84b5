"""Seconds, peak memory and proofs of the match step at any number of agents.

The tables that step `affinity` leaves are drawn from a seed; then the step runs as it does at night, in a process of
its own, and writes agent_matches and agent_summary to Parquet. Checked afterwards: stock, hard rules, floors.

    python -m benchmarks.bench_matching --agents 1000000 --skus 200 --slots 15
    python -m benchmarks.bench_matching --proof --agents 10000     # additive slots, the dual bound and an exact LP
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.match_platform import broken_rules, platform_night, reopened
from benchmarks.match_proof import prove
from xuanpin.pipelines.matching.step import match


def main() -> None:
    """Run the chosen measurement and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, nargs="+", default=[100_000])
    parser.add_argument("--skus", type=int, default=200)
    parser.add_argument("--slots", type=int, default=15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--proof", action="store_true", help="compare with the dual bound and an exact linear programme"
    )
    arguments = parser.parse_args()
    measure = prove if arguments.proof else scale
    lines = [measure(agents, arguments.skus, arguments.slots, arguments.seed) for agents in arguments.agents]
    table = Table(*lines[0], title=f"match: {arguments.skus} SKUs, {arguments.slots} slots, seed {arguments.seed}")
    for line in lines:
        table.add_row(*(f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" for value in line.values()))
    Console().print(table)


def scale(agents: int, skus: int, slots: int, seed: int) -> dict[str, float | int]:
    """One night's match step over this many agents."""
    with tempfile.TemporaryDirectory() as folder:
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(1) as pool:
            pool.apply(platform_night, (Path(folder), agents, skus, slots, seed))
        with spawn.Pool(1) as pool:
            measures = pool.apply(_step, (Path(folder),))
        with spawn.Pool(1) as pool:
            broken = pool.apply(broken_rules, (Path(folder),))
    return {"agents": agents} | measures | broken


def _step(folder: Path) -> dict[str, float | int]:
    night = reopened(folder)
    started = time.perf_counter()
    before = time.process_time()
    _, matches = match(night)
    matched = time.perf_counter()
    for table in ("agent_matches", "agent_summary"):
        night.engine.execute(f"copy night.{table} to '{folder / table}.parquet' (format parquet)")
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {
        "match seconds": matched - started,
        "Parquet seconds": done - matched,
        "CPU seconds": time.process_time() - before,
        "peak GiB": peak,
        "matches": matches,
    }


if __name__ == "__main__":
    main()
