"""How many outcomes a young platform cannot have seen yet, held against delays whose law is known."""

from collections.abc import Callable

import numpy as np
import pytest

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.assumed_delays import ASSUMED_OUTCOMES, COMPLAINED, assumed_hazards, assumed_shares
from xuanpin.models.risk.right_truncation import share_by_oldest

HORIZON = 180
ASSUMED = assumed_shares("return", HORIZON)


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
    found = share_by_oldest(*counts(oldest, LAWS[law]), HORIZON, ASSUMED)
    assert low < found / truth < high
    assert abs(found / truth - 1) <= max(1 / truth - 1, 0.15)  # no worse than to take all as seen


def test_a_platform_as_old_as_the_horizon_has_seen_everything() -> None:
    assert share_by_oldest(*counts(HORIZON, LAWS["long lognormal"]), HORIZON, ASSUMED) == 1.0


def test_without_a_day_that_tells_nothing_is_said() -> None:
    days, shown, at_risk, is_usable = counts(12, LAWS["exponential"], lines=100)
    assert share_by_oldest(days, shown, at_risk, np.zeros_like(is_usable), HORIZON, ASSUMED) == 1.0


def test_days_without_rows_are_days_without_outcomes() -> None:
    days, shown, at_risk, is_usable = counts(12, LAWS["exponential"], lines=40)
    kept = shown > 0
    assert not kept[:12].all()
    usable = is_usable.copy()
    usable[12] = kept[12] = True
    at_risk = np.maximum(at_risk, 1.0)
    whole = share_by_oldest(days, shown, at_risk, usable, HORIZON, ASSUMED)
    assert share_by_oldest(days[kept], shown[kept], at_risk[kept], usable[kept], HORIZON, ASSUMED) == whole < 1.0


def test_returns_are_assumed_to_come_late_and_complaints_at_once() -> None:
    shares = {metric: assumed_shares(metric, HORIZON) for metric in COMPLAINED}
    # Online Retail: half of the returns by the eighth day, eight in ten within a month.
    assert shares["return"][7] == pytest.approx(0.5, abs=0.03) and shares["return"][30] == pytest.approx(0.82, abs=0.03)
    assert shares["complaint"][6] > 0.95 > shares["regret"][6] > shares["return"][6]
    assert all(share[-1] == 1.0 and (np.diff(share) >= 0.0).all() for share in shares.values())
    assert np.cumprod((1.0 - assumed_hazards("regret", HORIZON))[:0:-1])[-1] == pytest.approx(shares["regret"][0])


@pytest.mark.parametrize(("outcomes", "is_assumed"), [(6, True), (6_000, False)])
def test_few_outcomes_leave_what_is_assumed_and_many_outweigh_it(outcomes: int, is_assumed: bool) -> None:
    """Evenly spread over twelve days, as if nothing slowed down, where the law says that two thirds have come."""
    days = np.arange(12)
    shown = np.full(12, outcomes / 12)
    found = share_by_oldest(days, shown, np.cumsum(shown), np.full(12, True), HORIZON, ASSUMED)
    assert (abs(found - ASSUMED[11]) < 0.12) == is_assumed
    assert ASSUMED_OUTCOMES == 10.0
