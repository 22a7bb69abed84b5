"""The mathematics of the scores on cases that can be worked out by hand or by another library."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from xuanpin.models.evaluation.reliability import brier, calibration_slope, log_loss, reliability, worst_precision
from xuanpin.models.risk.beta_binomial import BetaRates, HierarchicalRate, pooled_rates, posterior
from xuanpin.models.risk.cusum import cusum, expected_arrivals, find_break, mature_exposure
from xuanpin.models.risk.demand import units_per_post
from xuanpin.models.risk.detection import Detection, DetectionCounts, added_by_outliers, estimate_detection, happy_odds
from xuanpin.models.risk.evidence_needed import clean_lines_needed
from xuanpin.models.risk.fault_attribution import fit_effects, line_shares
from xuanpin.models.risk.satisfaction import as_if_all_wrote, content_rates, happy_rates


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float64)


def test_posterior_adds_lines_to_the_prior() -> None:
    rates = posterior(floats(0.1), 20.0, floats(3.0), floats(10.0))
    assert (rates.alpha[0], rates.beta[0]) == pytest.approx((5.0, 25.0))
    # More has shown than the thinned exposure expects: the excess never counts as clean lines.
    assert posterior(floats(0.1), 20.0, floats(3.0), floats(1.0)).beta[0] == pytest.approx(18.0)


def test_landmine_probability_and_bounds_agree() -> None:
    rates = BetaRates(floats(5.0), floats(25.0))
    assert rates.probability_above(rates.quantile(0.95))[0] == pytest.approx(0.05)


def test_a_platform_without_any_order_still_gets_rates() -> None:
    kinds = pd.DataFrame({"department": ["a"], "category": ["a/b"], "supplier_id": ["s"], "price_band": [0]})
    model = HierarchicalRate().fit(kinds, floats(0.0), floats(0.0), np.array([0]))
    assert model.posterior(floats(0.0), floats(0.0)).mean[0] == pytest.approx(0.5)


def test_strength_follows_how_much_skus_differ() -> None:
    rng = np.random.default_rng(2)
    exposure = np.full(3_000, 40.0)
    bands = np.zeros(3_000, dtype=int)
    kinds = pd.DataFrame({"department": "a", "category": "a/b", "supplier_id": "s", "price_band": bands})
    folds = np.arange(3_000) % 5
    for truth in (10.0, 100.0):
        rate = rng.beta(0.1 * truth, 0.9 * truth, 3_000)
        model = HierarchicalRate().fit(kinds, rng.binomial(40, rate).astype(float), exposure, folds)
        assert model.strength_ == pytest.approx(truth, rel=0.25)
        assert model.prior_mean_ == pytest.approx(0.1, abs=0.01)


def test_thin_groups_lean_on_their_parents() -> None:
    rates = pooled_rates(np.array([0, 1]), np.array([0, 0]), floats(0.0, 100.0), floats(0.0, 900.0), 100.0)
    parent = (100.0 + 100.0 * 100.5 / 901.0) / 1_000.0
    assert rates[0] == pytest.approx(parent)
    assert rates[1] == pytest.approx((100.0 + 100.0 * parent) / 1_000.0)


def test_demand_of_an_unseen_sku_is_that_of_its_category() -> None:
    shown = floats(1_000.0, 1_000.0, 0.0)
    demand = units_per_post(np.zeros(3, int), np.zeros(3, int), floats(200.0, 200.0, 0.0), shown, 50.0)
    assert demand == pytest.approx([0.2, 0.2, 0.2], rel=0.03)


def test_demand_is_shrunk_to_a_category_that_leaves_the_sku_itself_out() -> None:
    """Three SKUs of one category; the strength is that of the negative-binomial likelihood on the others' means."""
    units, shown, group = floats(40.0, 10.0, 3.0), floats(50.0, 50.0, 50.0), np.zeros(3, int)
    mean = pooled_rates(group, group, units, shown, 20.0, without_self=True)
    assert mean[0] < mean[1] < mean[2]
    strengths = np.exp(np.linspace(np.log(0.05), np.log(10_000.0), 20_001))[:, None]
    fit = np.sum(nbinom.logpmf(units, mean * strengths, strengths / (strengths + shown)), axis=1)
    best = strengths[np.argmax(fit), 0]
    expected = (mean * best + units) / (best + shown)
    assert units_per_post(group, group, units, shown, 20.0) == pytest.approx(expected, rel=1e-3)


