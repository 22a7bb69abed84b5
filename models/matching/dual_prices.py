"""Learns the dual price of a unit of each SKU's stock by dual ascent on a sample of agents."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat

import numpy as np

from xuanpin.models.arrays import Floats, Ints, Singles
from xuanpin.models.matching.market import BLOCK_AGENTS, WORKERS, Market, agent_blocks, rows_of, stacked
from xuanpin.models.matching.slate import (
    Block,
    Slates,
    additive_gain,
    additive_slates,
    best_slates,
    evaluate_slates,
    marginal_gain,
    stock_per_slot,
)

SAMPLE_AGENTS = 3_000
"""Agents that prices are learnt on, whatever the size of the platform; twice as many do not find better slates."""
STEPS, TAIL_STEPS = 80, 40
"""Price steps, and the last ones whose mean is the price."""
STEP_SIZE, STEP_DECAY = 1.0, 0.6
"""First step in standard deviations of the gains, and how fast steps shrink; .5 to 2 ends within .1 % of the bound."""


def fit_dual_prices(market: Market, capacity: Singles) -> Singles:
    """Return the price of a unit of each SKU's stock at which all agents together take about `capacity` units.

    Subgradient ascent on a sample of agents: the step shrinks with time and scales with the spread of gains; the mean
    of the tail is returned (SKUs, net kept units, ≥ 0).
    """
    price = np.zeros(len(capacity), np.float32)
    if not market.agents or not len(capacity):
        return price
    sample = sampled(market)
    buyers = [_Buyers(sample.block_of(rows), sample.set_aware) for rows in _parts(sample.agents)]
    capacity = capacity * np.float32(sample.agents / market.agents)
    first_step = STEP_SIZE * _spread([part.block for part in buyers], price)
    tail = np.zeros(len(price))
    with ThreadPoolExecutor(WORKERS) as pool:
        for step in range(STEPS):
            wanted = pool.map(_Buyers.demand, buyers, repeat(price))
            demand = sum(wanted, np.zeros(len(price))).astype(np.float32)
            excess = np.clip((demand - capacity) / np.maximum(capacity, 1e-6), -1, 1)
            price = np.maximum(price + first_step / (1 + step) ** STEP_DECAY * excess, 0).astype(np.float32)
            tail += price if step >= STEPS - TAIL_STEPS else 0.0
    return np.asarray(tail / TAIL_STEPS, dtype=np.float32)


class _Buyers:
    """Some agents of the sample, who choose their slates anew at each price."""

    def __init__(self, block: Block, set_aware: bool) -> None:
        self.block, self._set_aware = block, set_aware
        self._chosen: Slates | None = None

    def demand(self, price: Singles) -> Floats:
        """Return the units of each SKU that they take at a `price`: of what is best beside their slates so far."""
        block, before = self.block, self._chosen
        if before is None or not self._set_aware:
            chosen = additive_slates(block, price)
        else:
            chosen = best_slates(block, marginal_gain(block, price, evaluate_slates(block, before, price)[1]))
        self._chosen, filled = chosen, chosen.sku >= 0
        taken = stock_per_slot(block, chosen)[filled]
        return np.bincount(chosen.sku[filled], weights=taken, minlength=len(price)).astype(np.float64)


def _parts(agents: int) -> list[Ints]:
    """The rows of so many agents in parts of about the same size, as many for each thread; few agents in one part."""
    parts = 1 if agents <= BLOCK_AGENTS else WORKERS * math.ceil(agents / (WORKERS * BLOCK_AGENTS))
    return np.array_split(np.arange(agents), parts)


def _spread(blocks: list[Block], price: Singles) -> float:
    """Standard deviation of the gains above zero."""
    gains = [additive_gain(block, price) for block in blocks]
    gain = np.concatenate([values[values > 0] for values in gains])
    return float(np.std(gain, dtype=np.float64)) if len(gain) else 0.0


def sampled(market: Market) -> Market:
    """Return a sample of the agents, one at least, as a market of their own, with their share of the stock.

    They are scored once, however often they are asked for.
    """
    rows = sample_agents(market.agents)
    scored = stacked([market.block_of(rows[places]) for places in agent_blocks(len(rows))])
    return replace(
        market,
        block_of=lambda places: rows_of(scored, places),
        agents=len(rows),
        stock=np.asarray(market.stock * np.float32(len(rows) / market.agents), dtype=np.float32),
        neighbours=market.neighbours[rows][:, rows],
        settle=None,
        open_blocks=None,
    )


def sample_agents(agents: int) -> Ints:
    """Return the rows of everyone among so many `agents`, or of SAMPLE_AGENTS in an even stride through them."""
    return np.unique(np.linspace(0, agents - 1, min(agents, SAMPLE_AGENTS)).astype(np.int64))
