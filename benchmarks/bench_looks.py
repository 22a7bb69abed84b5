"""What a platform's own embeddings add to what the choice model knows of its SKUs, by their tags and by what was sold.

A small closed world (benchmarks.matching_world) in which tastes follow six hidden directions of style besides tags, or
do not. Embeddings of 128 numbers mix the style with twenty directions that nobody buys by, with the category and with
noise; "chance" are embeddings of nothing. A fifth of the SKUs was never posted. Correlations with the true log
attraction are means within an agent, over SKUs that were posted and over those that were not; "taken" is what the night
would choose, by how well the last days' choices are predicted.

    python -m benchmarks.bench_looks
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks.bench_choice import VISITS, Posts
from benchmarks.bench_match_loop import HISTORY_DAYS, closed_features, posted_history
from benchmarks.matching_world import World
from xuanpin.models.affinity.affinity_model import SharedTaste, learn_taste, utility
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.style_space import fit_style_space
from xuanpin.models.arrays import Flags, Floats, Singles

DIRECTIONS, UNBOUGHT, NUMBERS = 6, 20, 128
"""Hidden directions of style that tastes follow, those that none does, and numbers of an embedding."""
JUDGED = 3
"""Every so many agents are judged."""


def main() -> None:
    """Learn with each kind of embeddings in each world and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strengths", type=float, nargs="*", default=[0.0, 0.15, 0.3, 0.5])
    parser.add_argument("--volumes", type=float, nargs="*", default=[1.0, 4.0])
    parser.add_argument("--seed", type=int, default=4)
    arguments = parser.parse_args()
    table = Table("style counts", "units", "tags", "embeddings", "CPU seconds", "posted", "not posted", "taken")
    with threadpool_limits(1):
        for strength in arguments.strengths:
            for volume in arguments.volumes:
                for has_tags in (True, False):
                    for line in compared(arguments.seed, strength, volume, has_tags):
                        table.add_row(f"{strength:g}", *line)
    Console().print(table)


def compared(seed: int, strength: float, volume: float, has_tags: bool) -> list[list[str]]:
    """One line for each kind of embeddings."""
    world, style = styled_world(seed, strength, volume)
    if not has_tags:
        world.style[:], world.series[:] = False, False
    agent, sku, day, units, _ = posted_history(world, np.random.default_rng(seed + 1))
    is_new = np.arange(world.skus) % 5 == 0
    kept = ~is_new[sku]
    posts = Posts(agent[kept], sku[kept], day[kept], units[kept].astype(np.float64), np.ones(int(kept.sum())))
    rng = np.random.default_rng(seed + 2)
    chance = rng.normal(size=(world.skus, NUMBERS)).astype(np.float32)
    found = {"none": None, "of style": embeddings(rng, world, style), "chance": chance}
    lines, plain = [], -np.inf
    for name, vectors in found.items():
        cells, score = judged(world, posts, vectors, is_new)
        plain = score if vectors is None else plain
        taken = "" if vectors is None else "yes" if score > plain else "no"
        lines.append([f"{units.sum():,}", "yes" if has_tags else "no", name, *cells, taken])
    return lines


def styled_world(seed: int, strength: float, volume: float) -> tuple[World, Floats]:
    """A world whose tastes also follow the style of SKUs (SKUs × DIRECTIONS), as strongly as `strength`."""
    rng = np.random.default_rng(seed)
    world = World(rng, competition=1.0)
    world.visits = world.visits * VISITS * volume
    style = rng.normal(size=(world.skus, DIRECTIONS))
    liked = strength * rng.normal(size=(world.agents, DIRECTIONS)) @ style.T
    liked -= liked.mean(axis=1, keepdims=True)
    world.closeness, world.utility = world.closeness + liked, world.utility + liked
    return world, style


def embeddings(rng: np.random.Generator, world: World, style: Floats) -> Singles:
    """Embeddings of the SKUs, SKUs × NUMBERS, in which style is one thing among others."""
    shown = style @ rng.normal(size=(DIRECTIONS, NUMBERS))
    shown += 0.8 * rng.normal(size=(world.skus, UNBOUGHT)) @ rng.normal(size=(UNBOUGHT, NUMBERS))
    shown += 2.0 * rng.normal(size=(world.categories, NUMBERS))[world.category]
    return np.asarray(shown + 0.7 * rng.normal(size=shown.shape), dtype=np.float32)


def judged(world: World, posts: Posts, vectors: Singles | None, is_new: Flags) -> tuple[list[str], float]:
    """The cells of one line, and how well the last days' choices were predicted."""
    features, begun = looked_at(world, vectors), time.process_time()
    taste = learnt(world, posts, features)
    seconds = time.process_time() - begun
    means = [f"{nearness(world, taste, features, part):.3f}" for part in (~is_new, is_new)]
    return [f"{seconds:.1f}", *means], taste.score


def looked_at(world: World, vectors: Singles | None) -> ChoiceFeatures:
    """The features that the model knows of the world, with the look of SKUs where there are embeddings."""
    known = closed_features(world)
    if vectors is None:
        return known
    look = fit_style_space(vectors).place(vectors)
    family = np.concatenate([known.sku_family, np.full(look.shape[1], 5)])
    return replace(known, sku=sp.csr_array(sp.hstack([known.sku, sp.csr_array(look)], format="csr")), sku_family=family)


def learnt(world: World, posts: Posts, features: ChoiceFeatures) -> SharedTaste:
    """What is learnt from the posts of all agents."""
    order = np.lexsort((posts.sku, posts.day, posts.agent))
    agent, sku, day = posts.agent[order], posts.sku[order], posts.day[order]
    new, bought = np.diff(agent * HISTORY_DAYS + day, prepend=-1) != 0, posts.units[order] > 0
    posted = PostedSets(np.cumsum(new) - 1, agent, sku, posts.units[order], posts.weight[order])
    orders = OrderDays(agent[bought], sku[bought], day[bought], window=365)
    return learn_taste(posted, day[new], features, orders, last=HISTORY_DAYS - 1, batch=1.0)


def nearness(world: World, taste: SharedTaste, features: ChoiceFeatures, part: Flags) -> float:
    """Mean correlation with the true log attraction within an agent, over a part of the SKUs."""
    skus = np.flatnonzero(part)
    found = [
        np.corrcoef(utility(taste.effects, taste.factors, features, np.full(len(skus), agent), skus), truth[skus])[0, 1]
        for agent, truth in enumerate(world.utility)
        if agent % JUDGED == 0
    ]
    return float(np.mean(found))


if __name__ == "__main__":
    main()
