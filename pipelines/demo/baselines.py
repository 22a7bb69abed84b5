"""Makes the lists that a platform without Xuanpin might give its agents, to compare with in the closed loop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo import behaviour, outcomes
from xuanpin.pipelines.demo.behaviour import Matches
from xuanpin.pipelines.demo.world import World, concatenate, generator, take

RECENT_DAYS, PROVEN_LINES = 28, 10
PANEL_CUSTOMERS = 40


def best_seller_matches(world: World, day: date, list_size: int) -> Matches:
    """Match the SKUs most ordered in the last 28 days; every agent takes those that suit her persona.

    `world` is seen as the platform knew it before `day`; `list_size` is the number of SKUs of the list.
    """
    sold, _, _ = _seen(world, day)
    return _pick_from_list(world, day, sold, list_size)


def raw_return_rate_matches(world: World, day: date, list_size: int) -> Matches:
    """Match the SKUs with the fewest returns per delivered line, of those delivered at least ten times.

    `world` is seen as the platform knew it before `day`; `list_size` is the number of SKUs of the list.
    """
    sold, delivered, returned = _seen(world, day)
    kept = 1.0 - returned / np.maximum(delivered, 1)
    return _pick_from_list(world, day, np.where(delivered >= PROVEN_LINES, 1.0 + kept, 0.0) + 1e-6 * sold, list_size)


def commission_matches(world: World, day: date, list_size: int) -> Matches:
    """Match the SKUs that pay agents most.

    `world` is seen as the platform knew it before `day`; `list_size` is the number of SKUs of the list.
    """
    return _pick_from_list(world, day, world.catalogue.commission, list_size)


def yesterday_matches(world: World, day: date, list_size: int) -> Matches:
    """Match every agent again with what she posted before `day`; `list_size` changes nothing."""
    return _named(world, world.state.posts)


def random_matches(world: World, day: date, list_size: int) -> Matches:
    """Match SKUs at random.

    `world` is seen as the platform knew it before `day`; `list_size` is the number of SKUs of the list.
    """
    return _pick_from_list(
        world, day, generator(world.seed, 40, day.toordinal()).random(len(world.catalogue)), list_size
    )


def perfect_matches(world: World, day: date, list_size: int) -> Matches:
    """Match the best SKUs one by one under perfect knowledge, regardless of stock and of the rest of a post.

    `world` is seen as the platform knew it before `day`; `list_size` is the number of SKUs of the list.
    """
    value = np.where(_open(world, day), expected_net_good(world, day), -np.inf)
    top = np.sort(value, axis=1)[:, ::-1][:, : int(world.people.agents.slots.max())]
    gain = np.where(np.isfinite(value), np.maximum(value - top[:, -1:], 0.0), 0.0).sum(axis=0)
    listed = np.argsort(-gain, kind="stable")[:list_size]
    masked = np.full(value.shape, -np.inf)
    masked[:, listed] = value[:, listed]
    return _named(world, _top_slots(world, masked))


BASELINES: dict[str, Callable[[World, date, int], Matches]] = {
    "best_seller": best_seller_matches,
    "raw_return_rate": raw_return_rate_matches,
    "commission_first": commission_matches,
    "yesterday": yesterday_matches,
    "random": random_matches,
}


def expected_net_good(world: World, day: date) -> Array:
    """Return agents × SKUs: satisfied less regretted purchases a visit on `day` brings if the SKU is posted alone.

    This is truth, not data.
    """
    catalogue, people, today = world.catalogue, world.people, np.datetime64(day, "D")
    sku, days = np.arange(len(catalogue)), np.full(len(catalogue), today)
    bad = 1.0 - (1.0 - catalogue.sku_fault(sku, days)) * (1.0 - catalogue.supplier_fault(sku, days))
    member_agent = people.group_agent[people.customers.member_group]
    value = np.zeros((len(people.agents), len(catalogue)))
    for agent in range(len(people.agents)):
        panel = people.customers.member_customer[member_agent == agent][:PANEL_CUSTOMERS, None]
        suits = behaviour.liking(world, panel, np.array(agent), sku[None, :])
        buys = 1.0 / (1.0 + np.exp(behaviour.OUTSIDE - suits - catalogue.attraction))
        fit = outcomes.fit_of(suits)
        regret = 1.0 - (1.0 - bad) * (1.0 - outcomes.MISFIT_REGRET * (1.0 - fit) ** 2)
        happy = 1.0 / (1.0 + np.exp(-(catalogue.happy + 2.0 * (fit - 0.5))))
        plain = catalogue.field("changed_mind") * (1.7 - 1.3 * fit)
        value[agent] = (buys * ((1.0 - regret) * (1.0 - plain) * happy - regret)).mean(axis=0)
    return value


def _seen(world: World, day: date) -> tuple[Array, Array, Array]:
    """Per SKU, as the platform knew it before `day`: lines ordered recently, lines delivered, lines returned."""
    lines, today, size = concatenate(world.state.lines), np.datetime64(day, "s"), len(world.catalogue)
    alive = take(lines, ~lines["is_cancelled"])
    recent = alive["ordered_at"] >= today - np.timedelta64(RECENT_DAYS, "D")
    delivered = alive["delivered_at"] < today
    returned = alive["is_returned"] & (alive["requested_at"] < today)
    counts = [np.bincount(alive["sku"][rows], minlength=size) for rows in (recent, delivered, returned)]
    return counts[0], counts[1], counts[2]


def _open(world: World, day: date) -> Array:
    """Agents × SKUs: what each agent may post on a day, sold-out SKUs left out."""
    ready = world.catalogue.is_sellable(np.datetime64(day, "D")) & (world.state.stock > 0)
    allowed: Array = world.allowed & ready
    return allowed


def _pick_from_list(world: World, day: date, merit: Array, list_size: int) -> Matches:
    """The `list_size` SKUs of highest merit; every agent takes those that fit her persona, better ranks first."""
    ready = world.catalogue.is_sellable(np.datetime64(day, "D")) & (world.state.stock > 0)
    listed = np.argsort(-np.where(ready, merit, -np.inf), kind="stable")[:list_size]
    score = np.full(world.allowed.shape, -np.inf)
    score[:, listed] = world.pull[:, listed] + np.linspace(1.0, 0.0, len(listed))
    return _named(world, _top_slots(world, np.where(_open(world, day), score, -np.inf)))


def _top_slots(world: World, score: Array) -> Array:
    order = np.argsort(-score, axis=1, kind="stable")[:, : int(world.people.agents.slots.max())]
    shown = np.isfinite(np.take_along_axis(score, order, axis=1))
    return np.where(shown & (np.arange(order.shape[1]) < world.people.agents.slots[:, None]), order, -1)


def _named(world: World, posts: Array) -> Matches:
    return {f"A{agent:05d}": [f"S{sku:05d}" for sku in row if sku >= 0] for agent, row in enumerate(posts)}
