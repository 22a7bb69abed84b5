"""Keys that a home has made for itself: one file a key in HOME/keys, of 32 random bytes as hexadecimal digits."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import Phrase, phrase

_KEY_BYTES = 32


def home_key(home: Home, name: str, cost: Phrase) -> bytes:
    """Return the key in the file `name` of the home's keys, made when it is asked for the first time.

    Of several processes that ask at once one makes it. Raises UsageError where the file is not as it was made; `cost`
    says what is lost by deleting it.
    """
    path = home.keys / name
    if not path.exists():
        _make_key(path)
    return _read_key(path, cost)


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # A temporary file is private; under its lasting name it appears whole, and only where there is none yet.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key", encoding="ascii") as out:
        out.write(secrets.token_hex(_KEY_BYTES) + "\n")
        out.flush()
        os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(out.name, path)


def _read_key(path: Path, cost: Phrase) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise _broken(path, cost) from error
    if len(key) != _KEY_BYTES:
        raise _broken(path, cost)
    return key


def _broken(path: Path, cost: Phrase) -> UsageError:
    return UsageError(
        phrase(
            "{path} does not hold {count} hexadecimal digits; restore it from a backup of the home, or delete it: "
            "{cost}",
            path=os.fspath(path),
            count=2 * _KEY_BYTES,
            cost=cost,
        )
    )
