"""Ends a process at its n-th write, as a power cut would, and compares homes: what `make faults` and a test kill with.

A write is whatever changes a file or a table: opening a file to write (before, and when it is still empty), renaming,
deleting, making a folder, syncing, a Parquet file (before, and when half of it is written), a statement that changes
the warehouse, beginning and committing a transaction. They are numbered in the order in which a verb makes them.
"""

from __future__ import annotations

import builtins
import hashlib
import io
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from xuanpin.pipelines.engine import duck, found_rows
from xuanpin.pipelines.engine import published_runs as database
from xuanpin.pipelines.run_store import feed

CHANGING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree"}
"""Events of Python's audit, raised before the file system is changed."""
DATABASE_WRITES = ("_build", "_exchange", "_show")
"""What writes to the database of published runs, which is built beside the one that readers see."""
UNCOMPARED = re.compile(r"logs/|scratch/|warehouse\.duckdb|.*/\.lock$|published/published\.duckdb")
"""Files of a home whose bytes are no promise; both databases are compared by their rows."""
NOTED = re.compile(rb'"noted_at": "[^"]*"')
"""When something was noted, by the clock of the machine: no promise."""
TOKEN = re.compile(r"forgotten-[0-9a-f]{24}")


class Strike:
    """Counts the writes of this process below a folder and ends it at the wanted one; 0 counts only."""

    def __init__(self, root: Path, wanted: int) -> None:
        self.count = 0
        self._root = str(root)
        self._wanted = wanted

    def point(self, at: Callable[[], None] = lambda: None) -> None:
        """Count one write; at the wanted one do `at` and end the process."""
        self.count += 1
        if self.count == self._wanted:
            at()
            os.kill(os.getpid(), signal.SIGKILL)

    def concerns(self, path: Any) -> bool:
        """Whether a path lies below the folder."""
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self._root)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count what Python itself does to files."""
        if event in CHANGING and self.concerns(arguments[0]):
            self.point()

    def install(self) -> None:
        """Count every write of this process from now on."""
        sys.addaudithook(self.audit)
        counted: tuple[tuple[object, str, Callable[..., Any]], ...] = (
            (builtins, "open", partial(_opened, self, builtins.open)),
            (io, "open", partial(_opened, self, io.open)),
            (os, "fsync", partial(_before, self, os.fsync)),
            (pq, "write_table", partial(_parquet, self, pq.write_table)),
            (duck.DuckEngine, "_affected", _statement(self, duck.DuckEngine._affected)),
            (duck.DuckEngine, "transaction", _transaction(self, duck.DuckEngine.transaction)),
            (feed, "write_found", partial(_found, self, found_rows.write_found)),
            *((database, name, partial(_before, self, getattr(database, name))) for name in DATABASE_WRITES),
        )
        for owner, name, function in counted:
            setattr(owner, name, function)


def _opened(strike: Strike, open_file: Callable[..., Any], path: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
    writes = set(mode) & set("wax+") and strike.concerns(path)
    if writes:
        strike.point()
    handle = open_file(path, mode, *more, **named)
    if writes:
        strike.point()
    return handle


def _before(strike: Strike, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    strike.point()
    return function(*given, **named)


def _parquet(strike: Strike, write: Callable[..., Any], table: Any, path: Path, **named: Any) -> None:
    def half() -> None:
        write(table, path, **named)
        os.truncate(path, path.stat().st_size // 2)

    strike.point()
    strike.point(half)
    write(table, path, **named)


def _found(strike: Strike, write: Callable[..., int], path: Path, *given: Any) -> int:
    def half() -> None:
        write(path, *given)
        os.truncate(path, path.stat().st_size // 2)

    strike.point()
    strike.point(half)
    return write(path, *given)


def _statement(strike: Strike, run: Callable[..., int]) -> Callable[..., int]:
    def counted(engine: Any, sql: str, parameters: dict[str, Any] | None = None) -> int:
        strike.point()
        return run(engine, sql, parameters)

    return counted


def _transaction(strike: Strike, begin: Callable[..., Any]) -> Callable[..., AbstractContextManager[None]]:
    @contextmanager
    def counted(engine: Any) -> Iterator[None]:
        strike.point()
        with begin(engine):
            yield
            strike.point()
        strike.point()

    return counted


def picture(root: Path) -> dict[str, str]:
    """Describe all that a home promises: bytes of files, rows of both databases, and what does not hold together."""
    files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    seen = {name: _digest(path.read_bytes()) for name, path in files.items() if not UNCOMPARED.match(name)}
    for name in ("warehouse.duckdb", "published/published.duckdb"):
        seen |= {f"{name}:{table}": rows for table, rows in _rows(root / name).items()}
    return seen


def _digest(content: bytes) -> str:
    return hashlib.sha256(NOTED.sub(b"", content)).hexdigest()[:16]


def _rows(path: Path) -> dict[str, str]:
    """Per table of a database file a hash of its rows in any order; tokens that replace a customer are all alike.

    How many seconds a step took is no promise.
    """
    if not path.exists():
        return {}
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where not temporary order by 1"
        ).fetchall()
        return {name: _rows_of(connection, name) for (name,) in names}


def _rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    without = r"regexp_replace(cast(to_json(t) as varchar), '\"seconds\":[^,}]*', '')"
    text = f"regexp_replace({without}, 'forgotten-[0-9a-f]{{24}}', 'forgotten', 'g')"
    found = connection.execute(f"select count(*), coalesce(sum(hash({text})), 0) from {table} as t").fetchall()
    return f"{found[0][0]}:{found[0][1]}"
