"""What people of a lively platform do beyond taste, price and quality.

They hear of regrets, keep habits and wait for promotions (see `ways`). Nothing of it happens on a plain platform.
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.world import Columns, World

CAUTION_KEPT = 0.93
"""Share of what a group remembers of complaints that is left a day later."""
LEAST_CUT = 0.05
LEAST_TRUST = 0.15


def price_cuts(world: World, day: np.datetime64) -> Array:
    """Return the share of its price that each SKU is cut by on `day`, zeros without a promotion."""
    ways, size, rng = world.ways, len(world.catalogue), world.rng(day, 4)
    if rng.random() >= ways.promotion_rate:
        return np.zeros(size)
    is_cut = rng.random(size) < ways.promotion_share
    return is_cut * rng.uniform(LEAST_CUT, ways.deepest_cut, size)


def prices(world: World, day: np.datetime64) -> Array:
    """Return what customers pay for a unit of each SKU on `day`, in cents: the list price, or less in a promotion."""
    listed = world.catalogue.price_cents(day)
    cut = price_cuts(world, day)
    return np.where(cut > 0, np.round(listed * (1.0 - cut) / 10).astype(np.int64) * 10, listed)


def promotion_visits(world: World, day: np.datetime64) -> float:
    """Return how many times as many customers come on `day` as without its promotion."""
    return 1.0 + world.ways.promotion_visits * bool(price_cuts(world, day).any())


def urge(world: World, day: np.datetime64, visits: Columns, sku: Array) -> Array | float:
    """Return the utility that promotion, habit and hearsay add to posted SKUs (`sku`, visits × slots) on `day`.

    `visits`: one row a visit, as draw_visits gives them.
    """
    ways = world.ways
    if not world.is_lively:
        return 0.0
    pulled = -ways.price_pull * np.log1p(-price_cuts(world, day))[sku]
    heard = np.log1p(world.state.complaints[visits["group"][:, None], sku])
    bought = has_bought(world, visits["customer"][:, None], sku) & world.is_habitual[visits["customer"]][:, None]
    added: Array = pulled + ways.habit * bought - ways.caution * heard
    return added


def has_bought(world: World, customer: Array, sku: Array) -> Array:
    """Say whether customers have bought SKUs before today; `customer` and `sku` are positions that broadcast."""
    key, known = customer * len(world.catalogue) + sku, world.state.bought
    if len(known) == 0:
        return np.zeros(key.shape, dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, key), len(known) - 1)] == key)


def remember_purchases(world: World, lines: Columns) -> None:
    """Keep who bought what of today's order `lines`, for habits."""
    if world.is_lively:
        key = lines["customer"] * len(world.catalogue) + lines["sku"]
        world.state.bought = np.union1d(world.state.bought, key)


def schedule_hearsay(world: World, lines: Columns) -> None:
    """Put on the agenda that the groups of order `lines` hear of the complaints about them when these are made."""
    if world.is_lively:
        complains = lines["speech"] == 0.0
        told = {name: lines[name][complains] for name in ("group", "sku")}
        world.state.agenda.add("hearsay", lines["said_at"][complains], told)


def spread_regret(world: World, day: np.datetime64) -> None:
    """Let the complaints of `day` lower the trust of their groups, and what is thought of their SKUs there."""
    if not world.is_lively:
        return
    state, customers = world.state, world.people.customers
    state.complaints *= CAUTION_KEPT
    heard = state.agenda.due("hearsay", day)
    if heard:
        np.add.at(state.complaints, (heard["group"], heard["sku"]), 1.0)
        told = np.bincount(heard["group"], minlength=len(world.people.group_agent))[customers.member_group]
        np.multiply.at(state.trust, customers.member_customer, (1.0 - world.ways.hearing) ** told)
        state.trust = np.maximum(state.trust, LEAST_TRUST)


def complaints_of_agents(world: World) -> Array:
    """Return agents × SKUs: complaints that all groups of an agent remember."""
    total = np.zeros((len(world.people.agents), len(world.catalogue)), dtype=np.float32)
    if world.is_lively:
        np.add.at(total, world.people.group_agent, world.state.complaints)
    return total
