"""Which reserves step in when goods leave a list, and which options of agents are taken, on a handful of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from xuanpin.models.assortment.replacement import Cap, ReplacementProblem, list_after_replacement, replacement_units


def shelf(
    risks: Sequence[float],
    stays: int,
    *,
    pinned: Sequence[int] = (),
    caps: Mapping[Sequence[int], int] | None = None,
    promise: float = 0.05,
    size: int | None = None,
) -> ReplacementProblem:
    """The first `stays` goods stay and the others are reserves; caps map positions to the most that may be held."""
    places = np.arange(len(risks))
    return ReplacementProblem(
        stays=places < stays,
        landmine_probability=np.array(risks),
        is_pinned=np.isin(places, pinned),
        caps=[Cap(np.isin(places, members), most) for members, most in (caps or {}).items()],
        promise=promise,
        size=len(risks) if size is None else size,
    )


def held(goods: ReplacementProblem) -> list[int]:
    return np.flatnonzero(list_after_replacement(goods)).tolist()


def test_reserves_step_in_by_their_order_until_the_list_is_full() -> None:
    assert held(shelf([0.01] * 6, 2, size=4)) == [0, 1, 2, 3]
    assert held(shelf([0.01] * 3, 2, size=4)) == [0, 1, 2]


def test_a_reserve_over_the_promise_by_itself_stays_out() -> None:
    assert held(shelf([0.01, 0.06, 0.05, 0.01], 1, size=3)) == [0, 2, 3]


def test_a_reserve_whose_cap_is_full_is_passed_over() -> None:
    assert held(shelf([0.01] * 5, 2, caps={(0, 2, 3): 2}, size=4)) == [0, 1, 2, 4]


def test_the_riskiest_leave_where_the_whole_is_over_the_promise_and_reserves_take_their_places() -> None:
    assert held(shelf([0.03, 0.30, 0.06, 0.04, 0.04], 3, size=3)) == [0, 2, 3]


def test_the_riskiest_leaves_first() -> None:
    assert held(shelf([0.06, 0.09, 0.02, 0.04], 4)) == [0, 2, 3]


def test_what_somebody_pinned_stays_whatever_its_risk() -> None:
    assert held(shelf([0.30, 0.08, 0.04], 2, pinned=[0])) == [0, 2]


def test_a_list_within_the_promise_keeps_all_its_goods() -> None:
    assert held(shelf([0.08, 0.02, 0.02], 3)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("options", "places", "free", "given"),
    [
        ([(0, 0, 2), (1, 0, 2)], [1, 1], [3], [2, 1]),
        ([(0, 0, 2), (1, 0, 2)], [1, 1], [2], [2, 0]),
        ([(0, 0, 1), (0, 1, 1), (1, 1, 1)], [1, 1], [5, 5], [1, 0, 1]),
        ([(0, 0, 1), (0, 1, 1)], [2, 0], [5, 5], [1, 1]),
        ([(0, 0, 1)], [0], [5], [0]),
    ],
)
def test_options_are_taken_in_order_while_places_and_stock_last(
    options: list[tuple[int, int, int]], places: list[int], free: list[int], given: list[int]
) -> None:
    agents, goods, wanted = (np.array(column) for column in zip(*options, strict=True))
    assert replacement_units(agents, goods, np.array(places), wanted, np.array(free)).tolist() == given
