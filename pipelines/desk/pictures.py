"""Draws the small pictures of pages that many read: lines, bands and bars over days, as SVG written by hand.

A page of the report draws with Vega-Lite, which takes some hundredths of a second a picture and a whole engine in
memory. Pictures carry no words; what they show stands beside them as text, so a screen reader skips them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from xuanpin.pipelines.reporting.charts import BLUE, GREY, ORANGE

WIDTH, HEIGHT = 400, 165
LEFT, RIGHT, TOP, BOTTOM = 42, 10, 8, 22
"""Room around the drawing for the labels of its axes, in pixels as the two before."""
MOST_DAYS = 7
"""Days that are labelled below a picture."""
GRID, LABEL = "#e6e9ec", "#47525d"
_DOT = 2.5
Values = Sequence[float | None]
"""Values by day; None where there is none."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Frame:
    """Place `days` from left to right and values from 0 to `top` from below."""

    days: Sequence[str]
    top: float

    def x(self, place: int) -> float:
        """Return the middle of the day at a `place`, in pixels."""
        return LEFT + (place + 0.5) * (WIDTH - LEFT - RIGHT) / len(self.days)

    def y(self, value: float) -> float:
        """Return the height of a `value`, in pixels from above."""
        return HEIGHT - BOTTOM - min(value / self.top, 1.0) * (HEIGHT - TOP - BOTTOM)

    def points(self, values: Values) -> list[tuple[float, float]]:
        """Return the places of `values` by day; None has none."""
        return [(self.x(place), self.y(value)) for place, value in enumerate(values) if value is not None]


def band_picture(
    days: Sequence[str],
    rates: Values,
    lower: Values,
    upper: Values,
    ceilings: Values,
) -> Markup:
    """Draw `rates` (shares) by ISO date of `days`, the band from `lower` to `upper`, and dashed `ceilings`."""
    frame = Frame(days, nice(_highest(rates, upper, ceilings)))
    band = [*frame.points(upper), *reversed(frame.points(lower))]
    parts = [
        Markup('<polygon points="{}" fill="{}" opacity="0.2"/>').format(_joined(band), BLUE),
        _line(frame.points(ceilings), ORANGE, "4 3"),
        _line(frame.points(rates), BLUE),
        _dots(frame.points(rates), BLUE),
    ]
    return _drawn(frame, parts, lambda value: f"{100 * value:.3g}%")


def bars_picture(days: Sequence[str], whole: Sequence[int], part: Sequence[int]) -> Markup:
    """Draw counts (`whole`) as bars by ISO date of `days`, and the `part` of each before it."""
    frame = Frame(days, max(nice(_highest(whole)), 1.0))
    wide = (WIDTH - LEFT - RIGHT) / len(days)
    parts = [_bars(frame, whole, GREY, 0.8 * wide), _bars(frame, part, ORANGE, 0.4 * wide)]
    return _drawn(frame, parts, lambda value: f"{value:.3g}")


def lines_picture(days: Sequence[str], first: Sequence[int], second: Sequence[int]) -> Markup:
    """Draw two counts by ISO date of `days`: the `first` dashed with squares, the `second` with dots."""
    frame = Frame(days, max(nice(_highest(first, second)), 1.0))
    square = Markup('<rect x="{:.1f}" y="{:.1f}" width="5" height="5" fill="none" stroke="{}"/>')
    squares = [square.format(x - _DOT, y - _DOT, ORANGE) for x, y in frame.points(first)]
    parts = [
        _line(frame.points(first), ORANGE, "4 3"),
        *squares,
        _line(frame.points(second), BLUE),
        _dots(frame.points(second), BLUE),
    ]
    return _drawn(frame, parts, lambda value: f"{value:.3g}")


def nice(value: float) -> float:
    """Return the first number of the axis's steps (1, 2, 2.5, 5, 10, …) that is no less than `value`."""
    if value <= 0:
        return 0.01
    scale = 10.0 ** math.floor(math.log10(value))
    return next(step * scale for step in _STEPS if step * scale >= value * (1 - 1e-9))


def _highest(*rows: Values) -> float:
    return max((value for row in rows for value in row if value is not None), default=0.0)


def _drawn(frame: Frame, parts: Sequence[Markup], label: Callable[[float], str]) -> Markup:
    head = Markup('<svg aria-hidden="true" viewBox="0 0 {} {}" width="{}" height="{}" font-size="11" fill="{}">')
    body = Markup("").join([*_levels(frame, label), *_days(frame), *parts])
    return head.format(WIDTH, HEIGHT, WIDTH, HEIGHT, LABEL) + body + Markup("</svg>")


def _levels(frame: Frame, label: Callable[[float], str]) -> list[Markup]:
    grid = Markup(
        '<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" stroke="{}"/><text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
    )
    levels = [frame.top * share for share in (0.0, 0.5, 1.0)]
    heights = [(value, frame.y(value)) for value in levels]
    return [grid.format(LEFT, WIDTH - RIGHT, y, y, GRID, LEFT - 5, y + 4, label(value)) for value, y in heights]


def _days(frame: Frame) -> list[Markup]:
    step = math.ceil(len(frame.days) / MOST_DAYS)
    label = Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    shown = [(frame.x(place), day[5:]) for place, day in enumerate(frame.days) if place % step == 0]
    return [label.format(x, HEIGHT - 6, day) for x, day in shown]


def _line(points: Sequence[tuple[float, float]], colour: str, dashes: str = "") -> Markup:
    line = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-dasharray="{}"/>')
    return line.format(_joined(points), colour, dashes or "none") if len(points) > 1 else Markup("")


def _dots(points: Sequence[tuple[float, float]], colour: str) -> Markup:
    dot = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}"/>')
    return Markup("").join(dot.format(x, y, _DOT, colour) for x, y in points)


def _bars(frame: Frame, counts: Sequence[int], colour: str, wide: float) -> Markup:
    bar = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>')
    base = frame.y(0.0)
    places = [(x - wide / 2, y, wide, base - y) for x, y in frame.points(counts)]
    return Markup("").join(bar.format(*place, colour) for place in places)


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
