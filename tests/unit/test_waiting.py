"""How long a pick-up point waits: its own as far as its days say, the platform's else, and never less than seen."""

import numpy as np
import pytest

from xuanpin.models.risk.waiting import ASSUMED_HOURS, Waiting, fit_waiting, share_before


def drawn(
    points: int, days: int, usual: float = 20.0, spread: float = 0.15, seed: int = 5
) -> tuple[np.ndarray, Waiting]:
    """Points whose usual hours spread by `spread`, ten lines a day of deliveries; the last has had none."""
    rng = np.random.default_rng(seed)
    true = np.log(usual) + rng.normal(0.0, spread, points)
    point = np.repeat(np.arange(points), days)
    hours = np.exp(true[point] + rng.normal(0.0, 0.2, len(point)))
    return true, fit_waiting(point, hours, np.full(len(point), 10.0), np.full(points, float(days)))


def test_before_any_delivery_waiting_is_assumed_and_its_upper_end_is_far_off() -> None:
    nothing = np.zeros(0)
    found = fit_waiting(np.zeros(0, np.int64), nothing, nothing, nothing)
    assert np.exp(found.usual).tolist() == pytest.approx([ASSUMED_HOURS])
    assert 40 < found.upper_hours(0.95)[0] <= 48


def test_points_with_many_days_are_told_apart_and_those_with_few_are_the_platforms() -> None:
    true, long = drawn(40, 28)
    assert np.abs(long.usual[:-1] - true).mean() < 0.06
    _, short = drawn(40, 1)
    assert np.ptp(short.usual[:-1]) < 0.6 * np.ptp(long.usual[:-1])


def test_so_many_deliveries_of_a_point_stay_below_its_upper_hours() -> None:
    true, found = drawn(300, 12)
    upper = found.upper_hours(0.95)[:-1]
    rng = np.random.default_rng(6)
    later = np.exp(true[:, None] + rng.normal(0.0, 0.2, (300, 200)))
    assert 0.94 < (later <= upper[:, None]).mean() < 0.985


def test_a_point_without_deliveries_is_doubted_more_than_any_other() -> None:
    _, found = drawn(40, 12)
    assert found.doubt[-1] > found.doubt[:-1].max()
    assert found.upper_hours(0.95)[-1] > np.exp(found.usual[-1])


def test_many_lines_of_one_delivery_are_one_witness() -> None:
    one = fit_waiting(np.array([0, 1]), np.array([10.0, 40.0]), np.array([900.0, 900.0]), np.array([1.0, 1.0]))
    few = fit_waiting(np.array([0, 1]), np.array([10.0, 40.0]), np.array([9.0, 9.0]), np.array([1.0, 1.0]))
    assert one.usual == pytest.approx(few.usual, abs=0.05)


def test_a_share_of_sales_before_an_hour_is_the_groups_own_once_it_has_many() -> None:
    found = share_before(np.array([0.0, 50.0, 5000.0]), np.array([0.0, 50.0, 2500.0]), np.array([0.8, 0.8, 0.8]))
    assert found.tolist() == pytest.approx([0.8, 0.9, 0.503], abs=1e-3)
