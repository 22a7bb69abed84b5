"""Pictures of the report: scales reach round numbers, marks stand where values are, and names are text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from xuanpin.pipelines.reporting.charts import (
    bar_chart,
    calibration_chart,
    coverage_chart,
    frontier_chart,
    nights_chart,
)
from xuanpin.pipelines.reporting.drawing import ORANGE, scale, shortened, text_width


@pytest.mark.parametrize(
    ("low", "high", "count", "least", "ticks"),
    [
        (0, 48, 4, 1.0, [0, 10, 20, 30, 40, 50]),
        (0, 634, 4, 0.0, [0, 200, 400, 600, 800]),
        (0.0, 0.19, 4, 0.0, [0, 0.05, 0.1, 0.15, 0.2]),
        (267, 482, 4, 0.0, [250, 300, 350, 400, 450, 500]),
        (0, 2, 4, 1.0, [0, 1, 2]),
        (0, 0, 4, 0.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 500, 5, 0.0, [0, 100, 200, 300, 400, 500]),
    ],
)
def test_a_scale_reaches_the_next_round_number(
    low: float, high: float, count: int, least: float, ticks: list[float]
) -> None:
    found = scale(low, high, 10, 110, count=count, least=least)
    assert found.ticks == pytest.approx(ticks)
    assert (found.at(ticks[0]), found.at(ticks[-1])) == (10, 110)


def test_a_scale_that_ends_at_its_values_has_the_ticks_inside() -> None:
    found = scale(0.0375, 0.075, 0, 300, count=5, is_round=False)
    assert found.ticks == pytest.approx((0.04, 0.05, 0.06, 0.07))
    assert (found.at(0.0375), found.at(0.05), found.at(0.075)) == pytest.approx((0, 100, 300))


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("家居", 22, "家居"), ("家居收纳", 30, "家居…"), ("V0040", 33, "V0040"), ("收", 1, "…")],
)
def test_a_name_is_cut_off_to_its_room(text: str, width: float, shown: str) -> None:
    assert shortened(text, width) == shown
    assert shown == "…" or text_width(shown) <= width


def rows_of(names: str, *values: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Rows with these columns."""
    return [dict(zip(names.split(), row, strict=True)) for row in values]


def test_bars_are_as_long_as_their_values_and_bounds_are_marked() -> None:
    drawn = bar_chart(rows_of("name skus bound", ("<a>", 5, 10), ("b", 10, None)))
    widths = [float(found) for found in re.findall(r'width="([\d.]+)" height="12.0"', drawn)]
    assert widths == [95, 190]
    assert drawn.count(ORANGE) == 1
    assert "&lt;a&gt;" in drawn and "<a>" not in drawn
    assert bar_chart([]).startswith("<svg aria-hidden")


def test_nights_without_an_outcome_have_no_mark() -> None:
    rows = rows_of(
        "list_date promised came", *((f"2026-11-{day}", 4.0, None if day == 23 else 2.0) for day in range(10, 24))
    )
    drawn = nights_chart(rows, "promised", "came")
    assert (drawn.count("<circle"), drawn.count("<rect")) == (13, 14)
    assert [day for day in range(10, 24) if f">11-{day}<" in drawn] == [10, 12, 14, 16, 18, 20, 22]
    assert ">80%<" in nights_chart(rows_of("list_date a b", ("2026-11-22", 0.7, None)), "a", "b", percent=True)


def test_areas_of_dots_compare_and_agents_stand_over_their_share() -> None:
    drawn = calibration_chart(rows_of("predicted observed n", (0.1, 0.2, 100), (0.2, 0.1, 25)))
    assert re.findall(r'r="([\d.]+)"', drawn) == ["6.2", "3.1"]
    assert calibration_chart(rows_of("predicted observed n", (0.0, 0.0, 0))).count("<circle") == 1
    filled = coverage_chart(rows_of("filled agents", ("0–24 %", 0), ("100 %", 59)))
    assert re.findall(r'height="([\d.]+)" fill="#0072b2"', filled) == ["0.0", f"{130 * 59 / 60:.1f}"]


def test_the_line_that_was_asked_for_lies_over_the_others() -> None:
    drawn = frontier_chart(
        rows_of("list_size promise expected_kept_units", (90, 0.05, 3.0), (120, 0.05, 3.0), (150, 0.05, 3.0)), 120, 0.05
    )
    assert re.findall(r">(90|120|150)</text>", drawn) == ["90", "150", "120"]
