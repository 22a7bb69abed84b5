"""What stands in for posts that nobody recorded: what was sold, and a sample of what else was sold in the week before.

Every SKU of a day's pool is dealt into samples of equal size, so that all are sampled equally often, and each agent who
sold something that day is shown one sample. Source of the weights: McFadden 1978, "Modelling the choice of residential
location", on choices from a sample of the alternatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xuanpin.models.affinity.affinity_model import COMPARED_SKUS
from xuanpin.models.arrays import Flags, Floats, Ints

MOST_SAMPLED = 400_000
"""SKUs sampled for all agents and days together; on larger platforms each day has a smaller sample."""
LEAST_SAMPLED = 5
"""SKUs sampled for a day at least: five alternatives a sale tell five sixths of what all would."""
POOL_DAYS = 7
"""Days, the day itself included, whose sales are the SKUs that an agent without posts may have posted."""
MOVED = 7919
"""SKUs by which the samples move from day to day, a prime: no agent meets the same ones day after day."""


@dataclass(frozen=True)
class DatedPosts:
    """One row per agent, day and SKU in that order, all numbered from 0.

    units: ordered, ≥ 0; weight: how many SKUs a row stands for; is_recorded: posted in the chat; is_sale: known only
    because it was sold.
    """

    agent: Ints
    day: Ints
    sku: Ints
    units: Floats
    weight: Floats
    is_recorded: Flags
    is_sale: Flags


class _Dealt(NamedTuple):
    """SKUs shown to agents on a day; rest: SKUs of the day's pool that the agent did not sell, row by row."""

    agent: Ints
    day: Ints
    sku: Ints
    rest: Ints


def with_samples(posts: DatedPosts, places: Ints, first: int) -> DatedPosts:
    """Return `posts` with a sample beside the sales of each agent and day.

    places: of each SKU, in the order in which they are dealt; first: number of day 0 in a calendar, by which samples
    move. What an agent is known to have posted or sold that day is no part of her sample.
    """
    sold = np.flatnonzero(posts.is_sale)
    if not len(sold):
        return posts
    days, skus = int(posts.day.max()) + 1, len(places)
    agent_days = np.count_nonzero(np.diff(posts.agent[sold] * days + posts.day[sold], prepend=-1))
    sampled = min(max(MOST_SAMPLED // int(agent_days), LEAST_SAMPLED), COMPARED_SKUS)
    pool, order = _pool(posts, sold, (days, skus)), np.argsort(places)
    sold = sold[np.argsort(posts.day[sold], kind="stable")]
    ends = np.searchsorted(posts.day[sold], np.arange(days + 1))
    parts = [
        _dealt(posts.agent[sold[ends[day] : ends[day + 1]]], day, order[pool[day, order]], sampled, first + day)
        for day in range(days)
    ]
    return _merged(posts, _Dealt(*(np.concatenate(columns) for columns in zip(*parts, strict=True))), (days, skus))


def _pool(posts: DatedPosts, sold: Ints, shape: tuple[int, int]) -> Flags:
    """Which SKUs were sold within POOL_DAYS of each day: shape (days, SKUs)."""
    here = np.zeros(shape, dtype=bool)
    here[posts.day[sold], posts.sku[sold]] = True
    pool = here.copy()
    for ago in range(1, min(POOL_DAYS, shape[0])):
        pool[ago:] |= here[:-ago]
    return pool


def _dealt(agents: Ints, day: int, skus: Ints, sampled: int, move: int) -> _Dealt:
    """The pool `skus` dealt into samples of about `sampled`, in turn shown to the `agents` of the day's sales."""
    who, sold = np.unique(agents, return_counts=True)
    samples = max(len(skus) // sampled, 1)
    sample = (np.arange(1, len(skus) + 1) + MOVED * move) % samples
    size, order = np.bincount(sample, minlength=samples), np.argsort(sample, kind="stable")
    own = np.arange(1, len(who) + 1) % samples
    place = np.repeat(np.arange(len(who)), size[own])
    within = np.arange(len(place)) - np.repeat(np.cumsum(size[own]) - size[own], size[own])
    shown = skus[order[(np.cumsum(size) - size)[own[place]] + within]]
    return _Dealt(who[place], np.full(len(place), day), shown, (len(skus) - sold)[place])


def _merged(posts: DatedPosts, others: _Dealt, shape: tuple[int, int]) -> DatedPosts:
    """Posts and samples in one order, each SKU of an agent and day once."""
    agent, day, sku = (
        np.concatenate([own, dealt]) for own, dealt in zip((posts.agent, posts.day, posts.sku), others[:3], strict=True)
    )
    is_other = np.arange(len(agent)) >= len(posts.agent)
    code = ((agent * shape[0] + day) * shape[1] + sku) * 2 + is_other
    order = np.argsort(code)
    order = order[np.diff(code[order] >> 1, prepend=-1) != 0]
    kept = np.flatnonzero(is_other[order])
    new = (np.diff(agent[order], prepend=-1) != 0) | (np.diff(day[order], prepend=-1) != 0)
    occasion = (np.cumsum(new) - 1)[kept]
    rest = others.rest[order[kept] - len(posts.agent)]
    none = np.zeros(len(others.sku))
    weight = np.concatenate([posts.weight, none])
    weight[order[kept]] = np.maximum(rest / np.bincount(occasion)[occasion], 1.0)
    units, flags = np.concatenate([posts.units, none]), none.astype(bool)
    is_recorded, is_sale = np.concatenate([posts.is_recorded, flags]), np.concatenate([posts.is_sale, flags])
    return _rows(DatedPosts(agent, day, sku, units, weight, is_recorded, is_sale), order)


def _rows(posts: DatedPosts, rows: Ints) -> DatedPosts:
    return DatedPosts(*(column[rows] for column in vars(posts).values()))
