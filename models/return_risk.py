"""How often a SKU is returned or regretted: a hierarchical empirical-Bayes rate with an honest interval.

The rate of a SKU is Beta distributed around the mean of its kind (category, supplier, price band). The mean comes
from a logistic regression, the spread from the Beta-Binomial likelihood on means that have not seen the SKU.
Source: Casella, "An introduction to empirical Bayes data analysis", Am. Stat. 39 (1985); out-of-fold strength is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.special import betaincc, betaincinv, betaln, expit, logit
from sklearn.linear_model import LogisticRegression

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KIND_COLUMNS = ("department", "category", "supplier_id", "price_band")
STRENGTH_RANGE = (0.5, 50_000.0)  # lines; wider than any catalogue seen, it only bounds the search
SMALLEST_RATE = 1e-6  # keeps both Beta parameters positive


@dataclass(frozen=True)
class BetaRates:
    """Posterior rates, one Beta(alpha, beta) a SKU; both arrays have shape (skus,)."""

    alpha: Floats
    beta: Floats

    @property
    def mean(self) -> Floats:
        """Posterior mean rates, 0-1."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def variance(self) -> Floats:
        """Posterior variances of the rates."""
        total = self.alpha + self.beta
        return self.alpha * self.beta / (total**2 * (total + 1.0))

    def quantile(self, level: float) -> Floats:
        """Rates that the true rate stays under with probability `level`."""
        return np.asarray(betaincinv(self.alpha, self.beta, level), dtype=np.float64)

    def probability_above(self, ceiling: Floats) -> Floats:
        """P(rate > ceiling) for ceilings of shape (skus,)."""
        return np.asarray(betaincc(self.alpha, self.beta, np.clip(ceiling, 0.0, 1.0)), dtype=np.float64)


class KindRate:
    """Mean rate of a kind of goods: logistic regression on one-hot kinds, weighted by events and non-events."""

    def __init__(self, inverse_penalty: float = 0.1) -> None:
        self.inverse_penalty = inverse_penalty

    def fit(self, design: sparse.csr_matrix, events: Floats, exposure: Floats) -> KindRate:
        """Fit on cells of shape (cells, levels) with their event counts and exposures (lines)."""
        clear = np.maximum(exposure - events, 0.0)
        self.level_effects_ = np.zeros(design.shape[1])
        # Half an event in one line keeps the mean inside (0, 1) before the first return has been seen.
        rate = (events.sum() + 0.5) / (events.sum() + clear.sum() + 1.0)
        self.intercept_ = float(logit(rate))
        if events.sum() <= 0.0 or clear.sum() <= 0.0:
            return self
        outcome = np.repeat([1, 0], len(events))
        model = LogisticRegression(C=self.inverse_penalty, solver="newton-cg", tol=1e-6, max_iter=1000)
        weights = np.concatenate([events, clear])
        seen = weights > 0.0
        model.fit(sparse.vstack([design, design], format="csr")[seen], outcome[seen], sample_weight=weights[seen])
        self.level_effects_ = model.coef_[0]
        self.intercept_ = float(model.intercept_[0])
        return self

    def predict(self, design: sparse.csr_matrix) -> Floats:
        """Mean rates, shape (rows,)."""
        rates = expit(design @ self.level_effects_ + self.intercept_)
        return np.clip(np.asarray(rates, dtype=np.float64), SMALLEST_RATE, 1.0 - SMALLEST_RATE)


class HierarchicalRate:
    """Rates of SKUs, shrunk towards their kind as strongly as the catalogue itself says.

    `kinds` has one row a SKU and the columns of KIND_COLUMNS; `events` (lines) and `exposure` (lines, thinned by the
    delay curve) are arrays of shape (skus,); `folds` are small integers that must not depend on the outcomes.
    """

    def __init__(self, inverse_penalty: float = 0.1) -> None:
        self.inverse_penalty = inverse_penalty

    def fit(self, kinds: pd.DataFrame, events: Floats, exposure: Floats, folds: Ints) -> HierarchicalRate:
        """Learn the kind means and the prior strength (in lines) from every SKU, also those no longer sold."""
        cells, design = encode_kinds(kinds)
        count = design.shape[0]
        all_events, all_exposure = _sum_cells(cells, events, count), _sum_cells(cells, exposure, count)
        self.prior_mean_ = KindRate(self.inverse_penalty).fit(design, all_events, all_exposure).predict(design)[cells]
        unseen = np.empty(len(cells))
        for fold in np.unique(folds):
            held = folds == fold
            model = KindRate(self.inverse_penalty).fit(
                design,
                all_events - _sum_cells(cells[held], events[held], count),
                all_exposure - _sum_cells(cells[held], exposure[held], count),
            )
            unseen[held] = model.predict(design)[cells[held]]
        self.unseen_mean_ = unseen
        self.strength_ = fit_strength(unseen, events, exposure)
        return self

    def posterior(self, events: Floats, exposure: Floats) -> BetaRates:
        """Posterior of the fitted SKUs, in the order of fit."""
        return posterior(self.prior_mean_, self.strength_, events, exposure)


