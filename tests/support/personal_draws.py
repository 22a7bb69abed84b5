"""Draws invented numbers, and writes them in the ways in which people do."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Kind:
    """One kind in one form: `text` is what somebody writes, none of `secrets` may be left of it.

    is_clear: whether it can be nothing else, so that it also leaves titles, brands, tags and authors.
    """

    kind: str
    form: str
    text: str
    secrets: tuple[str, ...]
    is_clear: bool = False


def digits(draw: random.Random, count: int) -> str:
    """So many digits."""
    return "".join(str(draw.randrange(10)) for _ in range(count))


def mobile(draw: random.Random) -> str:
    """A number of a mobile telephone."""
    return f"1{draw.choice('3456789')}{digits(draw, 9)}"


def parted(number: str, mark: str, *lengths: int) -> str:
    """A number in groups of these lengths with a mark between."""
    places = [sum(lengths[:place]) for place in range(len(lengths) + 1)]
    return mark.join(number[first:last] for first, last in pairwise(places))


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
IN_CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
ON_THE_RADIO = str.maketrans("0123456789", "洞幺两三四五六拐八勾")
FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
LETTERED = str.maketrans("01", "Ol")


def with_check_digit(digits: str) -> str:
    """The number with its check digit."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return f"{digits}{-sum(value - 9 if value > 9 else value for value in doubled) % 10}"
