"""Finds the encoding of a text drop and copies it to UTF-8."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.packing import RESEND, chunks, head
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.typed.phrase import phrase

Encoding = Literal["utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]

BROKEN = "\ufffd"
"""Stands for each part of a text that is no character."""

_MARKS: tuple[tuple[bytes, Encoding], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZEROS: tuple[tuple[frozenset[int], Encoding], ...] = (
    (frozenset({1, 2, 3}), "utf-32-le"),
    (frozenset({0, 1, 2}), "utf-32-be"),
    (frozenset({1, 3}), "utf-16-le"),
    (frozenset({0, 2}), "utf-16-be"),
)
"""Where, of four bytes, the zero bytes of Latin letters, commas and line ends are."""
_LEAST_ZEROS, _ALIGNED = 3, 0.9
_INTACT = 2
"""A text is damaged UTF-8 when it has at least so many intact characters of three or four bytes for each broken one.

Chinese in GB18030, read as UTF-8, has about 0.01 of them for each broken one; two-byte characters arise by chance in
one of five."""
_INTACT_PAIRS = 20
_ENOUGH = 10_000
"""Broken characters after which a text that is not nearly intact is read no further."""
_LONG, _PAIR = re.compile("[\u0800-\ufffc\ufffe-\uffff\U00010000-\U0010ffff]"), re.compile("[\x80-\u07ff]")


@dataclass
class _Counts:
    """Characters of a text read in one encoding: long (three bytes or more of UTF-8), pairs (two) and broken."""

    longs: int = 0
    pairs: int = 0
    broken: int = 0
    is_cut: bool = False

    def is_damaged(self) -> bool:
        """Tell whether nearly all of the text is what it was read as."""
        intact = self.longs >= _INTACT * self.broken
        return intact or (not self.longs and self.pairs >= _INTACT_PAIRS * self.broken)


def as_utf8(drop: Drop, file: Path, work: Workspace) -> tuple[Path, bool]:
    """Return a UTF-8 file with the drop's text, a copy in `work` where needed, and whether characters are broken.

    Where characters are broken, the file holds bytes that are no UTF-8 in their places. Raises InputRefused for an
    encoding that is not known and for a text that ends within a character.
    """
    wide = _wide(head(file))
    if wide is None and _is_utf8(file):
        return file, False
    encodings: tuple[Encoding, ...] = (wide,) if wide else ("utf-8", "gb18030")
    for encoding in encodings:
        counts = _count(file, encoding)
        if counts.is_cut and not counts.broken:
            raise refused(drop, phrase("ends in the middle of a character (truncated)"), RESEND)
        if not counts.broken or counts.is_damaged():
            is_laid_out = encoding == "utf-8"
            return (file if is_laid_out else _transcoded(file, encoding, work)), counts.broken > 0
    raise refused(drop, phrase("is in an unknown encoding"), phrase("send text as UTF-8 or GB18030, or send Parquet"))


def _wide(start: bytes) -> Encoding | None:
    """Recognize UTF-16 and UTF-32 by their byte-order mark, or by the places of zero bytes."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if start.count(0) < _LEAST_ZEROS:
        return None
    zeros = [place % 4 for place, byte in enumerate(start.rstrip(b"\0")) if not byte]
    if len(zeros) < _LEAST_ZEROS:
        return None
    for places, encoding in _ZEROS:
        seen = sum(place in places for place in zeros)
        if seen >= _ALIGNED * len(zeros) and places <= set(zeros):
            return encoding
    return None


def _is_utf8(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _count(file: Path, encoding: Encoding) -> _Counts:
    counts, decoder = _Counts(), codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks(file):
        text = decoder.decode(chunk)
        counts.broken += text.count(BROKEN)
        counts.longs += len(_LONG.findall(text))
        counts.pairs += len(_PAIR.findall(text))
        if counts.broken > _ENOUGH and not counts.is_damaged():
            break
    counts.is_cut = bool(decoder.decode(b"", final=True))
    return counts


def _transcoded(file: Path, encoding: Encoding, work: Workspace) -> Path:
    target, decoder = work.new(".utf8"), codecs.getincrementaldecoder(encoding)("replace")
    with target.open("wb") as out:
        for chunk in chunks(file):
            out.write(_marked(decoder.decode(chunk)))
        out.write(_marked(decoder.decode(b"", final=True)))
    return target


def _marked(text: str) -> bytes:
    """Encode a text so that what is broken stays broken."""
    return text.encode("utf-8").replace(BROKEN.encode(), b"\xff")
