"""Draws the report's pictures as inline SVG; nothing is loaded when the page opens.

Pictures carry no words, so that one serves every language; their captions are the page's.
"""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from xuanpin.pipelines.reporting.drawing import (
    BLUE,
    GREY,
    ORANGE,
    Scale,
    bar,
    below,
    dots,
    joined,
    label_at,
    levels,
    line,
    picture,
    scale,
    shortened,
    squares,
    text_width,
    uprights,
)

TOP, RIGHT, BOTTOM = 8, 16, 22
"""Room above, right of and below a drawing for half a mark and the labels of its axis, in pixels."""
LEFT = 46
"""Room for the labels of an upright axis."""
LONGEST_NAME = 130
ROW, BAR, BOUND = 20, 12, 17
"""Height of a row of bars, of its bar and of the mark of its bound."""
MOST_DAYS = 7
"""Days that are labelled below a picture."""
LARGEST = 6.2
"""Radius of the dot with the most evidence; areas compare."""

Values = list[dict[str, Any]]


def bar_chart(rows: Values) -> Markup:
    """Draw horizontal bars of `skus` by `name`, in the order of `rows`; return the SVG.

    An upright mark stands at a row's `bound`, if any.
    """
    names = [shortened(row["name"], LONGEST_NAME) for row in rows]
    left, bottom = max(map(text_width, names), default=0.0) + 8, TOP + ROW * len(rows)
    highest = max((value for row in rows for value in (row["skus"], row["bound"]) if value is not None), default=0)
    x = scale(0, highest, left, left + 190, count=4, least=1.0)
    parts = [uprights(x, TOP, bottom, _whole)]
    for place, (name, row) in enumerate(zip(names, rows, strict=True)):
        middle = TOP + ROW * (place + 0.5)
        parts.append(label_at(left - 5, middle, name, anchor="end"))
        parts.append(bar(left, middle - BAR / 2, x.at(row["skus"]) - left, BAR, BLUE))
        if row["bound"] is not None:
            parts.append(bar(x.at(row["bound"]) - 1.25, middle - BOUND / 2, 2.5, BOUND, ORANGE))
    return picture(left + 190 + RIGHT, bottom + BOTTOM, parts)


def nights_chart(rows: Values, first: str, second: str, percent: bool = False) -> Markup:
    """Draw two measures by list date; return the SVG.

    `rows` have list_date and the columns `first` (the promise: open squares on a dashed line) and `second` (the
    outcome: dots on a full line); with `percent` both are shares.
    """
    width, height = 360, 130
    highest = max((row[key] for key in (first, second) for row in rows if row[key] is not None), default=0.0)
    y = scale(0, highest, TOP + height, TOP, count=4)
    middles = _middles(len(rows), width)
    promised, came = (
        [(x, y.at(row[key])) for x, row in zip(middles, rows, strict=True) if row[key] is not None]
        for key in (first, second)
    )
    every = math.ceil(len(rows) / MOST_DAYS)
    days = [(x, row["list_date"][5:]) for x, row in zip(middles, rows, strict=True)][::every]
    parts = [levels(y, LEFT, LEFT + width, _percent if percent else _whole), below(days, TOP + height)]
    parts += [line(promised, ORANGE, "4 3"), squares(promised, ORANGE, inside="white")]
    parts += [line(came, BLUE), dots(came, BLUE)]
    return picture(LEFT + width + RIGHT, TOP + height + BOTTOM, parts)


def frontier_chart(rows: Values, size: int, promise: float) -> Markup:
    """Draw expected kept units against the promise, a line a list size; return the SVG.

    `rows` have list_size, promise (a share), expected_kept_units; the line of `size` stands out, and on it the point of
    `promise`, as the list was asked for.
    """
    width, height = 360, 190
    promises, kept = [row["promise"] for row in rows], [row["expected_kept_units"] for row in rows]
    x = scale(min(promises), max(promises), LEFT, LEFT + width, count=5, is_round=False)
    y = scale(min(kept), max(kept), TOP + height, TOP, count=4)
    parts = [levels(y, LEFT, LEFT + width, _whole), uprights(x, TOP, TOP + height, lambda share: f"{share:.1%}")]
    # What was asked is drawn last, over the others.
    for own in sorted({row["list_size"] for row in rows}, key=lambda own: (own == size, own)):
        colour = BLUE if own == size else GREY
        points = sorted(
            (x.at(row["promise"]), y.at(row["expected_kept_units"])) for row in rows if row["list_size"] == own
        )
        right, last = points[-1]
        parts += [line(points, colour), dots(points, colour), label_at(right + 6, last, str(own), colour)]
    asked = [row for row in rows if (row["list_size"], row["promise"]) == (size, promise)]
    parts.append(squares([(x.at(row["promise"]), y.at(row["expected_kept_units"])) for row in asked], ORANGE, 4.5))
    return picture(LEFT + width + 40, TOP + height + BOTTOM, parts)


def calibration_chart(rows: Values) -> Markup:
    """Draw observed against predicted rates by bin, with the diagonal of perfect calibration; return the SVG.

    `rows` have predicted and observed (shares) and n, the evidence behind them.
    """
    width, height = 210, 180
    highest = max([row[key] for row in rows for key in ("predicted", "observed")], default=1.0)
    x = scale(0, highest, LEFT, LEFT + width, count=5, is_round=False)
    y = scale(0, highest, TOP + height, TOP, count=5, is_round=False)
    most = max((row["n"] for row in rows), default=1) or 1
    marks = [dots([_place(x, y, row)], BLUE, max(LARGEST * math.sqrt(row["n"] / most), 1.5)) for row in rows]
    parts = [levels(y, LEFT, LEFT + width, _percent), uprights(x, TOP, TOP + height, _percent)]
    parts.append(line([(LEFT, TOP + height), (LEFT + width, TOP)], GREY, "4 4"))
    return picture(LEFT + width + RIGHT, TOP + height + BOTTOM, [*parts, joined(marks)])


def coverage_chart(rows: Values) -> Markup:
    """Draw how many agents (`agents` of `rows`) have which share of their slots filled (`filled`); return the SVG."""
    width, height = 300, 130
    y = scale(0, max((row["agents"] for row in rows), default=0), TOP + height, TOP, count=4, least=1.0)
    middles, wide = _middles(len(rows), width), 0.9 * width / len(rows)
    tops = [y.at(row["agents"]) for row in rows]
    bars = [bar(x - wide / 2, top, wide, TOP + height - top, BLUE) for x, top in zip(middles, tops, strict=True)]
    names = [(x, row["filled"]) for x, row in zip(middles, rows, strict=True)]
    parts = [levels(y, LEFT, LEFT + width, _whole), below(names, TOP + height), *bars]
    return picture(LEFT + width + RIGHT, TOP + height + BOTTOM, parts)


def _middles(count: int, width: float) -> list[float]:
    """The middles of `count` equal places beside each other."""
    return [LEFT + (place + 0.5) * width / count for place in range(count)]


def _place(x: Scale, y: Scale, row: dict[str, Any]) -> tuple[float, float]:
    return x.at(row["predicted"]), y.at(row["observed"])


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{share:.0%}"
