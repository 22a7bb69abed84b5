"""What a later step needs of nobody is begun before the steps beside it, and is at hand when its turn has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.early_work import early_work
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Early, Step

NIGHT = Night(
    engine=cast(Engine, None),
    settings=Settings(),
    home=Home(Path("home")),
    as_of_date=date(2026, 11, 21),
    sources=None,
    now=datetime(2026, 11, 22, tzinfo=UTC),
)
BESIDE = Event()


def begin_waiting(night: Night) -> Callable[[], str]:
    """Begin what ends only when the step beside it has run."""
    return lambda: f"{night.as_of_date} {BESIDE.wait(60)}"


def begin_failing(night: Night) -> Callable[[], str]:
    """Begin what fails."""

    def fail() -> str:
        raise ArithmeticError(night.as_of_date)

    return fail


HELD: list[str] = []


@contextmanager
def holding() -> Iterator[str]:
    """Hold something from being entered to being left."""
    HELD.append("entered")
    yield "held"
    HELD.append("left")


def begin_holding(night: Night) -> Callable[[], AbstractContextManager[str]]:
    """Begin what is held until the night ends."""
    return holding


def steps_of(function: str) -> tuple[Step, ...]:
    """Three steps; the last one begins `function` before the second."""
    last = Step("last", f"{__name__}:{function}", (), (), early=Early(f"{__name__}:{function}", before="second"))
    return Step("first", "", (), ()), Step("second", "", (), ()), last


def test_work_is_begun_before_the_steps_beside_it_and_waited_for_by_its_own() -> None:
    BESIDE.clear()
    first, second, last = steps_of("begin_waiting")
    with early_work((first, second, last), 2) as before:
        assert [before(step, NIGHT).early for step in (first, second)] == [None, None]
        BESIDE.set()
        early = before(last, NIGHT).early
        assert early is not None
        assert early() == "2026-11-21 True"


def test_what_fails_early_fails_the_step_that_it_is_of() -> None:
    first, second, last = steps_of("begin_failing")
    with early_work((first, second, last), 2) as before:
        nights = [before(step, NIGHT) for step in (first, second, last)]
        assert nights[2].early is not None
        with pytest.raises(ArithmeticError):
            nights[2].early()


def test_what_is_held_early_is_let_go_of_when_the_night_ends_even_unasked() -> None:
    first, second, last = steps_of("begin_holding")
    for asks in (True, False):
        HELD.clear()
        with early_work((first, second, last), 2) as before:
            nights = [before(step, NIGHT) for step in (first, second, *([last] if asks else []))]
            if asks:
                assert nights[2].early is not None
                assert (nights[2].early(), HELD) == ("held", ["entered"])
        assert HELD == ["entered", "left"]


@pytest.mark.parametrize(("threads", "left"), [(1, slice(0, 3)), (2, slice(2, 3))])
def test_a_step_does_all_of_it_on_one_thread_or_by_itself(threads: int, left: slice) -> None:
    steps = steps_of("begin_failing")[left]
    with early_work(steps, threads) as before:
        assert [before(step, NIGHT).early for step in steps] == [None] * len(steps)
