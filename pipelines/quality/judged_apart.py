"""Has Great Expectations judge tables in a process of its own: to load it takes seconds of Python, beside which a night
can do other things.

One process alone may have the warehouse open, so this one reads for the other, statement by statement.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import IO, Any

from xuanpin.pipelines.engine.failures import EngineError, failures_of_duckdb

Asked = tuple[str, str, Sequence[Any]]
"""The name of a table, the relation that holds its rows, and what is expected of it."""
WRITTEN: Mapping[str, Callable[[Any], Any]] = {
    "<datetime>": datetime.fromisoformat,
    "<date>": date.fromisoformat,
    "<Decimal>": Decimal,
}
"""How values that JSON has no form for are read, by the name of their class."""


@dataclass(frozen=True)
class Rows:
    """Hold what a statement has found: its columns as DB-API describes them (`description`), and all `rows`."""

    description: list[tuple[str, None]]
    rows: list[tuple[Any, ...]]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self.rows


@dataclass(frozen=True)
class Channel:
    """Send facts to the other process and receive its own, a line of JSON each: the pipes in which they are `sent` and
    `received`."""

    received: IO[str]
    sent: IO[str]

    def send(self, **facts: object) -> None:
        """Send facts."""
        print(json.dumps(facts, default=_written), file=self.sent, flush=True)

    def receive(self) -> dict[str, Any]:
        """Wait for facts; raises EOFError where the other process has ended."""
        if not (line := self.received.readline()):
            raise EOFError
        facts: dict[str, Any] = json.loads(line, object_hook=_read)
        return facts

    def execute(self, statement: str, parameters: Sequence[Any]) -> Rows:
        """Have the process that has the warehouse run a `statement` with its `parameters`; raises RuntimeError."""
        self.send(statement=statement, parameters=parameters)
        found = self.receive()
        if "error" in found:
            raise RuntimeError(found["error"])
        return Rows([(name, None) for name in found["columns"]], list(map(tuple, found["rows"])))

    def close(self) -> None:
        """Do nothing: the process that has the warehouse closes it."""


def _written(value: object) -> dict[str, str]:
    kind = f"<{type(value).__name__}>"
    if kind not in WRITTEN:
        raise TypeError(f"{kind} cannot be sent to another process")
    return {kind: str(value)}


def _read(facts: dict[str, Any]) -> Any:
    """What `_written` wrote, or facts as they are."""
    kind = next(iter(facts), "")
    return WRITTEN[kind](facts[kind]) if kind in WRITTEN else facts


def start() -> None:
    """Start the process, once in the life of this one, with which it ends."""
    _process()


def is_started() -> bool:
    """Say whether the process was started."""
    return _process.cache_info().currsize > 0


def end() -> int:
    """End the process, if there is one; return what it ended with."""
    if not is_started():
        return 0
    process = _process()
    _process.cache_clear()
    # What it has not read is lost.
    with suppress(BrokenPipeError), process:
        process.kill()
    return process.wait()


@cache
def _process() -> subprocess.Popen[str]:
    # As where pictures are drawn: nothing of the folder where somebody stands is run, and Ctrl-C does not reach it.
    command = [sys.executable, "-P", "-m", "xuanpin.pipelines.quality.judge"]
    atexit.register(end)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0)


def judged_apart(connection: Any, tables: Sequence[Asked]) -> set[str]:
    """Return the names of the checks that fail on `tables`, which a `connection` reads.

    Raises RuntimeError where a check cannot be computed, or the process has ended.
    """
    channel = _channel(_process())
    try:
        channel.send(tables=tables)
        while "statement" in (said := channel.receive()):
            channel.send(**_found(connection, **said))
    except (BrokenPipeError, EOFError):
        raise RuntimeError(f"the process that repeats checks ended with {end()}") from None
    except BaseException:
        # An exchange that broke off cannot go on.
        end()
        raise
    if "error" in said:
        raise RuntimeError(said["error"])
    return set(said["failed"])


def _channel(process: subprocess.Popen[str]) -> Channel:
    if process.stdin is None or process.stdout is None:
        raise TypeError("the process is asked and answers through pipes")
    return Channel(process.stdout, process.stdin)


def _found(connection: Any, statement: str, parameters: Sequence[Any]) -> dict[str, object]:
    """Return what a `statement` finds, or why it finds nothing: what judges says which check that concerns."""
    try:
        with failures_of_duckdb():
            found = connection.execute(statement, parameters)
            return {"columns": [column[0] for column in found.description], "rows": found.fetchall()}
    except EngineError as error:
        return {"error": str(error)}
