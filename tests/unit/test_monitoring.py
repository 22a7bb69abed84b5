"""When predictions are held to be broken, and when an input has changed out of all custom."""

from dataclasses import astuple
from typing import Any

import numpy as np
import pytest

from xuanpin.models.monitoring import Custom, broken_calibration, out_of_custom


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("observed", "lines", "is_broken"),
    [
        pytest.param(0.15, 10_000.0, True, id="half more, surely"),
        pytest.param(0.05, 10_000.0, True, id="half as much, surely"),
        pytest.param(0.15, 500.0, False, id="half more is under four standard errors of 500 lines"),
        pytest.param(0.15, 600.0, True, id="and over four of 600"),
        pytest.param(0.119, 1e6, False, id="sure, but less than a fifth is not worth a look"),
        pytest.param(0.121, 1e6, True, id="more than a fifth is"),
    ],
)
def test_calibration_is_broken_by_a_gap_that_is_sure_and_large(observed: float, lines: float, is_broken: bool) -> None:
    found = broken_calibration(floats(0.1), floats(observed), floats(lines), 0.2)
    assert (found is not None) == is_broken
    if found is not None:
        assert astuple(found) == pytest.approx((0.1, observed, lines))


def test_bins_count_by_their_lines() -> None:
    found = broken_calibration(floats(0.1, 0.4), floats(0.1, 0.9), floats(30_000.0, 10_000.0), 0.2)
    assert found is not None
    assert astuple(found) == pytest.approx((0.175, 0.3, 40_000.0))


@pytest.mark.parametrize("lines", [(), (0.0,)])
def test_without_lines_nothing_is_broken(lines: tuple[()] | tuple[float]) -> None:
    none = np.zeros(len(lines))
    assert broken_calibration(none, none, floats(*lines), 0.2) is None


@pytest.mark.parametrize(
    ("seen", "is_out"),
    [
        pytest.param((201, 100, 100, 100, 100), True, id="more than doubled"),
        pytest.param((200, 100, 100, 100, 100), False, id="doubled"),
        pytest.param((50, 100, 100, 100, 100), False, id="halved"),
        pytest.param((49, 100, 100, 100, 100), True, id="more than halved"),
        pytest.param((0, 100, 100, 100), False, id="three weeks are no custom"),
        pytest.param((0, 50, 50, 50, 50), True, id="fifty a week are enough"),
        pytest.param((0, 49, 49, 49, 49), False, id="fewer say nothing"),
        pytest.param((150, 100, 100, 100, 9_000), False, id="one wild week is not the usual one"),
    ],
)
def test_an_input_is_out_of_custom_when_it_more_than_doubles_or_halves(
    seen: tuple[int, int, int, int, int] | tuple[int, int, int, int], is_out: bool
) -> None:
    found = out_of_custom(np.arange(len(seen)), floats(*seen))
    assert found == (Custom(seen[0], float(np.median(seen[1:]))) if is_out else None)


def test_a_week_without_a_row_is_a_week_without_rows() -> None:
    assert out_of_custom(np.array([1, 2, 3, 4]), floats(100, 100, 100, 100)) == Custom(0.0, 100.0)
