"""Trials of policies: how often one without effect is called one, and how far effects are missed under shared stock.

Run: python -m benchmarks.bench_experiment [--looks 1000] [--replications 200] [--jobs 2]

Tiny worlds (benchmarks.matching_world, 60 agents, 48 listed SKUs, 28 days) whose slates and prices are those of the
match step. **A/A**: nothing is treated, and each of 28 days is looked at; a call is a metric whose limits leave zero
out, a stop one that is worse. **Shared stock**: half of the SKUs sell out, and a policy is tried in four ways on the
same worlds: by a split of agents, by the same split with what agents sold before taken out, by a split of SKUs, and by
a switchback of blocks of SKUs. The truth is the world in which everything is treated less the world in which nothing
is; `error` is the root of the mean squared distance from it, a day and over all SKUs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.sparse as sp
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks.matching_world import World
from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.experiment.assignment import BLOCKS, holdout_treated, sku_blocks, treated_blocks
from xuanpin.models.experiment.effects import Cells, Effect, holdout_effect, switchback_effect
from xuanpin.models.matching.assignment import assign_slates
from xuanpin.models.matching.dual_prices import fit_dual_prices
from xuanpin.models.matching.market import Market
from xuanpin.models.matching.slate import Block
from xuanpin.pipelines.experiment.results import METRICS, Metric, verdict
from xuanpin.pipelines.settings import Settings

AGENTS, SKUS, SLOTS, DAYS = 60, 48, 6, 28
TRUE_DAYS = 4 * DAYS
"""Days of which the truth is the mean: its noise should not count as an error of a design. As many customers come to
both worlds."""
DAY_SPREAD = 0.3
"""Spread of the log of visits from day to day, the same for all."""
SCARCITY = 0.35
"""Stock of the worlds as a part of what matching_world gives: half of the SKUs then sell out on a day."""
DEFAULTS = Settings()
POLICIES: Mapping[str, tuple[str, float]] = {
    "regret costs 4 instead of 2.25": ("regret_cost", 4.0),
    "regret costs 1 instead of 2.25": ("regret_cost", 1.0),
    "stock margin 2 instead of 0.5": ("stock_margin", 2.0),
}
AGENT_BY_AGENT = tuple(name for name, (setting, _) in POLICIES.items() if setting == "regret_cost")
"""The policies that can be applied agent by agent, and so be tried by a split of them."""
JUDGED = METRICS[:3]
"""The metrics that these worlds have: no one complains, and nothing is recalled."""
DESIGNS = ("agents", "agents, less before", "SKUs", "switchback")
NAMES = [f"N{number}" for number in range(max(AGENTS, SKUS))]


@dataclass(frozen=True)
class Sales:
    """What was sold, returned and regretted, units by agent, SKU and day."""

    sold: Floats
    returned: Floats
    regretted: Floats

    def along(self, axis: int) -> dict[str, Floats]:
        """The columns that metrics count, summed over agents (0) or SKUs (1)."""
        sold, returned, regretted = (part.sum(axis=axis) for part in (self.sold, self.returned, self.regretted))
        counted = {"delivered_units": sold, "delivered_lines": sold, "returned_units": returned, "regrets": regretted}
        return counted | {"kept_units": sold - returned, "units": np.ones_like(sold)}


class Tiny:
    """A tiny world, whose SKUs are all listed, and the matches that policies make in it."""

    def __init__(self, seed: int) -> None:
        """Draw the world of a seed."""
        self.world = World(np.random.default_rng(seed), AGENTS, SKUS, categories=6, slots=SLOTS)
        self.world.stock = np.maximum(np.round(self.world.stock * SCARCITY), 1).astype(np.int64)
        self.visits = self.world.visits
        self.crowds = np.exp(self.world.rng.normal(0, DAY_SPREAD, TRUE_DAYS))
        self.return_rate = self.world.regret + (1 - self.world.regret) * self.world.other_return

    def slates(self, treated: Flags, policy: tuple[str, float]) -> Ints:
        """SKU columns of every agent's slots, -1 where open; `treated` has shape (agents, SKUs)."""
        name, tried = policy
        cost = np.where(treated & (name == "regret_cost"), tried, DEFAULTS.scoring.regret_cost)
        margin = np.where(treated.all(axis=0) & (name == "stock_margin"), tried, DEFAULTS.matching.stock_margin)
        stock = self.world.stock.astype(np.float32)
        market = Market(partial(self._block, cost), AGENTS, SLOTS, stock, 1.0, sp.csr_array((AGENTS, AGENTS)))
        priced = np.maximum(stock - margin.astype(np.float32) * np.sqrt(stock), stock / 2)
        return assign_slates(market, fit_dual_prices(market, priced.astype(np.float32))).sku.astype(np.int64)

    def _block(self, cost: Floats, rows: Ints) -> Block:
        shape, many = (len(rows), SKUS), np.full(len(rows), SLOTS)
        value = (1 - self.return_rate)[None, :] - cost[rows] * self.world.regret[None, :]
        return Block(
            visits=self.visits[rows].astype(np.float32),
            attraction=np.exp(self.world.utility[rows]).astype(np.float32),
            unit_value=value.astype(np.float32),
            allowed=self.world.allowed(np.arange(SKUS))[rows],
            slots=many,
            floor=np.full(len(rows), DEFAULTS.matching.floor_slots),
            least=1.0,
            category_code=self.world.category,
            category_cap=np.ceil(many * DEFAULTS.matching.category_share).astype(np.int64),
            is_repeat=np.zeros(shape, np.bool_),
            repeat_cap=many,
        )

    def live(self, slates: Iterable[Ints]) -> Sales:
        """Sell what agents post on one day after another."""
        days = []
        for crowd, sku in zip(self.crowds, slates, strict=False):
            self.world.visits = self.visits * crowd
            row, place = np.nonzero(sku >= 0)
            bought, bad, other, _ = self.world.day(row, sku[row, place])
            day = np.zeros((3, AGENTS, SKUS))
            day[:, row, sku[row, place]] = bought, bad + other, bad
            days.append(day)
        return Sales(*np.stack(days, axis=-1))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=int, default=1_000, help="replications of trials without effect")
    parser.add_argument("--replications", type=int, default=200, help="worlds of a policy under shared stock")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        if arguments.looks:
            calls = np.array(list(pool.map(false_calls, range(arguments.looks), chunksize=8)))
            Console(width=120).print(_calls_table(calls))
        for name, policy in POLICIES.items() if arguments.replications else ():
            found = np.array(list(pool.map(partial(missed, policy), range(arguments.replications), chunksize=2)))
            Console(width=160).print(_errors_table(name, found))


