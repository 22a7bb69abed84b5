"""Tells workbooks that the reader of sheets would misread without a word: locked ones, and cells that it drops."""

from __future__ import annotations

import mmap
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_BOOK = re.compile(rb"\x09\x08(?:\x10\x00\x00\x06|\x08\x00\x00\x05)\x05\x00")
"""The record that begins a workbook of Excel 97 or 95 ([MS-XLS], BOF of the workbook's globals)."""
_FILE_PASS, _WRITE_PROTECT = 0x2F, 0x86
"""[MS-XLS]: what follows is encrypted; that the file is to be opened for reading alone, which may stand before it."""
_SHORT_CELLS = range(12, 19)
"""[MS-XLSB]: kinds of cells that stand in the column after the cell before them and do not name it."""


def is_locked(file: Path) -> bool:
    """Tell whether a workbook (`file`) of before 2007 has a password, however weak the way in which it is encrypted."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        begin = _BOOK.search(content)
        place = begin.start() if begin else len(content)
        while place + 4 <= len(content):
            kind, size = struct.unpack_from("<HH", content, place)
            if kind not in (0x809, _WRITE_PROTECT):
                return bool(kind == _FILE_PASS)
            place += 4 + size
    return False


def has_short_cells(file: Path) -> bool:
    """Tell whether a binary workbook (`file`) has cells that do not name their column; the reader drops these."""
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".bin"):
                with archive.open(name) as part:
                    if any(kind in _SHORT_CELLS for kind in _kinds(part)):
                        return True
    return False


def _kinds(part: IO[bytes]) -> Iterator[int]:
    """Yield the kinds of the records of a part of a binary workbook ([MS-XLSB]) in order."""
    while (kind := _number(part)) is not None:
        yield kind
        part.seek(_number(part) or 0, 1)


def _number(part: IO[bytes]) -> int | None:
    """Read a number in groups of seven bits, the least first, the last without its highest bit; None at the end."""
    value, shift = 0, 0
    while byte := part.read(1):
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
    return None
