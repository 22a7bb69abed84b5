"""Which goods to post together: slots chosen as a set, because a good sells partly at the cost of the others.

With visits T, attraction v (buying nothing = 1), worth w per unit sold and a price c for the stock a match sets aside,
a posted set S earns  T · sum(v w) / (1 + sum v) - sum c.  For prices of zero, ranking by v (w - r) with r the set's own
earning per visit and repeating is exact (Dinkelbach 1967); with prices each round ranks by the linearised gain
T v (w - r) / (1 + sum v) - c and the best set seen is kept, so no set is worse than the one chosen good by good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float32]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BLOCKED = np.float32(-1e9)
"""Gain of a SKU that an agent may not be given; far below any real gain."""


@dataclass(frozen=True)
class Block:
    """Agents × listed SKUs, everything a choice of slots needs.

    visits: per agent; pull: attraction relative to buying nothing; worth: net kept units per unit sold;
    units: stock that a match sets aside, ≥ 1; allowed: hard rules; slots: how many she takes; floor: how many she is
    given whatever the stock price; crowd: group of each SKU (its category); crowd_cap: most slots of one group, per
    agent; stale: given to her yesterday; stale_cap: most slots of those, per agent.
    """

    visits: Reals
    pull: Reals
    worth: Reals
    units: NDArray[np.int32]
    allowed: Flags
    slots: Ints
    floor: Ints
    crowd: Ints
    crowd_cap: Ints
    stale: Flags
    stale_cap: Ints


@dataclass(frozen=True)
class Chosen:
    """Slots of a block, best gain first: SKU column or -1 where the slot stays open, and the gain it was chosen by."""

    sku: Ints
    gain: Reals


def additive_gain(block: Block, price: Reals) -> Reals:
    """Gain of each SKU as if every set drew as many buyers as her average set: no account of her other slots."""
    return _gain(block, price, np.zeros(len(block.visits), np.float32), typical_load(block))


def typical_load(block: Block) -> Reals:
    """1 + total attraction of an average permitted set of the agent's size."""
    permitted = np.where(block.allowed, block.pull, np.float32(0))
    mean = permitted.sum(axis=1) / np.maximum(block.allowed.sum(axis=1), 1)
    return np.asarray(1.0 + mean * block.slots, dtype=np.float32)


def choose_additive(block: Block, price: Reals) -> Chosen:
    """Best slots good by good."""
    return take(block, additive_gain(block, price))


def choose_set(block: Block, price: Reals, rounds: int = 3) -> Chosen:
    """Best slots as a set; in the model's own expectation never worse than choose_additive."""
    best = choose_additive(block, price)
    best_value = set_value(block, best, price)
    current = best
    for _ in range(rounds):
        current = take(block, _gain(block, price, *set_state(block, current)))
        value = set_value(block, current, price)
        better = (value > best_value)[:, None]
        best = Chosen(np.where(better, current.sku, best.sku), np.where(better, current.gain, best.gain))
        best_value = np.maximum(value, best_value)
    return best


def set_state(block: Block, chosen: Chosen) -> tuple[Reals, Reals]:
    """Earning per visit of each agent's set, and its load 1 + total attraction."""
    pull, worth = _picked(block.pull, chosen.sku), _picked(block.worth, chosen.sku)
    load = np.asarray(1.0 + pull.sum(axis=1), dtype=np.float32)
    return np.asarray((pull * worth).sum(axis=1) / load, dtype=np.float32), load


def set_value(block: Block, chosen: Chosen, price: Reals) -> Reals:
    """Net kept units expected of each agent's set, less the price of the stock set aside for it."""
    earning, _ = set_state(block, chosen)
    held = _picked(block.units * price, chosen.sku)
    return np.asarray(block.visits * earning - held.sum(axis=1), dtype=np.float32)


def set_gain(block: Block, price: Reals, state: tuple[Reals, Reals]) -> Reals:
    """Gain of each SKU beside a set in the given state (see set_state)."""
    return _gain(block, price, *state)


def _gain(block: Block, price: Reals, earning: Reals, load: Reals) -> Reals:
    gain = (block.visits / load)[:, None] * block.pull * (block.worth - earning[:, None]) - block.units * price
    return np.where(block.allowed, gain, BLOCKED)


def _picked(values: NDArray[np.generic], sku: Ints) -> Reals:
    taken = np.take_along_axis(values, np.maximum(sku, 0), axis=1)
    return np.where(sku >= 0, taken, 0).astype(np.float32)


def take(block: Block, gain: Reals) -> Chosen:
    """The slots of highest gain within the caps: those that gain, and below the floor also those that cost.

    Ties go to the SKU that comes first on the list.
    """
    width = min(gain.shape[1], 2 * int(block.slots.max(initial=1)))
    nearest = np.argpartition(-gain, width - 1, axis=1)[:, :width]
    nearest.sort(axis=1)
    value = np.take_along_axis(gain, nearest, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    sku, value = np.take_along_axis(nearest, order, axis=1), np.take_along_axis(value, order, axis=1)
    fits = value > BLOCKED / 2
    fits &= _within(block.crowd[sku], fits, block.crowd_cap)
    fits &= _within_flag(np.take_along_axis(block.stale, sku, axis=1), fits, block.stale_cap)
    place = np.cumsum(fits, axis=1)
    fits &= (place <= block.slots[:, None]) & ((value > 0) | (place <= block.floor[:, None]))
    return _packed(sku, value, fits, int(block.slots.max(initial=1)))


def _packed(sku: Ints, gain: Reals, fits: Flags, slots: int) -> Chosen:
    front = np.argsort(~fits, axis=1, kind="stable")[:, :slots]
    kept = np.take_along_axis(fits, front, axis=1)
    packed = np.where(kept, np.take_along_axis(sku, front, axis=1), -1)
    return Chosen(packed, np.where(kept, np.take_along_axis(gain, front, axis=1), np.float32(0)))


def _within(group: Ints, fits: Flags, cap: Ints) -> Flags:
    """Rows of columns in order of gain: which stay when each group may fill at most `cap` places."""
    if int(cap.min(initial=0)) >= group.shape[1]:
        return fits
    same = group[:, :, None] == group[:, None, :]
    earlier = np.tril(np.ones((group.shape[1], group.shape[1]), dtype=bool), -1)
    before = (same & earlier & fits[:, None, :]).sum(axis=2)
    return np.asarray(before < cap[:, None])


def _within_flag(flag: Flags, fits: Flags, cap: Ints) -> Flags:
    counted = np.cumsum(flag & fits, axis=1)
    return np.asarray(~flag | (counted <= cap[:, None]))
