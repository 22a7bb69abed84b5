"""Shares scarce stock between agents by a price on each SKU, in blocks, so that a million agents fit in memory.

Prices are learnt on a sample of agents (see dual_prices) and then held: every agent picks her own best slots at these
prices. A SKU that still has more takers than stock keeps the best offers; slots that stay open are filled from
what is left. Prices and blocks depend only on the inputs: no clock, no random numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from xuanpin.models.arrays import Flags, Floats, Ints, Singles
from xuanpin.models.matching.slate import (
    Block,
    Slates,
    additive_slates,
    best_slates,
    evaluate_slates,
    marginal_gain,
    set_aware_slates,
    slate_bound,
    stock_per_slot,
)

BlockOf = Callable[[Ints], Block]
"""Builds the block of some agents (row numbers, ascending)."""

BLOCK_AGENTS = 1024
"""Agents scored together; their blocks stay in the cache of a core."""
SMALLEST = 1e-6
"""Stock below which a SKU counts as sold out where a match need not set aside a whole unit."""
WORKERS = 2
"""Threads that score blocks side by side; blocks do not depend on each other, so results do not depend on threads."""
MOST_TURNS = 8
"""Longest chain of neighbours that is heeded link by link."""


@dataclass(frozen=True)
class Assignment:
    """Slots of all agents: SKU column or -1, and the stock that each match takes (0 where open).

    bound: what no slots within the stock could exceed in expected worth (Lagrangian dual at the prices).
    """

    sku: NDArray[np.int16]
    taken: Singles
    bound: float


@dataclass(frozen=True)
class Market:
    """All agents, a block at a time, and the stock that they share.

    width: most slots of any agent; least: stock that a match takes at least (as in its blocks); neighbours: agent ×
    earlier agent, the share of her customers that the earlier one reaches too.
    """

    block_of: BlockOf
    agents: int
    width: int
    stock: Singles
    least: float
    neighbours: sp.csr_array
    set_aware: bool = True

    def choose(self, block: Block, price: Singles) -> Slates:
        """Best slots of a block at these prices."""
        return set_aware_slates(block, price) if self.set_aware else additive_slates(block, price)


def agent_blocks(agents: int) -> Iterator[Ints]:
    """Row numbers of all agents, a block at a time."""
    for first in range(0, agents, BLOCK_AGENTS):
        yield np.arange(first, min(first + BLOCK_AGENTS, agents))


def assign_slates(market: Market, price: Singles) -> Assignment:
    """Give every agent her slots at these prices within the stock."""
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
    _fill(market, sku, taken, left)
    return Assignment(sku, taken, sum(bounds) + float(price.astype(np.float64) @ market.stock))


def _blocks_after_neighbours(neighbours: sp.csr_array) -> Iterator[Ints]:
    """Agents with neighbours, in blocks such that each chooses after the neighbours whose choice she heeds.

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
    """Weaken the draw of goods that a neighbour shows already, by the share of customers who see both."""
    if links.nnz == 0:
        return block
    attraction = block.attraction.copy()
    row = np.repeat(np.arange(len(links.indptr) - 1), np.diff(links.indptr))
    shown = sku[links.indices]
    link, place = np.nonzero(shown >= 0)
    np.multiply.at(attraction, (row[link], shown[link, place]), 1.0 - links.data[link])
    return replace(block, attraction=attraction)


def additive_bound(market: Market, price: Singles) -> float:
    """Most that slots chosen good by good could earn within the stock (Lagrangian dual at these prices)."""
    bound = float(price.astype(np.float64) @ market.stock)
    for rows in agent_blocks(market.agents):
        bound += float(additive_slates(market.block_of(rows), price).gain.sum(dtype=np.float64))
    return bound


def total_taken(sku: NDArray[np.int16], taken: Singles, skus: int) -> Floats:
    """Stock taken per SKU."""
    filled = sku >= 0
    return np.bincount(sku[filled], weights=taken[filled], minlength=skus).astype(np.float64)


def _keep_best_matches(
    column: int, sku: NDArray[np.int16], taken: Singles, gain: Singles, stock: float, least: float
) -> float:
    """Open the worst offers of a SKU promised beyond its stock (ties: last agent first); returns what is left.

    The last offer kept may get less than it would take, but not less than `least`.
    """
    flat_sku, flat_taken, flat_gain = sku.ravel(), taken.ravel(), gain.ravel()
    slots = np.flatnonzero(flat_sku == column)
    slots = slots[np.argsort(-flat_gain[slots] / flat_taken[slots], kind="stable")]
    amount = flat_taken[slots].astype(np.float64)
    before = np.cumsum(amount) - amount
    kept = stock - before >= max(least, SMALLEST)
    given = np.where(kept, np.minimum(amount, stock - before), 0.0)
    flat_taken[slots] = given
    flat_sku[slots[~kept]] = -1
    return stock - float(given.sum())


