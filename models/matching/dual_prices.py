"""Learns the dual price of a unit of each SKU's stock by dual ascent on a sample of agents."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np

from xuanpin.models.arrays import Floats, Ints, Singles
from xuanpin.models.matching.market import BLOCK_AGENTS, WORKERS, Market
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
    rows = sample_agents(market.agents)
    price = np.zeros(len(capacity), np.float32)
    if not len(rows) or not len(capacity):
        return price
    blocks = [market.block_of(rows[first : first + BLOCK_AGENTS]) for first in range(0, len(rows), BLOCK_AGENTS)]
    capacity = capacity * np.float32(len(rows) / market.agents)
    first_step = STEP_SIZE * _spread(blocks, price)

    def answer(block: Block, chosen: Slates, price: Singles) -> Slates:
        if not market.set_aware:
            return additive_slates(block, price)
        return best_slates(block, marginal_gain(block, price, evaluate_slates(block, chosen, price)[1]))

    chosen = [additive_slates(block, price) for block in blocks]
    tail = np.zeros(len(price))
    with ThreadPoolExecutor(WORKERS) as pool:
        for step in range(STEPS):
            demand = sum(map(_demand, blocks, chosen), np.zeros(len(price))).astype(np.float32)
            excess = np.clip((demand - capacity) / np.maximum(capacity, 1e-6), -1, 1)
            price = np.maximum(price + first_step / (1 + step) ** STEP_DECAY * excess, 0).astype(np.float32)
            chosen = list(pool.map(answer, blocks, chosen, repeat(price)))
            tail += price if step >= STEPS - TAIL_STEPS else 0.0
    return np.asarray(tail / TAIL_STEPS, dtype=np.float32)


def _spread(blocks: list[Block], price: Singles) -> float:
    """Standard deviation of the gains above zero."""
    gains = [additive_gain(block, price) for block in blocks]
    gain = np.concatenate([values[values > 0] for values in gains])
    return float(np.std(gain, dtype=np.float64)) if len(gain) else 0.0


def _demand(block: Block, chosen: Slates) -> Floats:
    filled = chosen.sku >= 0
    taken = stock_per_slot(block, chosen)
    demand = np.bincount(chosen.sku[filled], weights=taken[filled], minlength=block.attraction.shape[1])
    return np.asarray(demand, dtype=np.float64)


def sample_agents(agents: int) -> Ints:
    """Return the rows of everyone among so many `agents`, or of SAMPLE_AGENTS in an even stride through them."""
    return np.unique(np.linspace(0, agents - 1, min(agents, SAMPLE_AGENTS)).astype(np.int64))
