"""Decides from its bytes whether a text is plain, so that the engine can read it directly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xuanpin.pipelines.ingest.formats.header import DELIMITERS, Header
from xuanpin.pipelines.ingest.formats.lines import TELLING_WIDTH
from xuanpin.pipelines.ingest.formats.packing import chunks
from xuanpin.pipelines.ingest.formats.records import LINE_LIMIT
from xuanpin.pipelines.ingest.formats.totals import BEGINNINGS, LABEL, NOTE, SUM

_MARK, _LF, _CR, _QUOTE = b"\xef\xbb\xbf", 10, 13, 34
_MARKS = f'{DELIMITERS} "'.encode()
_NO_ROW = re.compile(
    rb"[%b\r]*\n|[%b]*(?:(?:%b|%b) *(?:[%b\"\r\n0-9:(]|%b)|%b|total [a-z]+ *:)"
    % (_MARKS, _MARKS, SUM.encode(), LABEL.encode(), DELIMITERS.encode(), "：".encode(), NOTE.encode()),
    re.IGNORECASE,
)
"""A line without any value, or one that begins as a row of sums or a note below a table does."""


def _openings() -> npt.NDArray[np.bool_]:
    """Mark the pairs of bytes (first × 256 + second) with which such a line may begin."""
    marks, leads = set(_MARKS), np.zeros(1 << 16, dtype=np.bool_)
    words = [form.encode()[:2] for word in BEGINNINGS for form in (word, word.title(), word.upper())]
    for first in marks:
        for second in marks | {_CR, _LF} | {word[0] for word in words}:
            leads[first << 8 | second] = True
    leads[_LF << 8 : (_LF + 1) << 8] = True
    leads[_CR << 8 | _LF] = True
    leads[[word[0] << 8 | word[1] for word in words]] = True
    return leads


_OPENINGS = _openings()


def is_plain_json(file: Path) -> bool:
    """Tell whether a UTF-8 file has no zero byte, no lone carriage return, no byte-order mark and no over-long line."""
    return not any(_MARK in block or _is_odd(block) for block in _blocks(file))


def is_plain_csv(file: Path, header: Header) -> bool:
    """Tell whether the engine can read a UTF-8 table (`file`) directly: nothing in it needs the row-by-row reader.

    Plain: one style of line ends (LF or CRLF), no zero byte, no byte-order mark but at the start, no blank line, no
    row of sums, no second header, and no quoted value over several lines one of which could be a row. The engine
    itself reports ragged rows, broken quotes and over-long lines.
    """
    look = _Look(header)
    for block in _blocks(file):
        if _is_odd(block) or not look.is_plain(block):
            return False
    return not look.is_inside


def _blocks(file: Path) -> Iterator[bytes]:
    """Yield a file in pieces that end with a line feed; a last line without one is given it."""
    rest, end = b"", b"\n"
    for chunk in chunks(file):
        cut = chunk.rfind(b"\n") + 1
        if cut:
            end = b"\r\n" if chunk[:cut].endswith(b"\r\n") else b"\n"
            yield rest + chunk[:cut]
        rest = chunk[cut:] if cut else rest + chunk
        if len(rest) > 4 * LINE_LIMIT:
            break
    if rest:
        yield rest + end


def _is_odd(block: bytes) -> bool:
    if b"\0" in block or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n")):
        return True
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LF)
    return bool(np.diff(ends, prepend=-1).max() > LINE_LIMIT)


@dataclass
class _Look:
    """What is known of a table after the blocks that were looked at: its first line and whether a quote is open."""

    header: Header
    top: bytes = b""
    is_inside: bool = False

    def is_plain(self, block: bytes) -> bool:
        """Look at the next block."""
        body = block
        if not self.top:
            body = block.removeprefix(_MARK)
            self.top = body[: body.find(b"\n") + 1]
            body = body[len(self.top) :]
            if self.top.count(b'"') % 2:
                return False
        if _MARK in body or body.startswith(self.top) or b"\n" + self.top in body:
            return False
        return not body or self._has_plain_lines(body)

    def _has_plain_lines(self, body: bytes) -> bool:
        data = np.frombuffer(body + b"\n", np.uint8)
        ends = np.flatnonzero(data[:-1] == _LF)
        starts = np.concatenate(([0], ends[:-1] + 1))
        inside = self._starts_inside(data, ends)
        ends_row = ~np.append(inside[1:], self.is_inside)
        has_return = data[ends[ends_row] - 1] == _CR
        if not bool((has_return == self.top.endswith(b"\r\n")).all()):
            return False
        if self._may_hide_rows(body, starts[inside], ends[inside]):
            return False
        outside = starts[~inside]
        leads = _OPENINGS[data[outside].astype(np.uint16) << 8 | data[outside + 1]]
        return not any(_NO_ROW.match(body, int(start)) for start in outside[leads])

    def _starts_inside(self, data: npt.NDArray[np.uint8], ends: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Tell of each line whether it begins within quotes; remember whether the last one ends so."""
        quotes = np.flatnonzero(data == _QUOTE)
        odd = (np.searchsorted(quotes, ends) + self.is_inside) % 2 == 1
        inside = np.concatenate(([self.is_inside], odd[:-1]))
        self.is_inside = bool(odd[-1])
        return inside

    def _may_hide_rows(self, body: bytes, starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> bool:
        """Tell whether one of the lines that begin within quotes has as many delimiters as a row."""
        if self.header.width < TELLING_WIDTH:
            return False
        mark, least = self.header.delimiter.encode(), self.header.width - 1
        return any(body.count(mark, int(start), int(end)) >= least for start, end in zip(starts, ends, strict=True))
