"""Chance takes part of the slots: where stock bears it, never where a group was burned, each SKU alike."""

from typing import Any

import numpy as np
import pytest

from xuanpin.models.matching.exploration import agent_seeds, draw_counts, draw_skus, has_stock_to_explore


@pytest.mark.parametrize(("units", "is_open"), [(0, False), (3, False), (4, True)])
def test_a_sku_with_fewer_than_four_units_is_never_drawn(units: int, is_open: bool) -> None:
    assert has_stock_to_explore(np.array([units, 1000]), 0).tolist() == [is_open, True]


@pytest.mark.parametrize(("units", "is_open"), [(79, False), (80, True)])
def test_a_sku_holds_eight_times_the_draws_expected_of_it(units: int, is_open: bool) -> None:
    """Forty draws over four SKUs are ten each."""
    assert has_stock_to_explore(np.array([units, 1000, 0, 1000]), 40).tolist() == [is_open, True, False, True]


def test_without_a_sku_nothing_takes_part() -> None:
    assert has_stock_to_explore(np.zeros(0, np.int64), 5).tolist() == []


def _seeds(count: int, occasion: str = "2026-11-22") -> Any:
    return agent_seeds(np.array([f"A{number}" for number in range(count)], dtype=object), occasion)


def test_a_burned_agent_gives_no_slot_to_chance_and_others_give_their_share_on_average() -> None:
    seeds, slots = _seeds(20_000), np.full(20_000, 5)
    burned = np.arange(20_000) % 2 == 0
    counts = draw_counts(seeds, slots, 0.3, burned)
    assert counts[burned].sum() == 0
    assert set(counts[~burned]) == {1, 2}
    assert counts[~burned].mean() == pytest.approx(1.5, abs=0.02)


def test_an_agent_draws_without_repeats_from_her_own_pool_with_equal_chances() -> None:
    agents, pool = 20_000, np.array([True, True, False, True, True])
    row, column, propensity = draw_skus(_seeds(agents), np.full(agents, 2), np.tile(pool, (agents, 1)))
    assert len(row) == 2 * agents
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == 2 * agents
    shares = np.bincount(column, minlength=5) / agents
    assert shares == pytest.approx([0.5, 0.5, 0.0, 0.5, 0.5], abs=0.02)
    assert set(propensity) == {0.5}


def test_a_pool_smaller_than_the_slots_is_drawn_whole() -> None:
    row, column, propensity = draw_skus(
        _seeds(2), np.array([3, 0]), np.array([[True, False, True], [True, True, True]])
    )
    assert (row.tolist(), sorted(column.tolist()), set(propensity)) == ([0, 0], [0, 2], {1.0})


def test_draws_are_an_agents_own_and_change_with_the_day() -> None:
    pool = np.ones((50, 40), bool)
    first = draw_skus(_seeds(50), np.full(50, 3), pool)[1]
    assert (draw_skus(_seeds(50), np.full(50, 3), pool)[1] == first).all()
    assert (draw_skus(_seeds(50)[7:8], np.array([3]), pool[:1])[1] == first[21:24]).all()
    assert (draw_skus(_seeds(50, "2026-11-23"), np.full(50, 3), pool)[1] != first).any()
