"""How SKU a predicted rate is once the outcomes are in; every measure takes counts of lines, not single lines.

Rows are groups of lines: `predicted` is the rate (0-1) that was said of a row, `trials` its lines and `events` those of
them that it happened to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logit, xlog1py, xlogy

from xuanpin.models.arrays import Flags, Floats, Ints

EDGE = 1e-9


def log_loss(predicted: Floats, events: Floats, trials: Floats) -> float:
    """Mean negative log-likelihood of a line, in nats."""
    rates = np.clip(predicted, EDGE, 1.0 - EDGE)
    return float(-np.sum(xlogy(events, rates) + xlog1py(trials - events, -rates)) / trials.sum())


def brier(predicted: Floats, events: Floats, trials: Floats) -> float:
    """Mean squared error of the predicted probability of a line."""
    squared = events * (1.0 - predicted) ** 2 + (trials - events) * predicted**2
    return float(np.sum(squared) / trials.sum())


def calibration_slope(predicted: Floats, events: Floats, trials: Floats) -> float:
    """Slope of the outcomes on the log-odds of the prediction: 1 is calibrated, under 1 is over-confident.

    Source: Cox, "Two further applications of a model for binary regression", Biometrika 45 (1958); an unpenalised
    logistic regression on the grouped outcomes. The predictions must not all be equal.
    """
    # Loading it takes half a second: only a back-test pays for it.
    from sklearn.linear_model import LogisticRegression

    score = logit(np.clip(predicted, EDGE, 1.0 - EDGE))
    weight = np.concatenate([events, trials - events])
    seen = weight > 0.0
    outcome = np.repeat([1, 0], len(score))
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", max_iter=200)
    model.fit(np.concatenate([score, score])[seen, None], outcome[seen], sample_weight=weight[seen])
    return float(model.coef_[0, 0])


def worst_precision(predicted: Floats, is_bad: Flags, count: int) -> float:
    """Share of those that truly are bad (`is_bad`) among the `count` highest predictions; ties keep the given order."""
    worst = np.argsort(-predicted, kind="stable")[:count]
    return float(is_bad[worst].mean())


@dataclass(frozen=True)
class Reliability:
    """Predicted against observed by bin; arrays of shape (bins,), `trials` are the weights behind each bin."""

    bins: Ints
    predicted: Floats
    observed: Floats
    trials: Floats

    @property
    def expected_error(self) -> float:
        """Expected calibration error: the mean gap between predicted and observed, weighted by trials."""
        gaps = np.abs(self.predicted - self.observed)
        return float(np.sum(gaps * self.trials) / self.trials.sum())


def reliability(predicted: Floats, events: Floats, trials: Floats, bins: int = 10) -> Reliability:
    """Group rows into bins of equal trials by rising prediction and hold the mean prediction against the outcome.

    Rows without trials are ignored; equal predictions always share a bin. Raises ValueError when nothing is left.
    """
    seen = trials > 0.0
    if not seen.any():
        raise ValueError("reliability needs at least one row with trials")
    predicted, events, trials = predicted[seen], events[seen], trials[seen]
    _, group = np.unique(predicted, return_inverse=True)
    weight = np.bincount(group, trials)
    middle = (np.cumsum(weight) - weight / 2.0) / weight.sum()
    used, number = np.unique(np.minimum((middle * bins).astype(np.int64), bins - 1)[group], return_inverse=True)
    total: Floats = np.bincount(number, trials).astype(np.float64)
    return Reliability(
        bins=used,
        predicted=np.bincount(number, trials * predicted) / total,
        observed=np.bincount(number, events) / total,
        trials=total,
    )
