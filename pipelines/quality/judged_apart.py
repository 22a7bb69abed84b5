"""Has Great Expectations judge tables in a process of its own: to load it takes seconds of Python, beside which a night
can do other things.

One process alone may have the warehouse open, so this one reads for the other, statement by statement.
"""

from __future__ import annotations

import atexit
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

from xuanpin.pipelines.engine.failures import EngineError, failures_of_duckdb

Asked = tuple[str, str, Sequence[Any]]
"""The name of a table, the relation that holds its rows, and what is expected of it."""


@dataclass(frozen=True)
class Query:
    """Hold what the other process wants to read: a `statement` with its `parameters`."""

    statement: str
    parameters: Sequence[Any]


@dataclass(frozen=True)
class Rows:
    """Hold what a statement has found: its columns as DB-API describes them (`description`), and all `rows`."""

    description: list[tuple[str, None]]
    rows: list[tuple[Any, ...]]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self.rows


@dataclass(frozen=True)
class Talk:
    """Send values to the other process and receive its own, each whole: the pipes in which they are `sent` and
    `received`."""

    received: IO[bytes]
    sent: IO[bytes]

    def send(self, value: object) -> None:
        """Send a value."""
        pickle.dump(value, self.sent)
        self.sent.flush()

    def receive(self) -> Any:
        """Wait for a value; raises EOFError where the other process has ended."""
        return pickle.load(self.received)

    def execute(self, statement: str, parameters: Sequence[Any]) -> Rows:
        """Have the process that has the warehouse run a `statement` with its `parameters`."""
        self.send(Query(statement, parameters))
        found: Rows | RuntimeError = self.receive()
        if isinstance(found, RuntimeError):
            raise found
        return found

    def close(self) -> None:
        """Do nothing: the process that has the warehouse closes it."""


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
def _process() -> subprocess.Popen[bytes]:
    # As where pictures are drawn: nothing of the folder where somebody stands is run, and Ctrl-C does not reach it.
    command = [sys.executable, "-P", "-m", "xuanpin.pipelines.quality.judge"]
    atexit.register(end)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)


def judged_apart(connection: Any, tables: Sequence[Asked]) -> set[str]:
    """Return the names of the checks that fail on `tables`, which a `connection` reads.

    Raises RuntimeError where a check cannot be computed, or the process has ended.
    """
    talk = _talk(_process())
    try:
        talk.send(tables)
        while isinstance(said := talk.receive(), Query):
            talk.send(_found(connection, said))
    except (BrokenPipeError, EOFError):
        raise RuntimeError(f"the process that repeats checks ended with {end()}") from None
    except BaseException:
        # Half a talk is not taken up again.
        end()
        raise
    if isinstance(said, RuntimeError):
        raise said
    failed: set[str] = said
    return failed


def _talk(process: subprocess.Popen[bytes]) -> Talk:
    if process.stdin is None or process.stdout is None:
        raise TypeError("the process is asked and answers through pipes")
    return Talk(process.stdout, process.stdin)


def _found(connection: Any, query: Query) -> Rows | RuntimeError:
    """Return what a `query` finds, or why it finds nothing: what judges says which check that concerns."""
    try:
        with failures_of_duckdb():
            found = connection.execute(query.statement, query.parameters)
            return Rows([(column[0], None) for column in found.description], found.fetchall())
    except EngineError as error:
        return RuntimeError(str(error))
