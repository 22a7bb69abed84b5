"""How slots are chosen and shared: caps, floors, prices and stock, on a few agents and SKUs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from xuanpin.models.matching.assignment import assign_slates
from xuanpin.models.matching.dual_prices import fit_dual_prices
from xuanpin.models.matching.market import Market, rows_of
from xuanpin.models.matching.slate import Block, Slates, additive_slates, evaluate_slates, stock_per_slot


def single(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def block(agents: int, unit_value: np.ndarray, **changed: Any) -> Block:
    """Agents who draw a little of everything: a sale of each SKU is worth what `worth` says."""
    skus = len(unit_value)
    shape = (agents, skus)
    plain = Block(
        visits=np.full(agents, 100, np.float32),
        attraction=np.full(shape, 0.01, np.float32),
        unit_value=np.tile(unit_value, (agents, 1)),
        allowed=np.ones(shape, dtype=bool),
        slots=np.full(agents, 2),
        floor=np.zeros(agents, np.int64),
        least=1.0,
        category_code=np.arange(skus),
        category_cap=np.full(agents, 9),
        is_repeat=np.zeros(shape, dtype=bool),
        repeat_cap=np.full(agents, 9),
    )
    return replace(plain, **changed)


def chosen(part: Block, price: np.ndarray | None = None) -> list[list[int]]:
    found = additive_slates(part, np.zeros(part.attraction.shape[1], np.float32) if price is None else price)
    return [[sku for sku in row if sku >= 0] for row in found.sku.tolist()]


WORTH = single(0.9, 0.8, 0.7, 0.6, 0.5)


def test_the_best_permitted_goods_fill_the_slots() -> None:
    assert chosen(block(1, WORTH)) == [[0, 1]]
    assert chosen(block(1, WORTH, allowed=np.array([[False, True, False, True, True]]))) == [[1, 3]]


def test_of_equal_goods_the_first_on_the_list_is_given() -> None:
    assert chosen(block(1, single(0.5, 0.5, 0.5, 0.5))) == [[0, 1]]


def test_below_the_floor_the_goods_that_cost_least_are_given_best_first() -> None:
    floor = np.full(1, 3)
    assert chosen(block(1, single(-0.9, 0.4, -0.1, -0.5), slots=floor, floor=floor)) == [[1, 2, 3]]
    assert chosen(block(1, single(-0.2, 0.0, -0.0, -0.1), slots=floor, floor=floor)) == [[1, 2, 3]]


def test_a_category_and_yesterdays_goods_fill_no_more_than_their_share() -> None:
    same = np.array([0, 0, 0, 1, 1])
    assert chosen(block(1, WORTH, category_code=same, category_cap=np.array([1]))) == [[0, 3]]
    is_repeat = np.array([[True, True, False, False, False]])
    assert chosen(block(1, WORTH, is_repeat=is_repeat, repeat_cap=np.array([1]))) == [[0, 2]]
    assert chosen(block(1, WORTH, is_repeat=is_repeat, repeat_cap=np.array([0]))) == [[2, 3]]


def test_what_costs_more_than_it_brings_is_left_out_but_for_the_floor() -> None:
    unit_value = single(0.9, -0.1, -0.2)
    assert chosen(block(1, unit_value)) == [[0]]
    assert chosen(block(1, unit_value, floor=np.array([2]))) == [[0, 1]]
    assert chosen(block(1, unit_value), single(2.0, 0.0, 0.0)) == [[]]


def test_a_price_is_paid_for_the_least_reservation_at_least() -> None:
    # One visit sells less than a unit of either, and yet each match takes one.
    part = block(1, single(0.9, 0.8), visits=single(10), slots=np.array([1]))
    assert chosen(part, single(0.05, 0.0)) == [[1]]


def test_goods_of_a_set_sell_at_each_others_cost_and_a_match_takes_a_unit_at_least() -> None:
    part = block(1, single(1.0, 1.0), attraction=single(1.0, 3.0)[None, :], visits=single(10))
    both = Slates(np.array([[0, 1]]), np.zeros((1, 2), np.float32))
    value, state = evaluate_slates(part, both, single(0.0, 0.0))
    assert state.load.tolist() == [5.0]
    assert value == pytest.approx([8.0])
    assert evaluate_slates(part, both, single(0.1, 0.0))[0] == pytest.approx([7.8])
    assert stock_per_slot(part, both).tolist() == [[2.0, 6.0]]
    alone = Slates(np.array([[0, -1]]), np.zeros((1, 2), np.float32))
    assert stock_per_slot(replace(part, visits=single(0.5)), alone).tolist() == [[1.0, 0.0]]


def market(part: Block, stock: np.ndarray, neighbours: np.ndarray | None = None) -> Market:
    agents = len(part.visits)
    links = sp.csr_array((agents, agents)) if neighbours is None else sp.csr_array(neighbours.astype(np.float32))
    return Market(lambda rows: rows_of(part, rows), agents, 2, stock, part.least, links, set_aware=False)


def given(part: Block, stock: np.ndarray, neighbours: np.ndarray | None = None) -> list[list[int]]:
    found = assign_slates(market(part, stock, neighbours), np.zeros(len(stock), np.float32))
    taken = np.bincount(found.sku[found.sku >= 0], found.taken[found.sku >= 0], len(stock))
    assert (taken <= stock + 1e-4).all()
    assert (found.taken[found.sku >= 0] >= part.least).all()
    return [sorted(sku for sku in row if sku >= 0) for row in found.sku.tolist()]


def test_scarce_stock_goes_to_the_better_offer_and_of_equals_to_the_first_agent() -> None:
    part = block(3, single(0.9, 0.1), slots=np.array([1, 1, 1]), visits=single(50, 50, 50))
    assert given(part, single(1, 9)) == [[0], [1], [1]]
    better = replace(part, unit_value=np.array([[0.8, 0.1], [0.9, 0.1], [0.8, 0.1]], np.float32))
    assert given(better, single(1, 9)) == [[1], [0], [1]]


def test_what_is_left_fills_open_slots_and_nobody_gets_a_good_twice() -> None:
    part = block(2, single(0.9, 0.8, 0.1))
    assert given(part, single(1, 9, 9)) == [[0, 1], [1, 2]]
    assert given(part, single(1, 1, 1)) == [[0, 1], [2]]


def test_a_good_without_a_whole_unit_is_given_to_nobody() -> None:
    part = block(1, single(0.9, 0.8))
    assert given(part, single(0.5, 9)) == [[1]]


def test_an_agent_weakens_what_her_earlier_neighbour_shows_by_the_share_of_customers() -> None:
    part = block(2, single(0.9, 0.8, 0.7), slots=np.array([1, 1]), least=0.0)
    assert given(part, single(900, 900, 900)) == [[0], [0]]
    assert given(part, single(900, 900, 900), np.array([[0, 0], [0.5, 0]])) == [[0], [1]]
    assert given(part, single(900, 900, 900), np.array([[0, 0], [0.05, 0]])) == [[0], [0]]


def test_an_agent_who_asks_for_nothing_gets_nothing() -> None:
    assert given(block(2, single(0.9, 0.8), slots=np.array([0, 1])), single(9, 9)) == [[], [0]]


def test_scarce_goods_get_a_price_and_plentiful_ones_none() -> None:
    part = block(20, single(0.9, 0.5), slots=np.ones(20, np.int64))
    price = fit_dual_prices(market(part, single(3, 900)), single(3, 900))
    assert price[0] > 0.0
    assert price[1] == 0.0
