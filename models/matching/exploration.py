"""Slots filled at random, so that other policies can be evaluated later.

Each agent's draws come from her own seed, so they do not depend on who else is matched or in which block. A draw takes
any of the n SKUs she may sell with equal chance; with k draws each SKU has propensity k / n.
"""

from __future__ import annotations

import numpy as np
from pandas.util import hash_array

from xuanpin.models.arrays import Flags, Floats, Ints, Seeds, Strings

ENOUGH_STOCK = 8
"""A SKU takes part when it holds this many times the draws expected of it, so that random draws never sell it out."""


def agent_seeds(agent_ids: Strings, occasion: str) -> Seeds:
    """Return a seed for each of `agent_ids` and one occasion (a list date, at most 16 letters)."""
    return np.asarray(hash_array(agent_ids, hash_key=f"{occasion:<16}", categorize=False), dtype=np.uint64)


def draw_counts(seeds: Seeds, slots: Ints, share: float, has_recent_faults: Flags) -> Ints:
    """Return how many slots of each agent are drawn at random: share · slots on average.

    None where `has_recent_faults`: one of her groups has met faults lately.
    """
    wanted = share * slots
    chance = (_mix(seeds) >> np.uint64(11)).astype(np.float64) / 2.0**53
    whole = np.floor(wanted)
    return np.where(has_recent_faults, 0, whole + (chance < wanted - whole)).astype(np.int64)


def has_stock_to_explore(stock: Ints, draws: int) -> Flags:
    """Return which SKUs hold enough units (`stock`) to take part in exploration, given all draws of the night."""
    return np.asarray(stock >= np.maximum(4, ENOUGH_STOCK * draws / max(len(stock), 1)))


def draw_skus(seeds: Seeds, counts: Ints, pool: Flags) -> tuple[Ints, Ints, Floats]:
    """Draw so many SKUs (`counts`) of each agent from her pool (agents × SKUs): (row, SKU column, propensity 0–1),
    by row."""
    columns = np.arange(pool.shape[1], dtype=np.uint64)
    ticket = _mix(seeds[:, None] + (columns[None, :] + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))
    ticket = np.where(pool, ticket >> np.uint64(1), np.uint64(2**64 - 1))
    size = pool.sum(axis=1)
    counts = np.minimum(counts, size)
    most = int(counts.max(initial=0))
    if most == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    lowest = np.argpartition(ticket, most - 1, axis=1)[:, :most]
    order = np.argsort(np.take_along_axis(ticket, lowest, axis=1), axis=1)
    row, place = np.nonzero(np.arange(most) < counts[:, None])
    return row, np.take_along_axis(lowest, order, axis=1)[row, place], (counts / np.maximum(size, 1))[row]


def _mix(value: Seeds) -> Seeds:
    """SplitMix64 (Steele, Lea, Flood 2014): spreads consecutive numbers over all 64 bits."""
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(value ^ (value >> np.uint64(31)))
