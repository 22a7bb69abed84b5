"""Shares scarce stock between agents by a price on each SKU, in blocks, so that a million agents fit in memory.

Prices are learnt on a sample of agents (see dual_prices) and then held: every agent gets her own best slate at these
prices. A SKU that is still wanted beyond its stock keeps its best matches; slots that stay open are filled from what is
left. Prices and blocks depend only on the inputs: no clock, no random numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from xuanpin.models.arrays import Floats, Ints, Singles
from xuanpin.models.matching.market import BLOCK_AGENTS, SMALLEST, WORKERS, Market, agent_blocks
from xuanpin.models.matching.open_slots import fill_open_slots
from xuanpin.models.matching.slate import (
    Block,
    additive_slates,
    slate_bound,
    stock_per_slot,
)

MOST_TURNS = 8
"""Longest chain of neighbours in which each waits for the one before; the rest of a longer chain chooses together."""


@dataclass(frozen=True)
class Assignment:
    """Slates of all agents: SKU column or -1, and the units of stock that each match takes (`taken`, 0 where open).

    bound: net kept units that no slates within the stock could exceed in expectation (Lagrangian dual at the prices).
    """

    sku: NDArray[np.int16]
    taken: Singles
    bound: float


def assign_slates(market: Market, price: Singles) -> Assignment:
    """Give every agent her slate at these prices within the stock.

    `price` is per unit of stock, one a SKU, ≥ 0; any prices give a valid assignment and bound, good ones a close bound.
    """
    sku = np.full((market.agents, market.width), -1, np.int16)
    taken = np.zeros((market.agents, market.width), np.float32)
    gain = np.zeros((market.agents, market.width), np.float32)

    def settle(rows: Ints, part: Block, whole: Block) -> float:
        chosen = market.choose(part, price)
        cells = (rows, slice(0, chosen.sku.shape[1]))
        sku[cells], taken[cells], gain[cells] = chosen.sku, stock_per_slot(part, chosen), chosen.gain
        return slate_bound(whole, chosen, price)

    def settle_alone(rows: Ints) -> float:
        block = market.block_of(rows)
        return settle(rows, block, block)

    alone = np.diff(market.neighbours.indptr) == 0
    free = [rows[alone[rows]] for rows in agent_blocks(market.agents)]
    with ThreadPoolExecutor(WORKERS) as pool:
        bounds = list(pool.map(settle_alone, [rows for rows in free if len(rows)]))
    for rows in _blocks_after_neighbours(market.neighbours):
        block = market.block_of(rows)
        bounds.append(settle(rows, _weaken_shared_skus(block, market.neighbours[rows], sku), block))
    left = market.stock.astype(np.float64) - total_taken(sku, taken, len(price))
    for column in np.flatnonzero(left < 0):
        left[column] = _keep_best_matches(int(column), sku, taken, gain, float(market.stock[column]), market.least)
    fill_open_slots(market, sku, taken, left)
    return Assignment(sku, taken, sum(bounds) + float(price.astype(np.float64) @ market.stock))


def _blocks_after_neighbours(neighbours: sp.csr_array) -> Iterator[Ints]:
    """Agents with neighbours, in blocks such that each chooses after the neighbours that she is kept apart from.

    Neighbours come earlier in order; a chain longer than MOST_TURNS is cut, its rest chooses together.
    """
    turn = np.zeros(neighbours.shape[0], np.int64)
    behind = np.repeat(np.arange(len(turn)), np.diff(neighbours.indptr))
    for _ in range(MOST_TURNS):
        np.maximum.at(turn, behind, turn[neighbours.indices] + 1)
    turn = np.minimum(turn, MOST_TURNS)
    for number in range(1, int(turn.max(initial=0)) + 1):
        rows = np.flatnonzero(turn == number)
        for first in range(0, len(rows), BLOCK_AGENTS):
            yield rows[first : first + BLOCK_AGENTS]


def _weaken_shared_skus(block: Block, links: sp.csr_array, sku: NDArray[np.int16]) -> Block:
    """Lower the attraction of SKUs that a neighbour posts already, by the share of customers who see both."""
    if links.nnz == 0:
        return block
    attraction = block.attraction.copy()
    row = np.repeat(np.arange(len(links.indptr) - 1), np.diff(links.indptr))
    posted = sku[links.indices]
    link, place = np.nonzero(posted >= 0)
    np.multiply.at(attraction, (row[link], posted[link, place]), 1.0 - links.data[link])
    return replace(block, attraction=attraction)


def additive_bound(market: Market, price: Singles) -> float:
    """Return the most that slots chosen SKU by SKU could earn within the stock: the Lagrangian dual at the `price`
    of each SKU."""
    bound = float(price.astype(np.float64) @ market.stock)
    for rows in agent_blocks(market.agents):
        bound += float(additive_slates(market.block_of(rows), price).gain.sum(dtype=np.float64))
    return bound


def total_taken(sku: NDArray[np.int16], taken: Singles, skus: int) -> Floats:
    """Return the units of stock taken of each of so many `skus`; `sku` and `taken` as in Assignment."""
    filled = sku >= 0
    return np.bincount(sku[filled], weights=taken[filled], minlength=skus).astype(np.float64)


def _keep_best_matches(
    column: int, sku: NDArray[np.int16], taken: Singles, gain: Singles, stock: float, least: float
) -> float:
    """Open the worst matches of a SKU wanted beyond its stock (ties: last agent first); returns what is left.

    The last match kept may get less than it would take, but not less than `least`.
    """
    flat_sku, flat_taken, flat_gain = sku.ravel(), taken.ravel(), gain.ravel()
    slots = np.flatnonzero(flat_sku == column)
    slots = slots[np.argsort(-flat_gain[slots] / flat_taken[slots], kind="stable")]
    amount = flat_taken[slots].astype(np.float64)
    before = np.cumsum(amount) - amount
    kept = stock - before >= max(least, SMALLEST)
    units = np.where(kept, np.minimum(amount, stock - before), 0.0)
    flat_taken[slots] = units
    flat_sku[slots[~kept]] = -1
    return stock - float(units.sum())
