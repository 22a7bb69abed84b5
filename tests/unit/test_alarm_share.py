"""The evidence behind alarms and the share of false ones, on cases that can be worked out by hand or by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.alarm_share import READ_RATIO, false_shares, false_starts, strongest
from xuanpin.models.risk.cusum import Alarm


def evidence(*heights: float, start: tuple[int, ...] = ()) -> Alarm:
    size = len(heights)
    nothing = np.zeros(size)
    starts = np.array(start or (70,) * size, dtype=np.int64)
    return Alarm(np.full(size, 80), starts, np.array(heights), nothing, nothing)


def test_the_strongest_evidence_is_the_highest_point_of_its_excursion() -> None:
    arrived: Floats = np.zeros((1, 10))
    arrived[0, [3, 4, 7]] = (2.0, 3.0, 1.0)
    found = strongest(arrived, np.full((1, 10), 0.5), 10)
    # Two gain 2 ln 3 less 2 * .5, the next three likewise; all that comes later is lost again.
    assert found.height[0] == pytest.approx(5.0 * np.log(READ_RATIO) - 2 * 2.0 * 0.5)
    assert (found.start[0], found.day[0], found.observed[0], found.expected[0]) == (3, 4, 5.0, pytest.approx(1.0))


def test_only_the_last_days_are_read_and_nothing_is_no_evidence() -> None:
    arrived: Floats = np.zeros((2, 40))
    arrived[0, 5] = 4.0
    assert strongest(arrived, np.full((2, 40), 0.5), 28).height.tolist() == [0.0, 0.0]
    assert strongest(arrived, np.full((2, 40), 0.5), 40).height[0] > 0.0


def test_an_excursion_may_begin_before_the_days_that_are_read() -> None:
    arrived: Floats = np.zeros((1, 40))
    arrived[0, 10:14] = 1.0
    found = strongest(arrived, np.full((1, 40), 0.2), 28)
    assert (found.start[0], found.day[0], found.observed[0]) == (10, 13, 4.0)


def test_the_share_is_the_expected_false_ones_over_those_as_high() -> None:
    share = false_shares(evidence(8.0, 5.0, 8.0, 0.0), 100.0, 60)
    low = 100.0 * np.exp(-5.0) / 3.0
    assert share == pytest.approx([50.0 * np.exp(-8.0), low, 50.0 * np.exp(-8.0), 1.0])


def test_a_stronger_alarm_is_never_less_sure() -> None:
    # Alone the highest would have the share 10 e^-3 = .5; with the nine below it the whole is surer.
    share = false_shares(evidence(3.0, *[2.9] * 9), 10.0, 60)
    assert share[0] == share[1] == pytest.approx(10.0 * np.exp(-2.9) / 10.0)


def test_alarms_that_stand_for_months_are_no_company_for_chance() -> None:
    fresh = false_shares(evidence(6.0, 7.0, 7.0), 100.0, 60)
    old = false_shares(evidence(6.0, 7.0, 7.0, start=(70, 10, 10)), 100.0, 60)
    assert old[0] == pytest.approx(3.0 * fresh[0])


@pytest.mark.parametrize("daily", [0.02, 0.2, 1.0, 4.0])
def test_the_expected_false_alarms_are_at_least_those_of_chance(daily: float) -> None:
    rng = np.random.default_rng(11)
    expected: Floats = np.full((40_000, 60), daily)
    found = strongest(rng.poisson(expected).astype(np.float64), expected, 28)
    height = found.height[found.start >= 60 - 28]
    starts = false_starts(expected, 28)
    for limit in (3.0, 4.0, 5.0):
        assert (height >= limit).sum() <= 1.15 * starts * np.exp(-limit) + 3.0
    if daily == 0.2:
        assert (height >= 3.0).sum() >= 0.3 * starts * np.exp(-3.0)
