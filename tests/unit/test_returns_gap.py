"""Which days' returns are missing: found where they are, and not where returns only vary, fall or rise."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.returns_gap import (
    FEWEST_DAYS,
    ReturnsGap,
    are_withheld,
    due_share,
    expected_returns,
    find_gap,
)

DAYS = 120
BY_LAG = np.array([0.0, 5.0, 10.0, 10.0, 5.0, 5.0, 3.0, 2.0])


def platform(seed: int, rate: Floats | float = 0.1, lines: float = 200.0) -> tuple[Floats, Floats]:
    """Returns that came and that were expected, a day each, of two categories on a platform that grows."""
    rng = np.random.default_rng(seed)
    delivered = rng.poisson(np.linspace(0.3, 1.0, DAYS) * lines, (2, DAYS)).astype(float)
    due = due_share(delivered, BY_LAG)
    returned = rng.poisson(due * rate * np.array([[0.5], [1.5]])).astype(float)
    return returned.sum(axis=0), expected_returns(due, returned)


def without(returned: Floats, first: int, last: int, left: float = 0.0) -> Floats:
    """The returns with only the share `left` of those from day `first` to day `last`."""
    inside = (np.arange(DAYS) >= first) & (np.arange(DAYS) <= last)
    return np.where(inside, np.floor(left * returned), returned)


def test_a_return_is_due_some_days_after_its_delivery() -> None:
    due = due_share(np.array([[10.0, 0.0, 0.0, 20.0]]), np.array([1.0, 0.0, 3.0]))
    assert due.tolist() == [[2.5, 0.0, 7.5, 5.0]]
    expected = expected_returns(np.array([[1.0, 3.0], [4.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 1.0]]))
    assert expected.tolist() == [0.5 + 1.0, 1.5]


@pytest.mark.parametrize(("first", "last"), [(98, 119), (113, 119), (117, 119), (80, 93)])
@pytest.mark.parametrize("seed", range(3))
def test_days_without_returns_are_found(seed: int, first: int, last: int) -> None:
    returned, _ = platform(seed)
    seen = without(returned, first, last)
    found = find_gap(seen, platform(seed)[1])
    assert found is not None
    assert (found.first, found.last, found.observed) == (first, last, 0.0)
    assert found.expected == pytest.approx(returned[first : last + 1].sum(), rel=0.25)


def test_most_returns_missing_is_a_gap_too() -> None:
    returned, expected = platform(5)
    found = find_gap(without(returned, 100, 119, left=0.3), expected)
    assert found is not None and abs(found.first - 100) <= 2
    assert 0.2 < found.observed / found.expected < 0.4


@pytest.mark.parametrize("seed", range(40))
def test_returns_that_only_vary_have_no_gap(seed: int) -> None:
    assert find_gap(*platform(seed)) is None


@pytest.mark.parametrize(
    ("rate", "why"),
    [
        (np.where(np.arange(DAYS) < 90, 0.1, 0.3), "they became three times as many"),
        (np.where(np.arange(DAYS) < 90, 0.1, 0.065), "they became a third fewer"),
        (np.where(np.arange(DAYS) % 7 < 5, 0.14, 0.0), "none are taken on two days a week"),
        (np.where(np.arange(DAYS) < 10, 0.02, 0.1), "the shop has just begun"),
    ],
)
def test_other_changes_are_no_gap(rate: Floats, why: str) -> None:
    assert find_gap(*platform(7, rate)) is None, why


def test_a_drop_that_is_two_days_late_is_no_gap() -> None:
    returned, expected = platform(3)
    assert find_gap(without(returned, DAYS - FEWEST_DAYS + 1, DAYS - 1), expected) is None


def test_few_returns_say_nothing() -> None:
    returned, expected = platform(4, lines=3.0)
    assert find_gap(without(returned, 100, 119), expected) is None


def test_no_returns_ever_is_no_gap() -> None:
    assert find_gap(np.zeros(DAYS), np.zeros(DAYS)) is None


def test_a_gap_says_where_it_lies() -> None:
    assert ReturnsGap(3, 5, 0.0, 9.0).last == 5


@pytest.mark.parametrize(
    ("returned", "complained", "is_withheld"),
    [
        (0.0, 30.0, True),
        (0.0, 5.0, False),
        (20.0, 30.0, False),
        (10.0, 30.0, True),
        (0.0, 0.0, False),
        (60.0, 30.0, False),
    ],
)
def test_complaints_without_returns_say_that_returns_are_withheld(
    returned: float, complained: float, is_withheld: bool
) -> None:
    """On the platform two of three are returned, one is complained of."""
    assert are_withheld(returned, complained, 2.0 / 3.0) is is_withheld


@pytest.mark.parametrize("usual", [0.0, 1.0])
def test_without_either_of_the_two_nothing_is_usual(usual: float) -> None:
    assert not are_withheld(0.0, 50.0, usual)
