"""Reads digits however people write them: full width, circled, as key caps, spoken in Chinese, or letters like them.

Every reading has the length of the text, so that what is found in the reading stands at the same place in the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

FILLER = "\u200b"
"""Stands for marks that cannot be seen or that decorate a digit."""
SPOKEN = {
    "0": "零〇洞", "1": "一幺么壹弌", "2": "二两贰貳兩", "3": "三叁參", "4": "四肆", "5": "五伍", "6": "六陆陸",
    "7": "七柒拐", "8": "八捌", "9": "九玖勾",
}  # fmt: skip
"""Digit → the characters that say it, where a number is spelt out."""
_LETTERS = {"O": "0", "o": "0", "I": "1", "l": "1", "|": "1", "i": "1"}
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f\u20e3"
_DASHES = "‐‑‒–—―－−﹣~～〜_"
_DOTS = "•・．∙⋅●"
_NUMERALS = (0x2474, 0x2488, 0x2160, 0x2170, 0x3220, 0x3280)
"""Where the numerals 1 to 9 begin that Unicode calls no digits: ⑴ ⒈ Ⅰ ⅰ ㈠ ㊀."""
_PLANES = range(0x80, 0x20000)
"""The code points that may be digits: those above are ideographs, tags and places for private use."""


@cache
def _plain() -> Mapping[int, str]:
    """Code point → the plain character that it stands for, one for one."""
    forms = dict.fromkeys(map(ord, _UNSEEN), FILLER) | dict.fromkeys(map(ord, _DASHES), "-")
    for code in range(0xFF01, 0xFF5F):
        forms.setdefault(code, chr(code - 0xFEE0))
    for char in filter(str.isdigit, map(chr, _PLANES)):
        forms.setdefault(ord(char), str(unicodedata.digit(char)))
    for first in _NUMERALS:
        forms |= {code: f"{place}" for place, code in enumerate(range(first, first + 9), start=1)}
    forms |= dict.fromkeys(map(ord, _DOTS), ".")
    return forms | {0x3000: " ", 0xA0: " ", 0x2005: " ", 0xFE55: ":", 0x2764: "❤"}


ODD_DIGITS = "".join(chr(code) for code, form in _plain().items() if form.isdigit() and not 0xFF10 <= code <= 0xFF19)
"""Every character that stands for a digit in a circle, a raised place or another script."""
_SPOKEN_FORMS = {ord(char): digit for digit, chars in SPOKEN.items() for char in chars}
_LETTER_FORMS = {ord(letter): digit for letter, digit in _LETTERS.items()}


def read_plain(text: str) -> str:
    """Return the text with its characters in their plain forms, digits as 0 to 9; words for a blank are blanks."""
    return text.translate(_plain()).replace("空格", "  ")


def read_spoken(plain: str) -> str:
    """Return a plain text with Chinese digits as 0 to 9, for places where numbers are spelt out."""
    return plain.translate(_SPOKEN_FORMS)


def read_letters(plain: str) -> str:
    """Return a plain text with the letters that look like digits as these."""
    return plain.translate(_LETTER_FORMS)
