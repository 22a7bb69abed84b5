"""Does several things at once on the cores of the engine, with the same results as one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def side_by_side(threads: int, works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Do each of the `works`, which need nothing of each other; return their results in order.

    One of them at most may touch tables. On one thread (`threads`) they are done in order. Raises what the first of
    them raises that fails.
    """
    if threads == 1 or len(works) == 1:
        return [work() for work in works]
    with ThreadPoolExecutor(threads - 1) as pool:
        begun = [pool.submit(work) for work in works[1:]]
        return [works[0](), *(work.result() for work in begun)]
