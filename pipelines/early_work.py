"""Does a part of a later step on a core that the database leaves idle, while the steps before it run."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, cast

from threadpoolctl import threadpool_limits

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.steps import Step, failure_told

Begin = Callable[[Night], Callable[[], Any]]
"""Reads all that the work needs and returns the work, which touches no table."""


@contextmanager
def early_work(steps: Sequence[Step], night: Night) -> Iterator[Callable[[Step, Night], Night]]:
    """Give what is called before each of the `steps`: it begins what may run beside it, and returns its night.

    That night waits for what was begun for the step (see Night.early). From the first step on, the code of all of them
    is loaded in their order, and a step waits for its own. Nothing is done early where the engine of `night` has one
    thread, or for a step by itself. What was begun has ended when the block is left.
    """
    if night.settings.engine.threads == 1 or len(steps) == 1:
        yield lambda step, night: night
        return
    names = {step.name for step in steps}
    early = [step for step in steps if step.early is not None and step.early.before in names]
    waiting = dict[str, Callable[[], Any]]()
    libraries = [pkgutil.resolve_name(step.loads)(night) for step in steps if step.loads]
    with _one_thread() as pool, ExitStack() as limits:
        loaded = {step.name: pool.submit(pkgutil.resolve_name, step.function) for step in steps}
        for load in libraries:
            pool.submit(load)

        def before(step: Step, night: Night) -> Night:
            # What cannot be loaded is told by the step, which tries again.
            wait([loaded[step.name]])
            for later in early:
                if later.early is not None and later.early.before == step.name:
                    work = _begun(later, later.early.function, night)
                    # The order of sums must not depend on when it ends: the limit is the process's, and stays.
                    limits.enter_context(threadpool_limits(1))
                    waiting[later.name] = pool.submit(work).result
            return replace(night, early=waiting.pop(step.name, None))

        yield before


@contextmanager
def _one_thread() -> Iterator[ThreadPoolExecutor]:
    """Give a thread that ends with the block: what it has not begun by then is not begun."""
    pool = ThreadPoolExecutor(1)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begun(step: Step, function: str, night: Night) -> Callable[[], Any]:
    with failure_told(step, night.as_of_date):
        return cast(Begin, pkgutil.resolve_name(function))(night)