def test_content_is_happy_and_neither_regretted_nor_sent_back() -> None:
    happy, regret = BetaRates(floats(80.0), floats(20.0)), BetaRates(floats(10.0), floats(90.0))
    # A fifth of the lines is sent back for its size: of the lines not regretted that is .2 / .9.
    plain = BetaRates(floats(200.0), floats(800.0))
    draws = np.random.default_rng(0)
    regrets = draws.beta(10, 90, 200_000)
    sample = draws.beta(80, 20, 200_000) * (1.0 - regrets) * (1.0 - draws.beta(200, 800, 200_000) / 0.9)
    content = content_rates(happy, regret, plain)
    assert content.mean[0] == pytest.approx(0.8 * 0.9 * (1.0 - 0.2 / 0.9))
    assert content.quantile(0.05)[0] == pytest.approx(np.quantile(sample, 0.05), abs=0.004)


def test_observed_rates_are_corrected_to_true_ones() -> None:
    """Of true rates .1 and .3, with a sensitivity of .8 and a false positive rate of .02."""
    detection = Detection(sensitivity=0.8, false_positive_rate=0.02)
    seen = detection.observed(floats(0.1, 0.3))
    assert seen == pytest.approx([0.098, 0.254])
    assert detection.true(seen) == pytest.approx([0.1, 0.3])
    rates = BetaRates(seen * 1e6, (1.0 - seen) * 1e6, detection)
    assert rates.mean == pytest.approx([0.1, 0.3], abs=1e-6)
    assert rates.probability_above(floats(0.11, 0.29)) == pytest.approx([0.0, 1.0], abs=1e-3)
    assert rates.quantile(0.5) == pytest.approx([0.1, 0.3], abs=1e-4)


def test_the_mean_of_a_rate_near_the_false_rate_matches_draws() -> None:
    detection = Detection(sensitivity=0.9, false_positive_rate=0.03, added=0.01)
    drawn = detection.true(np.random.default_rng(0).beta(2.0, 60.0, 400_000))
    assert BetaRates(floats(2.0), floats(60.0), detection).mean[0] == pytest.approx(drawn.mean(), abs=2e-4)


def test_detection_is_estimated_from_lines_whose_outcome_is_known() -> None:
    """10 % regrets, half of them sent back; a complaint sensitivity of .6, a false positive rate of .02."""
    counts = DetectionCounts(
        lines=100_000.0,
        fault_lines=5_000.0,
        only_complained=5_000.0 * 0.6 + 90_000.0 * 0.02,
        faults_with_feedback=2_000.0,
        faults_with_complaint=1_200.0,
        plain_returns=10_000.0,
        plain_with_complaint=200.0,
        plain_with_feedback=1_000.0,
        plain_read_happy=0.0,
        kept_lines=80_000.0,
        kept_with_feedback=0.3 * 60_000.0 + 0.1 * 20_000.0,
        transit_days=300_000.0,
    )
    sensitivity, false_positive_rate = estimate_detection(counts)
    assert false_positive_rate == pytest.approx(0.02, abs=0.002)
    assert sensitivity == pytest.approx((5_000 + 3_000) / 10_000, abs=0.02)
    # Three quarters of the keepers are happy and write three times as often as the others.
    assert happy_odds(counts, 0.9) == pytest.approx(3.0, abs=0.2)
    silent = DetectionCounts(1_000.0, 50.0, 0.0, 0.0, 0.0, 20.0, 0.0, 0.0, 0.0, 900.0, 0.0, 0.0)
    assert estimate_detection(silent) == (1.0, 0.0) and happy_odds(silent, 0.9) == 1.0


def test_votes_of_those_who_like_to_write_are_weighed_down() -> None:
    votes = BetaRates(floats(900.0), floats(100.0))
    asked = as_if_all_wrote(votes, 3.0)
    assert asked.mean[0] == pytest.approx(0.75)
    low = votes.quantile(0.05)[0]
    assert asked.quantile(0.05)[0] == pytest.approx(low / (low + 3.0 * (1.0 - low)), abs=0.003)


def test_a_best_seller_is_one_sku_and_not_a_thousand() -> None:
    """Two suppliers whose SKUs are alike but for one bad best-seller: its kind is hardly worse for it."""
    kinds = pd.DataFrame({"department": "a", "category": "a/b", "supplier_id": ["s", "t"] * 200, "price_band": 0})
    exposure = np.full(400, 40.0)
    events = np.random.default_rng(6).binomial(40, np.random.default_rng(7).beta(1.0, 9.0, 400)).astype(float)
    exposure[0], events[0] = 8_000.0, 4_000.0
    model = HierarchicalRate().fit(kinds, events, exposure, np.arange(400) % 5)
    assert model.prior_mean_[0] == pytest.approx(model.prior_mean_[1], abs=0.03)
    assert model.prior_mean_[2] < 0.15


