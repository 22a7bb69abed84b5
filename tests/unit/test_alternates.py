"""What an agent could post instead of a match: what is offered, what a swap sells, and in which order."""

from typing import Any

import numpy as np
import pytest

from xuanpin.models.matching.alternates import Swaps, best_alternates


def swaps(**changed: Any) -> Swaps:
    """One agent of six visits with an empty rest of a slate and four SKUs that are all alike."""
    alike = np.ones((1, 4), np.float32)
    fields: dict[str, Any] = {
        "visits": np.full(1, 6, np.float32),
        "load": np.ones(1, np.float32),
        "earning": np.zeros(1, np.float32),
        "attraction": alike,
        "acceptance": alike,
        "unit_value": alike,
        "allowed": alike > 0,
        "left": np.full(4, 9),
    }
    return Swaps(**(fields | {name: np.asarray(value) for name, value in changed.items()}))


def test_a_swap_sells_its_share_of_the_visits_beside_the_rest_of_her_slate() -> None:
    found = best_alternates(swaps(load=np.array([2.0], np.float32)), 4)
    assert found.sku.tolist() == [[0, 1, 2, 3]]
    assert found.units[0].tolist() == pytest.approx([2.0] * 4)


def test_no_swap_sells_more_than_is_left_and_without_a_unit_there_is_none() -> None:
    found = best_alternates(swaps(left=[1, 2, 0, 9]), 4)
    assert found.sku.tolist() == [[3, 1, 0, -1]]
    assert found.units[0, :3].tolist() == pytest.approx([3.0, 2.0, 1.0])


def test_the_best_swap_is_what_she_takes_sells_and_its_buyers_keep() -> None:
    value = np.array([[0.5, 0.9, 1.0, 0.8]], np.float32)
    acceptance = np.array([[1.0, 0.4, 0.45, 0.9]], np.float32)
    assert best_alternates(swaps(unit_value=value, acceptance=acceptance), 3).sku.tolist() == [[3, 0, 2]]


def test_a_swap_is_worth_what_it_adds_to_the_rest_of_her_slate_not_what_it_sells() -> None:
    popular = {
        "attraction": np.array([[9.0, 1.0, 1.0, 9.0]], np.float32),
        "unit_value": np.array([[0.6, 0.9, 0.3, 0.1]], np.float32),
    }
    assert best_alternates(swaps(**popular), 4).sku.tolist() == [[0, 1, 2, 3]]
    # Each unit sold takes 0.4 from the rest: the third and the fourth would bring less than they take.
    assert best_alternates(swaps(earning=np.array([0.4], np.float32), **popular), 4).sku.tolist() == [[1, 0, -1, -1]]


def test_what_she_may_not_sell_and_what_does_more_harm_than_good_is_not_offered() -> None:
    found = best_alternates(
        swaps(allowed=[[True, False, True, True]], unit_value=np.array([[1, 1, -0.1, 0]], np.float32)), 4
    )
    assert found.sku.tolist() == [[0, 3, -1, -1]]


@pytest.mark.parametrize(("most", "sku"), [(0, [[]]), (2, [[0, 1]]), (99, [[0, 1, 2, 3]])])
def test_she_is_shown_so_many_at_most_the_first_of_the_list_where_they_are_alike(most: int, sku: Any) -> None:
    assert best_alternates(swaps(), most).sku.tolist() == sku
