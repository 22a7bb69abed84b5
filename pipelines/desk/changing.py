"""Lets one process at a time change the desk's own files in a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_locks import alone
from xuanpin.pipelines.home_modes import keep_private


@contextmanager
def changing(home: Home) -> Iterator[None]:
    """Hold the folder HOME/desk, which is made where it is missing; whoever else wants to change it waits."""
    keep_private(home)
    home.desk.mkdir(mode=0o700, exist_ok=True)
    with alone(home.desk / ".lock"):
        yield
