"""Exploration fills some slots at random: where stock allows it, not where a group had faults, each SKU alike."""

from typing import Any

import numpy as np
import pytest

from xuanpin.models.matching.exploration import agent_seeds, draw_counts, draw_skus, has_stock_to_explore


@pytest.mark.parametrize(
    ("units", "draws", "is_open"),
    [(0, 0, False), (3, 0, False), (4, 0, True), (4, 1, True), (15, 4, False), (16, 4, True)],
)
def test_a_sku_takes_part_with_four_units_and_eight_times_the_draws_expected_of_it(
    units: int, draws: int, is_open: bool
) -> None:
    """Two SKUs share the draws of the night evenly."""
    assert has_stock_to_explore(np.array([units, 1000]), draws).tolist() == [is_open, True]


def test_without_a_sku_nothing_takes_part() -> None:
    assert has_stock_to_explore(np.zeros(0, np.int64), 5).tolist() == []


def _seeds(count: int, occasion: str = "2026-11-22") -> Any:
    return agent_seeds(np.array([f"A{number}" for number in range(count)], dtype=object), occasion)


@pytest.mark.parametrize(
    ("slots", "share", "mean"), [(10, 0.05, 0.5), (40, 0.05, 2.0), (30, 0.05, 1.5), (9, 0.0, 0.0), (5, 0.3, 1.5)]
)
def test_the_share_holds_on_average_and_agents_with_recent_faults_draw_nothing(
    slots: int, share: float, mean: float
) -> None:
    has_recent_faults = np.arange(20_000) % 2 == 0
    counts = draw_counts(_seeds(20_000), np.full(20_000, slots), np.full(20_000, share), has_recent_faults)
    assert counts[has_recent_faults].max() == 0
    assert counts[~has_recent_faults].mean() == pytest.approx(mean, abs=0.02)
    assert np.ptp(counts[~has_recent_faults]) <= 1


def test_an_agent_draws_without_repeats_from_her_own_pool_with_equal_chances() -> None:
    agents, pool = 20_000, np.array([True, True, False, True, True])
    row, column, propensity = draw_skus(_seeds(agents), np.full(agents, 2), np.tile(pool, (agents, 1)))
    assert len(row) == 2 * agents
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == 2 * agents
    shares = np.bincount(column, minlength=5) / agents
    assert shares == pytest.approx([0.5, 0.5, 0.0, 0.5, 0.5], abs=0.02)
    assert set(propensity) == {0.5}


def test_pools_differ_by_agent_and_one_smaller_than_the_slots_is_drawn_whole() -> None:
    pool = np.arange(6) < np.array([[6], [2], [0]])
    row, column, propensity = draw_skus(_seeds(3), np.array([3, 3, 3]), pool)
    assert np.bincount(row, minlength=3).tolist() == [3, 2, 0]
    assert pool[row, column].all()
    assert propensity == pytest.approx([0.5, 0.5, 0.5, 1.0, 1.0])


def test_draws_are_an_agents_own_and_change_with_the_day() -> None:
    pool = np.ones((2000, 30), bool)
    first = draw_skus(_seeds(2000), np.full(2000, 3), pool)[1]
    assert (draw_skus(_seeds(2000), np.full(2000, 3), pool)[1] == first).all()
    assert (draw_skus(_seeds(2000)[7:8], np.array([3]), pool[:1])[1] == first[21:24]).all()
    assert (draw_skus(_seeds(2000, "2026-11-23"), np.full(2000, 3), pool)[1] != first).mean() > 0.9
