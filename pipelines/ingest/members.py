"""Reads zip archives of several files: their names as they were typed, and one member as a file of its own."""

from __future__ import annotations

import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_UTF8_FLAG, _SEALED_FLAG = 0x800, 1
"""Bits of an archive's entry: its name is UTF-8, and not in the sender's own encoding; it has a password."""
_NOT_SENT = ("__MACOSX/", ".")
"""How the names of entries begin that systems add to an archive."""
_CHUNK = 1 << 20
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, OSError)
"""What an archive raises whose directory is damaged, of a later version, or has names that are no text."""
_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


def members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files of a zip archive by their names as they were typed; what systems add does not count."""
    named = {_typed_name(entry): entry for entry in archive.infolist() if not entry.is_dir()}
    return {name: entry for name, entry in named.items() if not name.startswith(_NOT_SENT)}


def is_sealed(entry: zipfile.ZipInfo) -> bool:
    """Tell whether an entry of an archive has a password."""
    return bool(entry.flag_bits & _SEALED_FLAG)


@contextmanager
def open_member(file: Path, name: str) -> Iterator[IO[bytes]]:
    """Open the member `name`, as it was typed, of the zip archive `file`."""
    with zipfile.ZipFile(file) as archive, archive.open(members(archive)[name]) as member:
        yield member


def hashed_member(file: Path, name: str) -> tuple[str, int]:
    """Return the hash of the content of the member `name` of the archive `file`, and its size in bytes.

    One that cannot be read to its end has a hash of its name and sum: opening it says what is wrong.
    """
    with zipfile.ZipFile(file) as archive:
        entry = members(archive)[name]
    digest = hashlib.sha256()
    try:
        with open_member(file, name) as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    except _DAMAGE:
        digest = hashlib.sha256(f"{name}:{entry.CRC}".encode())
    return digest.hexdigest(), entry.file_size


def _typed_name(entry: zipfile.ZipInfo) -> str:
    """Read the name of an entry: programs on Chinese systems write GB18030 into a field that says nothing of it."""
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename
