"""Cuts texts to a length without cutting a character that is written with several signs, such as an emoji."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
"""Signs that follow a flag and say of which region it is."""


def cut(text: str, most: int) -> str:
    """Return `text` with at most so many signs, the last of them an ellipsis where it was cut.

    It is cut where one character ends: never before a mark, a skin tone or a joined sign, and never inside a flag.
    `most` is at least 1.
    """
    if len(text) <= most:
        return text
    at = most - len(ELLIPSIS)
    while at > 0 and not _ends_at(text, at):
        at -= 1
    return text[:at].rstrip() + ELLIPSIS


def _ends_at(text: str, at: int) -> bool:
    """Whether a character ends before position `at`, which lies inside the text."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return False
    if ord(after) in _SKIN_TONES or ord(after) in _TAGS:
        return False
    return ord(after) not in _FLAG_LETTERS or _flag_letters_before(text, at) % 2 == 0


def _flag_letters_before(text: str, at: int) -> int:
    count = 0
    while count < at and ord(text[at - 1 - count]) in _FLAG_LETTERS:
        count += 1
    return count
