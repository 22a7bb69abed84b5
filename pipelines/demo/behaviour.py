"""Draws what people do on a day: agents post SKUs, customers visit, compare the posted SKUs and buy."""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.choices import choose_posts
from xuanpin.pipelines.demo.lively import promotion_visits, urge
from xuanpin.pipelines.demo.people import style_match
from xuanpin.pipelines.demo.scale import VISIT_RATE
from xuanpin.pipelines.demo.world import Columns, World, take

Matches = dict[str, list[str]]
"""SKUs of each agent in rank order."""

OUTSIDE = 3.4
SECOND_CHOICE = 0.25
POSTED_OF_MATCHED = 0.95
STYLE_WEIGHT, PRICE_WEIGHT, TASTE_WEIGHT = 0.7, 1.0, 0.28


def habit_posts(world: World, day: np.datetime64) -> Array:
    """Return agents × slots: positions of the SKUs that agents post on `day` by their own habit, -1 for none."""
    agents, catalogue, rng = world.people.agents, world.catalogue, world.rng(day, 0)
    age = (day - catalogue.launched_on).astype(int)
    popular = 0.55 * np.log1p(world.state.recent_sales) + 0.8 * (age < 10) + 1.2 * (age < 2)
    score = world.habit + world.pull + popular + agents.commission_weight[:, None] * catalogue.commission
    score = score + 0.9 * rng.gumbel(size=score.shape).astype(np.float32)
    ready = catalogue.is_sellable(day) & (world.state.stock > 0)
    score = np.where(world.allowed & ready, score, -np.inf)
    width = min(int(agents.slots.max()), score.shape[1])
    top = np.argpartition(-score, width - 1, axis=1)[:, :width]
    order = np.argsort(-np.take_along_axis(score, top, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1)
    shown = (np.arange(width) < agents.slots[:, None]) & agents.is_active(day)[:, None]
    return np.where(shown & np.isfinite(np.take_along_axis(score, top, axis=1)), top, -1)


def shown_skus(world: World, day: np.datetime64, matches: Matches, most: Array) -> Array:
    """Return agents × ranks: positions of the SKUs of their `matches` that agents can sell on `day`, -1 for none.

    `most`: how many of them each agent looks at.
    """
    shown = np.full((len(most), int(most.max())), -1, dtype=np.int64)
    for agent_id, skus in sorted(matches.items()):
        agent = int(agent_id[1:])
        chosen = [int(sku[1:]) for sku in skus][: int(most[agent])]
        shown[agent, : len(chosen)] = chosen
    keep = (shown >= 0) & world.catalogue.is_sellable(day)[shown] & world.people.agents.is_active(day)[:, None]
    return np.where(keep, shown, -1)


def matched_posts(world: World, day: np.datetime64, given: Array, alternates: Array) -> Array:
    """Return agents × slots: what agents post on `day` of what they are `given`, -1 for an empty slot.

    Where agents refuse they choose, among `alternates` too (agents × ranks); elsewhere they skip a few at random.
    """
    if world.ways.refuse:
        return choose_posts(world, day, given, alternates)
    skipped = world.rng(day, 0).random(given.shape) >= POSTED_OF_MATCHED
    return np.where(skipped, -1, given)


def draw_visits(world: World, day: np.datetime64) -> Columns:
    """Return one row a visit of the day: membership, customer, group and agent."""
    people, rng = world.people, world.rng(day, 1)
    customer, group = people.customers.member_customer, people.customers.member_group
    agent = people.group_agent[group]
    weekend = 1.15 if (int(day.astype(np.int64)) + 3) % 7 >= 5 else 0.94
    chance = VISIT_RATE * weekend * promotion_visits(world, day) * people.customers.visit_rate * world.state.trust
    came = rng.random(len(customer)) < np.minimum(chance[customer], 0.95) * people.agents.is_active(day)[agent]
    return {"customer": customer[came], "group": group[came], "agent": agent[came]}


def liking(world: World, customer: Array, agent: Array, sku: Array) -> Array:
    """Return how well SKUs suit customers by category, price, style and taste, near 0 ± 1, without attraction.

    `customer`, `agent` and `sku` are positions that broadcast.
    """
    catalogue, customers = world.catalogue, world.people.customers
    price = np.log(catalogue.price[sku] / 100.0)
    price_gap = np.abs(price - customers.price_point[customer]) - 0.5
    affinity = world.people.agents.affinity[agent, catalogue.category[sku]]
    taste = np.einsum("...f,...f->...", customers.taste[customer], catalogue.taste[sku])
    style = style_match(world.people.agents, catalogue, agent, sku) - 0.2
    suits: Array = affinity - PRICE_WEIGHT * price_gap + STYLE_WEIGHT * style + TASTE_WEIGHT * taste
    return suits


def choose(world: World, day: np.datetime64, posts: Array, visits: Columns) -> Columns:
    """Return the purchases of the day: a visitor takes the best of the posts if it beats buying nothing, at times two.

    `posts`: agents × slots; `visits`: one row a visit, as draw_visits gives them.
    """
    rng = world.rng(day, 2)
    offered = posts[visits["agent"]]
    sku = np.maximum(offered, 0)
    suits = liking(world, visits["customer"][:, None], visits["agent"][:, None], sku)
    utility = suits + world.catalogue.attraction[sku] + rng.gumbel(size=sku.shape) + urge(world, day, visits, sku)
    utility = np.where(offered >= 0, utility, -np.inf)
    order = np.argsort(-utility, axis=1, kind="stable")[:, :2]
    best = np.take_along_axis(utility, order, axis=1)
    outside = OUTSIDE + rng.gumbel(size=len(sku))
    bought = best > outside[:, None]
    bought[:, 1:] &= (rng.random(len(sku)) < SECOND_CHOICE)[:, None]
    visit, place = np.nonzero(bought)
    slot = order[visit, place]
    seconds = _times_of_day(rng, len(sku))
    purchases = {
        "visit": visit, "sku": sku[visit, slot], "suits": suits[visit, slot],
        "quantity": 1 + (rng.random(len(visit)) < 0.15) + (rng.random(len(visit)) < 0.03),
        "ordered_at": day.astype("datetime64[s]") + seconds[visit].astype("timedelta64[s]"),
        **take(visits, visit),
    }  # fmt: skip
    return _within_stock(world, purchases)


def _times_of_day(rng: np.random.Generator, count: int) -> Array:
    """Seconds since midnight: a morning and a larger evening peak, between 07:00 and 23:50."""
    evening = rng.random(count) < 0.6
    hour = np.where(evening, rng.normal(20.2, 1.6, count), rng.normal(11.0, 2.0, count))
    return (np.clip(hour, 7.0, 23.8) * 3600).astype(np.int64)


def _within_stock(world: World, purchases: Columns) -> Columns:
    """Drop purchases that came after a SKU was sold out, in the order of time, and take the rest from stock."""
    order = np.lexsort((purchases["visit"], purchases["ordered_at"], purchases["sku"]))
    rows = take(purchases, order)
    total = np.cumsum(rows["quantity"])
    first = np.searchsorted(rows["sku"], rows["sku"], side="left")
    before = np.where(first > 0, total[np.maximum(first, 1) - 1], 0)
    kept = take(rows, total - before <= world.state.stock[rows["sku"]])
    sold = np.bincount(kept["sku"], kept["quantity"], len(world.catalogue)).astype(np.int64)
    world.state.stock = world.state.stock - sold
    world.state.recent_sales = 0.93 * world.state.recent_sales + np.bincount(
        kept["sku"], minlength=len(world.catalogue)
    )
    return take(kept, np.lexsort((kept["sku"], kept["visit"], kept["ordered_at"])))
