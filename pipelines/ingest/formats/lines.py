"""Reads a text with any line ends as lines and rows, damaged or not, in bounded memory."""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from xuanpin.pipelines.ingest.formats.records import LINE_LIMIT, Fault, Record

Line = tuple[int, str | None]
"""The number of a line and its text; None in place of a text that is too long."""

MOST_LINES = 1_000
"""Lines that one quoted value may have."""
TELLING_WIDTH = 4
"""Fields from which a line inside a quoted value that has just as many as the header is a row of its own."""
_CHUNK = 1 << 16
_UNCLOSED = "unexpected end of data"

csv.field_size_limit(LINE_LIMIT)


def read_lines(file: Path) -> Iterator[Line]:
    """Yield the lines of a UTF-8 file without their ends (LF, CRLF, CR or a mix); broken bytes become surrogates.

    Byte-order marks are left out, at the start and between appended parts, and so are zero bytes at the very end.
    """
    number, rest, is_long = 1, "", False
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        while chunk := stream.read(_CHUNK):
            *whole, rest = (rest + chunk).split("\n")
            for line in whole:
                yield number, None if is_long or len(line) > LINE_LIMIT else _without_mark(line)
                number, is_long = number + 1, False
            if len(rest) > LINE_LIMIT:
                rest, is_long = "", not _is_padding(rest)
    if is_long or rest.rstrip("\0"):
        yield number, None if is_long else _without_mark(rest)


def ends_with_line(file: Path) -> bool:
    """Tell whether a `file` that is not empty ends with a line end, or with zero bytes that fill it up."""
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() in b"\r\n\0"


def _is_padding(text: str) -> bool:
    return not text.strip("\0")


def _without_mark(line: str) -> str:
    return line[1:] if line.startswith("\ufeff") else line


def read_rows(lines: Iterator[Line], delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Yield the rows of lines of text with a delimiter; `width` is how many fields the header has.

    A quoted value may span lines. One that does not close, or that would swallow a line which is a row itself, costs
    its row, and reading goes on with the next line.
    """
    reader = _Rows(lines, delimiter, width)
    while (record := reader.next_row()) is not None:
        yield record


class _Rows:
    """Rows of lines, with the lines that were read ahead in vain."""

    def __init__(self, lines: Iterator[Line], delimiter: str, width: int | None) -> None:
        self._lines, self._delimiter, self._width = lines, delimiter, width
        self._ahead: deque[Line] = deque()

    def next_row(self) -> Record | None:
        """Return the next row, or None after the last one."""
        line = self._next_line()
        if line is None:
            return None
        number, text = line
        if text is None:
            return Record(number, [], "line_too_long")
        if '"' not in text:
            return Record(number, list(text.split(self._delimiter)))
        fields = self._parse(text)
        if isinstance(fields, list):
            return Record(number, fields)
        return self._spanning(number, text) if fields == "unclosed_quote" else Record(number, [], fields)

    def _next_line(self) -> Line | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _parse(self, text: str) -> list[str | None] | Fault:
        try:
            return list(next(csv.reader([text], delimiter=self._delimiter, strict=True), []))
        except csv.Error as error:
            return "unclosed_quote" if _UNCLOSED in str(error) else "misplaced_quote"

    def _spanning(self, number: int, text: str) -> Record:
        """Read on until the open quote closes, as long as that swallows no row."""
        taken: list[Line] = []
        parts, size = [text], len(text)
        while len(taken) < MOST_LINES and size <= LINE_LIMIT and (line := self._next_line()) is not None:
            taken.append(line)
            if line[1] is None:
                break
            parts.append(line[1])
            size += len(line[1])
            if '"' in line[1] and (fields := self._parse("\n".join(parts))) != "unclosed_quote":
                if isinstance(fields, list):
                    return Record(number, fields)
                break
            if self._is_row(line[1]):
                break
        self._ahead.extendleft(reversed(taken))
        return Record(number, [], "unclosed_quote")

    def _is_row(self, text: str) -> bool:
        if self._width is None or self._width < TELLING_WIDTH:
            return False
        if text.count(self._delimiter) < self._width - 1:
            return False
        fields = self._parse(text)
        return isinstance(fields, list) and len(fields) == self._width