def posterior(mean: Floats, strength: float | Floats, events: Floats, exposure: Floats) -> BetaRates:
    """Beta posterior of a rate with prior Beta(mean * strength, (1 - mean) * strength); counts in lines."""
    clear = np.maximum(exposure - events, 0.0)
    return BetaRates(mean * strength + events, (1.0 - mean) * strength + clear)


def fit_strength(mean: Floats, events: Floats, exposure: Floats) -> float:
    """Prior strength in lines by the Beta-Binomial likelihood, one standard error under its maximum.

    Exposures may be fractions. The step down pays for not knowing the strength exactly: at the maximum itself, lists
    filled up to a promise of 5 % landmines held 5.1 % in simulated catalogues. Without any evidence the weakest
    strength is returned: nothing has been learnt about the kinds yet.
    """
    seen = exposure > 0.0
    if not seen.any() or events.sum() <= 0.0:
        return STRENGTH_RANGE[0]
    prior, hits = mean[seen], events[seen]
    misses = np.maximum(exposure[seen] - hits, 0.0)

    def loss(log_strength: float) -> float:
        alpha = prior * np.exp(log_strength)
        beta = (1.0 - prior) * np.exp(log_strength)
        return -float(np.sum(betaln(alpha + hits, beta + misses) - betaln(alpha, beta)))

    bounds = (float(np.log(STRENGTH_RANGE[0])), float(np.log(STRENGTH_RANGE[1])))
    best = float(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4}).x)
    step = 0.05
    curvature = (loss(best + step) - 2.0 * loss(best) + loss(best - step)) / step**2
    # A flat likelihood says little: then the step down is at most a factor of e.
    return float(np.exp(best - min(1.0 / np.sqrt(max(curvature, 1e-12)), 1.0)))


def encode_kinds(kinds: pd.DataFrame) -> tuple[Ints, sparse.csr_matrix]:
    """Cell number of each SKU, shape (skus,), and the one-hot design of the cells, shape (cells, levels)."""
    codes = np.column_stack([pd.factorize(kinds[name], sort=True)[0] for name in KIND_COLUMNS])
    levels = codes.max(axis=0, initial=-1) + 1
    key = np.ravel_multi_index(tuple(codes.T), tuple(levels)) if len(codes) else np.empty(0, dtype=np.int64)
    keys, first, cells = np.unique(key, return_index=True, return_inverse=True)
    columns = codes[first] + np.concatenate([[0], np.cumsum(levels)[:-1]])
    rows = np.repeat(np.arange(len(keys)), len(KIND_COLUMNS))
    shape = (len(keys), int(levels.sum()))
    design = sparse.csr_matrix((np.ones(len(rows)), (rows, columns.ravel())), shape=shape)
    return cells.astype(np.int64), design


def _sum_cells(cells: Ints, values: Floats, count: int) -> Floats:
    return np.bincount(cells, values, count).astype(np.float64)


def price_bands(price: Floats, bands: int = 5) -> Ints:
    """Band 0 … bands - 1 of each price by catalogue quantiles, so that no currency amount is written down."""
    if not len(price):
        return np.empty(0, dtype=np.int64)
    edges = np.quantile(price, np.linspace(0.0, 1.0, bands + 1)[1:-1])
    return np.searchsorted(edges, price, side="left").astype(np.int64)


def pooled_rates(
    groups: Ints, parents: Ints, events: Floats, exposure: Floats, pooling: float, *, without_self: bool = False
) -> Floats:
    """Mean rate of each SKU's group, drawn to its parent group and that to the platform by `pooling` units of exposure.

    `groups` and `parents` are codes of shape (skus,); the result has one rate a SKU. `without_self` leaves the SKU's
    own counts out of every mean.
    """
    own_events, own_exposure = (events, exposure) if without_self else (np.zeros_like(events), np.zeros_like(exposure))
    rate: Floats = (events.sum() - own_events + 0.5) / (exposure.sum() - own_exposure + 1.0)
    for codes in (parents, groups):
        hits = np.bincount(codes, events)[codes] - own_events
        lines = np.bincount(codes, exposure)[codes] - own_exposure
        rate = (hits + pooling * rate) / (lines + pooling)
    return rate
