"""Slots filled at random, so that other policies can be evaluated later.

A draw takes any of the n SKUs that an agent may sell with equal chance; with k draws each SKU has propensity k / n. Her
draws come from her own seed, so they do not depend on who else is matched or in which block.

SKUs on trial (new ones hold places of the list so that something is learnt of them) come first: agents take turns in
the order of their seeds, and until each such SKU has an agent, one draw of whoever is next prefers those without. Its
chances are known too, given the turns before, and every SKU keeps some, so that estimates from draws stay unbiased.
"""

from __future__ import annotations

import numpy as np
from pandas.util import hash_array

from xuanpin.models.arrays import Flags, Floats, Ints, Seeds, Strings

ENOUGH_STOCK = 8
"""A SKU takes part when it holds this many times the draws expected of it, so that random draws never sell it out."""

TRIAL_CHANCE = 0.75
"""Chance with which a turn goes to a SKU on trial; the rest is drawn evenly, and so are all draws once each has been
tried. More would reach the last SKUs sooner and make what is estimated of all others noisier: 4 times at .75."""


def agent_seeds(agent_ids: Strings, occasion: str) -> Seeds:
    """Return a seed for each of `agent_ids` and one occasion (a list date, at most 16 letters)."""
    return np.asarray(hash_array(agent_ids, hash_key=f"{occasion:<16}", categorize=False), dtype=np.uint64)


def draw_counts(seeds: Seeds, slots: Ints, share: Floats, has_recent_faults: Flags) -> Ints:
    """Return how many slots of each agent are drawn at random: share · slots on average (both per agent).

    None where `has_recent_faults`: one of her groups has met faults lately.
    """
    wanted = share * slots
    whole = np.floor(wanted)
    return np.where(has_recent_faults, 0, whole + (_chance(_mix(seeds)) < wanted - whole)).astype(np.int64)


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


def draw_trials(seeds: Seeds, even: Flags, wanted: Flags) -> tuple[Ints, Ints, Floats]:
    """Let agents take turns, in order, until every SKU on trial has one: (row, SKU column, chances), by row.

    `even` and `wanted` (agents × SKUs) mark the SKUs that each may draw evenly, and those on trial that she may sell
    and that no agent has yet. `chances` (0-1) are those of every SKU in the turn of each returned row, rows × SKUs.
    Agents for whom nothing on trial is left take no turn.
    """
    untried: Flags = np.asarray(wanted.any(axis=0))
    rows, columns, chances = [], [], []
    # Numbers of their own: the first mix has decided already who draws at all.
    coin, ticket = _chance(_mix(_mix(seeds))), _chance(_mix(_mix(_mix(seeds))))
    for row in range(len(seeds)):
        if not untried.any():
            break
        preferred = wanted[row] & untried
        if not preferred.any():
            continue
        is_even = coin[row] >= TRIAL_CHANCE and even[row].any()
        options = np.flatnonzero(even[row] if is_even else preferred)
        columns.append(int(options[int(ticket[row] * len(options))]))
        rows.append(row)
        chances.append(_turn_chances(even[row], preferred))
        untried[columns[-1]] = False
    return np.array(rows, np.int64), np.array(columns, np.int64), np.array(chances).reshape(len(rows), even.shape[1])


def _turn_chances(even: Flags, preferred: Flags) -> Floats:
    share = TRIAL_CHANCE if even.any() else 1.0
    return np.asarray(share * preferred / preferred.sum() + (1.0 - share) * even / max(int(even.sum()), 1))


def with_even_draws(chances: Floats, even: Flags, others: Ints) -> Floats:
    """Return the chance of every SKU to be among all draws of an agent: first a turn with `chances`, then `others` more
    drawn evenly from what is left of `even`; rows are agents, columns SKUs."""
    size = even.sum(axis=1, keepdims=True)
    inside = (chances * even).sum(axis=1, keepdims=True)
    others = np.minimum(others[:, None], size)
    later = (inside - chances) / np.maximum(size - 1, 1) + (1.0 - inside) / np.maximum(size, 1)
    return np.asarray(np.minimum(chances + even * others * later, 1.0))


def _chance(value: Seeds) -> Floats:
    """Numbers in [0, 1) from seeds."""
    return (value >> np.uint64(11)).astype(np.float64) / 2.0**53


def _mix(value: Seeds) -> Seeds:
    """SplitMix64 (Steele, Lea, Flood 2014): spreads consecutive numbers over all 64 bits."""
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(value ^ (value >> np.uint64(31)))
