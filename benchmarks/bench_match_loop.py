"""Matching in a small closed world with hidden preferences: what set-aware slates and stock prices add, one by one.

Preferences are learnt from 30 days of posts and purchases; then each way of matching runs the same six days. Net good
purchases = bought - 2 × regretted - returned for other reasons. Worlds are simulated: differences count, not levels.

    python -m benchmarks.bench_match_loop --seeds 1 2 3
"""

from __future__ import annotations

import argparse

import numpy as np
import scipy.sparse as sp
from rich.console import Console
from rich.table import Table

from benchmarks.matching_world import SERIES, STYLES, World
from xuanpin.models.affinity.affinity_model import AffinityModel, closeness, fit_affinity_model, learn_taste
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets, cells_of
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.visits import PostHistory
from xuanpin.models.matching.assignment import assign_slates
from xuanpin.models.matching.dual_prices import fit_dual_prices
from xuanpin.models.matching.market import Market, rows_of
from xuanpin.models.matching.slate import Block, additive_slates, set_aware_slates

HISTORY_DAYS, LIVE_DAYS, LISTED = 30, 6, 80
POLICIES = ("best sellers", "additive", "set-aware", "additive, priced", "set-aware, priced")


def main() -> None:
    """Run every policy in every world and print the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--stock", type=float, nargs="+", default=[1.0, 3.0], help="stock as a multiple of the world's")
    arguments = parser.parse_args()
    table = Table("stock ×", "policy", "net good a day", "bought", "regret rate", "lost for want of stock")
    for stock in arguments.stock:
        lived = np.mean([live(seed, stock) for seed in arguments.seeds], axis=0)
        for policy, (net, bought, regretted, lost) in zip(POLICIES, lived, strict=True):
            table.add_row(
                f"{stock:g}", policy, f"{net:,.0f}", f"{bought:,.0f}", f"{regretted / bought:.4f}", f"{lost:,.0f}"
            )
    Console().print(table)


def live(seed: int, stock: float) -> np.ndarray:
    """Net good, bought, regretted and lost units a day: policies × 4."""
    world = World(np.random.default_rng(seed), competition=1.0)
    world.stock = np.maximum((world.stock * stock).astype(np.int64), 3)
    agent, sku, day, units, bad = posted_history(world, np.random.default_rng(seed + 1000))
    features = closed_features(world)
    order = np.lexsort((sku, day, agent))
    new = np.diff(agent[order] * HISTORY_DAYS + day[order], prepend=-1) != 0
    posted = PostedSets(np.cumsum(new) - 1, agent[order], sku[order], units[order].astype(float), np.ones(len(order)))
    agents, first = world.agents, day[order][new]
    slots, never = np.full(agents, world.slots), np.full(agents, HISTORY_DAYS)
    history = PostHistory(first, np.ones(len(first), bool), never, slots, world.members, HISTORY_DAYS - 1)
    bought = units > 0
    orders = OrderDays(agent[bought], sku[bought], day[bought], window=365)
    fitted = fitted_model(posted, history, features, orders)
    sold = np.bincount(sku, weights=units, minlength=world.skus)
    regret = (np.bincount(sku, weights=bad, minlength=world.skus) + 2.0) / (sold + 20.0)
    return np.array([_lived(world, policy, fitted, features, regret, sold, seed) for policy in POLICIES])


def fitted_model(
    posted: PostedSets, history: PostHistory, features: ChoiceFeatures, orders: OrderDays
) -> AffinityModel:
    """The model of all agents, learnt from all of them."""
    last = history.last
    taste = learn_taste(posted, history.day, features, orders, last=last, batch=1.0)
    evidence = orders.evidence(last + 1, features.left.shape[0], features.sku.shape[0])
    own, everyone = cells_of(evidence, posted.agent, posted.sku), np.ones(len(posted.sku), bool)
    return fit_affinity_model(posted, history, features, taste, own, teachers=everyone, batch=1.0)


def posted_history(world: World, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Days of random posts: agent, SKU, day, units and regretted units of each row."""
    days = []
    for day in range(HISTORY_DAYS):
        listed = np.sort(rng.choice(world.skus, world.listed, replace=False))
        shown = [rng.permutation(listed[allowed])[: world.slots] for allowed in world.allowed(listed)]
        agent = np.repeat(np.arange(world.agents), [len(skus) for skus in shown])
        sku = np.concatenate(shown)
        units, bad, _, _ = world.day(agent, sku)
        days.append((agent, sku, np.full(len(agent), day), units, bad))
    return tuple(np.concatenate(parts) for parts in zip(*days, strict=True))


