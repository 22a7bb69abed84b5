"""Shows where long work is: a bar in a terminal, plain lines where they are asked for, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from xuanpin.pipelines.cli.language import told
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.steps import Step, StepDone, Watch
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

if TYPE_CHECKING:  # most verbs show no bar
    from rich.progress import Progress

Form = Literal["auto", "plain", "quiet"]
ProgressOption = Annotated[
    Form,
    typer.Option("--progress", help="auto: a bar in a terminal, nothing elsewhere; plain: lines; quiet: nothing."),
]
REFRESHES = 4
"""Times a second that a bar is drawn: enough to look alive, and no work worth speaking of."""
MINUTE = 60


def seconds_left(last: Mapping[str, float], done: Sequence[StepDone], to_come: Sequence[str]) -> float | None:
    """Return about how long the steps `to_come` will take, in seconds; None where one of them is not known.

    `last` says how long each step took in the last night. What this night's steps have taken so far (`done`) against
    that says how fast it goes.
    """
    if any(name not in last for name in to_come):
        return None
    timed = [step for step in done if step.name in last]
    before = sum(last[step.name] for step in timed)
    pace = sum(step.seconds for step in timed) / before if before else 1.0
    return pace * sum(last[name] for name in to_come)


def duration(seconds: float) -> Phrase:
    """Say a duration as people do: seconds below two minutes, else whole minutes."""
    if seconds < 2 * MINUTE:
        return phrase("{seconds:.0f} s", seconds=seconds)
    return phrase("{minutes:.0f} min", minutes=seconds / MINUTE)


class NightProgress:
    """A night as it goes on: the step that runs, the rows and the time of those done, how long the rest may take.

    `name` is what the night is called, `steps` are the names of its steps in their order.
    """

    def __init__(self, name: Phrase, steps: Sequence[str], form: Form) -> None:
        self._name, self._steps, self._is_plain = name, steps, form == "plain"
        self._last: Mapping[str, float] = {}
        self._done: list[StepDone] = []
        self._running = name
        self.bar = _bar(is_shown=form == "auto")
        self._task = self.bar.add_task(told(name), total=len(steps))

    @property
    def watch(self) -> Watch:
        """What tells all this, for whoever runs the night."""
        return Watch(self.on_open, self.on_step, self.on_part, self.on_done)

    def on_open(self, last: Mapping[str, float]) -> None:
        """Take note of how long each step took in the `last` night, in seconds."""
        self._last = last

    def on_step(self, step: Step) -> None:
        """Show that a `step` begins."""
        self._running = joined((self._name, step.name), ": ")
        self.bar.update(self._task, description=told(joined((self._running, self._left()), "")))

    def on_part(self, kept: int, parts: int) -> None:
        """Show how many `parts` of the step that runs are `kept`; of a step in one part nothing."""
        if parts == 1:
            return
        line = phrase("{running}, part {kept} of {parts} is kept", running=self._running, kept=kept, parts=parts)
        self.bar.update(self._task, description=told(line))
        if self._is_plain:
            say(line, is_error=True)

    def on_done(self, done: StepDone) -> None:
        """Show what a step has `done`."""
        self._done.append(done)
        self.bar.update(self._task, advance=1)
        line = phrase(
            "{night}, {done}/{steps} {step}: {rows_in:,} rows in, {rows_out:,} out, {seconds:.1f} s{left}",
            night=self._name,
            done=len(self._done),
            steps=len(self._steps),
            step=done.name,
            rows_in=done.rows_in,
            rows_out=done.rows_out,
            seconds=done.seconds,
            left=self._left(),
        )
        if self._is_plain:
            say(line, is_error=True)
        elif not self.bar.disable:
            self.bar.console.print(told(line), markup=False, highlight=False)

    def _left(self) -> Phrase:
        left = seconds_left(self._last, self._done, self._steps[len(self._done) :])
        return phrase("; about {duration} left", duration=duration(left)) if left else NOTHING


class Stages:
    """Long work called `name` as it goes on, stage by stage.

    With `is_plain_elsewhere` stages are plain lines where there is no terminal.
    """

    def __init__(self, name: Phrase, form: Form, *, is_plain_elsewhere: bool = False) -> None:
        self.bar = _bar(is_shown=form == "auto")
        self._is_plain = form == "plain" or (form == "auto" and self.bar.disable and is_plain_elsewhere)
        self._task, self._text = self.bar.add_task(told(name), total=None), told(name)

    def on_stage(self, text: str, done: int, total: int) -> None:
        """Show the stage `text`, after so many (`done`) of `total`."""
        self._text = told(text)
        self.bar.update(self._task, description=self._text, completed=done, total=total)
        if self._is_plain:
            say(text, is_error=True)

    def on_step(self, step: Step) -> None:
        """Show in a terminal which `step` of the stage begins."""
        self.bar.update(self._task, description=f"{self._text}: {step.name}")


@contextmanager
def at_work(name: Phrase, form: Form) -> Iterator[None]:
    """Show that long work called `name`, of which no stages are known, goes on while the block runs."""
    if form == "plain":
        say(name, is_error=True)
    with Stages(name, form).bar:
        yield


def _bar(*, is_shown: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    hidden = not (is_shown and console.is_terminal)
    return Progress(*columns, console=console, transient=True, disable=hidden, refresh_per_second=REFRESHES)
