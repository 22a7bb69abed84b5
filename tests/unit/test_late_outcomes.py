"""How many outcomes a young platform cannot have seen yet, held against delays whose law is known."""

import numpy as np
import pytest

from models.late_outcomes import share_by_oldest

HORIZON = 180


def counts(oldest: int, draw, lines: int = 60_000):
    """Days, outcomes of that delay and outcomes at risk, of lines delivered evenly over `oldest` days."""
    rng = np.random.default_rng(oldest)
    age, delay = rng.integers(0, oldest + 1, lines), np.floor(draw(rng, lines))
    seen = delay <= age
    age, delay = age[seen], delay[seen]
    days = np.arange(oldest + 1)
    shown = np.array([(delay == day).sum() for day in days], np.float64)
    at_risk = np.array([((delay <= day) & (age >= day)).sum() for day in days], np.float64)
    return days, shown, at_risk


LAWS = {
    "exponential": lambda rng, size: rng.exponential(6.0, size),
    "lognormal": lambda rng, size: rng.lognormal(np.log(6.0), 1.05, size),
    "long lognormal": lambda rng, size: rng.lognormal(np.log(10.0), 1.6, size),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("oldest", "low", "high"), [(12, 0.8, 1.35), (27, 0.9, 1.2), (57, 0.95, 1.1)])
def test_the_share_comes_near_the_truth_long_before_everything_has_shown(law, oldest, low, high):
    drawn = np.floor(LAWS[law](np.random.default_rng(0), 200_000))
    truth = np.mean(drawn <= oldest) / np.mean(drawn <= HORIZON)
    found = share_by_oldest(*counts(oldest, LAWS[law]), HORIZON, 10)
    assert low < found / truth < high
    assert abs(found / truth - 1) <= max(1 / truth - 1, 0.15)  # no worse than to take all as seen


def test_a_platform_as_old_as_the_horizon_has_seen_everything():
    assert share_by_oldest(*counts(HORIZON, LAWS["long lognormal"]), HORIZON, 10) == 1.0


def test_the_oldest_lines_are_heeded_only_where_enough_of_them_tell():
    """On a platform with a few returns half the most is enough; one late return alone never is."""
    days, at_risk = np.arange(4), np.array([2.0, 5.0, 6.0, 1.0])
    without, with_late = (
        share_by_oldest(days, np.array([2.0, 3.0, 2.0, late]), at_risk, HORIZON, 10) for late in (0.0, 1.0)
    )
    assert with_late == pytest.approx(without, abs=0.02) and 0.6 < without < 0.8
    assert share_by_oldest(days, np.zeros(4), np.zeros(4), HORIZON, 10) == 1.0
