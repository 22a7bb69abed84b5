"""Lets one process at a time work on a part of a home."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the file `lock`, which is made where it is missing, while the block lasts; other processes wait.

    The lock goes with the process that holds it. A process must not enter the block twice.
    """
    with lock.open("w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
