"""Parts of pictures as SVG written by hand: scales, grids with their labels, lines and marks.

A library that draws takes half a second to start and keeps the rest of the program waiting meanwhile; these parts cost
no more than their text. What a picture shows stands beside it as text, so a screen reader skips it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

# Two hues that stay apart for colour-blind readers (Okabe and Ito 2008) and a grey for what is only context.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#9aa3ab"
GRID, LABEL = "#e6e9ec", "#47525d"
FONT_SIZE = 11
DOT = 2.5
"""Radius of a dot and half a side of a square, in pixels."""
_WIDE, _NARROW = 11.0, 6.5
"""Pixels that a character of the label font takes at most: one of Chinese, and any other."""
_STEPS = ((math.sqrt(50), 10.0), (math.sqrt(10), 5.0), (math.sqrt(2), 2.0), (0.0, 1.0))
"""By how often a power of ten goes into the span between two ticks: the step that is taken instead."""
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Scale:
    """Place values from `low` to `high` on pixels from `start` to `end`, with `ticks` in between."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return the pixel of a `value`."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def scale(
    low: float, high: float, start: float, end: float, *, count: int, least: float = 0.0, is_round: bool = True
) -> Scale:
    """Return a scale of values from `low` to `high`, on pixels from `start` to `end`, with about `count` ticks that are no
    less than `least` apart.

    It reaches on to the next ticks where `is_round`. A span of nothing is taken to be 1.
    """
    high = high if high > low else low + 1.0
    step = max(_step((high - low) / count), least)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if not is_round:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = tuple(number * step for number in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, end, ticks) if is_round else Scale(low, high, start, end, ticks)


def _step(span: float) -> float:
    power = 10.0 ** math.floor(math.log10(span))
    return power * next(step for least, step in _STEPS if span / power >= least)


def text_width(text: str) -> float:
    """Return how many pixels a label (`text`) takes at most."""
    return sum(_WIDE if ord(character) > 0x2E7F else _NARROW for character in text)


def shortened(text: str, width: float) -> str:
    """Return a label (`text`) cut off so that it takes `width` pixels at most."""
    if text_width(text) <= width:
        return text
    kept = next((place for place in range(len(text), 0, -1) if text_width(text[:place] + "…") <= width), 0)
    return text[:kept] + "…"


def levels(values: Scale, left: float, right: float, label: Callable[[float], str]) -> Markup:
    """Draw a line from `left` to `right` at each tick of an upright scale (`values`), with its `label` on the left."""
    drawn = Markup(
        '<path d="M{:.1f} {:.1f}H{:.1f}" stroke="{}"/><text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>'
    )
    heights = [(values.at(tick), label(tick)) for tick in values.ticks]
    return joined(drawn.format(left, y, right, GRID, left - 5, y + 4, text) for y, text in heights)


def uprights(values: Scale, top: float, bottom: float, label: Callable[[float], str]) -> Markup:
    """Draw a line from `top` to `bottom` at each tick of a level scale (`values`), with its `label` below."""
    drawn = Markup('<path d="M{:.1f} {:.1f}V{:.1f}" stroke="{}"/>')
    lines = joined(drawn.format(values.at(tick), top, bottom, GRID) for tick in values.ticks)
    return lines + below([(values.at(tick), label(tick)) for tick in values.ticks], bottom)


def below(labels: Iterable[tuple[float, str]], bottom: float) -> Markup:
    """Write labels (the pixel of the middle, and the text) below a drawing that ends at `bottom`."""
    drawn = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
    return joined(drawn.format(x, bottom + 16, text) for x, text in labels)


def line(points: Points, colour: str, dashes: str = "none") -> Markup:
    """Draw a line of a `colour` through `points`, in `dashes` (as SVG has them); nothing through a single one."""
    drawn = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-dasharray="{}"/>')
    return drawn.format(places(points), colour, dashes) if len(points) > 1 else Markup("")


def dots(points: Points, colour: str, radius: float = DOT) -> Markup:
    """Draw a dot of a `colour` and a `radius` at each of `points`."""
    drawn = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="{}"/>')
    return joined(drawn.format(x, y, radius, colour) for x, y in points)


def squares(points: Points, colour: str, half: float = DOT, inside: str = "none") -> Markup:
    """Draw a square around each of `points`: `half` a side, `colour` of its lines and of what is `inside`."""
    drawn = Markup('<rect x="{:.1f}" y="{:.1f}" width="{}" height="{}" fill="{}" stroke="{}" stroke-width="1.5"/>')
    return joined(drawn.format(x - half, y - half, 2 * half, 2 * half, inside, colour) for x, y in points)


def bar(x: float, y: float, width: float, height: float, colour: str) -> Markup:
    """Draw a rectangle of a `width`, `height` and `colour` with its upper left corner at `x` and `y`."""
    drawn = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>')
    return drawn.format(x, y, width, height, colour)


def label_at(x: float, y: float, text: str, colour: str = LABEL, anchor: str = "start") -> Markup:
    """Write a `text` of a `colour` whose `anchor` (start, middle or end) is at `x` and whose middle is at the height `y`."""
    drawn = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}">{}</text>')
    return drawn.format(x, y + 4, anchor, colour, text)


def places(points: Points) -> str:
    """Return `points` as the attribute of a line or a polygon."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def joined(parts: Iterable[Markup]) -> Markup:
    """Return `parts` of a picture one after another."""
    return Markup("").join(parts)


def picture(width: float, height: float, parts: Iterable[Markup]) -> Markup:
    """Return the picture of these `parts`, so many pixels of `width` and `height`."""
    head = Markup(
        '<svg aria-hidden="true" viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}" height="{:.0f}" font-size="{}" fill="{}">'
    )
    return head.format(width, height, width, height, FONT_SIZE, LABEL) + joined(parts) + Markup("</svg>")
