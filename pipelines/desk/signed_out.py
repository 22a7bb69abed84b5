"""Sessions that were signed out of before their time, in HOME/desk/signed_out.txt: a line each, of id and last second.

A cookie that was copied before is worth nothing after that, in every process that serves the same home.
"""

from __future__ import annotations

import fcntl
import os
from functools import lru_cache
from pathlib import Path

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_modes import keep_private

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
    keep_private(home)
    home.desk.mkdir(mode=0o700, exist_ok=True)
    with (home.desk / FILE).open("a+", encoding="ascii") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        if out.tell() > _MOST_BYTES:
            _leave_out_ended(out.fileno(), home.desk / FILE, now)
        out.write(f"{session_id} {until}\n")
        out.flush()
        os.fsync(out.fileno())


def _leave_out_ended(descriptor: int, path: Path, now: int) -> None:
    """Shorten the locked file to the lines whose sessions have not ended; a line that was cut is left out too."""
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    kept = [" ".join(row) for row in rows if len(row) == 2 and row[1].isdecimal() and int(row[1]) >= now]
    os.ftruncate(descriptor, 0)
    os.write(descriptor, "".join(f"{line}\n" for line in kept).encode("ascii"))


@lru_cache(maxsize=8)
def _ids(path: Path, stamp: tuple[int, int, int]) -> frozenset[str]:
    """Read the ids of the file as it is at the time `stamp`."""
    return frozenset(line.partition(" ")[0] for line in path.read_text(encoding="ascii").splitlines())
