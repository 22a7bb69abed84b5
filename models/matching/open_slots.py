"""Fills slots that the assignment at stock prices has left open, from the stock that is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.arrays import Flags, Floats, Ints, Singles
from xuanpin.models.matching.market import SMALLEST, WORKERS, Market, agent_blocks, rows_of
from xuanpin.models.matching.slate import (
    Block,
    Slates,
    best_slates,
    evaluate_slates,
    marginal_gain,
    of_columns,
    values_at,
)


def fill_open_slots(market: Market, sku: NDArray[np.int16], taken: Singles, left: Floats) -> None:
    """Fill open slots at price zero from what is left, in rounds until no more match is possible.

    Changes its arguments: `sku` (agents × slots) holds SKU columns, -1 where open, `taken` the units of stock of each
    match, and `left` the units left of each SKU.
    """
    for rows, block in _blocks_ahead(market) if market.open_blocks is None else market.open_blocks(sku):
        wanting = np.ones(len(rows), dtype=bool)
        while True:
            # Where stock is scarce, few SKUs remain, and few agents may sell any of them.
            remaining = np.flatnonzero(left >= max(block.least, SMALLEST))
            wanting &= block.allowed.take(remaining, axis=1).any(axis=1)
            missing = block.slots - (sku[rows] >= 0).sum(axis=1)
            open_places = np.flatnonzero(wanting & (missing > 0))
            if not len(open_places):
                break
            part = rows_of(block, open_places)
            has_match = _fill_round(part, rows[open_places], remaining, sku, taken, left)
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


def _fill_round(
    block: Block, rows: Ints, remaining: Ints, sku: NDArray[np.int16], taken: Singles, left: Floats
) -> Flags:
    """Try each open agent's best of the `remaining` SKUs once; returns for whom there was one: matched, or sold out
    now."""
    have = sku[rows].astype(np.int64)
    row, place = np.nonzero(have >= 0)
    allowed = block.allowed.copy()
    allowed[row, have[row, place]] = False
    wanted, free = block.slots - (have >= 0).sum(axis=1), np.zeros(len(left), np.float32)
    _, state = evaluate_slates(block, Slates(have, np.zeros(have.shape, np.float32)), free)
    rest = of_columns(replace(block, allowed=allowed, slots=wanted, floor=wanted), remaining)
    proposed = best_slates(rest, marginal_gain(rest, free[remaining], state))
    need = (block.visits / state.load)[:, None] * values_at(rest.attraction, proposed.sku)
    np.maximum(need, np.float32(block.least), out=need)
    proposed = replace(proposed, sku=np.where(proposed.sku >= 0, remaining[np.maximum(proposed.sku, 0)], -1))
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
    """Accept proposed matches while stock lasts, the best first; writes into sku, taken and left."""
    row, place = np.nonzero(proposed.sku >= 0)
    column = proposed.sku[row, place]
    order = np.lexsort((row, -proposed.gain[row, place], column))
    amount = need[row, place][order].astype(np.float64)
    row, column = row[order], column[order]
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
    places = np.argsort(sku[rows] >= 0, axis=1, kind="stable")[row, nth]
    sku[rows[row], places], taken[rows[row], places] = column, amount
