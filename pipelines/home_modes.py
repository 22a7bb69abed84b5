"""Who may open what of a home: `published` is for readers, everything else is for the user that runs the nights alone.

A process that opens a home takes the umask 077 for as long as it lives, so that whatever the engine and the libraries
write is private, wherever it stands. Only `published` is opened again: the folder as the deployment's own umask allows
when it is made, and everything below as the folder above it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from xuanpin.pipelines.context import Home

PRIVATE = 0o077
_WAY = 0o711
"""The most that a home's own folder allows: others may pass through to what is published, and see no names."""
_given: list[int] = []
"""The umask that the process had before it became private."""


def keep_private(home: Home) -> None:
    """Make the process private and close to others what is ours in `home`, which is made where it is missing.

    What belongs to another user cannot be closed and stays as it is; so does what is not ours.
    """
    is_new = not home.root.exists()
    home.root.mkdir(parents=True, exist_ok=True)
    before = os.umask(PRIVATE)
    if before != PRIVATE or not _given:
        _given[:] = [before]
    if is_new:
        home.root.chmod(0o700 | _WAY & ~_given[0])
    _limit(home.root, _WAY)
    for path in _own(home):
        _limit(path, 0o700)


def make_published(home: Home, folder: Path) -> None:
    """Make `folder`, which is `published` or a folder in it, where it is missing, as open as the one above it."""
    if not folder.exists():
        if folder != home.published:
            make_published(home, folder.parent)
        folder.mkdir(exist_ok=True)
        umask = _given[0] if _given else PRIVATE
        folder.chmod(0o777 & ~umask if folder == home.published else folder.parent.stat().st_mode & 0o777)


def open_like_folder(path: Path) -> None:
    """Let those open a file or a folder who may open the folder that it is in."""
    mode = path.parent.stat().st_mode
    path.chmod(mode & (0o777 if path.is_dir() else 0o666))


def _own(home: Home) -> Iterator[Path]:
    """Yield the files and folders of a home that the program writes for itself, each folder before what is in it."""
    decided = (home.overrides, home.answers, home.outbox, home.labels, home.reviews)
    worked = (home.replay, home.root / "scratch")
    rooms = (*decided, home.delivery, home.keys, home.desk, home.connect, home.models, home.logs, *worked)
    for room in rooms:
        if room.is_dir() and not room.is_symlink():
            yield room
            yield from room.rglob("*")
    yield from (path for name in ("warehouse.duckdb*", "set_aside.json") for path in home.root.glob(name))


def _limit(path: Path, most: int) -> None:
    """Take from a path what it allows beyond `most`."""
    with suppress(FileNotFoundError, PermissionError):
        mode = path.lstat().st_mode & 0o7777
        if mode & ~most and not path.is_symlink():
            path.chmod(mode & most)
