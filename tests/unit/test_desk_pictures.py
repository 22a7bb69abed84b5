"""Pictures that the desk draws by hand: where values stand, what is labelled, what is left out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from xuanpin.pipelines.desk.pictures import (
    BOTTOM,
    HEIGHT,
    MOST_DAYS,
    TOP,
    Frame,
    band_picture,
    bars_picture,
    lines_picture,
    nice,
)

DAYS = [f"2026-11-{day:02d}" for day in range(1, 31)]


@pytest.mark.parametrize(
    ("value", "top"),
    [(0.0, 0.01), (0.03, 0.05), (0.05, 0.05), (0.21, 0.25), (1.0, 1.0), (7, 10), (101, 200)],
)
def test_an_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert nice(value) == pytest.approx(top)


def test_values_stand_between_the_axis_and_the_top() -> None:
    frame = Frame(DAYS[:3], 10.0)
    assert [frame.y(value) for value in (0.0, 10.0, 99.0)] == [HEIGHT - BOTTOM, TOP, TOP]
    assert [x for x, _ in frame.points([1.0, None, 2.0])] == [frame.x(0), frame.x(2)]


def test_a_band_shows_rates_bounds_and_the_nights_that_have_a_ceiling() -> None:
    drawn = band_picture(DAYS[:3], [0.1, 0.2, 0.1], [0.0, None, 0.0], [0.2, None, 0.3], [None, 0.4, 0.4])
    picture = ElementTree.fromstring(drawn)
    assert picture.attrib["aria-hidden"] == "true"
    assert len(picture.findall("circle")) == 3
    assert [len(line.attrib["points"].split()) for line in picture.findall("polyline")] == [2, 3]
    assert [len(band.attrib["points"].split()) for band in picture.findall("polygon")] == [4]
    assert "50%" in drawn and "11-02" in drawn


def test_of_many_days_some_are_labelled() -> None:
    drawn = bars_picture(DAYS, list(range(30)), [0] * 30)
    assert len(re.findall(r">11-\d\d<", drawn)) <= MOST_DAYS
    assert drawn.count("<rect") == 60
    assert ">50<" in drawn


def test_one_day_and_nothing_but_zeros_can_be_drawn() -> None:
    for drawn in (lines_picture(DAYS[:1], [0], [0]), band_picture(DAYS[:1], [0.0], [0.0], [0.0], [None])):
        assert "nan" not in drawn and "inf" not in drawn
        ElementTree.fromstring(drawn)
