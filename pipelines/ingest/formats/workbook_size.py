"""How much memory a workbook needs when it is read: its reader keeps every cell between the first and the last one.

A small file may ask for very much: one cell in the last row of the last column, or a long text that all cells share.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from xuanpin.pipelines.ingest.formats.packing import CHUNK

_GIVEN, _HELD, _WRITTEN = 70, 32, 50
"""Bytes (measured) for a cell that the file has, for each place between the first and the last, and of a cell as it is
written, without a text."""
_DIGITS = 10
"""Digits of a number that is none of a text."""
_ANY_WAY, _USUAL = (
    (re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})\d"""), re.compile(rb"""\sr\s*=\s*["'][A-Z]{0,3}(\d{1,9})""")),
    (re.compile(rb'<c r="([A-Z]{1,3})\d'), re.compile(rb'<c r="[A-Z]{1,3}(\d{1,9})')),
)
"""Columns and rows that cells name: however they are written, and as all programs write them, which is found faster."""
_PREFIXED = re.compile(rb"<\w+:c\b")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_TEXT = re.compile(rb"<(?:\w+:)?si\b")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*([^<]*?)\s*(?=<|$)")


@dataclass
class _Part:
    """What one part of the archive holds: its `size`, `cells`, the last row and column named, the most cells of a row
    that name none, and the sizes of its shared texts in bytes."""

    size: int = 0
    cells: int = 0
    row: int = 0
    rows: int = 0
    column: int = 0
    longest: int = 0
    texts: array[int] = field(default_factory=lambda: array("L"))
    _open: int = 0

    def take(self, piece: bytes) -> None:
        """Count what a piece of the part has."""
        cells, rows = _cells(piece), piece.count(b"<row") + piece.count(b":row")
        is_usual = piece.count(b'<c r="') == cells
        columns, numbers = (set(mark.findall(piece)) for mark in (_USUAL if is_usual else _ANY_WAY))
        self.size += len(piece)
        self.cells += cells
        self.rows += rows
        self.row = max(self.row, max(map(int, numbers), default=0))
        self.column = max(self.column, max(map(_number, columns), default=0))
        if not is_usual:
            self._take_unplaced(piece)
        if self.texts or (b"si" in piece and _TEXT.search(piece)):
            before, *others = map(len, _TEXT.split(piece))
            if self.texts:
                self.texts[-1] += before
            self.texts.extend(others)

    def _take_unplaced(self, piece: bytes) -> None:
        before, *rows = (max(0, _cells(row) - len(_ANY_WAY[0].findall(row))) for row in _ROW.split(piece))
        self.longest = max(self.longest, self._open + before, *rows) if rows else self._open + before
        self._open = rows[-1] if rows else self._open + before

    def memory(self) -> int:
        """Bytes for the cells and the texts in them, without those that cells share."""
        within = max(0, self.size - _WRITTEN * self.cells)
        return within + _GIVEN * self.cells + _HELD * max(self.row, self.rows) * (self.column + self.longest)


def _cells(piece: bytes) -> int:
    """Count the cells of a piece, and the little else whose tags begin like theirs."""
    return piece.count(b"<c") + (len(_PREFIXED.findall(piece)) if b":c" in piece else 0)


def memory_of(archive: zipfile.ZipFile, most: int) -> int:
    """Return bytes of memory that a workbook (`archive`) needs; counting ends where they are more than `most`."""
    memory, cells, texts = 0, 0, array("L")
    for name in archive.namelist():
        part = _Part()
        for piece in _pieces(archive, name):
            part.take(piece)
            if memory + part.memory() > most:
                return memory + part.memory()
        memory, cells, texts = memory + part.memory(), cells + part.cells, max(texts, part.texts, key=len)
    if memory + cells * max(texts, default=0) <= most:
        return memory
    return memory + sum(_text_bytes(archive, name, texts) for name in archive.namelist())


def _text_bytes(archive: zipfile.ZipFile, name: str, texts: array[int]) -> int:
    """Sum the texts that values of a part may mean; a value that hides its number is taken to mean the longest."""
    size = 0
    for piece in _pieces(archive, name):
        for value, times in Counter(_VALUE.findall(piece)).items():
            if value.isdigit() and len(value) < _DIGITS:
                size += times * (texts[int(value)] if int(value) < len(texts) else 0)
            elif b"&" in value:
                size += times * max(texts)
    return size


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part in pieces that end before their last tag, so that none is cut."""
    rest = b""
    with archive.open(name) as part:
        while chunk := part.read(CHUNK):
            piece = rest + chunk
            end = chunk.rfind(b"<")
            cut = len(rest) + end if end >= 0 else len(piece)
            yield piece[:cut]
            rest = piece[cut:]
    yield rest


def _number(column: bytes) -> int:
    """Return the number of a column by its letters: A is 1."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number
