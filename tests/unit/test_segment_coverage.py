"""What segments find on a list, against the plain sum over the best SKUs that fit their slots."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.assortment.constraints import stack_constraints
from xuanpin.models.assortment.problem import Assortment, list_value
from xuanpin.models.assortment.segment_coverage import expected_units, segment_coverage, stock_reach

ONE = np.ones(1)


def value(chosen: list[int], values: list[float], slots: float, agents: float = 1.0, reach: float = 1.0) -> float:
    """Value of a list for one segment that wants every candidate at these values."""
    size = len(values)
    coverage = segment_coverage(
        np.zeros(size, dtype=np.int64),
        np.arange(size),
        np.array(values),
        agents * ONE,
        slots * ONE,
        np.full(size, reach),
    )
    flags = np.isin(np.arange(size), chosen)
    return list_value(
        Assortment(np.zeros(size), np.zeros(size, dtype=np.bool_), stack_constraints([], size), coverage), flags
    )


def test_equal_skus_count_until_the_slots_are_full() -> None:
    values = [2.0] * 10
    assert [value(list(range(n)), values, slots=3.0) for n in range(6)] == pytest.approx([0, 2, 4, 6, 6, 6])


def test_a_better_sku_replaces_a_lesser_one_in_a_full_segment() -> None:
    # With two slots the layers are ranks 0, 1, 2-3 and 4-7: each layer here holds SKUs of one value.
    values = [5.0, 4.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    assert value([2, 3], values, slots=2.0) == pytest.approx(4.0)
    assert value([1, 2, 3], values, slots=2.0) == pytest.approx(6.0)
    assert value([0, 1, 2, 3, 4], values, slots=2.0) == pytest.approx(9.0)


def test_agents_multiply_and_stock_divides() -> None:
    assert value([0], [2.0], slots=1.0, agents=30.0) == pytest.approx(60.0)
    assert value([0], [2.0], slots=1.0, agents=30.0, reach=0.5) == pytest.approx(30.0)


def test_an_empty_slot_costs_even_a_segment_that_buys_little() -> None:
    coverage = segment_coverage(
        np.array([0, 1]),
        np.array([0, 1]),
        np.array([9.0, 1.0]),
        np.ones(2),
        np.ones(2),
        np.ones(2),
        empty_slot_cost=1.0,
    )
    problem = Assortment(np.zeros(2), np.zeros(2, dtype=np.bool_), stack_constraints([], 2), coverage)
    # The mean post of the best SKUs is worth 5: added to what each of the two finds.
    assert [list_value(problem, np.array(flags)) for flags in ([True, False], [False, True])] == [14.0, 6.0]


def test_skus_that_do_harm_are_no_finds() -> None:
    assert value([0, 1], [1.0, -5.0], slots=2.0) == pytest.approx(1.0)


def test_reach_is_the_share_of_posts_that_stock_can_serve() -> None:
    reach = stock_reach(
        np.array([0, 0, 1]), np.array([10.0, 30.0, 5.0]), np.array([1.0, 2.0, 1.0]), np.array([35.0, 100.0, 0.0])
    )
    assert reach.tolist() == [0.5, 1.0, 1.0]


def test_expected_units_spread_the_slots_over_the_best_listed_skus() -> None:
    units = expected_units(
        segment=np.zeros(5, dtype=np.int64),
        column=np.arange(5),
        value=np.array([5.0, 4.0, 3.0, 2.0, 1.0]),
        units=np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
        agents=np.array([10.0]),
        slots=np.array([1.0]),
        listed=np.array([False, True, True, False, True]),
    )
    # One slot over the two best listed SKUs: five posts each.
    assert units.tolist() == [0.0, 10.0, 15.0, 0.0, 0.0]
