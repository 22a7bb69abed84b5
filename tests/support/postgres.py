"""A PostgreSQL server of its own for a test, from Debian's programs: on a Unix socket, without a password."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adbc_driver_postgresql import dbapi

USER = "shop"
"""Owner of the server."""


def missing_program() -> str | None:
    """Say why no server can be started on this machine, if so."""
    if not _programs():
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and not shutil.which("runuser"):
        return "PostgreSQL does not run as root, and there is no runuser to be somebody else"
    return None


def _programs() -> list[Path]:
    return sorted(path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))


class Server:
    """A server in a `folder` of its own; settings of the server are given to `start`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self._bin = _programs()[-1]
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as_user:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self, **settings: str) -> None:
        """Start it; it answers when this returns."""
        named = {"listen_addresses": "''", "unix_socket_directories": str(self.folder), **settings}
        options = " ".join(f"-c {name}={value}" for name, value in named.items())
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, as if the machine had lost its power."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")

    def uri(self, database: str = "postgres", user: str = USER) -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(self._bin / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)


@contextmanager
def server(**settings: str) -> Iterator[Server]:
    """Start a server for the block, which loses nothing by a crash but what a machine without power would lose."""
    # A Unix socket's path may have 107 characters: pytest's own folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="xuanpin-pg-"))
    started = Server(folder)
    started.start(**({"fsync": "off"} | settings))
    try:
        yield started
    finally:
        started.stop()
        shutil.rmtree(folder)


def rows(uri: str, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, on a connection of its own."""
    with dbapi.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def run(uri: str, sql: str) -> None:
    """Run statements without rows, divided by semicolons."""
    with dbapi.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in filter(str.strip, sql.split(";")):
            cursor.execute(statement)