def test_losses_match_single_lines() -> None:
    predicted, events, trials = floats(0.1, 0.4, 0.7), floats(1.0, 2.0, 3.0), floats(8.0, 5.0, 4.0)
    lines = np.repeat(predicted, trials.astype(int))
    outcome = np.concatenate([np.arange(n) < k for k, n in zip(events, trials, strict=True)]).astype(int)
    assert log_loss(predicted, events, trials) == pytest.approx(sklearn_log_loss(outcome, lines))
    assert brier(predicted, events, trials) == pytest.approx(brier_score_loss(outcome, lines))


def test_reliability_of_true_rates_and_of_exaggerated_ones() -> None:
    rng = np.random.default_rng(3)
    truth, trials = rng.uniform(0.02, 0.5, 4_000), np.full(4_000, 50.0)
    events = rng.binomial(50, truth).astype(float)
    assert reliability(truth, events, trials).expected_error < 0.01
    assert calibration_slope(truth, events, trials) == pytest.approx(1.0, abs=0.03)
    exaggerated = 1.0 / (1.0 + np.exp(-2.0 * np.log(truth / (1.0 - truth))))
    assert calibration_slope(exaggerated, events, trials) == pytest.approx(0.5, abs=0.02)
    assert reliability(exaggerated, events, trials).expected_error > 0.05
    with pytest.raises(ValueError, match="at least one row"):
        reliability(truth, events, np.zeros(4_000))


def test_worst_precision_counts_the_bad_among_the_highest() -> None:
    assert worst_precision(floats(0.9, 0.1, 0.8), np.array([True, True, False]), 2) == 0.5


def test_clean_lines_are_the_fewest_that_admit() -> None:
    rates, ceiling = BetaRates(floats(6.0, 1.0, 3.0), floats(40.0, 60.0, 9.0)), floats(0.08, 0.08, 0.0)
    needed = clean_lines_needed(rates, ceiling, 0.3)
    assert needed[1] == 0 and needed[2] == -1 and needed[0] > 0
    one_less = BetaRates(rates.alpha, rates.beta + needed - 1.0).probability_above(ceiling)[0]
    enough = BetaRates(rates.alpha, rates.beta + needed).probability_above(ceiling)[0]
    assert one_less > 0.3 >= enough


def test_exposure_thins_young_lines_by_the_curve() -> None:
    exposure = mature_exposure(np.array([[10.0, 0.0, 4.0]]), floats(0.2, 0.5, 1.0))
    assert exposure[0] == pytest.approx([2.0, 5.0, 10.8])


def test_cusum_finds_a_tripled_rate_and_leaves_a_steady_one_alone() -> None:
    rng = np.random.default_rng(4)
    lines = np.full((400, 70), 10.0)
    exposure = np.cumsum(lines, axis=1)
    steady = rng.poisson(1.0, (400, 70)).astype(float)
    shifted = steady.copy()
    shifted[:, 40:] = rng.poisson(3.0, (400, 30))
    mean = np.full(400, 0.1)
    calm = cusum(steady, expected_arrivals(exposure, steady, mean, 200.0), 6.0)
    alarmed = cusum(shifted, expected_arrivals(exposure, shifted, mean, 200.0), 6.0)
    assert (calm.day >= 0).mean() <= 0.02
    assert (alarmed.day >= 40).mean() >= 0.97


def test_the_break_is_dated_by_delivery() -> None:
    events, lines = np.zeros((1, 60)), np.full((1, 60), 20.0)
    events[0, :50], events[0, 50:] = 1.0, 12.0
    since, after, exposure = find_break(events, lines, floats(0.05), 50.0, 10.0)
    assert (since[0], after[0], exposure[0]) == (50, 120.0, 200.0)
    # SKUs that got better keep their whole history, and SKUs like their kind have no break at all.
    assert find_break(events[:, ::-1], lines, floats(0.05), 50.0, 10.0)[0][0] == 0
    assert find_break(np.full((1, 60), 0.5), lines, floats(0.05), 50.0, 10.0)[0][0] == -1