def _fill(market: Market, sku: NDArray[np.int16], taken: Singles, left: Floats) -> None:
    """Fill open slots at price zero from what is left, in rounds until nothing more can be given."""
    free = np.zeros(len(left), np.float32)
    for rows, block in _blocks_ahead(market):
        wanting = np.ones(len(rows), dtype=bool)
        while True:
            missing = block.slots - (sku[rows] >= 0).sum(axis=1)
            open_places = np.flatnonzero(wanting & (missing > 0))
            if not len(open_places):
                break
            part = rows_of(block, open_places)
            has_match = _fill_round(part, rows[open_places], sku, taken, left, free)
            wanting[open_places[~has_match]] = False


def _blocks_ahead(market: Market) -> Iterator[tuple[Ints, Block]]:
    """All blocks in order, the next ones scored while one is in use."""
    waiting: deque[tuple[Ints, Future[Block]]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for rows in agent_blocks(market.agents):
            waiting.append((rows, pool.submit(market.block_of, rows)))
            if len(waiting) > WORKERS:
                ready, block = waiting.popleft()
                yield ready, block.result()
        while waiting:
            ready, block = waiting.popleft()
            yield ready, block.result()


PER_AGENT = (
    "visits",
    "attraction",
    "unit_value",
    "allowed",
    "slots",
    "floor",
    "category_cap",
    "is_repeat",
    "repeat_cap",
)
"""Fields of a block that have a row per agent."""


def rows_of(block: Block, rows: Ints) -> Block:
    """Some agents of a block."""
    fields: dict[str, Any] = {name: getattr(block, name)[rows] for name in PER_AGENT}
    return replace(block, **fields)


def _fill_round(
    block: Block, rows: Ints, sku: NDArray[np.int16], taken: Singles, left: Floats, price: Singles
) -> Flags:
    """Offer each open agent her best remaining goods once; returns for whom there was one: given, or sold out now."""
    have = sku[rows].astype(np.int64)
    row, place = np.nonzero(have >= 0)
    allowed = block.allowed & (left >= max(block.least, SMALLEST))
    allowed[row, have[row, place]] = False
    wanted = block.slots - (have >= 0).sum(axis=1)
    rest = replace(block, allowed=allowed, slots=wanted, floor=wanted)
    _, state = evaluate_slates(block, Slates(have, np.zeros(have.shape, np.float32)), price)
    proposed = best_slates(rest, marginal_gain(rest, price, state))
    need = np.maximum((block.visits / state.load)[:, None] * block.attraction, np.float32(block.least))
    _accept_matches(proposed, need, max(block.least, SMALLEST), rows, sku, taken, left)
    return np.asarray((proposed.sku >= 0).any(axis=1))


def _accept_matches(
    proposed: Slates,
    need: Singles,
    least: float,
    rows: Ints,
    sku: NDArray[np.int16],
    taken: Singles,
    left: Floats,
) -> None:
    """Accept offers while stock lasts, the best first; writes into sku, taken and left."""
    row, place = np.nonzero(proposed.sku >= 0)
    column = proposed.sku[row, place]
    order = np.lexsort((row, -proposed.gain[row, place], column))
    row, column = row[order], column[order]
    amount = need[row, column].astype(np.float64)
    total = np.cumsum(amount)
    first = np.flatnonzero(np.diff(column, prepend=-1))
    before = np.repeat(total[first] - amount[first], np.diff(np.append(first, len(column))))
    open_stock = left[column] - (total - amount - before)
    fits = open_stock >= least
    order = np.lexsort((column[fits], row[fits]))
    amount = np.minimum(amount, open_stock)[fits][order]
    row, column = row[fits][order], column[fits][order]
    left -= np.bincount(column, weights=amount, minlength=len(left))
    nth = np.arange(len(row)) - np.searchsorted(row, row)
    spots = np.argsort(sku[rows] >= 0, axis=1, kind="stable")[row, nth]
    sku[rows[row], spots], taken[rows[row], spots] = column, amount
