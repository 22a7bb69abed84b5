"""Labels correct what a model reads, whatever its errors: nine in ten intervals hold the true share of the happy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates
from xuanpin.models.risk.detection import DetectionCounts
from xuanpin.models.risk.reader_error import (
    EXACT,
    UNTESTED,
    LabelledVotes,
    ReaderError,
    error_by_labels,
    error_by_outcomes,
    prediction_powered,
)
from xuanpin.models.risk.satisfaction import as_people_judge, happy_rates

STRATA = 8


class Platform:
    """Votes of a platform that a reader with errors of its own has read; people label 200 of them."""

    def __init__(self, seed: int, votes: int = 4_000, labels: int = 200) -> None:
        rng = np.random.default_rng(seed)
        self.happy: Flags = rng.random(votes) < rng.uniform(0.5, 0.95)
        # Readers that mistake few or many, of either kind, and are surer the more often they are right.
        sharpness, bias = rng.uniform(0.5, 3.0), rng.normal(0.0, 1.0)
        reading = 1.0 / (1.0 + np.exp(-(sharpness * (2.0 * self.happy - 1.0) + bias + rng.normal(size=votes))))
        self.stratum: Ints = np.minimum(reading * STRATA, STRATA - 1).astype(np.int64)
        self.read: Flags = reading >= 0.625
        # As the sheet does: half where the reader is least sure, half anywhere else.
        order = np.argsort(np.abs(reading - 0.5), kind="stable")
        rest = rng.permutation(order[labels // 2 :])[: labels - labels // 2]
        asked = np.concatenate([order[: labels // 2], rest])
        self.labelled = LabelledVotes(self.stratum[asked], self.read[asked], self.happy[asked])

    @property
    def counts(self) -> tuple[Floats, Floats]:
        every, read = (np.bincount(part, minlength=STRATA) for part in (self.stratum, self.stratum[self.read]))
        return every.astype(np.float64), read.astype(np.float64)


def test_nine_in_ten_intervals_of_200_labels_hold_the_truth() -> None:
    held, off, width = [], [], []
    for seed in range(400):
        platform = Platform(seed)
        mean, variance = prediction_powered(*platform.counts, platform.labelled)
        truth = platform.happy.mean()
        held.append(abs(mean - truth) <= 1.645 * np.sqrt(variance))
        off.append(mean - truth)
        width.append(np.sqrt(variance))
    assert 0.87 <= np.mean(held) <= 0.97
    assert abs(np.mean(off)) < 0.005
    assert np.mean(width) < 0.05


def test_the_model_alone_is_far_off_where_labels_are_not() -> None:
    platforms = [Platform(seed) for seed in range(100)]
    alone = [abs(platform.read.mean() - platform.happy.mean()) for platform in platforms]
    powered = [
        abs(prediction_powered(*platform.counts, platform.labelled)[0] - platform.happy.mean())
        for platform in platforms
    ]
    assert np.mean(powered) < 0.35 * np.mean(alone)


def test_labels_that_agree_leave_what_is_read_as_it_is() -> None:
    votes, read = np.array([100.0, 300.0]), np.array([0.0, 300.0])
    labelled = LabelledVotes(np.repeat([0, 1], 100), np.repeat([False, True], 100), np.repeat([False, True], 100))
    error = error_by_labels(votes, read, labelled)
    assert error.is_calibrated and error.shift == pytest.approx(0.0)
    assert 0.0 < error.deviation < 0.2


def test_the_shift_brings_the_read_share_to_what_people_say() -> None:
    votes, read = np.array([200.0, 800.0]), np.array([0.0, 800.0])
    # A quarter of what is read as happy is not.
    labelled = LabelledVotes(np.repeat([0, 1], 100), np.repeat([False, True], 100), np.arange(200) >= 125)
    error = error_by_labels(votes, read, labelled)
    assert error.shift == pytest.approx(logit(0.6) - logit(0.8))


@pytest.mark.parametrize(
    ("written", "heard", "kept", "deviation"),
    [
        pytest.param(100.0, 90.0, 400.0, -np.log(0.9), id="most of those who send back for a fault complain"),
        pytest.param(100.0, 60.0, 400.0, -np.log(0.6), id="just enough of them"),
        pytest.param(100.0, 59.0, 400.0, None, id="too few of them"),
        pytest.param(29.0, 29.0, 400.0, None, id="too few wrote at all"),
        pytest.param(30.0, 30.0, 400.0, 0.0, id="just enough wrote"),
        pytest.param(100.0, 90.0, 99.0, None, id="too few who kept it wrote"),
        pytest.param(0.0, 0.0, 0.0, None, id="nobody wrote"),
    ],
)
def test_outcomes_test_the_reading_where_chat_and_returns_tell_the_same(
    written: float, heard: float, kept: float, deviation: float | None
) -> None:
    counts = DetectionCounts(
        lines=9e3, fault_lines=5e2, only_complained=10.0, faults_with_feedback=written, faults_with_complaint=heard,
        plain_returns=1e2, plain_with_complaint=1.0, plain_with_feedback=5.0, plain_read_happy=0.0, kept_lines=8e3,
        kept_with_feedback=kept, transit_days=9e3,
    )  # fmt: skip
    error = error_by_outcomes(counts, 0.8)
    assert error.is_calibrated == (deviation is not None)
    assert error.deviation == pytest.approx(UNTESTED if deviation is None else deviation)
    # Ten complaints beside the votes: where chat and returns disagree these tell how many are unhappy, and not who.
    disagrees = deviation is None and written >= 30.0 and kept >= 100.0
    among_all = logit(0.8 * kept / (kept + 10.0)) - logit(0.8) if disagrees else 0.0
    assert error.shift == pytest.approx(among_all)


@pytest.mark.parametrize(
    ("read_happy", "lukewarm"),
    [
        pytest.param(0.0, 0.1, id="none of the lukewarm is read happy"),
        pytest.param(25.0, 0.4 / 3.0, id="a quarter of them may be"),
        pytest.param(120.0, 0.2, id="no more than half are taken to be"),
    ],
)
def test_praise_of_what_was_sent_back_lowers_the_happy_share_by_half_of_what_it_may_mean(
    read_happy: float, lukewarm: float
) -> None:
    counts = DetectionCounts(
        lines=9e3, fault_lines=5e2, only_complained=10.0, faults_with_feedback=100.0, faults_with_complaint=80.0,
        plain_returns=5e2, plain_with_complaint=1.0, plain_with_feedback=80.0, plain_read_happy=read_happy,
        kept_lines=8e3, kept_with_feedback=4e2, transit_days=9e3,
    )  # fmt: skip
    error = error_by_outcomes(counts, 0.9)
    span = logit(0.9) - logit(1.0 - lukewarm)
    assert error.shift == pytest.approx(-span / 2.0)
    assert error.deviation == pytest.approx(np.hypot(np.log(0.8), span / 2.0))
    assert error.judged(0.9) == pytest.approx(expit(logit(0.9) - span / 2.0)) and error.judged(1.0) == 1.0


def test_a_common_error_moves_and_widens_the_share_of_every_sku() -> None:
    votes = BetaRates(np.array([8.0, 80.0]), np.array([2.0, 20.0]))
    same = as_people_judge(votes, EXACT)
    np.testing.assert_allclose(same.mean, votes.mean)
    np.testing.assert_allclose(same.variance, votes.variance)
    moved = as_people_judge(votes, ReaderError(-1.0, 0.5, True))
    np.testing.assert_allclose(logit(moved.mean), logit(votes.mean) - 1.0)
    slope = (moved.mean * (1.0 - moved.mean)) ** 2
    np.testing.assert_allclose(moved.variance, votes.variance * slope / 0.16**2 + 0.25 * slope)


def test_who_reads_wrongly_makes_the_happy_share_uncertain_and_not_the_sku_better() -> None:
    rows = range(40)
    kinds = pd.DataFrame(
        {"department": "a", "category": "a/b", "supplier_id": [f"s{row % 8}" for row in rows], "price_band": 0},
        index=rows,
    )
    happy, votes = np.full(40, 18.0), np.full(40, 20.0)
    given = (kinds, happy, votes, np.full(40, 0.05), np.arange(40) % 5, 1.0)
    sure, unsure = happy_rates(*given), happy_rates(*given, ReaderError())
    np.testing.assert_allclose(sure.mean, unsure.mean)
    assert (unsure.quantile(0.95) - unsure.mean > 1.5 * (sure.quantile(0.95) - sure.mean)).all()
