"""Sessions that were signed out of before their time, in HOME/desk/signed_out.txt: a line each, of id and last second.

A cookie that was copied before is worth nothing after that, in every process that serves the same home.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.changing import changing

FILE = "signed_out.txt"
_MOST_BYTES = 64 << 10
"""Above this size lines of sessions that have ended by themselves are left out."""


def has_signed_out(home: Home, session_id: str) -> bool:
    """Whether the session with the id `session_id` was signed out of."""
    path = home.desk / FILE
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return session_id in _ids(path, (found.st_mtime_ns, found.st_size, found.st_ino))


def sign_out(home: Home, session_id: str, until: int, now: int) -> None:
    """Note that `session_id` was signed out of, which would have ended by itself at `until`; seconds, as `now`."""
    with changing(home):
        path = home.desk / FILE
        if path.exists() and path.stat().st_size > _MOST_BYTES:
            _leave_out_ended(path, now)
        with path.open("a", encoding="ascii") as out:
            out.write(f"{session_id} {until}\n")
            out.flush()
            os.fsync(out.fileno())


def _leave_out_ended(path: Path, now: int) -> None:
    """Shorten the file to the lines whose sessions have not ended; a line that was cut is left out too."""
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    kept = [" ".join(row) for row in rows if len(row) == 2 and row[1].isdecimal() and int(row[1]) >= now]
    with run_store.replacing(path) as out:
        out.writelines(f"{line}\n" for line in kept)


@lru_cache(maxsize=8)
def _ids(path: Path, stamp: tuple[int, int, int]) -> frozenset[str]:
    """Read the ids of the file as it is at the time `stamp`."""
    return frozenset(line.partition(" ")[0] for line in path.read_text(encoding="ascii").splitlines())
