"""What a step of the night is: a function, and the tables of the warehouse that it reads and writes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date

from xuanpin.pipelines.engine import Engine

log = logging.getLogger("xuanpin")


AT_ONCE = frozenset(("load_history", "changes", "calibrate", "affinity", "select", "experiment", "brakes", "write"))
"""Steps that write many small tables; see `committed`."""


@dataclass(frozen=True)
class Early:
    """The part of a step that needs no table of the steps from `before` on: a whole night does it beside them.

    `function` reads what that part needs and returns the rest of it, which touches no table.
    """

    function: str
    before: str


@dataclass(frozen=True)
class Step:
    """One step of the night: its name, the function that does it, and the tables of the warehouse that it touches.

    `reads` are tables that earlier steps or nights wrote, `writes` those that it writes, both in alphabetical order; a
    traced night is held against them. `files` tells what it reads or writes outside the warehouse, `early` what of it
    may be done before.
    """

    name: str
    function: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    files: str = ""
    early: Early | None = None

    @property
    def summary(self) -> str:
        """One line for whoever looks at the step in a scheduler."""
        touched = {"reads": ", ".join(self.reads), "writes": ", ".join(self.writes)}
        parts = [f"{verb} {names}" for verb, names in touched.items() if names]
        return "; ".join([*parts, self.files] if self.files else parts)


@dataclass(frozen=True)
class StepDone:
    """What the step called `name` did: rows that it read (`rows_in`) and wrote (`rows_out`), and its `seconds`."""

    name: str
    rows_in: int
    rows_out: int
    seconds: float


@dataclass(frozen=True)
class Watch:
    """What is told of a night as it goes on; by default nothing.

    `on_open` at first, with how long each step took last time, in seconds; `on_step` of each step before it runs;
    `on_part` of each part of a long step once it is kept, with how many are, and of how many; `on_done` of each step
    after it.
    """

    on_open: Callable[[Mapping[str, float]], None] = lambda seconds: None
    on_step: Callable[[Step], None] = lambda step: None
    on_part: Callable[[int, int], None] = lambda kept, parts: None
    on_done: Callable[[StepDone], None] = lambda done: None


UNWATCHED = Watch()


def tables(text: str) -> tuple[str, ...]:
    """Return the full names of the tables of `text`, which is written as `schema: table, table; schema: table`."""
    parts = (part.split(": ") for part in text.split("; "))
    return tuple(f"{schema}.{table}" for schema, names in parts for table in names.split(", "))


def committed(step: Step, engine: Engine) -> AbstractContextManager[None]:
    """Commit what a `step` writes in the block: table by table, or together for steps of many small tables.

    Each commit waits for the disk.
    """
    return engine.transaction() if step.name in AT_ONCE else nullcontext()


@contextmanager
def failure_told(step: Step, as_of_date: date) -> Iterator[None]:
    """Log, where the block does not come to its end, that `step` has failed for `as_of_date`."""
    try:
        yield
    except BaseException:
        log.error("%s %s: failed", step.name, as_of_date)
        raise
