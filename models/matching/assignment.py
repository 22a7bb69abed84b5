"""Shares scarce stock between agents by a price on each SKU, in blocks, so that a million agents fit in memory.

Prices are learnt on a sample of agents (see dual_prices) and then held: every agent gets her own best slate at these
prices. A SKU that is still wanted beyond its stock keeps its best matches; slots that stay open are filled from what is
left. Prices and blocks depend only on the inputs: no clock, no random numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from xuanpin.models.arrays import Floats, Ints, Singles
from xuanpin.models.matching.market import BLOCK_AGENTS, SMALLEST, WORKERS, Market, agent_blocks
from xuanpin.models.matching.open_slots import fill_open_slots
from xuanpin.models.matching.settling import Settled, posted_by_neighbours, settle_block
from xuanpin.models.matching.slate import additive_slates

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
    bounds = []
    for groups in _turns(market.neighbours):
        shared = posted_by_neighbours(market.neighbours[np.concatenate(groups)], sku, len(price))
        for rows, found in zip(groups, _settled(market, groups, shared, price), strict=True):
            cells = (rows, slice(0, found.sku.shape[1]))
            sku[cells], taken[cells], gain[cells] = found.sku, found.taken, found.gain
            bounds.append(found.bound)
    left = market.stock.astype(np.float64) - total_taken(sku, taken, len(price))
    for column in np.flatnonzero(left < 0):
        left[column] = _keep_best_matches(int(column), sku, taken, gain, float(market.stock[column]), market.least)
    fill_open_slots(market, sku, taken, left)
    return Assignment(sku, taken, sum(bounds) + float(price.astype(np.float64) @ market.stock))


def _settled(market: Market, groups: Sequence[Ints], shared: sp.csr_array, price: Singles) -> Iterable[Settled]:
    if market.settle is not None:
        return market.settle(groups, shared, price)
    return _settled_in_threads(market, groups, shared, price)


def _settled_in_threads(
    market: Market, groups: Sequence[Ints], shared: sp.csr_array, price: Singles
) -> Iterator[Settled]:
    firsts = np.cumsum([0, *map(len, groups[:-1])])

    def settle(rows: Ints, first: int) -> Settled:
        own = shared[first : first + len(rows)]
        return settle_block(market.block_of(rows), own, price, set_aware=market.set_aware)

    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(settle, groups, firsts)


def _turns(neighbours: sp.csr_array) -> Iterator[list[Ints]]:
    """All agents, in groups such that each chooses after the neighbours that she is kept apart from.

    Groups of one turn do not depend on each other. Neighbours come earlier in order; a chain longer than MOST_TURNS is
    cut, its rest chooses group by group.
    """
    turn = np.zeros(neighbours.shape[0], np.int64)
    behind = np.repeat(np.arange(len(turn)), np.diff(neighbours.indptr))
    for _ in range(MOST_TURNS):
        np.maximum.at(turn, behind, turn[neighbours.indices] + 1)
    turn = np.minimum(turn, MOST_TURNS)
    alone = [rows[turn[rows] == 0] for rows in agent_blocks(len(turn))]
    yield from _together([rows for rows in alone if len(rows)])
    for number in range(1, MOST_TURNS):
        yield from _together(_groups(np.flatnonzero(turn == number)))
    for rows in _groups(np.flatnonzero(turn == MOST_TURNS)):
        yield [rows]


def _together(groups: list[Ints]) -> Iterator[list[Ints]]:
    if groups:
        yield groups


def _groups(rows: Ints) -> list[Ints]:
    return [rows[first : first + BLOCK_AGENTS] for first in range(0, len(rows), BLOCK_AGENTS)]


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
