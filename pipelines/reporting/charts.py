"""Draws the report's pictures as inline SVG; nothing is loaded when the page opens.

Pictures carry no words but names from the data, so that one serves every language; their captions are the page's.
Lengths are in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width

from markupsafe import escape

# Two hues that stay apart for colour-blind readers (Okabe and Ito 2008) and a grey for what is only context.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#9aa3ab"
INK, GRID = "#47525d", "#e6e9ec"
FONT = "Noto Sans SC, PingFang SC, Microsoft YaHei, system-ui, sans-serif"
FONT_SIZE = 11
# Estimated width of a letter; Chinese ones are as wide as high.
NARROW, WIDE = 6, 11
NAMES_WIDTH, ROW_HEIGHT, BAR_HEIGHT, MARK_HEIGHT = 130, 20, 12, 17
# Room around a picture: for the numbers at its left and below it, and for half a mark at the other sides.
LEFT, BOTTOM, EDGE = 44, 22, 9
TICKS = 4
LARGEST_DOT = 6.2

Values = list[dict[str, Any]]


@dataclass(frozen=True)
class Scale:
    """An axis from 0 to `top` over a `length` in pixels, with marks at every `step`."""

    top: float
    step: float
    length: float

    def at(self, value: float) -> float:
        """Return the distance of `value` from 0 in pixels."""
        return self.length * value / self.top

    @property
    def ticks(self) -> list[float]:
        """Return the values that are marked."""
        return [place * self.step for place in range(round(self.top / self.step) + 1)]


def scale_to(highest: float, length: float, least_step: float = 0.0) -> Scale:
    """Return a scale over `length` pixels that reaches `highest` in about TICKS steps.

    A step is 1, 2 or 5 times a power of ten, and no less than `least_step`.
    """
    raw = highest / TICKS if highest > 0 else 1.0 / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    # Bounds are geometric means of neighbours, so that a step is at most 1.6 times what was asked for.
    factor = next((f for f, bound in ((1, 2**0.5), (2, 10**0.5), (5, 50**0.5)) if raw / power < bound), 10)
    step = max(factor * power, least_step)
    return Scale(max(math.ceil(highest / step - 1e-9), 1) * step, step, length)


def bar_chart(rows: Values) -> str:
    """Draw horizontal bars of `skus` by `name`, in the order of `rows`; return the SVG.

    An upright mark stands at a row's `bound`, if any.
    """
    x = scale_to(max([max(row["skus"], row["bound"] or 0) for row in rows], default=1), 190, least_step=1)
    height = ROW_HEIGHT * len(rows)
    parts = [_grid_across(x, NAMES_WIDTH, height, _plain)]
    for place, row in enumerate(rows):
        middle = ROW_HEIGHT * (place + 0.5)
        parts.append(_text(NAMES_WIDTH - 6, middle + 4, _shortened(row["name"]), "end"))
        parts.append(_rect(NAMES_WIDTH, middle - BAR_HEIGHT / 2, x.at(row["skus"]), BAR_HEIGHT))
        if row["bound"] is not None:
            at, half = NAMES_WIDTH + x.at(row["bound"]), MARK_HEIGHT / 2
            parts.append(_line([(at, middle - half), (at, middle + half)], ORANGE, 2.5))
    return _svg(NAMES_WIDTH + 190 + 2 * EDGE, height + BOTTOM, parts)


def nights_chart(rows: Values, first: str, second: str, percent: bool = False) -> str:
    """Draw two measures by list date; return the SVG.

    `rows` have list_date and the columns `first` (the promise: open squares on a dashed line) and `second` (the
    outcome: dots on a full line), None where nothing is known; with `percent` both are shares.
    """
    known = [row[name] for row in rows for name in (first, second) if row[name] is not None]
    y, width = scale_to(max(known, default=1), 130), 360
    step = width / max(len(rows), 1)
    xs = [LEFT + step * (place + 0.5) for place in range(len(rows))]
    # Every date, or as many as do not touch each other.
    stride = math.ceil(6 * NARROW / step)
    parts = [_grid_up(y, width, _percent if percent else _plain)]
    parts += [_text(xs[place], EDGE + 130 + 15, rows[place]["list_date"][5:]) for place in range(0, len(rows), stride)]
    parts += _series(xs, [row[first] for row in rows], y, ORANGE, _square, dash="4 3")
    parts += _series(xs, [row[second] for row in rows], y, BLUE, _dot)
    return _svg(LEFT + width + EDGE, EDGE + 130 + BOTTOM, parts)


def calibration_chart(rows: Values) -> str:
    """Draw observed against predicted rates by bin, with the diagonal of perfect calibration; return the SVG.

    `rows` have predicted and observed (shares) and n, the evidence behind them.
    """
    highest = max([row[key] for row in rows for key in ("predicted", "observed")], default=1.0)
    x, y = scale_to(highest, 210), scale_to(highest, 180)
    most = max([row["n"] for row in rows], default=0) or 1
    floor = EDGE + 180
    parts = [_grid_up(y, 210, _percent), _grid_across(x, LEFT, 180, _percent, EDGE)]
    parts.append(_line([(LEFT, floor), (LEFT + 210, EDGE)], GREY, 2, "4 4"))
    parts += [
        _circle(LEFT + x.at(row["predicted"]), floor - y.at(row["observed"]), LARGEST_DOT * math.sqrt(row["n"] / most))
        for row in rows
    ]
    return _svg(LEFT + 210 + 2 * EDGE, floor + BOTTOM, parts)


def coverage_chart(rows: Values) -> str:
    """Draw how many agents (`agents` of `rows`) have which share of their slots filled (`filled`); return the SVG."""
    y, width = scale_to(max([row["agents"] for row in rows], default=1), 130, least_step=1), 300
    step = width / max(len(rows), 1)
    parts = [_grid_up(y, width, _plain)]
    for place, row in enumerate(rows):
        high, middle = y.at(row["agents"]), LEFT + step * (place + 0.5)
        parts.append(_rect(middle - 0.45 * step, EDGE + 130 - high, 0.9 * step, high))
        parts.append(_text(middle, EDGE + 130 + 15, row["filled"]))
    return _svg(LEFT + width + EDGE, EDGE + 130 + BOTTOM, parts)


def _series(
    xs: Sequence[float],
    values: Sequence[float | None],
    y: Scale,
    colour: str,
    mark: Callable[[float, float], str],
    dash: str = "",
) -> list[str]:
    """Draw one measure: a line through neighbours that are both known, and a mark at each."""
    points = [
        None if value is None else (x, EDGE + y.length - y.at(value)) for x, value in zip(xs, values, strict=True)
    ]
    drawn = [_line(run, colour, 2, dash) for run in _runs(points) if len(run) > 1]
    return [*drawn, *(mark(*point) for point in points if point)]


def _runs(points: Iterable[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return runs


def _grid_across(x: Scale, left: float, height: float, wording: Callable[[float, float], str], top: float = 0) -> str:
    """Draw upright lines at the ticks of a scale, with their values below."""
    return "".join(
        _line([(left + x.at(tick), top), (left + x.at(tick), top + height)], GRID, 1)
        + _text(left + x.at(tick), top + height + 15, wording(tick, x.step))
        for tick in x.ticks
    )


def _grid_up(y: Scale, width: float, wording: Callable[[float, float], str]) -> str:
    """Draw level lines at the ticks of a scale, with their values at the left."""
    floor = EDGE + y.length
    return "".join(
        _line([(LEFT, floor - y.at(tick)), (LEFT + width, floor - y.at(tick))], GRID, 1)
        + _text(LEFT - 6, floor - y.at(tick) + 4, wording(tick, y.step), "end")
        for tick in y.ticks
    )


def _plain(value: float, step: float) -> str:
    return f"{value:,.{_places(step)}f}"


def _percent(value: float, step: float) -> str:
    return f"{100 * value:.{_places(100 * step)}f}%"


def _places(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))


def _shortened(name: str) -> str:
    """Return as much of a name as has room beside its bar."""
    widths = [WIDE if east_asian_width(letter) in "WF" else NARROW for letter in name]
    if sum(widths) <= NAMES_WIDTH - 6:
        return name
    kept = next(place for place in range(len(name) + 1) if sum(widths[: place + 1]) > NAMES_WIDTH - 6 - WIDE)
    return f"{name[:kept]}…"


def _line(points: Iterable[tuple[float, float]], colour: str, width: float, dash: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _rect(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{BLUE}"/>'


def _circle(x: float, y: float, radius: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{BLUE}" opacity="0.85"/>'


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.8" fill="{BLUE}"/>'


def _square(x: float, y: float) -> str:
    side = f'x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"'
    return f'<rect {side} fill="white" stroke="{ORANGE}" stroke-width="2"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(width: float, height: float, parts: Iterable[str]) -> str:
    # The page beside a picture gives the same figures as text, so a screen reader skips it.
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    style = f'font-family="{FONT}" font-size="{FONT_SIZE}" fill="{INK}"'
    return f'<svg aria-hidden="true" {size} {style}>{"".join(parts)}</svg>'
