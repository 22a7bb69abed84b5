"""What a change does to rates, and how often suppliers have changed before: cases that can be worked out by hand."""

from typing import Any

import numpy as np
import pytest

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.change_frequency import ChangeCount
from xuanpin.models.risk.change_point import earlier_changes
from xuanpin.models.risk.cusum import (
    Expectation,
    RateChange,
    current_prior,
    current_rates,
    cusum,
    expected_means,
    supplier_lifts,
    unchanged,
)
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES, totals_by_age


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float64)


def test_a_groups_mean_weighs_its_skus_by_their_lines_and_leaves_out_the_others() -> None:
    groups = np.array([0, 0, 1, -1])
    found = expected_means(groups, floats(30.0, 10.0, 5.0, 99.0), floats(0.1, 0.5, 0.2, 0.9), 2)
    assert found == pytest.approx([(30 * 0.1 + 10 * 0.5) / 40, 0.2])


def lifts(
    events_since: tuple[float, float, float],
    exposure_since: tuple[float, float, float],
    before: tuple[float, float] = (0.0, 0.0),
) -> Floats:
    """Suppliers 0, 0 and 1 with prior mean .1 worth 90 lines; 10 expected outcomes stand against every lift."""
    none = floats(0.0, 0.0, 0.0)
    past = none + before[0], none + before[1]
    since = floats(*events_since), floats(*exposure_since)
    return supplier_lifts(np.array([0, 0, 1]), past, since, Expectation(floats(0.1, 0.1, 0.1), 90.0))


def test_a_supplier_is_lifted_by_what_came_against_what_was_due() -> None:
    # Supplier 0: 40 came of 100 + 200 lines, 30 due; supplier 1: 2 of 50, 5 due, which lifts nothing.
    assert lifts((10.0, 30.0, 2.0), (100.0, 200.0, 50.0)) == pytest.approx([(40 + 10) / (30 + 10), 1.0])


def test_skus_are_compared_with_their_own_past() -> None:
    """SKUs that came back in 30 of 110 lines before are due (9 + 30) / 200 of their lines since."""
    due = 300 * 39 / 200
    assert lifts((10.0, 100.0, 0.0), (100.0, 200.0, 0.0), (30.0, 110.0))[0] == pytest.approx(120 / (due + 10))


def changed(skus: int, row: int, events: float, exposure: float, lift: float = 1.0) -> RateChange:
    change = unchanged(skus)
    change.is_changed[row], change.events[row], change.exposure[row] = True, events, exposure
    return RateChange(change.is_changed, change.events, change.exposure, change.since, np.full(skus, lift))


def test_nothing_has_changed_where_nothing_is_said() -> None:
    change = unchanged(2)
    assert not change.is_changed.any() and change.since.tolist() == [-1, -1] and change.lift.tolist() == [1.0, 1.0]


def test_a_changed_sku_starts_from_a_weak_prior_and_its_lines_since() -> None:
    change = changed(2, row=1, events=6.0, exposure=10.0)
    prior = current_prior(floats(0.1, 0.1), 50.0, change, 20.0)
    assert prior[1].tolist() == [50.0, 20.0]
    rates = current_rates(prior, floats(3.0, 7.0), floats(100.0, 200.0), change)
    assert rates.alpha == pytest.approx([0.1 * 50 + 3, 0.1 * 20 + 6])
    assert rates.beta == pytest.approx([0.9 * 50 + 97, 0.9 * 20 + 4])


def test_a_prior_weaker_than_that_stays_as_weak() -> None:
    assert current_prior(floats(0.1), 5.0, changed(1, 0, 1.0, 1.0), 20.0)[1].tolist() == [5.0]


def test_a_lift_multiplies_the_prior_mean_up_to_a_rate_that_can_be() -> None:
    lifted, _ = current_prior(floats(0.1, 0.6), 50.0, changed(2, 0, 0.0, 0.0, lift=2.5), 20.0)
    assert lifted == pytest.approx([0.25, 0.95])


def test_a_cusum_starts_again_after_an_alarm_and_tells_the_last() -> None:
    """Six outcomes a day where one is due gain 6 ln 2 - 1 = 3.2: alarms every second day, the last on day 5."""
    found = cusum(np.full((1, 6), 6.0), np.ones((1, 6)), 6.0)
    assert (found.day[0], found.start[0]) == (5, 4)
    assert (found.observed[0], found.expected[0]) == (12.0, 2.0)
    assert found.height[0] == pytest.approx(2 * (6 * np.log(2) - 1))


def test_an_excursion_begins_after_the_last_day_at_zero() -> None:
    arrived = np.array([[5.0, 0.0, 0.0, 0.0, 0.0, 5.0, 6.0]])
    found = cusum(arrived, np.ones((1, 7)), 5.0)
    assert (found.day[0], found.start[0], found.observed[0]) == (6, 5, 11.0)


SPAN = int(CANDIDATE_AGES[-1])


def test_turns_before_the_last_weeks_count_once_a_supplier() -> None:
    """200 days of history, 152 of them before the last weeks: suppliers that began on day 0, 100 and 180."""
    alarmed, starts = np.array([0, 0, 1, 2]), np.array([10, 90, 151, 152])
    found = earlier_changes(np.array([0, 100, 180]), alarmed, starts, 200)
    assert found == ChangeCount(2.0, (152 + 52) / SPAN)


def test_a_platform_younger_than_the_last_weeks_has_seen_nothing() -> None:
    assert earlier_changes(np.array([0, 3]), np.array([0]), np.array([1]), 20) == ChangeCount(0.0, 0.0)


def test_lines_are_added_up_by_how_recent_they_are() -> None:
    table = totals_by_age(np.array([0, 0, 1]), np.array([1, 3, 2]), floats(2.0, 5.0, 7.0), 3)
    assert table.shape == (3, len(CANDIDATE_AGES))
    assert table[0, :5].tolist() == [0.0, 2.0, 2.0, 7.0, 7.0]
    assert table[1, :3].tolist() == [0.0, 0.0, 7.0] and table[2].sum() == 0.0
