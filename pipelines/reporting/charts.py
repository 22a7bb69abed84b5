"""The report's pictures as inline SVG, drawn by Vega-Lite; nothing is loaded when the page opens."""

from __future__ import annotations

from typing import Any

import vl_convert

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
        "titleColor": "#47525d",
    },
}


def bar_chart(rows: list[dict[str, Any]], title: str) -> str:
    """Horizontal bars of SKU counts by name, in the order given; at most the twelve first."""
    spec = {
        "data": {"values": [{"name": row["name"], "skus": row["skus"]} for row in rows[:12]]},
        "mark": {"type": "bar", "color": BLUE, "height": 12},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 150}},
            "x": {"field": "skus", "type": "quantitative", "title": title, "axis": {"tickMinStep": 1, "tickCount": 4}},
        },
        "width": 190,
        "height": {"step": 19},
    }
    return _svg(spec)


def calibration_chart(rows: list[dict[str, Any]], predicted: str, observed: str) -> str:
    """Observed against predicted rates by bin, with the diagonal on which a calibrated night lies."""
    highest = max([row[key] for row in rows for key in ("predicted", "observed")], default=1.0)
    axis = {"scale": {"domain": [0, highest]}, "axis": {"format": ".0%", "tickCount": 4}, "type": "quantitative"}
    points = {
        "data": {"values": rows},
        "mark": {"type": "circle", "color": BLUE, "opacity": 0.85},
        "encoding": {
            "x": {"field": "predicted", "title": predicted, **axis},
            "y": {"field": "observed", "title": observed, **axis},
            "size": {"field": "n", "type": "quantitative", "legend": None},
        },
    }
    diagonal = {
        "data": {"values": [{"predicted": 0, "observed": 0}, {"predicted": highest, "observed": highest}]},
        "mark": {"type": "line", "color": GREY, "strokeDash": [4, 4]},
        "encoding": {"x": {"field": "predicted", **axis}, "y": {"field": "observed", **axis}},
    }
    return _svg({"layer": [diagonal, points], "width": 220, "height": 220})


def coverage_chart(rows: list[dict[str, Any]], title: str, agents: str) -> str:
    """How many agents have which share of their slots filled."""
    spec = {
        "data": {"values": rows},
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": {"field": "filled", "type": "ordinal", "sort": None, "title": title, "axis": {"labelAngle": 0}},
            "y": {
                "field": "agents",
                "type": "quantitative",
                "title": agents,
                "axis": {"tickCount": 4, "tickMinStep": 1},
            },
        },
        "width": 300,
        "height": 160,
    }
    return _svg(spec)


def _svg(spec: dict[str, Any]) -> str:
    # The page beside a chart says the same in words and tables, so a screen reader passes the picture over.
    drawn: str = vl_convert.vegalite_to_svg({"config": CONFIG, **spec})
    return drawn.replace("<svg ", '<svg aria-hidden="true" ', 1)