def test_crossed_effects_attribute_regrets_to_the_carrier_and_not_its_skus() -> None:
    rng = np.random.default_rng(5)
    size = 40_000
    levels = {"sku": (0, 200), "carrier": (0, 5), "customer": (-1, 3_000)}
    factors = {name: rng.integers(*span, size, dtype=np.int32) for name, span in levels.items()}
    rate = 0.05 * np.where(factors["carrier"] == 2, 4.0, 1.0)
    regretted = (rng.random(size) < rate).astype(float)
    effects = fit_effects(factors, {}, regretted, np.full(size, rate.mean()))
    assert np.flatnonzero(effects["carrier"].is_outlier).tolist() == [2]
    assert effects["carrier"].multiplier[2] == pytest.approx(0.2 / rate.mean(), rel=0.1)
    assert not effects["sku"].is_outlier.any()
    shares = line_shares(effects, factors)
    assert shares["carrier"][factors["carrier"] == 2].mean() > 0.55


def test_observed_events_are_corrected_once_for_counts_and_for_rates() -> None:
    """Of 100 lines 10 regrets: 8 are detected, and 1.8 false positives among the 90 others."""
    detection = Detection(sensitivity=0.8, false_positive_rate=0.02, added=0.1)
    assert detection.corrected(floats(9.8), floats(100.0)) == pytest.approx([10.0])
    # What outlier sources add is customers' regret, not the SKUs' own: it belongs to rates alone.
    assert detection.true(floats(0.098)) == pytest.approx([0.1 + 0.9 * 0.1])
    # Fewer observed than the false positives: a count may fall below 0, a rate may not.
    assert detection.corrected(floats(1.0), floats(100.0))[0] < 0.0
    assert detection.true(floats(0.01)) == pytest.approx([0.1])


@pytest.mark.parametrize(
    ("excused_regrets", "excused", "added"),
    [
        pytest.param(30.0, 100.0, (30 - 10) / 1_100, id="beyond what the SKUs explain, a line of the platform"),
        pytest.param(5.0, 100.0, 0.0, id="fewer than the SKUs explain"),
        pytest.param(0.0, 0.0, 0.0, id="no outlier source"),
        pytest.param(5_000.0, 100.0, 0.5, id="never more than half"),
    ],
)
def test_outlier_sources_add_what_skus_do_not_explain(excused_regrets: float, excused: float, added: float) -> None:
    assert added_by_outliers(100.0, 1_000.0, excused_regrets, excused) == pytest.approx(added)


def test_a_sensitivity_that_cannot_be_is_not_believed() -> None:
    undetected = DetectionCounts(1_000.0, 100.0, 50.0, 400.0, 0.0, 0.0, 0.0, 0.0, 0.0, 850.0, 0.0, 0.0)
    # 20 of 420 faults were detected; taken as 0.2, the 50 silent complaints stand for 250 regrets.
    assert estimate_detection(undetected)[0] == pytest.approx((100 + 0.2 * 250) / 350)


def test_false_complaints_explain_away_no_more_than_half() -> None:
    false_complaints = DetectionCounts(1_000.0, 100.0, 90.0, 0.0, 0.0, 600.0, 500.0, 0.0, 0.0, 300.0, 0.0, 0.0)
    assert estimate_detection(false_complaints)[1] == pytest.approx(0.5 * 90 / 900)


def test_skus_that_disappoint_some_please_the_others_less() -> None:
    """Half of the SKUs are regretted three times as often and liked less; one of each sort has not a single vote."""
    rng = np.random.default_rng(9)
    bad = np.arange(400) % 2 == 0
    kinds = pd.DataFrame({"department": "a", "category": "a/b", "supplier_id": "s", "price_band": np.zeros(400)})
    votes = np.full(400, 30.0)
    votes[:2] = 0.0
    happy = rng.binomial(votes.astype(int), np.where(bad, 0.6, 0.9)).astype(float)
    found = happy_rates(kinds, happy, votes, np.where(bad, 0.15, 0.05), np.arange(400) % 5, 1.0)
    assert found.mean[:2] == pytest.approx([0.6, 0.9], abs=0.04)
    # The happy write three times as often: among nine votes of ten, three keepers of four are happy.
    asked = happy_rates(kinds, happy, votes, np.where(bad, 0.15, 0.05), np.arange(400) % 5, 3.0)
    assert asked.mean[:2] == pytest.approx([0.6 / (0.6 + 3 * 0.4), 0.75], abs=0.05)


def test_where_nobody_writes_what_is_kept_counts_as_liked() -> None:
    kinds = pd.DataFrame({"department": ["a"], "category": ["a/b"], "supplier_id": ["s"], "price_band": [0]})
    assert happy_rates(kinds, floats(0.0), floats(0.0), floats(0.1), np.array([0]), 3.0).mean[0] > 0.999
