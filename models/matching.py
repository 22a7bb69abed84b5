"""Shares scarce stock between agents by a price on each SKU, in blocks, so that a million agents fit in memory.

Prices are learnt by dual ascent on a sample of agents and then held: every agent picks her own best slots at these
prices. A SKU that still has more takers than stock keeps the best offers; slots that stay open are filled from what is
left. Prices and blocks depend only on the inputs: no clock, no random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.slots import Block, Chosen, Reals, additive_gain, choose_additive, choose_set, set_gain, set_state, take

Ints = NDArray[np.int64]
BlockOf = Callable[[Ints], Block]
"""Builds the block of some agents (row numbers, ascending)."""

BLOCK_AGENTS = 4096
SAMPLE_AGENTS = 10_000
STEPS, WARM_STEPS, TAIL = 120, 40, 0.5
"""Price steps from nothing and from yesterday's prices; the share of last steps whose mean is the price."""


@dataclass(frozen=True)
class Assignment:
    """Slots of all agents: SKU column or -1, and the stock units each match sets aside."""

    sku: NDArray[np.int16]
    units: NDArray[np.int32]


def sample_rows(agents: int, most: int = SAMPLE_AGENTS) -> Ints:
    """Agents from whom prices are learnt: everyone, or an even stride through them."""
    return np.unique(np.linspace(0, agents - 1, min(agents, most)).astype(np.int64)) if agents else np.zeros(0, np.int64)


def learn_prices(block: Block, capacity: Reals, start: Reals | None = None, set_aware: bool = True) -> Reals:
    """Price of one unit of each SKU's stock at which the block's agents ask for about `capacity`.

    The step shrinks as (1 + t)^-.6 and scales with the spread of gains; the mean of the tail is returned.
    """
    price = np.zeros(len(capacity), np.float32) if start is None else start.astype(np.float32)
    steps = STEPS if start is None else WARM_STEPS
    zero = np.zeros_like(price)
    gain = additive_gain(block, zero)
    positive = gain[gain > 0]
    if not len(positive):
        return zero
    spread = float(positive.astype(np.float64).std()) or float(positive.astype(np.float64).mean())
    tail = np.zeros(len(price), np.float64)
    state = set_state(block, choose_additive(block, price)) if set_aware else None
    for step in range(steps):
        gain = set_gain(block, price, state) if state is not None else additive_gain(block, price)
        chosen = take(block, gain)
        state = set_state(block, chosen) if state is not None else None
        excess = (demand(block, chosen) - capacity) / np.maximum(capacity, 1.0)
        move = 0.5 * spread / (1 + step) ** 0.6 * np.clip(excess, -1, 1)
        price = np.maximum(price + move, 0).astype(np.float32)
        if step >= steps * (1 - TAIL):
            tail += price
    return np.asarray(tail / (steps - int(np.ceil(steps * (1 - TAIL)))), dtype=np.float32)


def demand(block: Block, chosen: Chosen) -> NDArray[np.float64]:
    """Stock units that the chosen slots set aside, per SKU."""
    taken = chosen.sku >= 0
    held = np.take_along_axis(block.units, np.maximum(chosen.sku, 0), axis=1)
    return np.bincount(chosen.sku[taken], weights=held[taken], minlength=block.pull.shape[1])


def blocks(agents: int) -> Iterator[Ints]:
    """Row numbers of all agents, a block at a time."""
    for first in range(0, agents, BLOCK_AGENTS):
        yield np.arange(first, min(first + BLOCK_AGENTS, agents))


def assign(block_of: BlockOf, agents: int, width: int, price: Reals, stock: Ints, set_aware: bool = True) -> Assignment:
    """Give every agent her slots at these prices within the stock; width is the most slots of any agent."""
    sku = np.full((agents, width), -1, np.int16)
    units = np.zeros((agents, width), np.int32)
    gain = np.zeros((agents, width), np.float32)
    for rows in blocks(agents):
        block = block_of(rows)
        chosen = choose_set(block, price) if set_aware else choose_additive(block, price)
        _write(sku, units, gain, rows, block, chosen)
    _keep_best_offers(sku, units, gain, stock)
    left = stock - held_units(sku, units, len(stock))
    _fill(block_of, sku, units, left, set_aware)
    return Assignment(sku, units)


