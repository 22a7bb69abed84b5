"""Slates, dual prices, choice effects, exploration and relative risk on problems whose answer is known."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import linprog

from tests.support.fitted_model import fitted_model
from xuanpin.models.affinity.choice_fit import fit_agents, fit_effects, fit_factors
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets, effect_closeness
from xuanpin.models.affinity.factorization import fit_factorization
from xuanpin.models.affinity.relative_risk import fit_relative_risk
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.visits import PostHistory, attraction_per_slot, fit_visits
from xuanpin.models.matching.assignment import additive_bound, assign_slates
from xuanpin.models.matching.dual_prices import fit_dual_prices
from xuanpin.models.matching.exploration import agent_seeds, draw_counts, draw_skus
from xuanpin.models.matching.floors import floor_cost
from xuanpin.models.matching.market import Market, rows_of
from xuanpin.models.matching.slate import Block, additive_slates, evaluate_slates, set_aware_slates, slate_bound


def _block(rng: np.random.Generator, agents: int, skus: int, slots: int, least: float = 0.0) -> Block:
    shape = (agents, skus)
    return Block(
        visits=rng.lognormal(1.5, 0.5, agents).astype(np.float32),
        attraction=rng.lognormal(-1.5, 1.0, shape).astype(np.float32),
        unit_value=rng.uniform(-0.2, 0.9, shape).astype(np.float32),
        allowed=rng.random(shape) < 0.8,
        slots=np.full(agents, slots),
        floor=np.zeros(agents, np.int64),
        least=least,
        category_code=np.arange(skus) % 3,
        category_cap=np.full(agents, slots),
        is_repeat=np.zeros(shape, bool),
        repeat_cap=np.full(agents, slots),
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_free_set_is_the_best_of_all_sets(seed: int) -> None:
    block = replace(_block(np.random.default_rng(seed), 6, 8, 3), allowed=np.ones((6, 8), bool))
    price = np.zeros(8, np.float32)
    found, _ = evaluate_slates(block, set_aware_slates(block, price, rounds=8), price)
    for row in range(6):
        best = 0.0
        for size in (1, 2, 3):
            for chosen in map(list, combinations(range(8), size)):
                attraction, unit_value = block.attraction[row, chosen], block.unit_value[row, chosen]
                best = max(best, float(block.visits[row] * (attraction @ unit_value) / (1 + attraction.sum())))
        assert found[row] == pytest.approx(best, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("dear", [0.0, 0.15])
def test_no_set_beats_the_bound_and_the_bound_is_close(dear: float) -> None:
    block = _block(np.random.default_rng(2), 300, 20, 4)
    price = np.full(20, dear, np.float32)
    worst, best = additive_slates(block, price), set_aware_slates(block, price, rounds=8)
    found = float(evaluate_slates(block, best, price)[0].sum(dtype=np.float64))
    assert found * 0.99999 <= slate_bound(block, best, price) <= found * 1.001
    assert slate_bound(block, worst, price) >= found * 0.99999


@pytest.mark.parametrize("least", [0.0, 1.0])
def test_a_set_is_never_worse_than_slots_chosen_one_by_one(least: float) -> None:
    rng = np.random.default_rng(3)
    block = _block(rng, 200, 40, 5, least)
    price = rng.uniform(0, 0.2, 40).astype(np.float32)
    together, _ = evaluate_slates(block, set_aware_slates(block, price), price)
    apart, _ = evaluate_slates(block, additive_slates(block, price), price)
    assert (together >= apart - 1e-6).all() and together.sum() > apart.sum() * 1.01


def test_caps_on_categories_and_repeats_hold() -> None:
    block = _block(np.random.default_rng(5), 100, 30, 6)
    block = replace(
        block,
        unit_value=np.abs(block.unit_value),
        category_cap=np.full(100, 2),
        is_repeat=np.tile(np.arange(30) % 2 == 0, (100, 1)),
        repeat_cap=np.full(100, 1),
    )
    for row in set_aware_slates(block, np.zeros(30, np.float32)).sku:
        chosen = row[row >= 0]
        assert np.bincount(chosen % 3).max(initial=0) <= 2
        assert (chosen % 2 == 0).sum() <= 1


def test_priced_slots_come_close_to_the_exact_assignment_and_its_bound() -> None:
    rng = np.random.default_rng(1)
    agents, skus, slots = 150, 20, 4
    block = replace(_block(rng, agents, skus, slots, 1.0), attraction=np.full((agents, skus), 1e-6, np.float32))
    block = replace(
        block, visits=np.full(agents, 1e6, np.float32), unit_value=rng.lognormal(0, 0.7, (agents, skus)).astype("f4")
    )
    stock = rng.integers(5, 60, skus).astype(np.float32)
    market = Market(
        lambda rows: rows_of(block, rows), agents, slots, stock, 1.0, sp.csr_array((agents, agents)), set_aware=False
    )
    price = fit_dual_prices(market, stock)
    found = assign_slates(market, price)
    row, place = np.nonzero(found.sku >= 0)
    value = float(block.unit_value[row, found.sku[row, place]].sum())
    exact = _exact(block, stock)
    assert np.bincount(found.sku[row, place], minlength=skus).max() <= stock.max()
    assert (np.bincount(found.sku[row, place], minlength=skus) <= stock).all()
    assert exact * 0.99 <= value <= exact * 1.00001
    assert exact <= additive_bound(market, price) * 1.00001


def _exact(block: Block, stock: np.ndarray) -> float:
    agent, sku = np.nonzero(block.allowed)
    cells, one = np.arange(len(agent)), np.ones(len(agent))
    rows = sp.vstack([sp.csr_array((one, (agent, cells))), sp.csr_array((one, (sku, cells)))])
    limits = np.concatenate([block.slots, stock])
    # The stubs of linprog do not know sparse matrices; its HiGHS method takes them.
    solve: Any = linprog
    return -float(solve(-block.unit_value[agent, sku], A_ub=rows, b_ub=limits, bounds=(0, 1), method="highs").fun)


@pytest.mark.parametrize(("floor", "cost"), [(0, 0.0), (1, 0.0), (2, 0.6)])
def test_floors_cost_what_their_stock_would_bring_elsewhere(floor: int, cost: float) -> None:
    """Each match sells one unit; the one unit of the second SKU brings the second agent more, who sells no other."""
    one = np.ones((2, 2), np.float32)
    block = replace(
        _block(np.random.default_rng(3), 2, 2, 2, 1.0), attraction=1e-6 * one, visits=np.full(2, 1e6, np.float32),
        unit_value=np.array([[0.9, 0.3], [0.5, 0.9]], np.float32), allowed=np.array([[True, True], [False, True]]),
        slots=np.array([2, 1]), floor=np.array([floor, 0]), category_code=np.arange(2),
    )  # fmt: skip
    market = Market(lambda rows: rows_of(block, rows), 2, 2, np.array([9, 1], "f4"), 1.0, sp.csr_array((2, 2)))
    assert floor_cost(market, np.array([0.0, 0.95], np.float32)) == pytest.approx(cost, abs=1e-3)


def test_neighbours_avoid_each_others_skus() -> None:
    agents, skus = 2, 6
    block = _block(np.random.default_rng(2), agents, skus, 3)
    even = np.tile(np.linspace(0.5, 0.4, skus, dtype=np.float32), (agents, 1))
    block = replace(block, attraction=even * 0.01, unit_value=np.ones_like(even), allowed=np.ones((2, skus), bool))
    links = sp.csr_array((np.array([0.9], np.float32), ([1], [0])), shape=(2, 2))
    stock = np.full(skus, 100, np.float32)
    price = np.zeros(skus, np.float32)
    apart = assign_slates(Market(lambda rows: rows_of(block, rows), 2, 3, stock, 0.0, links), price).sku
    free = assign_slates(Market(lambda rows: rows_of(block, rows), 2, 3, stock, 0.0, sp.csr_array((2, 2))), price).sku
    assert set(free[0]) == set(free[1])
    assert not set(apart[0]) & set(apart[1])


def _posts(
    rng: np.random.Generator, agents: int, skus: int, days: int
) -> tuple[PostedSets, ChoiceFeatures, np.ndarray]:
    attributes = sp.csr_array(np.eye(4)[np.arange(skus) % 4])
    nothing = sp.csr_array((agents, 1)), sp.csr_array((skus, 1))
    features = ChoiceFeatures(attributes, np.zeros(4, np.int64), *nothing, np.zeros(1, np.int64))
    utility = rng.normal(0, 0.6, skus) + rng.normal(0, 1.0, (agents, 4))[:, np.arange(skus) % 4]
    rows = []
    for agent in range(agents):
        for day in range(days):
            posted_skus = np.sort(rng.choice(skus, 8, replace=False))
            chance = np.exp(utility[agent, posted_skus])
            units = rng.multinomial(rng.poisson(8), chance / chance.sum())
            rows += [(agent * days + day, agent, sku, unit) for sku, unit in zip(posted_skus, units, strict=True)]
    occasion, agent, sku, units = np.array(rows).T
    return PostedSets(occasion, agent, sku, units.astype(float), np.ones(len(sku))), features, utility


def test_effects_are_found_again() -> None:
    posted, features, utility = _posts(np.random.default_rng(0), 25, 24, 12)
    effects = fit_effects(posted, features)
    agent, sku = np.repeat(np.arange(25), 24), np.tile(np.arange(24), 25)
    found = (effects.appeal(features)[sku] + effect_closeness(effects, features, agent, sku)).reshape(25, 24)
    within = [np.corrcoef(found[row], utility[row])[0, 1] for row in range(25)]
    assert np.mean(within) > 0.9


def test_factors_find_what_attributes_do_not_say_and_new_agents_get_theirs() -> None:
    rng = np.random.default_rng(5)
    agents, skus, days = 60, 40, 20
    attributes = sp.csr_array(np.ones((skus, 1)))
    nothing = sp.csr_array((agents, 1)), sp.csr_array((skus, 1))
    features = ChoiceFeatures(attributes, np.zeros(1, np.int64), *nothing, np.zeros(1, np.int64))
    utility = rng.normal(0, 0.9, (agents, 2)) @ rng.normal(0, 0.9, (2, skus))
    agent = np.repeat(np.arange(agents), days * 8)
    sku = np.concatenate([np.sort(rng.choice(skus, 8, replace=False)) for _ in range(agents * days)])
    chance = np.exp(utility[agent, sku]).reshape(-1, 8)
    units = np.stack([rng.multinomial(10, row / row.sum()) for row in chance]).astype(float).ravel()
    posted = PostedSets(np.repeat(np.arange(agents * days), 8), agent, sku, units, np.ones(len(sku)))

    def right(latent_agent: np.ndarray, latent_sku: np.ndarray, rows: slice) -> float:
        centred = utility - utility.mean(axis=0)
        found = latent_agent @ latent_sku.T
        return float(np.corrcoef((found - found.mean(axis=0))[rows].ravel(), centred[rows].ravel())[0, 1])

    effects, factors = fit_factors(posted, features, fit_effects(posted, features))
    assert right(factors.agent, factors.sku, slice(None)) > 0.9
    teachers = posted.subset(posted.agent < 40)
    shared = fit_factors(teachers, features, fit_effects(teachers, features))
    _, everyone = fit_agents(posted, features, *shared)
    assert right(everyone.agent, everyone.sku, slice(40, None)) > 0.8
    assert effects.sku.shape == (skus,)


def test_without_purchases_every_effect_is_neutral() -> None:
    posted, features, _ = _posts(np.random.default_rng(0), 5, 24, 2)
    effects = fit_effects(replace(posted, units=np.zeros(len(posted.units))), features)
    assert np.abs(effects.sku).max() < 1e-6 and np.abs(effects.agent.data).max() < 1e-6


def test_like_minded_agents_share_factors() -> None:
    rng = np.random.default_rng(4)
    kind, side = np.repeat([1.0, -1.0], 20), np.tile([1.0, -1.0], 15)
    expected = np.full((40, 30), 3.0) * (rng.random((40, 30)) < 0.6)
    bought = rng.poisson(expected * np.exp(0.5 * np.outer(kind, side)))
    cells = sp.csr_array(expected)
    held = sp.csr_array((bought[expected > 0].astype(float), cells.indices, cells.indptr), shape=cells.shape)
    factors = fit_factorization(held, cells, rank=1, ridge=5.0)
    unrecorded = expected == 0
    assert np.corrcoef((factors.agent @ factors.sku.T)[unrecorded], np.outer(kind, side)[unrecorded])[0, 1] > 0.9


def test_competition_is_told_apart_from_plain_demand() -> None:
    rng = np.random.default_rng(6)
    agent, day = np.repeat(np.arange(40), 60), np.tile(np.arange(60), 40)
    visits, attraction = rng.lognormal(2.5, 0.4, 40), rng.lognormal(0, 0.8, 2400)
    fits = {}
    for outside in (0.3, 30.0):
        units = rng.poisson(visits[agent] * attraction / (outside + attraction)).astype(float)
        history = PostHistory(day, np.ones(2400, bool), np.full(40, 60), np.full(40, 5), visits * 20, 59)
        fits[outside] = fit_visits(history, agent, units, attraction, 0.0)
        expected = fits[outside].visits[agent] * attraction / (fits[outside].outside + attraction)
        assert expected.sum() == pytest.approx(units.sum(), rel=0.1)
    assert fits[0.3].outside < 1.0 < 5.0 < fits[30.0].outside


@pytest.mark.parametrize("goers", [1.0, 0.1])
def test_days_without_a_sale_count_where_no_posts_are_known(goers: float) -> None:
    rng = np.random.default_rng(7)
    agents, days = 200, 60
    sold = rng.poisson(2.0, (agents, days)) * (rng.random((agents, days)) < goers)
    agent, day = np.nonzero(sold)
    seen = np.zeros(len(agent), bool)
    history = PostHistory(day, seen, np.zeros(agents, np.int64), np.full(agents, 10), np.ones(agents), days - 1)
    attraction = np.full(len(agent), 5.0)
    sku_attraction = attraction_per_slot(attraction, history.slots[agent], history)
    visit_model = fit_visits(history, agent, sold[agent, day].astype(float), attraction, sku_attraction)
    posted_skus = sku_attraction * history.slots
    expected = visit_model.visits @ (posted_skus / (visit_model.outside + posted_skus))
    assert expected == pytest.approx(sold[:, -14:].sum() / 14, rel=0.05)


def _repeat_world(repeats: float) -> tuple[PostedSets, PostHistory, ChoiceFeatures, OrderDays]:
    """Everything is posted to everyone each day; she buys two units, with weight exp(repeats) on three SKUs of hers."""
    rng = np.random.default_rng(9)
    agents, skus, days = 50, 30, 20
    features = ChoiceFeatures(
        sp.csr_array(np.ones((skus, 1))),
        np.zeros(1, np.int64),
        sp.csr_array((agents, 1)),
        sp.csr_array((skus, 1)),
        np.zeros(1, np.int64),
    )
    weight = np.exp(repeats * (rng.random((agents, skus)) < 0.1))
    chance = np.repeat(weight / weight.sum(axis=1, keepdims=True), days, axis=0)
    units = np.stack([rng.multinomial(2, row) for row in chance])
    occasion, sku = np.divmod(np.arange(units.size), skus)
    agent, day = np.divmod(occasion, days)
    posted = PostedSets(occasion, agent, sku, units.ravel().astype(float), np.ones(len(sku)))
    ones = np.ones(agents * days, bool)
    history = PostHistory(day[::skus], ones, np.full(agents, days), np.full(agents, skus), np.ones(agents), days - 1)
    bought = units.ravel() > 0
    return posted, history, features, OrderDays(agent[bought], sku[bought], day[bought], window=365)


def test_repeat_purchase_counts_where_it_predicts() -> None:
    posted, history, features, orders = _repeat_world(3.0)
    assert fitted_model(posted, history, features, orders, 100).repeat_strength > 0.3
    posted, history, features, orders = _repeat_world(0.0)
    assert fitted_model(posted, history, features, orders, 100).repeat_strength == 0.0


def test_draws_are_uniform_and_their_propensity_true() -> None:
    ids = np.array([f"A{number}" for number in range(4000)], dtype=object)
    pool = np.tile(np.arange(10) < 8, (4000, 1))
    row, column, propensity = draw_skus(agent_seeds(ids, "2026-11-22"), np.full(4000, 2), pool)
    share = np.bincount(column, minlength=10) / 4000
    assert np.allclose(propensity, 0.25) and len(row) == 8000
    assert np.allclose(share[:8], 0.25, atol=0.03) and (share[8:] == 0).all()
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == 8000


def test_the_exploration_budget_is_kept_and_agents_with_recent_faults_are_spared() -> None:
    seeds = agent_seeds(np.array([f"A{number}" for number in range(5000)], dtype=object), "2026-11-22")
    has_recent_faults = np.arange(5000) % 2 == 0
    counts = draw_counts(seeds, np.full(5000, 10), np.full(5000, 0.05), has_recent_faults)
    assert counts[has_recent_faults].sum() == 0
    assert counts[~has_recent_faults].mean() == pytest.approx(0.5, abs=0.05)


def test_relative_risk_is_found_and_absent_without_it() -> None:
    rng = np.random.default_rng(8)
    closeness, expected = rng.normal(0, 1, 5000), np.full(5000, 0.3)
    found = fit_relative_risk(closeness, rng.poisson(expected * np.exp(-0.5 * closeness)).astype(float), expected)
    assert found.slope == pytest.approx(0.5, abs=0.1)
    none = fit_relative_risk(closeness, rng.poisson(expected).astype(float), expected)
    assert none.slope < 0.08
