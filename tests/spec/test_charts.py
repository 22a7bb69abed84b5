"""Where the marks of the report's pictures stand, in pixels and by hand-made figures."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from xuanpin.pipelines.reporting.charts import (
    bar_chart,
    calibration_chart,
    coverage_chart,
    nights_chart,
    scale_to,
)


def attributes(svg: str, tag: str, *names: str) -> list[tuple[str, ...]]:
    """The named attributes of every element of a kind; a picture that is no XML fails."""
    found = ElementTree.fromstring(svg).iter(tag)
    return [tuple(element.get(name, "") for name in names) for element in found]


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


@pytest.mark.parametrize(
    ("highest", "least", "top", "step"),
    [
        (48, 1, 50, 10),
        (4, 1, 4, 1),
        (1, 1, 1, 1),
        (0, 1, 1, 1),
        (0, 0, 0.2, 0.2),
        (0.031, 0, 0.04, 0.01),
        (1_430, 0, 1_500, 500),
        (0.3, 0, 0.3, 0.1),
    ],
)
def test_a_scale_ends_at_a_round_number_beyond_the_highest_value(
    highest: float, least: float, top: float, step: float
) -> None:
    scale = scale_to(highest, 100, least)
    assert (scale.top, scale.step) == pytest.approx((top, step))
    assert scale.at(scale.top) == pytest.approx(100)
    assert len(scale.ticks) == round(top / step) + 1


def test_bars_are_as_long_as_their_counts_and_bounds_stand_upright() -> None:
    svg = bar_chart([{"name": "食品", "skus": 8, "bound": 4}, {"name": "a<b>&", "skus": 2, "bound": None}])
    assert attributes(svg, "rect", "x", "width") == [("130.0", "190.0"), ("130.0", "47.5")]
    upright = [line for line in attributes(svg, "polyline", "points", "stroke") if line[1] == "#d55e00"]
    assert upright == [("225.0,1.5 225.0,18.5", "#d55e00")]
    assert words(svg)[-2:] == ["食品", "a<b>&"]


def test_a_name_without_room_is_cut_and_one_with_room_is_whole() -> None:
    names = ["字" * 11, "字" * 12, "x" * 20, "x" * 21]
    svg = bar_chart([{"name": name, "skus": 1, "bound": None} for name in names])
    assert words(svg)[-4:] == ["字" * 11, "字" * 10 + "…", "x" * 20, "x" * 18 + "…"]


def test_a_line_leaves_out_nights_of_which_nothing_is_known() -> None:
    rows = [
        {"list_date": f"2026-11-{day}", "promised": value, "came": came}
        for day, value, came in ((18, 10, 10), (19, 20, None), (20, 20, 0), (21, 10, 5))
    ]
    svg = nights_chart(rows, "promised", "came")
    assert len(attributes(svg, "circle", "cx")) == 3
    drawn = [points for points, colour in attributes(svg, "polyline", "points", "stroke") if colour == "#0072b2"]
    assert drawn == ["269.0,139.0 359.0,106.5"]
    assert [word for word in words(svg) if "-" in word] == ["11-18", "11-19", "11-20", "11-21"]


def test_dates_that_would_touch_are_left_out_and_small_shares_keep_their_places() -> None:
    rows = [{"list_date": f"2026-11-{day:02}", "a": 0.01, "b": 0.004} for day in range(1, 15)]
    svg = nights_chart(rows, "a", "b", percent=True)
    assert [word for word in words(svg) if "-" in word] == [f"11-{day:02}" for day in range(1, 15, 2)]
    assert {"0.2%", "1.0%"} <= set(words(svg))


def test_a_dot_of_calibration_stands_at_its_rates_and_covers_its_evidence() -> None:
    svg = calibration_chart([{"predicted": 0.5, "observed": 1.0, "n": 100}, {"predicted": 0, "observed": 0, "n": 25}])
    assert attributes(svg, "circle", "cx", "cy", "r") == [("149.0", "9.0", "6.2"), ("44.0", "189.0", "3.1")]
    assert ("44.0,189.0 254.0,9.0", "4 4") in attributes(svg, "polyline", "points", "stroke-dasharray")


def test_columns_of_coverage_are_as_high_as_their_agents() -> None:
    svg = coverage_chart([{"filled": "0–24 %", "agents": 1}, {"filled": "100 %", "agents": 4}])
    assert attributes(svg, "rect", "y", "height") == [("106.5", "32.5"), ("9.0", "130.0")]


@pytest.mark.parametrize("svg", [bar_chart([]), nights_chart([], "a", "b"), calibration_chart([]), coverage_chart([])])
def test_a_picture_of_nothing_is_still_one(svg: str) -> None:
    ElementTree.fromstring(svg)
    assert not re.search("nan|inf", svg)
