"""Slots given by chance: how many, of which goods, and never so many that chance sells a good out."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.matching.exploration import agent_seeds, draw_counts, draw_skus, has_stock_to_explore

SEEDS = agent_seeds(np.array([f"A{number}" for number in range(2000)], dtype=object), "2026-11-22")


@pytest.mark.parametrize(
    ("stock", "draws", "takes_part"),
    [(3, 0, False), (4, 0, True), (4, 1, True), (15, 4, False), (16, 4, True)],
)
def test_a_good_takes_part_with_four_units_and_eight_times_its_draws(stock: int, draws: int, takes_part: bool) -> None:
    # Two SKUs share the draws of the night.
    assert has_stock_to_explore(np.array([stock, 0]), draws).tolist() == [takes_part, False]


@pytest.mark.parametrize(("slots", "share", "mean"), [(10, 0.05, 0.5), (40, 0.05, 2.0), (30, 0.05, 1.5), (9, 0.0, 0.0)])
def test_the_share_is_kept_on_average_and_burned_agents_are_spared(slots: int, share: float, mean: float) -> None:
    has_recent_faults = np.arange(2000) % 2 == 0
    counts = draw_counts(SEEDS, np.full(2000, slots), share, has_recent_faults)
    assert counts[has_recent_faults].max() == 0
    assert counts[~has_recent_faults].mean() == pytest.approx(mean, abs=0.05)
    assert np.ptp(counts[~has_recent_faults]) <= 1


def test_nobody_draws_a_good_twice_or_one_outside_her_pool_and_small_pools_are_drawn_whole() -> None:
    pool = np.arange(6) < np.array([[6], [2], [0]])
    row, column, propensity = draw_skus(SEEDS[:3], np.array([3, 3, 3]), pool)
    assert np.bincount(row, minlength=3).tolist() == [3, 2, 0]
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == len(row)
    assert pool[row, column].all()
    assert propensity == pytest.approx([0.5, 0.5, 0.5, 1.0, 1.0])


def test_draws_are_an_agents_own_and_change_with_the_day() -> None:
    pool = np.ones((2000, 30), dtype=bool)
    together = draw_skus(SEEDS, np.ones(2000, np.int64), pool)[1]
    alone = draw_skus(SEEDS[7:8], np.ones(1, np.int64), pool[:1])[1]
    other = agent_seeds(np.array([f"A{number}" for number in range(2000)], dtype=object), "2026-11-23")
    assert alone[0] == together[7]
    assert (draw_skus(other, np.ones(2000, np.int64), pool)[1] != together).mean() > 0.9
