"""How many outcomes a young platform cannot have seen yet, held against delays whose law is known."""

from collections.abc import Callable

import numpy as np
import pytest

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.right_truncation import share_by_oldest

HORIZON = 180


def counts(
    oldest: int, draw: Callable[[np.random.Generator, int], Floats], lines: int = 60_000
) -> tuple[Ints, Floats, Floats, Flags]:
    """Days, outcomes of that delay and outcomes at risk, of lines delivered evenly over `oldest` days."""
    rng = np.random.default_rng(oldest)
    age, delay = rng.integers(0, oldest + 1, lines), np.floor(draw(rng, lines))
    seen = delay <= age
    age, delay = age[seen], delay[seen]
    days = np.arange(oldest + 1)
    shown = np.array([(delay == day).sum() for day in days], np.float64)
    at_risk = np.array([((delay <= day) & (age >= day)).sum() for day in days], np.float64)
    return days, shown, at_risk, at_risk >= 10


LAWS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "exponential": lambda rng, size: rng.exponential(6.0, size),
    "lognormal": lambda rng, size: rng.lognormal(np.log(6.0), 1.05, size),
    "long lognormal": lambda rng, size: rng.lognormal(np.log(10.0), 1.6, size),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("oldest", "low", "high"), [(12, 0.8, 1.35), (27, 0.9, 1.2), (57, 0.95, 1.1)])
def test_the_share_comes_near_the_truth_long_before_everything_has_shown(
    law: str, oldest: int, low: float, high: float
) -> None:
    drawn = np.floor(LAWS[law](np.random.default_rng(0), 200_000))
    truth = float(np.mean(drawn <= oldest) / np.mean(drawn <= HORIZON))
    found = share_by_oldest(*counts(oldest, LAWS[law]), HORIZON)
    assert low < found / truth < high
    assert abs(found / truth - 1) <= max(1 / truth - 1, 0.15)  # no worse than to take all as seen


def test_a_platform_as_old_as_the_horizon_has_seen_everything() -> None:
    assert share_by_oldest(*counts(HORIZON, LAWS["long lognormal"]), HORIZON) == 1.0


def test_without_a_day_that_tells_nothing_is_said() -> None:
    days, shown, at_risk, is_usable = counts(12, LAWS["exponential"], lines=100)
    assert share_by_oldest(days, shown, at_risk, np.zeros_like(is_usable), HORIZON) == 1.0


def test_days_without_rows_are_days_without_outcomes() -> None:
    days, shown, at_risk, is_usable = counts(12, LAWS["exponential"], lines=40)
    kept = shown > 0
    assert not kept[:12].all()
    usable = is_usable.copy()
    usable[12] = kept[12] = True
    at_risk = np.maximum(at_risk, 1.0)
    whole = share_by_oldest(days, shown, at_risk, usable, HORIZON)
    assert share_by_oldest(days[kept], shown[kept], at_risk[kept], usable[kept], HORIZON) == whole < 1.0