KINDS = ("switchback", "holdout of 20 %", "holdout of 50 %")
NOBODY = np.zeros((AGENTS, SKUS), np.bool_)
Look = Callable[[Metric, int], Effect]
"""The effect on a metric as it looks on a day of the trial, 1 to DAYS."""


def false_calls(seed: int) -> list[list[float]]:
    """Whether 28 daily looks at a world without treatment ever call each metric, and ever stop the trial, by KINDS."""
    with threadpool_limits(1):
        world, name = Tiny(seed), f"call {seed}"
        usual = world.slates(NOBODY, ("regret_cost", 0.0))
        sales = world.live(usual for _ in range(2 * DAYS))
    halves = [holdout_treated(NAMES[:AGENTS], name, share) for share in (0.2, 0.5)]
    looks = [partial(_switched, sales.along(0), name), *(partial(_held_out, sales.along(1), arms) for arms in halves)]
    return [_called(look) for look in looks]


def _called(look: Look) -> list[float]:
    seen = {metric: [verdict(metric, look(metric, day)) for day in range(1, DAYS + 1)] for metric in JUDGED}
    called = [float(any(said != "open" for said in seen[metric])) for metric in JUDGED]
    return [*called, float(any("worse" in said for said in seen.values()))]


def _switched(counted: Mapping[str, Floats], name: str, metric: Metric, day: int) -> Effect:
    """The effect by a switchback so far, of outcomes (SKUs × days, the days before the trial first)."""
    block, cells = sku_blocks(NAMES[:SKUS], name), []
    for column in (metric.total, metric.base):
        cells.append(np.zeros((BLOCKS, day)))
        np.add.at(cells[-1], block, counted[column][:, DAYS : DAYS + day])
    return switchback_effect(Cells(cells[0], cells[1], DAYS), _arms(name, day), metric.alpha)


