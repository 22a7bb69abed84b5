"""A lively platform: regrets are heard of, habits bring people back, promotions draw them."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.lively import (
    has_bought,
    price_cuts,
    prices,
    promotion_visits,
    remember_purchases,
    schedule_hearsay,
    spread_regret,
    urge,
)
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, TINY, Scale
from xuanpin.pipelines.demo.simulate import live_day
from xuanpin.pipelines.demo.ways import PLAIN, RANGES, Ways, lively_ways
from xuanpin.pipelines.demo.world import World, concatenate

SMALL = Scale(agents=24, skus=240, days=35, order_lines=6_000)
TODAY = np.datetime64("2026-11-20", "D")


def lively_world(**ways: float) -> World:
    """The tiny platform, where people act in these ways only."""
    world = World(7, TINY, is_lively=True)
    world.ways = replace(PLAIN, **ways)
    return world


def visit_of(world: World, customer: int) -> dict[str, Array]:
    """One visit of a customer to her first group."""
    place = int(np.flatnonzero(world.people.customers.member_customer == customer)[0])
    group = world.people.customers.member_group[[place]]
    return {"customer": np.array([customer]), "group": group, "agent": world.people.group_agent[group]}


def test_a_seed_draws_every_way_within_its_range() -> None:
    drawn = [lively_ways(np.random.default_rng(seed)) for seed in range(20)]
    assert {field.name for field in fields(Ways)} == set(RANGES)
    for name, (low, high) in RANGES.items():
        values = [getattr(ways, name) for ways in drawn]
        assert low <= min(values) < max(values) <= high
    assert World(7, TINY, is_lively=True).ways == World(7, TINY, is_lively=True).ways
    assert World(7, TINY).ways == PLAIN


def test_a_complaint_costs_the_trust_of_its_group_and_of_no_other() -> None:
    world = lively_world(hearing=0.1)
    said = np.array(["2026-11-20T12:00:00"] * 2, dtype="datetime64[s]")
    lines = {"group": np.array([2, 3]), "sku": np.array([5, 5]), "speech": np.array([0.0, 1.0]), "said_at": said}
    schedule_hearsay(world, lines)
    spread_regret(world, TODAY)
    member, group = world.people.customers.member_customer, world.people.customers.member_group
    inside = np.isin(np.arange(len(world.state.trust)), member[group == 2])
    assert world.state.trust[inside] == pytest.approx(0.9)
    assert (world.state.trust[~inside] == 1.0).all()
    assert world.state.complaints[2, 5] == 1.0
    spread_regret(world, TODAY + 1)
    assert world.state.complaints[2, 5] == pytest.approx(0.93)
    assert world.state.complaints.sum() == pytest.approx(0.93)


def test_what_a_group_complained_of_is_bought_less_there() -> None:
    world = lively_world(caution=0.5)
    visit = visit_of(world, 0)
    world.state.complaints[visit["group"][0], 5] = 3.0
    added = np.asarray(urge(world, TODAY, visit, np.array([[4, 5]])))
    assert added.tolist() == [[0.0, pytest.approx(-0.5 * np.log(4.0))]]


def test_habit_brings_back_those_who_have_it_to_what_they_bought() -> None:
    world = lively_world(habit_share=0.5, habit=1.5)
    keen, other = (int(np.flatnonzero(world.is_habitual == has)[0]) for has in (True, False))
    remember_purchases(world, {"customer": np.array([other, keen]), "sku": np.array([5, 5])})
    assert has_bought(world, np.array([keen, other, keen]), np.array([5, 5, 4])).tolist() == [True, True, False]
    for customer, expected in ((keen, [[0.0, 1.5]]), (other, [[0.0, 0.0]])):
        assert np.asarray(urge(world, TODAY, visit_of(world, customer), np.array([[4, 5]]))).tolist() == expected


def test_a_promotion_cuts_what_is_paid_and_draws_customers() -> None:
    world = lively_world(promotion_rate=0.5, promotion_share=0.3, deepest_cut=0.3, promotion_visits=0.2, price_pull=2.0)
    days = [TODAY + offset for offset in range(40)]
    cuts = {day: price_cuts(world, day) for day in days}
    held = [day for day in days if cuts[day].any()]
    assert 10 < len(held) < 30
    for day in days:
        listed, is_cut = world.catalogue.price_cents(day), cuts[day] > 0
        assert (prices(world, day)[~is_cut] == listed[~is_cut]).all()
        assert (prices(world, day)[is_cut] < listed[is_cut]).all()
        assert promotion_visits(world, day) == (1.2 if day in held else 1.0)
    cut = int(np.flatnonzero(cuts[held[0]])[0])
    added = float(np.asarray(urge(world, held[0], visit_of(world, 0), np.array([[cut]])))[0, 0])
    assert added == pytest.approx(-2.0 * np.log(1.0 - cuts[held[0]][cut]))


def test_lively_days_follow_from_the_seed_and_cost_trust() -> None:
    worlds = [World(11, SMALL, is_lively=is_lively) for is_lively in (False, True, True)]
    for world in worlds:
        for offset in range(12, 0, -1):
            live_day(world, LAST_HISTORY_DAY - timedelta(days=offset), None)
    plain, lively, again = (concatenate(world.state.lines) for world in worlds)
    assert (lively["line"] == again["line"]).all()
    assert (lively["sku"] == again["sku"]).all()
    assert len(lively["sku"]) != len(plain["sku"])
    assert worlds[1].state.trust.mean() < worlds[0].state.trust.mean()
    assert worlds[0].state.complaints.size == worlds[0].state.bought.size == 0
    assert (prices(worlds[0], TODAY) == worlds[0].catalogue.price_cents(TODAY)).all()
