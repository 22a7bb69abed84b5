"""Paths that people name: an error of the operating system becomes one message with the path and what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import Phrase, as_is, in_language, phrase

PLAIN = {
    errno.ENOENT: phrase("it does not exist"),
    errno.EISDIR: phrase("it is a folder"),
    errno.ENOTDIR: phrase("a part of the path is a file"),
    errno.EEXIST: phrase("it is a file"),
    errno.EACCES: phrase("permission is denied"),
    errno.EPERM: phrase("permission is denied"),
    errno.EROFS: phrase("the disk is read-only"),
    errno.ENAMETOOLONG: phrase("the name is too long"),
    errno.ELOOP: phrase("its links lead back to it"),
}
"""What is wrong with a path that a person named, by the machine's code; other codes are troubles of the machine."""

AS_OWNER = phrase(
    "run the command as the user to whom the home belongs; `report`, `review`, `card` and `explain` need only read"
)
"""What to do about a home that may not be written."""
READ, WRITTEN, MADE = phrase("read"), phrase("written"), phrase("made")
"""What cannot be done with a path."""


def system_reason(error: OSError) -> Phrase:
    """Return the cause of `error` in the machine's own words, and in ours in Chinese where there are some."""
    said = error.strerror or type(error).__name__
    return Bilingual(said, in_language(PLAIN.get(error.errno or 0, said), "zh"))


def plain_reason(error: OSError) -> Phrase:
    """Return the cause of `error` in plain words."""
    said = error.strerror or type(error).__name__
    spoken = said if isinstance(said, Phrase) else as_is(said[:1].lower() + said[1:])
    return PLAIN.get(error.errno or 0, spoken)


@contextmanager
def named_path(what: Phrase, path: Path, remedy: Phrase, doing: Phrase = READ) -> Iterator[None]:
    """Turn an OSError about a path into a UsageError with `what` it is, the path, the reason and the `remedy`.

    `doing` is read or written. A full disk and other troubles that no other path would cure pass on as they are.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in PLAIN:
            raise
        raise UsageError(
            phrase(
                "{what} {path} cannot be {doing}: {reason}; {remedy}",
                what=what,
                path=path,
                doing=doing,
                reason=plain_reason(error),
                remedy=remedy,
            )
        ) from error


def require_folder(what: Phrase, path: Path, remedy: Phrase) -> Path:
    """Return the path of a folder that exists; raise UsageError, with `what` it is and the `remedy`, for another."""
    with named_path(what, path, remedy):
        if path.is_file():
            raise UsageError(
                phrase("{what} {path} is a file, not a folder; {remedy}", what=what, path=path, remedy=remedy)
            )
        os.listdir(path)
    return path


def require_writable(path: Path, remedy: Phrase) -> None:
    """Raise UsageError, with the `remedy`, where something that exists at `path` may not be changed."""
    if path.exists() and not os.access(path, os.W_OK):
        raise UsageError(
            phrase(
                "{path} cannot be written: permission is denied, or the disk is read-only; {remedy}",
                path=path,
                remedy=remedy,
            )
        )


def require_room(what: Phrase, path: Path, remedy: Phrase) -> Path:
    """Make the folder `path` where needed and return it; raise UsageError where that fails.

    The message says `what` the folder is and what to do (`remedy`).
    """
    with named_path(what, path, remedy, doing=MADE):
        path.mkdir(parents=True, exist_ok=True)
    return path
