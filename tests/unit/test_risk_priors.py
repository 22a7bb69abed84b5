"""What is known of a SKU before its own lines: nothing learnt from nothing, and nothing of itself in its kind."""

import numpy as np
import pytest

from xuanpin.models.risk.beta_binomial import fit_strength, pooled_rates
from xuanpin.models.risk.cusum import expected_arrivals
from xuanpin.models.risk.detection import DetectionCounts, estimate_detection


@pytest.mark.parametrize(("events", "exposure"), [([0.0, 0.0], [40.0, 9.0]), ([0.0, 0.0], [0.0, 0.0])])
def test_without_any_outcome_the_prior_is_as_weak_as_it_gets(events: list[float], exposure: list[float]) -> None:
    assert fit_strength(np.full(2, 0.1), np.array(events), np.array(exposure)) == 0.5


def test_a_sku_is_no_witness_for_its_own_kind() -> None:
    kind, exposure = np.zeros(3, np.int64), np.array([100.0, 100.0, 100.0])
    quiet = pooled_rates(kind, kind, np.array([0.0, 10.0, 10.0]), exposure, 20.0, without_self=True)
    loud = pooled_rates(kind, kind, np.array([90.0, 10.0, 10.0]), exposure, 20.0, without_self=True)
    assert quiet[0] == loud[0] == pytest.approx(0.1, abs=0.005)
    assert quiet[1] < loud[1]


def test_a_platform_that_has_read_nothing_yet_is_not_found_insensitive() -> None:
    complained = DetectionCounts(
        lines=100.0,
        fault_lines=0.0,
        only_complained=10.0,
        faults_with_feedback=0.0,
        faults_with_complaint=0.0,
        plain_returns=0.0,
        plain_with_complaint=0.0,
        plain_with_feedback=0.0,
        plain_read_happy=0.0,
        kept_lines=90.0,
        kept_with_feedback=0.0,
        transit_days=0.0,
    )
    assert estimate_detection(complained) == pytest.approx((1.0, 0.0), abs=1e-12)


def test_a_day_is_expected_at_the_rate_of_the_days_before_it() -> None:
    due = expected_arrivals(np.array([[10.0, 20.0]]), np.array([[5.0, 0.0]]), np.array([0.1]), 10.0)
    assert due[0] == pytest.approx([10 * 0.1, 10 * (0.1 * 10 + 5) / (10 + 10)])
