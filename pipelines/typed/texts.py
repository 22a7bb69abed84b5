"""Text files as editors and spreadsheets save them: UTF-8 and UTF-16 with or without a mark, GB18030."""

from __future__ import annotations

import codecs
from pathlib import Path

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.paths import named_path
from xuanpin.pipelines.typed.phrase import Phrase, phrase

LARGEST = 64 << 20
"""Bytes of a file that a person fills in or writes; more is a mistaken file."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks and what they announce; the mark of UTF-32 begins with that of UTF-16, so it stands before it."""
_LINE_SIGNS = "\t\n\r"
_OLD_END = "\x1a"
"""The end of a text for programs of the 1980s; some exports still write it."""


def read_bytes(what: Phrase, path: Path, remedy: Phrase) -> bytes:
    """Return the bytes of a file that a person named; raise UsageError where it cannot be read or is too large.

    The message says `what` the file is and what to do (`remedy`).
    """
    with named_path(what, path, remedy):
        size = path.stat().st_size
        if size > LARGEST:
            raise UsageError(
                phrase(
                    "{what} {path} has {size:,} bytes; at most {most:,} are read; {remedy}",
                    what=what,
                    path=path,
                    size=size,
                    most=LARGEST,
                    remedy=remedy,
                )
            )
        return path.read_bytes()


def decoded(what: Phrase, path: Path, content: bytes) -> str:
    """Return the text of `content` with line ends as \\n.

    Raises UsageError where it is in no known encoding, or no text: `what` and `path` name it in the message.
    """
    text = _first_reading(content)
    if text is None:
        raise UsageError(
            phrase("{what} {path} is not text in UTF-8, UTF-16 or GB18030; save it as UTF-8", what=what, path=path)
        )
    text = text.rstrip(_OLD_END + "\x00").replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.isprintable() and any(sign < " " and sign not in _LINE_SIGNS for sign in line):
            raise UsageError(
                phrase(
                    "{what} {path} has a control character (such as NUL) in line {number}; delete it, or save the "
                    "file again as UTF-8",
                    what=what,
                    path=path,
                    number=number,
                )
            )
    return text


def _first_reading(content: bytes) -> str | None:
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else _likely(content):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _likely(content: bytes) -> tuple[str, ...]:
    """Without a mark, a NUL beside most letters of the header tells UTF-16 and which half comes first."""
    head = content[:256]
    if head[1::2].count(0) > len(head) // 4:
        return ("utf-16-le",)
    if head[0::2].count(0) > len(head) // 4:
        return ("utf-16-be",)
    return ("utf-8", "gb18030")
