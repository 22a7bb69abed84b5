"""Says what the scheduler sends: a task that failed, a list that is late, a night without a source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from xuanpin.pipelines.errors import XuanpinError
from xuanpin.pipelines.typed.phrase import Phrase, as_is, joined, phrase

Notice = tuple[Phrase, Phrase]
"""Subject and text of what is sent."""


def failure_notice(task: str, run: str, error: BaseException | None) -> Notice:
    """Return the notice that a `task` of a scheduler's `run` has finally failed and, where a user may be shown it, why.

    `error` is what it raised, None where it was ended from outside.
    """
    if isinstance(error, XuanpinError):
        why = _message(error)
    else:
        why = phrase("{kind}; see the task's log", kind=type(error).__name__)
    return phrase("Xuanpin: {task} failed", task=task), phrase("run {run}: {why}", run=run, why=why)


def _message(error: XuanpinError) -> Phrase:
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Phrase) else as_is(error)


def delay_notice(dag: str, run: str) -> Notice:
    """Return the notice that a `run` of a scheduler's `dag` has not finished when it should have."""
    return (
        phrase("Xuanpin: tomorrow's list is late"),
        phrase("run {run} of {dag} has not finished in time", run=run, dag=dag),
    )


def missing_notice(as_of_date: date, told: Phrase) -> Notice:
    """Return the notice that the night of `as_of_date` runs without a source; `told` says without which."""
    return phrase("Xuanpin: the night of {as_of_date} runs without a source", as_of_date=as_of_date), told


def failed_steps(names: Sequence[str]) -> Phrase:
    """Return why a list is kept after steps (`names`) of the night failed."""
    return phrase("step {names} of the night failed; its log says why", names=joined(names))
