"""Says in Vega-Lite how the report's pictures look, and draws them as SVG; nothing is loaded when the page opens.

Pictures carry no words, so that one serves every language; their captions are the page's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# Two hues that stay apart for colour-blind readers (Okabe and Ito 2008) and a grey for what is only context.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#9aa3ab"
FONT = "Noto Sans SC, PingFang SC, Microsoft YaHei, system-ui, sans-serif"
CONFIG = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "tickColor": GREY,
        "gridColor": "#e6e9ec",
        "labelColor": "#47525d",
        "title": None,
        "labelFontSize": 11,
    },
}

Values = list[dict[str, Any]]
Spec = dict[str, Any]
"""How one picture looks, as Vega-Lite reads it."""
Draw = Callable[[Mapping[str, Spec]], dict[str, str]]
"""Draws pictures by name; returns the SVG of each."""


def bar_chart(rows: Values) -> Spec:
    """Draw horizontal bars of `skus` by `name`, in the order of `rows`.

    An upright mark stands at a row's `bound`, if any.
    """
    y = {"field": "name", "type": "nominal", "sort": None, "axis": {"labelLimit": 130, "ticks": False}}
    bars = {
        "mark": {"type": "bar", "color": BLUE, "height": 12},
        "encoding": {
            "y": y,
            "x": {"field": "skus", "type": "quantitative", "axis": {"tickMinStep": 1, "tickCount": 4}},
        },
    }
    bounds = {
        "transform": [{"filter": "isValid(datum.bound)"}],
        "mark": {"type": "tick", "color": ORANGE, "thickness": 2.5, "height": 17},
        "encoding": {"y": y, "x": {"field": "bound", "type": "quantitative"}},
    }
    return {"data": {"values": rows}, "layer": [bars, bounds], "width": 190, "height": {"step": 20}}


def nights_chart(rows: Values, first: str, second: str, percent: bool = False) -> Spec:
    """Draw two measures by list date.

    `rows` have list_date and the columns `first` (the promise: open squares on a dashed line) and `second` (the
    outcome: dots on a full line); with `percent` both are shares.
    """
    x = {"field": "list_date", "type": "ordinal", "axis": {"labelAngle": 0, "labelExpr": "slice(datum.label, 5)"}}
    scale = {"scale": {"zero": True}, "axis": {"tickCount": 4, "format": ".0%" if percent else ",.0f"}}

    def line(field: str, colour: str, dash: list[int], point: dict[str, Any]) -> dict[str, Any]:
        mark = {"type": "line", "color": colour, "strokeDash": dash, "point": {"color": colour, **point}}
        return {"mark": mark, "encoding": {"x": x, "y": {"field": field, "type": "quantitative", **scale}}}

    layers = [
        line(first, ORANGE, [4, 3], {"shape": "square", "filled": False, "fill": "white", "size": 40}),
        line(second, BLUE, [1, 0], {"filled": True, "size": 45}),
    ]
    return {"data": {"values": rows}, "layer": layers, "width": 360, "height": 130}


def frontier_chart(rows: Values, size: int, promise: float) -> Spec:
    """Draw expected kept units against the promise, a line a list size.

    `rows` have list_size, promise (a share), expected_kept_units; the line of `size` stands out, and on it the point of
    `promise`, as the list was asked for.
    """
    marked = [row | {"is_asked": row["list_size"] == size} for row in rows]
    ends = [row for row in marked if row["promise"] == max(other["promise"] for other in marked)]
    x = {"field": "promise", "type": "quantitative", "axis": {"format": ".1%", "tickCount": 5}}
    y = {"field": "expected_kept_units", "type": "quantitative", "scale": {"zero": False}, "axis": {"tickCount": 4}}
    colour = {"condition": {"test": "datum.is_asked", "value": BLUE}, "value": GREY}
    lines = {
        "data": {"values": marked},
        "mark": {"type": "line", "point": {"size": 22}},
        "encoding": {"x": x, "y": y, "detail": {"field": "list_size"}, "color": colour},
    }
    labels = {
        "data": {"values": ends},
        "mark": {"type": "text", "align": "left", "dx": 6, "font": FONT, "fontSize": 11},
        "encoding": {"x": x, "y": y, "text": {"field": "list_size"}, "color": colour},
    }
    asked = {
        "data": {"values": [row for row in marked if row["is_asked"] and row["promise"] == promise]},
        "mark": {"type": "point", "shape": "square", "color": ORANGE, "size": 80, "strokeWidth": 2},
        "encoding": {"x": x, "y": y},
    }
    return {"layer": [lines, labels, asked], "width": 360, "height": 190}


def calibration_chart(rows: Values) -> Spec:
    """Draw observed against predicted rates by bin, with the diagonal of perfect calibration.

    `rows` have predicted and observed (shares) and n, the evidence behind them.
    """
    highest = max([row[key] for row in rows for key in ("predicted", "observed")], default=1.0)
    axis = {"scale": {"domain": [0, highest]}, "axis": {"format": ".0%", "tickCount": 4}, "type": "quantitative"}
    points = {
        "data": {"values": rows},
        "mark": {"type": "circle", "color": BLUE, "opacity": 0.85},
        "encoding": {
            "x": {"field": "predicted", **axis},
            "y": {"field": "observed", **axis},
            "size": {"field": "n", "type": "quantitative", "legend": None, "scale": {"rangeMax": 120}},
        },
    }
    diagonal = {
        "data": {"values": [{"predicted": 0, "observed": 0}, {"predicted": highest, "observed": highest}]},
        "mark": {"type": "line", "color": GREY, "strokeDash": [4, 4]},
        "encoding": {"x": {"field": "predicted", **axis}, "y": {"field": "observed", **axis}},
    }
    return {"layer": [diagonal, points], "width": 210, "height": 180}


def coverage_chart(rows: Values) -> Spec:
    """Draw how many agents (`agents` of `rows`) have which share of their slots filled (`filled`)."""
    return {
        "data": {"values": rows},
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": {"field": "filled", "type": "ordinal", "sort": None, "axis": {"labelAngle": 0}},
            "y": {"field": "agents", "type": "quantitative", "axis": {"tickCount": 4, "tickMinStep": 1}},
        },
        "width": 300,
        "height": 130,
    }


def draw(pictures: Mapping[str, Spec]) -> dict[str, str]:
    """Draw `pictures` by name; return the SVG of each."""
    # Starting takes a third of a second, in which all of Python waits: only who draws pays for it.
    import vl_convert

    def svg(picture: Spec) -> str:
        drawn: str = vl_convert.vegalite_to_svg({"config": CONFIG, **picture})
        # The page beside a chart gives the same figures as text, so a screen reader skips the picture.
        return drawn.replace("<svg ", '<svg aria-hidden="true" ', 1)

    return {name: svg(picture) for name, picture in pictures.items()}