def _held_out(counted: Mapping[str, Floats], treated: Flags, metric: Metric, day: int) -> Effect:
    """The effect by a split of agents so far, less what they showed before."""
    total, base = counted[metric.total], counted[metric.base]
    before = (total - base * total.sum() / base.sum())[:, :DAYS].sum(axis=1)
    cells = Cells(total[:, DAYS : DAYS + day], base[:, DAYS : DAYS + day], DAYS)
    return holdout_effect(cells, treated, before, metric.alpha)


def _arms(name: str, days: int) -> Flags:
    return np.array([treated_blocks(name, day) for day in range(days)]).T


def missed(policy: tuple[str, float], seed: int) -> list[list[float]]:
    """Estimates by DESIGNS, with the truth before them, of what a policy does to kept units and to regrets a day."""
    with threadpool_limits(1):
        world, name = Tiny(seed), f"missed {seed}"
        usual, other = world.slates(NOBODY, policy), world.slates(~NOBODY, policy)
        none, every = (world.live(slates for _ in range(TRUE_DAYS)) for slates in (usual, other))
        agents, skus = holdout_treated(NAMES[:AGENTS], name, 0.5), holdout_treated(NAMES[:SKUS], name, 0.5)
        switched = _arms(name, DAYS)[sku_blocks(NAMES[:SKUS], name)]
        split = [world.slates(NOBODY | part, policy) for part in (agents[:, None], skus[None, :])]
        nights = [world.slates(NOBODY | switched[None, :, day], policy) for day in range(DAYS)]
        before = [usual] * DAYS
        lives = [world.live([*before, *days]) for days in (DAYS * split[:1], DAYS * split[1:], nights)]
    found = []
    for metric in (JUDGED[0], Metric("regrets", "regrets", "units", -1, 0.05)):
        truth = (every.along(0)[metric.total].sum() - none.along(0)[metric.total].sum()) / TRUE_DAYS
        level = none.along(0)[metric.total].sum() / TRUE_DAYS
        by_agent, by_sku = (lives[axis].along(1 - axis)[metric.total][:, DAYS:].mean(axis=1) for axis in (0, 1))
        adjusted = _held_out(lives[0].along(1), agents, metric, DAYS).difference
        switch = _switched(lives[2].along(0), name, metric, DAYS).difference
        naive = [_difference(by_agent, agents) * AGENTS, _difference(by_sku, skus) * SKUS]
        effects = [naive[0], (adjusted or 0.0) * AGENTS, naive[1], (switch or 0.0) * SKUS]
        found.append([level, truth, *effects])
    return found


def _difference(values: Floats, treated: Flags) -> float:
    return float(values[treated].mean() - values[~treated].mean())


def _calls_table(calls: Floats) -> Table:
    """Share of trials (replications × KINDS × metrics and stop) without effect that were ever called."""
    table = Table("A/A, 28 daily looks", *(metric.name for metric in JUDGED), "stopped")
    for name, shares in zip(KINDS, calls.mean(axis=0), strict=True):
        table.add_row(name, *(f"{share:.1%}" for share in shares))
    return table


def _errors_table(name: str, found: Floats) -> Table:
    """Mean truth and level, error (bias) of each design, and how far the switchback's is from the others'."""
    table = Table(name, "truth", *DESIGNS, "switchback against them")
    for metric, estimates in zip(("kept units a day", "regrets a day"), np.swapaxes(found, 0, 1), strict=True):
        wrong = estimates[:, 2:] - estimates[:, 1:2]
        error, bias = np.sqrt((wrong**2).mean(axis=0)), wrong.mean(axis=0)
        can_be = [name in AGENT_BY_AGENT, name in AGENT_BY_AGENT, True, True]
        said = [f"{size:.2f} ({lean:+.2f})" for size, lean in zip(error, bias, strict=True)]
        cells = [cell if can else "–" for cell, can in zip(said, can_be, strict=True)]
        ratios = ", ".join(
            f"{error[-1] / other - 1:+.0%}" if can else "–" for other, can in zip(error, can_be[:-1], strict=False)
        )
        table.add_row(metric, f"{estimates[:, 1].mean():+.2f} of {estimates[:, 0].mean():.0f}", *cells, ratios)
    return table


if __name__ == "__main__":
    main()