def held_units(sku: NDArray[np.int16], units: NDArray[np.int32], skus: int) -> Ints:
    """Stock units set aside per SKU."""
    taken = sku >= 0
    return np.bincount(sku[taken], weights=units[taken], minlength=skus).astype(np.int64)


def _write(
    sku: NDArray[np.int16], units: NDArray[np.int32], gain: Reals, rows: Ints, block: Block, chosen: Chosen
) -> None:
    width = chosen.sku.shape[1]
    taken = chosen.sku >= 0
    sku[rows, :width] = chosen.sku
    units[rows, :width] = np.where(taken, np.take_along_axis(block.units, np.maximum(chosen.sku, 0), axis=1), 0)
    gain[rows, :width] = chosen.gain


def _keep_best_offers(sku: NDArray[np.int16], units: NDArray[np.int32], gain: Reals, stock: Ints) -> None:
    """Open the worst offers of each SKU that was promised beyond its stock; ties go to the agent that comes first."""
    over = np.flatnonzero(held_units(sku, units, len(stock)) > stock)
    flat_sku, flat_units, flat_gain = sku.ravel(), units.ravel(), gain.ravel()
    for column in over:
        offers = np.flatnonzero(flat_sku == column)
        offers = offers[np.argsort(-flat_gain[offers] / flat_units[offers], kind="stable")]
        dropped = offers[np.cumsum(flat_units[offers]) > stock[column]]
        flat_sku[dropped], flat_units[dropped], flat_gain[dropped] = -1, 0, 0


def _fill(
    block_of: BlockOf, sku: NDArray[np.int16], units: NDArray[np.int32], left: Ints, set_aware: bool
) -> None:
    """Fill open slots at price zero from what is left, in rounds until nothing more can be given."""
    for rows in blocks(len(sku)):
        open_rows = rows[(sku[rows] < 0).any(axis=1)]
        while len(open_rows) and (left > 0).any():
            given = _fill_round(block_of(open_rows), open_rows, sku, units, left, set_aware)
            open_rows = open_rows[given & (sku[open_rows] < 0).any(axis=1)]


def _fill_round(
    block: Block, rows: Ints, sku: NDArray[np.int16], units: NDArray[np.int32], left: Ints, set_aware: bool
) -> NDArray[np.bool_]:
    """Offer each open agent her best remaining goods once; returns who was given something."""
    have = sku[rows].astype(np.int64)
    count = (have >= 0).sum(axis=1)
    wanted = block.slots - count
    allowed = block.allowed & (left >= block.units)
    mine = np.zeros(allowed.shape, dtype=bool)
    row, _ = np.nonzero(have >= 0)
    mine[row, have[have >= 0]] = True
    rest = replace(block, allowed=allowed & ~mine, slots=wanted, floor=wanted)
    zero = np.zeros(len(left), np.float32)
    own = Chosen(have, np.zeros(have.shape, np.float32))
    gain = set_gain(rest, zero, set_state(block, own)) if set_aware else additive_gain(rest, zero)
    offer = take(rest, gain)
    return _settle(offer, block, rows, sku, units, left)


def _settle(
    offer: Chosen, block: Block, rows: Ints, sku: NDArray[np.int16], units: NDArray[np.int32], left: Ints
) -> NDArray[np.bool_]:
    """Accept offers while stock lasts, the best first; writes into sku, units and left."""
    row, place = np.nonzero(offer.sku >= 0)
    column = offer.sku[row, place]
    need = block.units[row, column].astype(np.int64)
    order = np.lexsort((row, -offer.gain[row, place], column))
    row, column, need = row[order], column[order], need[order]
    total = np.cumsum(need)
    first = np.flatnonzero(np.diff(column, prepend=-1))
    before = np.repeat(total[first] - need[first], np.diff(np.append(first, len(column))))
    fits = total - before <= left[column]
    row, column, need = row[fits], column[fits], need[fits]
    left -= np.bincount(column, weights=need, minlength=len(left)).astype(np.int64)
    by_row = np.lexsort((column, row))
    row, column, need = row[by_row], column[by_row], need[by_row]
    nth = np.arange(len(row)) - np.searchsorted(row, row)
    spots = np.argsort(sku[rows] >= 0, axis=1, kind="stable")
    sku[rows[row], spots[row, nth]] = column
    units[rows[row], spots[row, nth]] = need
    given = np.zeros(len(rows), dtype=bool)
    given[row] = True
    return given
