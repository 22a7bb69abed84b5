"""Unpacks drops: gzip, bzip2, xz, zstd, or a zip archive that holds one file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.ingest.drops import EMPTY_REMEDY, Drop, refused
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.members import UNREADABLE, is_sealed, members, open_member
from xuanpin.pipelines.typed.phrase import phrase

CHUNK = 1 << 20
RESEND = phrase("send the whole file again")
ZIP = b"PK\x03\x04"
_LEAST, _RATIO = 1 << 30, 300
"""Bytes from which, and factor by which, unpacked content is taken for a bomb: tables pack by 5 to 60."""

Opener = Callable[[Path], AbstractContextManager[Any]]
"""What opens a packed file as a binary stream of its content."""

_PACKINGS: Mapping[bytes, Opener] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": partial(pa.input_stream, compression="zstd"),
}
_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, *UNREADABLE)
_READ_AS_FOLDER = phrase('send its files one by one, or read it as a folder: reads = "NAME.zip/*"')
_SHEET_PARTS = ("xl/", "content.xml", "[Content_Types].xml", "mimetype")


def head(file: Path, size: int = 1 << 16) -> bytes:
    """Return the first `size` bytes of a file."""
    with file.open("rb") as stream:
        return stream.read(size)


def chunks(file: Path) -> Iterator[bytes]:
    """Yield a file's bytes, a mebibyte at a time."""
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def unpacked(drop: Drop, work: Workspace) -> Path:
    """Return the file with the drop's content: its own where it is not packed, else an unpacked copy in `work`.

    Raises InputRefused for content that is damaged, protected, empty, several files, or far larger than it should be.
    """
    file = drop.file
    if drop.member:
        file = _unpacked(drop, file, partial(open_member, name=_open_name(drop, file, drop.member)), work)
    start = head(file, 8)
    opener = next((opener for mark, opener in _PACKINGS.items() if start.startswith(mark)), None)
    if start.startswith(ZIP) and not is_workbook(file):
        opener = partial(open_member, name=_open_name(drop, file))
    return file if opener is None else _unpacked(drop, file, opener, work)


def _unpacked(drop: Drop, file: Path, opener: Opener, work: Workspace) -> Path:
    target = work.new(".unpacked")
    if not _copy(drop, file, opener, target):
        raise refused(drop, phrase("is empty (0 bytes unpacked)"), EMPTY_REMEDY)
    return target


def is_workbook(file: Path) -> bool:
    """Tell whether a zip archive (`file`) is a workbook of a spreadsheet program."""
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.startswith(_SHEET_PARTS) for name in archive.namelist())
    except UNREADABLE:
        return False


def _copy(drop: Drop, file: Path, opener: Opener, target: Path) -> int:
    size, packed = 0, file.stat().st_size
    try:
        with opener(file) as source, target.open("wb") as out:
            while chunk := source.read(CHUNK):
                size += out.write(chunk)
                if size > max(_LEAST, _RATIO * packed):
                    raise refused(
                        drop,
                        phrase("unpacks to more than {ratio} times its size", ratio=_RATIO),
                        phrase("send what it holds unpacked"),
                    )
    except _DAMAGE:
        raise refused(drop, phrase("cannot be unpacked to its end (truncated or damaged)"), RESEND) from None
    return size


def _open_name(drop: Drop, file: Path, name: str = "") -> str:
    """Return the name of a member of a zip archive (`file`) that can be opened: the one that `name` says, or its only
    one."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = members(archive)
    except UNREADABLE:
        raise refused(drop, phrase("cannot be unpacked to its end (truncated or damaged)"), RESEND) from None
    if not name and len(entries) != 1:
        raise refused(drop, phrase("is a zip archive of {count} files", count=len(entries)), _READ_AS_FOLDER)
    name = name or next(iter(entries))
    if name not in entries:
        raise refused(drop, phrase("cannot be unpacked to its end (truncated or damaged)"), RESEND)
    if is_sealed(entries[name]):
        raise refused(drop, phrase("is a zip archive with a password"), phrase("send it without one"))
    return name
