"""What is done at once brings what it brings one after another."""

from __future__ import annotations

from threading import Event

import pytest

from xuanpin.pipelines.side_by_side import side_by_side


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_come_in_the_order_of_the_works(threads: int) -> None:
    assert side_by_side(threads, [lambda: "a", lambda: "b", lambda: "c"]) == ["a", "b", "c"]


def test_works_run_at_once_where_there_are_two_threads() -> None:
    first, second = Event(), Event()

    def wait(own: Event, other: Event) -> bool:
        own.set()
        return other.wait(60)

    assert side_by_side(2, [lambda: wait(first, second), lambda: wait(second, first)]) == [True, True]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_fails_is_raised_when_the_others_have_ended(threads: int) -> None:
    def fail() -> str:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        side_by_side(threads, [lambda: "a", fail])
