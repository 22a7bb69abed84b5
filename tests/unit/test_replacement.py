"""Reserves replace SKUs in order, under caps and the promise; a pinned SKU never leaves for the promise."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from xuanpin.models.assortment.replacement import Cap, ReplacementProblem, list_after_replacement, replacement_units


def problem(
    stays: Any, risks: Any, *, pinned: str = "", caps: Sequence[Any] = (), promise: float = 0.05, size: Any = None
) -> ReplacementProblem:
    """SKUs by letter: those that stay, then the reserves; `risks` in percent, `caps` as (letters, most)."""
    letters = "abcdefghij"[: len(risks)]
    return ReplacementProblem(
        stays=np.array([letter in stays for letter in letters]),
        landmine_probability=np.array(risks) / 100,
        is_pinned=np.array([letter in pinned for letter in letters]),
        caps=[Cap(np.array([letter in members for letter in letters]), most) for members, most in caps],
        promise=promise,
        size=len(stays) if size is None else size,
    )


def held(*args: str | list[Any], **options: Any) -> str:
    chosen = list_after_replacement(problem(*args, **options))
    return "".join(letter for letter, is_chosen in zip("abcdefghij", chosen, strict=False) if is_chosen)


@pytest.mark.parametrize(("reserves", "size", "expected"), [(3, 4, "abcd"), (1, 2, "ab"), (1, 4, "abc")])
def test_reserves_step_in_by_their_order_until_the_list_is_full(reserves: int, size: int, expected: str) -> None:
    assert held("ab", [1] * (2 + reserves), size=size) == expected


@pytest.mark.parametrize(("risk", "is_in"), [(5, True), (5.1, False)])
def test_a_reserve_is_within_the_promise_by_itself(risk: float, is_in: bool) -> None:
    assert held("a", [1, risk], size=2) == ("ab" if is_in else "a")


def test_a_reserve_waits_where_a_cap_is_full_and_the_next_steps_in() -> None:
    assert held("ab", [1, 1, 1, 1], caps=[("abc", 2)], size=3) == "abd"
    assert held("ab", [1, 1, 1, 1], caps=[("abc", 3)], size=3) == "abc"
    assert held("a", [1, 1, 1, 1], caps=[("bc", 1), ("d", 0)], size=4) == "ab"


def test_over_the_promise_the_riskiest_leave_first_and_no_more_than_it_takes() -> None:
    assert held("abc", [6, 20, 1]) == "ac"
    assert held("abc", [6, 12, 9]) == ""
    assert held("abcd", [30, 20, 3, 2]) == "cd"
    assert held("abcd", [8, 1, 1, 8]) == "abcd"


def test_what_is_within_the_promise_never_leaves_for_others() -> None:
    assert held("abc", [90, 5, 5], pinned="a") == "abc"


@pytest.mark.parametrize(("pinned", "left"), [("", "bc"), ("a", "ac"), ("ab", "abc"), ("c", "bc")])
def test_a_pinned_sku_stays_however_risky_and_another_leaves_in_its_place(pinned: str, left: str) -> None:
    assert held("abc", [20, 10, 1], pinned=pinned, promise=0.06) == left


def test_places_that_risk_made_free_are_taken_by_further_reserves() -> None:
    assert held("ab", [20, 1, 2, 3], size=2) == "bc"


def test_a_pinned_reserve_has_no_privilege() -> None:
    assert held("a", [1, 9, 1], pinned="b", size=2) == "ac"


@pytest.mark.parametrize(
    ("options", "places", "free", "taken"),
    [
        pytest.param([(0, 0, 2), (1, 0, 2)], [1, 1], [3], [2, 1], id="no more units than are free"),
        pytest.param([(0, 0, 2), (1, 0, 2)], [1, 1], [2], [2, 0], id="none is left"),
        pytest.param([(0, 0, 1), (0, 1, 1), (1, 1, 1)], [1, 1], [5, 5], [1, 0, 1], id="a place is filled once"),
        pytest.param([(0, 0, 1), (0, 1, 1)], [2, 0], [5, 5], [1, 1], id="two places"),
        pytest.param([(0, 0, 1)], [0], [5], [0], id="no place"),
        pytest.param(
            [(0, 0, 3), (0, 1, 9), (1, 0, 2), (1, 1, 9), (2, 0, 2)], [1, 2, 1], [4, 9], [3, 0, 1, 9, 0], id="all of it"
        ),
    ],
)
def test_options_are_taken_in_order_while_places_and_stock_last(
    options: list[tuple[int, int, int]], places: list[int], free: list[int], taken: list[int]
) -> None:
    agents, skus, wanted = (np.array(column) for column in zip(*options, strict=True))
    assert replacement_units(agents, skus, np.array(places), wanted, np.array(free)).tolist() == taken
