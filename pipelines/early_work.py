"""Does a part of a later step on a core that the database leaves idle, while the steps before it run."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, cast

from threadpoolctl import threadpool_limits

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.steps import Step, failure_told

Begin = Callable[[Night], Callable[[], Any]]
"""Reads all that the work needs and returns the work, which touches no table."""


@contextmanager
def early_work(steps: Sequence[Step], threads: int) -> Iterator[Callable[[Step, Night], Night]]:
    """Give what is called before each of the `steps`: it begins what may run beside it, and returns its night.

    That night waits for what was begun for the step (see Night.early). Nothing is begun early where the engine has one
    thread (`threads`). What was begun has ended when the block is left; where it gives a context manager, that one is
    entered when it is begun, and left then.
    """
    names = {step.name for step in steps}
    early = [step for step in steps if step.early is not None and step.early.before in names]
    if threads == 1 or not early:
        yield lambda step, night: night
        return
    waiting = dict[str, Callable[[], Any]]()
    with ExitStack() as held, ThreadPoolExecutor(1) as pool:

        def before(step: Step, night: Night) -> Night:
            for later in early:
                if later.early is not None and later.early.before == step.name:
                    work = _begun(later, later.early.function, night)
                    # The order of sums must not depend on when it ends: the limit is the process's, and stays.
                    held.enter_context(threadpool_limits(1))
                    waiting[later.name] = pool.submit(_done, later, work, held).result
            return replace(night, early=waiting.pop(step.name, None))

        yield before


def _done(step: Step, work: Callable[[], Any], held: ExitStack) -> Any:
    """What the work gives; what the step itself needs is imported first, beside the steps before it, too."""
    pkgutil.resolve_name(step.function)
    given = work()
    return held.enter_context(given) if isinstance(given, AbstractContextManager) else given


def _begun(step: Step, function: str, night: Night) -> Callable[[], Any]:
    with failure_told(step, night.as_of_date):
        return cast(Begin, pkgutil.resolve_name(function))(night)
