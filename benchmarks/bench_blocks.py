"""What matching by blocks asks of a cluster and of its driver, at any number of agents.

The tables that step `affinity` leaves are drawn from a seed. The driver reads the problem, learns prices, keeps stock
and fills open slots; simulated workers score every block (see block_workers). Checked: with `--whole`, prices learnt on
all agents together, whose slates are compared with those at prices of the sample, in net kept units. Then 10 M agents
on W workers are extrapolated from the last two sizes.

    python -m benchmarks.bench_blocks --agents 10000 100000 --whole
    python -m benchmarks.bench_blocks --agents 10000 100000 1000000
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import cast
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks.block_workers import CountingWorkers
from benchmarks.match_platform import platform_night, reopened
from xuanpin.models.matching import dual_prices, open_slots
from xuanpin.models.matching.assignment import Assignment, assign_slates
from xuanpin.models.matching.floors import floor_cost, net_units
from xuanpin.models.matching.market import BLOCK_AGENTS
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.matching.inputs import MatchProblem, read_match_problem
from xuanpin.pipelines.matching.workers import MatchWorkers

GIB, MB = 2**30, 1e6
TARGET = 10_000_000
WORKERS = (16, 64, 256)
LINK = 500 * MB
"""Bytes a second between driver and cluster that the extrapolation assumes: half of a 10 Gb link."""


def main() -> None:
    """Run the chosen sizes and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--skus", type=int, default=200)
    parser.add_argument("--slots", type=int, default=15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--whole", action="store_true", help="also learn prices on all agents together")
    arguments = parser.parse_args()
    lines = [measure(agents, arguments) for agents in arguments.agents]
    _print(f"matching by blocks: {arguments.skus} SKUs, {arguments.slots} slots, seed {arguments.seed}", lines)
    if len(lines) > 1:
        _print(f"{TARGET:,} agents, extrapolated", [extrapolated(lines[-2], lines[-1], workers) for workers in WORKERS])


def _print(title: str, lines: list[dict[str, float]]) -> None:
    table = Table("", *(f"{next(iter(line.values())):,.0f}" for line in lines), title=title)
    for name in list(lines[0])[1:]:
        table.add_row(name, *(f"{line[name]:,.4g}" for line in lines))
    Console(width=120).print(table)


def measure(agents: int, arguments: argparse.Namespace) -> dict[str, float]:
    """One night's matching of so many agents, in processes of its own."""
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        drawn = (Path(folder), agents, arguments.skus, arguments.slots, arguments.seed)
        with spawn.Pool(1) as pool:
            pool.apply(platform_night, drawn)
        with spawn.Pool(1) as pool:
            found = pool.apply(_by_blocks, (Path(folder),))
        loss = {}
        if arguments.whole:
            with spawn.Pool(1) as pool:
                loss = pool.apply(_whole, (Path(folder), found["net units"]))
    return {"agents": agents} | found | loss


def _by_blocks(folder: Path) -> dict[str, float]:
    night = reopened(folder)
    with threadpool_limits(1):
        began = time.process_time()
        problem = read_match_problem(night)
        read = time.process_time() - began
        cluster = CountingWorkers(folder)
        began = time.process_time()
        assignment, cost = _matched(problem, cluster)
        decided = time.process_time() - began - cluster.simulated
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB
        net = net_units(problem.market(), assignment)
    blocks = -(-len(problem.lineup.slots) // BLOCK_AGENTS)
    return {
        "driver: CPU-seconds to read the problem": read,
        "driver: CPU-seconds to match": decided,
        "driver: peak GiB": peak,
        **{
            f"worker: CPU-ms a block, {name.strip('_')}": 1000 * float(np.mean(of))
            for name, of in cluster.seconds.items()
        },
        "worker: CPU-seconds in all": sum(map(sum, cluster.seconds.values())),
        "down, kB a block": cluster.down / blocks / 1000,
        "up, kB a block": cluster.up / blocks / 1000,
        "passes over the blocks": cluster.passes * 1.0,
        **cost,
        "net units": net,
        "bound": assignment.bound,
        "below the bound, %": 100 * (1 - net / assignment.bound),
    }


def _matched(problem: MatchProblem, cluster: CountingWorkers) -> tuple[Assignment, dict[str, float]]:
    """Match in the simulated workers; returns the slates, and how often open slots were filled."""
    workers = MatchWorkers(cast("Engine", cluster), problem)
    with patch.object(open_slots, "_fill_round", wraps=open_slots._fill_round) as rounds:
        price = dual_prices.fit_dual_prices(problem.market(), problem.priced_stock())
        assignment = assign_slates(workers.market(), price)
        filled = rounds.call_count
        floor_cost(problem.market(), price)
    workers.store_matches(assignment, "night.agent_matches")
    workers.store_slates(assignment, "night.int_agent_slates")
    workers.store_needs("night.int_match_needs")
    workers.store_alternates(assignment, "night.agent_alternates")
    workers.close()
    blocks = -(-len(problem.lineup.slots) // BLOCK_AGENTS)
    return assignment, {"rounds of filling a block": filled / blocks}


def _whole(folder: Path, net: float) -> dict[str, float]:
    """Net units at prices that are learnt on all agents together."""
    night = reopened(folder)
    with threadpool_limits(1):
        problem = read_match_problem(night)
        market = problem.market()
        with patch.object(dual_prices, "SAMPLE_AGENTS", market.agents):
            price = dual_prices.fit_dual_prices(market, problem.priced_stock())
        together = net_units(market, assign_slates(market, price))
    return {"net units, priced on all agents": together, "lost by the sample, %": 100 * (1 - net / together)}


def extrapolated(small: dict[str, float], large: dict[str, float], workers: int) -> dict[str, float]:
    """What TARGET agents would ask on so many workers, if every figure goes on as from the small size to the large."""

    def at_target(name: str) -> float:
        slope = (large[name] - small[name]) / (large["agents"] - small["agents"])
        return large[name] + slope * (TARGET - large["agents"])

    def carried(name: str) -> float:
        return large[f"{name}, kB a block"] * 1000 * TARGET / BLOCK_AGENTS

    driver = at_target("driver: CPU-seconds to read the problem") + at_target("driver: CPU-seconds to match")
    scored = at_target("worker: CPU-seconds in all") / workers
    wires = (carried("down") + carried("up")) / LINK
    return {
        "workers": workers,
        "driver: CPU-seconds": driver,
        "driver: peak GiB": at_target("driver: peak GiB"),
        "workers: seconds": scored,
        "down, GB": carried("down") / 1e9,
        "up, GB": carried("up") / 1e9,
        "seconds on the wire": wires,
        "seconds in all": driver + scored + wires,
    }


if __name__ == "__main__":
    main()
