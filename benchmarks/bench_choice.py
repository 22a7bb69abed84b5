"""How well preferences are found again on a large platform, where a part of agents and rows stands for all.

A small closed world with hidden preferences (benchmarks.matching_world) sells for 30 days. The choice model learns from
all posts, or from sales and so many SKUs sampled a day where no posts are known. Correlations with the true log
attraction are means within an agent over all SKUs, of agents who teach and of others.

    python -m benchmarks.bench_choice --agents 3000 --sampled 40 8 5
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks.bench_match_loop import HISTORY_DAYS, closed_features, posted_history
from benchmarks.matching_world import World
from xuanpin.models.affinity.affinity_model import AffinityModel, fit_affinity_model, learn_taste, utility
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets, cells_of
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.teachers import posts_of_teachers
from xuanpin.models.affinity.visits import PostHistory
from xuanpin.models.arrays import Floats, Ints

TEACHERS = 2_000
VISITS = 0.15
"""Visits as a multiple of the world's: a little more than one unit an agent and day, as on group-buying platforms."""
JUDGED = 7
"""Every so many agents are judged."""


@dataclass(frozen=True)
class Posts:
    """Posted rows in any order; weight: how many posted SKUs each counts for."""

    agent: Ints
    sku: Ints
    day: Ints
    units: Floats
    weight: Floats


def main() -> None:
    """Learn from all posts and from each size of sample, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=3000)
    parser.add_argument("--sampled", type=int, nargs="*", default=[40, 8, 5])
    parser.add_argument("--seed", type=int, default=4)
    arguments = parser.parse_args()
    world = World(np.random.default_rng(arguments.seed), agents=arguments.agents, competition=1.0)
    world.stock = (world.stock * arguments.agents / 300).astype(np.int64)
    world.visits = world.visits * VISITS
    agent, sku, day, units, _ = posted_history(world, np.random.default_rng(arguments.seed + 1))
    known = Posts(agent, sku, day, units.astype(np.float64), np.ones(len(agent)))
    table = Table("posts", "rows", "CPU seconds", "champion", "teachers", "others", "mean visits / true")
    with threadpool_limits(1):
        table.add_row("all known", *judged(world, known, is_recorded=True))
        for sampled in arguments.sampled:
            rows = with_samples(known, sampled, np.random.default_rng(arguments.seed + 2))
            table.add_row(f"none known, {sampled} sampled", *judged(world, rows, is_recorded=False))
    Console().print(table)


def with_samples(known: Posts, sampled: int, rng: np.random.Generator) -> Posts:
    """What was sold, and for each agent and day some of the other SKUs that anybody sold on it."""
    sold = known.units > 0
    parts = [Posts(known.agent[sold], known.sku[sold], known.day[sold], known.units[sold], known.weight[sold])]
    for day in range(HISTORY_DAYS):
        today = sold & (known.day == day)
        pool, column = np.unique(known.sku[today], return_inverse=True)
        who, row = np.unique(known.agent[today], return_inverse=True)
        own = np.zeros((len(who), len(pool)), bool)
        own[row, column] = True
        drawn = np.argpartition(rng.random(own.shape) + own, sampled, axis=1)[:, :sampled].ravel()
        agent = np.repeat(who, sampled)
        weight = np.repeat((len(pool) - own.sum(axis=1)) / sampled, sampled)
        parts.append(Posts(agent, pool[drawn], np.full(len(agent), day), np.zeros(len(agent)), weight))
    return Posts(*(np.concatenate([getattr(part, name) for part in parts]) for name in Posts.__dataclass_fields__))


def judged(world: World, posts: Posts, *, is_recorded: bool) -> list[str]:
    """The cells of one line of the table."""
    features, teachers = (
        closed_features(world),
        np.linspace(0, world.agents - 1, min(TEACHERS, world.agents)).astype(int),
    )
    begun = time.process_time()
    fitted = _fitted(world, posts, features, teachers, is_recorded)
    seconds = time.process_time() - begun
    some, every = np.arange(0, world.agents, JUDGED), np.arange(world.skus)
    found = [utility(fitted.effects, fitted.factors, features, np.full(world.skus, agent), every) for agent in some]
    near = np.array([np.corrcoef(own, world.utility[agent])[0, 1] for own, agent in zip(found, some, strict=True)])
    taught = np.isin(some, teachers)
    means = [f"{near[part].mean():.3f}" if part.any() else "–" for part in (taught, ~taught)]
    visits = fitted.visit_model.visits.mean() / world.visits.mean()
    return [f"{len(posts.sku):,}", f"{seconds:.1f}", fitted.champion, *means, f"{visits:.2f}"]


def _fitted(world: World, posts: Posts, features: ChoiceFeatures, teachers: Ints, is_recorded: bool) -> AffinityModel:
    order, last = np.lexsort((posts.sku, posts.day, posts.agent)), HISTORY_DAYS - 1
    agent, sku, day = posts.agent[order], posts.sku[order], posts.day[order]
    new = np.diff(agent * HISTORY_DAYS + day, prepend=-1) != 0
    posted = PostedSets(np.cumsum(new) - 1, agent, sku, posts.units[order], posts.weight[order])
    history = PostHistory(
        day=day[new],
        is_recorded=np.full(int(new.sum()), is_recorded),
        unrecorded_from=np.full(world.agents, last + 1 if is_recorded else 0),
        slots=np.full(world.agents, world.slots),
        members=world.members,
        last=last,
    )
    taught, bought = posts_of_teachers(posted, teachers), posted.units > 0
    some = bought & taught.rows
    orders, every = (OrderDays(agent[rows], sku[rows], day[rows], window=365) for rows in (some, bought))
    taste = learn_taste(taught.posted, history.day[taught.occasion], features, orders, last=last, batch=1.0)
    own = cells_of(every.evidence(last + 1, world.agents, world.skus), agent, sku)
    return fit_affinity_model(posted, history, features, taste, own, teachers=taught.rows, batch=1.0)


if __name__ == "__main__":
    main()