def closed_features(world: World) -> ChoiceFeatures:
    """The features that the choice model knows of the world."""
    scale = (world.log_price.mean(), world.log_price.std())
    level = ((world.log_price - scale[0]) / scale[1])[:, None]
    centre = ((np.log(world.band).mean(axis=1) - scale[0]) / scale[1])[:, None]
    sku = np.hstack([np.eye(world.categories)[world.category], world.style, world.series, level, level**2])
    return ChoiceFeatures(
        sku=sp.csr_array(sku),
        sku_family=np.repeat(np.arange(5), [world.categories, STYLES, SERIES, 1, 1]),
        left=sp.csr_array(np.hstack([2 * centre, -np.ones_like(centre), world.agent_style, world.agent_series])),
        right=sp.csr_array(np.hstack([level, level**2, world.style, world.series])),
        pair_family=np.repeat(np.arange(3), [2, STYLES, SERIES]),
    )


def _lived(
    world: World,
    policy: str,
    fitted: AffinityModel,
    features: ChoiceFeatures,
    regret: np.ndarray,
    sold: np.ndarray,
    seed: int,
) -> np.ndarray:
    rng = np.random.default_rng(seed + 2000)
    total = np.zeros(4)
    for day in range(LIVE_DAYS):
        has_match = rng.choice(world.skus, world.listed, replace=False)
        listed = np.sort(has_match[np.argsort(regret[has_match], kind="stable")[:LISTED]])
        agent, sku = _posted(world, policy, _block(world, fitted, features, regret, listed), listed, sold)
        world.rng = np.random.default_rng(seed * 100 + day)
        bought, bad, other, lost = world.day(agent, sku)
        total += [bought.sum() - 2 * bad.sum() - other.sum(), bought.sum(), bad.sum(), lost.sum()]
    return total / LIVE_DAYS


def _block(
    world: World, fitted: AffinityModel, features: ChoiceFeatures, regret: np.ndarray, listed: np.ndarray
) -> Block:
    agents = world.agents
    agent, sku = np.repeat(np.arange(agents), len(listed)), np.tile(listed, agents)
    close = closeness(fitted.effects, fitted.factors, features, agent, sku).reshape(agents, -1)
    attraction = np.exp(close + fitted.effects.appeal(features)[listed]) / fitted.visit_model.outside
    unit_value = 1.0 - 2.0 * regret[listed] - world.other_return[listed]
    return Block(
        visits=fitted.visit_model.visits.astype(np.float32),
        attraction=attraction.astype(np.float32),
        unit_value=np.broadcast_to(unit_value.astype(np.float32), attraction.shape),
        allowed=world.allowed(listed),
        slots=np.full(agents, world.slots),
        floor=np.full(agents, 2),
        least=1.0,
        category_code=world.category[listed],
        category_cap=np.full(agents, world.slots),
        is_repeat=np.zeros(attraction.shape, dtype=bool),
        repeat_cap=np.full(agents, world.slots),
    )


def _posted(
    world: World, policy: str, block: Block, listed: np.ndarray, sold: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    stock, free = world.stock[listed].astype(np.float32), np.zeros(len(listed), np.float32)
    aware = policy.startswith("set-aware")
    sku: np.ndarray
    if policy == "best sellers":
        ranked = np.where(block.allowed, sold[listed], -1.0)
        sku = np.argsort(-ranked, axis=1, kind="stable")[:, : world.slots]
        sku = np.where(np.take_along_axis(block.allowed, sku, axis=1), sku, -1)
    elif policy.endswith("priced"):
        nobody = sp.csr_array((world.agents, world.agents))
        market = Market(lambda rows: rows_of(block, rows), world.agents, world.slots, stock, 1.0, nobody, aware)
        sku = assign_slates(market, fit_dual_prices(market, stock - 0.5 * np.sqrt(stock))).sku
    else:
        sku = (set_aware_slates if aware else additive_slates)(block, free).sku
    agent, place = np.nonzero(sku >= 0)
    return agent, listed[sku[agent, place]]


if __name__ == "__main__":
    main()
