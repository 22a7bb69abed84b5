"""Paths that people name: an error of the operating system becomes one message with the path and what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xuanpin.pipelines.errors import UsageError

PLAIN = {
    errno.ENOENT: "it does not exist",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EEXIST: "it is a file",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links lead back to it",
}
"""What is wrong with a path that a person named, by the machine's code; other codes are troubles of the machine."""

AS_OWNER = (
    "run the command as the user to whom the home belongs; `report`, `review`, `card` and `explain` need only read"
)
"""What to do about a home that may not be written."""


def plain_reason(error: OSError) -> str:
    """Return the cause of `error` in plain words."""
    said = error.strerror or type(error).__name__
    return PLAIN.get(error.errno or 0, said[:1].lower() + said[1:])


@contextmanager
def named_path(what: str, path: Path, remedy: str, doing: str = "read") -> Iterator[None]:
    """Turn an OSError about a path into a UsageError with `what` it is, the path, the reason and the `remedy`.

    `doing` is read or written. A full disk and other troubles that no other path would cure pass on as they are.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in PLAIN:
            raise
        raise UsageError(f"{what} {path} cannot be {doing}: {plain_reason(error)}; {remedy}") from error


def require_folder(what: str, path: Path, remedy: str) -> Path:
    """Return the path of a folder that exists; raise UsageError, with `what` it is and the `remedy`, for another."""
    with named_path(what, path, remedy):
        if path.is_file():
            raise UsageError(f"{what} {path} is a file, not a folder; {remedy}")
        os.listdir(path)
    return path


def require_writable(path: Path, remedy: str) -> None:
    """Raise UsageError, with the `remedy`, where something that exists at `path` may not be changed."""
    if path.exists() and not os.access(path, os.W_OK):
        raise UsageError(f"{path} cannot be written: permission is denied, or the disk is read-only; {remedy}")


def require_room(what: str, path: Path, remedy: str) -> Path:
    """Make the folder `path` where needed and return it; raise UsageError where that fails.

    The message says `what` the folder is and what to do (`remedy`).
    """
    with named_path(what, path, remedy, doing="made"):
        path.mkdir(parents=True, exist_ok=True)
    return path
