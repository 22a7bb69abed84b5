"""Finds numbers of persons that somebody sends in parts, one message after another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from xuanpin.models.text.personal_numbers import find_clear_numbers
from xuanpin.models.text.spans import Span
from xuanpin.models.text.written_digits import FILLER, read_plain, read_spoken

_PART = rf"[0-9](?:[-\s.{FILLER}]{{0,3}}[0-9])*"
_AT_END = re.compile(rf"({_PART})[\s{FILLER}]*$")
_AT_START = re.compile(rf"^[\s{FILLER}]*({_PART})(?![0-9]|[\s]?[元块件个份斤克g号月日点天折盒包箱码])")
_WHOLE = re.compile(rf"^[\s{FILLER}]*({_PART})[\s{FILLER}]*$")
_MOST_PARTS = 6
"""Messages over which somebody spreads one number."""
_LEAST = 2
"""Digits that a first part has: a message that ends with one digit is hardly the beginning of a number."""


def find_split_numbers(texts: Sequence[str]) -> Iterator[tuple[int, Span]]:
    """Find parts of numbers in texts that one person sent shortly after one another.

    texts: in order of time. Gives the index of a text and the place of the part with what stands for the number.
    """
    plain = [read_spoken(read_plain(text)) for text in texts]
    begun = 0
    while begun < len(plain):
        parts = _number_from(plain[begun : begun + _MOST_PARTS])
        yield from ((begun + place, span) for place, span in enumerate(parts))
        begun += max(len(parts), 1)


def _number_from(plain: Sequence[str]) -> list[Span]:
    """The parts of the number that begins at the end of the first text, one a text; none where there is no number."""
    first = _AT_END.search(plain[0])
    if first is None or len(_digits(first[1])) < _LEAST:
        return []
    whole = list(takewhile(lambda found: found is not None, (_WHOLE.search(text) for text in plain[1:])))
    for count in range(1, len(plain)):
        if count - 1 > len(whole):
            break
        last = _AT_START.search(plain[count])
        if last is None:
            break
        parts = [first, *(part for part in whole[: count - 1] if part), last]
        joined = "".join(_digits(part[1]) for part in parts)
        kind = next((span for span in find_clear_numbers(joined) if (span.start, span.end) == (0, len(joined))), None)
        if kind is not None and not any(list(find_clear_numbers(part[1])) for part in parts):
            return [Span(*part.span(1), kind.replacement) for part in parts]
    return []


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
