"""How often a SKU is returned or regretted: a hierarchical empirical-Bayes rate with an honest interval.

The rate of a SKU is Beta distributed around the mean of its kind (category, supplier, price band). The mean comes
from `kind_rates`, the spread from the Beta-Binomial likelihood on means that have not seen the SKU.
Source: Casella, "An introduction to empirical Bayes data analysis", Am. Stat. 39 (1985); out-of-fold strength is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import betainc, betaincinv, betaln

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.detection import Seeing
from xuanpin.models.risk.random_effects import KindRate, Kinds

STRENGTH_RANGE = (0.5, 50_000.0)
"""Lowest and highest prior strength, in lines; wider than any catalogue seen, it only bounds the search."""
PLAIN_SIGHT = Seeing()
"""What is seen of a rate is the rate: sensitivity 1, no false positives."""
EXACT = 1e-4
"""Error of the logarithm of a strength at which its search stops."""
CURVE_STEP = 0.05
"""Step in the logarithm of a strength over which the curvature of its likelihood is measured."""
FARTHEST_STEP = 1.0
"""Most that a strength is taken down, in logarithm: a flat likelihood says little, then it falls by a factor of e."""


@dataclass(frozen=True)
class BetaRates:
    """Posterior rates: what is seen of each SKU is Beta(alpha, beta) distributed, both of shape (skus,).

    `seeing` says what true rate stands behind what is seen; the measures below are of the true rate.
    """

    alpha: Floats
    beta: Floats
    seeing: Seeing = PLAIN_SIGHT

    @property
    def mean(self) -> Floats:
        """Posterior mean rates, 0-1."""
        seen: Floats = self.alpha / (self.alpha + self.beta)
        floor = self.seeing.false_rate
        if floor <= 0.0:
            return self.seeing.true(seen)
        # E max(x - floor, 0): what is seen below the false rate stands for a true rate of 0, not for less.
        over = seen * _above(self.alpha + 1.0, self.beta, floor) - floor * _above(self.alpha, self.beta, floor)
        return self.seeing.true(floor + over)

    @property
    def variance(self) -> Floats:
        """Posterior variances of the rates."""
        total = self.alpha + self.beta
        slope = (1.0 - self.seeing.added) / self.seeing.span
        return slope**2 * self.alpha * self.beta / (total**2 * (total + 1.0))

    def quantile(self, level: float) -> Floats:
        """Return the rates that the true rate stays under with probability `level`, shape (skus,)."""
        return self.seeing.true(np.asarray(betaincinv(self.alpha, self.beta, level), dtype=np.float64))

    def probability_above(self, ceiling: Floats) -> Floats:
        """Return P(rate > ceiling) for ceilings (0-1) of shape (skus,)."""
        shown = np.clip(self.seeing.shown(ceiling), 0.0, 1.0)
        return _above(self.alpha, self.beta, shown)

    def after_clean_lines(self, lines: Ints) -> BetaRates:
        """The rates once `lines` more lines of each SKU have matured without a sign of regret."""
        return replace(self, beta=self.beta + lines)

    def at(self, rows: Ints) -> BetaRates:
        """The rates of some SKUs."""
        return replace(self, alpha=self.alpha[rows], beta=self.beta[rows])


def _above(alpha: Floats, beta: Floats, rate: Floats | float) -> Floats:
    """P(Beta(alpha, beta) > rate), by the symmetry of the incomplete Beta: scipy's betaincc takes ten times as long."""
    return np.asarray(betainc(beta, alpha, 1.0 - rate), dtype=np.float64)


class HierarchicalRate:
    """Rates of SKUs, shrunk towards their kind as strongly as the catalogue itself says.

    `kinds` has one row a SKU and the columns of KIND_COLUMNS, `score` (optional) a measure by which the rate may rise
    or fall; `events` (lines) and `exposure` (lines, thinned by the delay curve) are arrays of shape (skus,); `folds`
    are small integers that must not depend on the outcomes.
    """

    def fit(
        self, kinds: pd.DataFrame, events: Floats, exposure: Floats, folds: Ints, score: Floats | None = None
    ) -> HierarchicalRate:
        """Learn the kind means and the prior strength (in lines) from every SKU, also those no longer sold.

        A best-seller's thousand lines are one good, not a thousand looks at its kind: with prior strength k its n lines
        weigh (k + 1) / (k + n) each, as the Beta-Binomial variance has it.
        """
        trials = np.maximum(exposure, events)
        model = KindRate(Kinds(kinds, score)).fit(events, trials)
        strength = fit_strength(model.rates(), events, trials)
        weight = (strength + 1.0) / (strength + trials)
        model.fit(weight * events, weight * trials)
        self.unseen_mean_ = np.empty(len(events))
        for fold in np.unique(folds):
            held = folds == fold
            self.unseen_mean_[held] = model.without(held, weight * events, weight * trials)
        self.prior_mean_ = model.rates()
        self.strength_ = fit_strength(self.unseen_mean_, events, trials)
        return self

    def posterior(self, events: Floats, exposure: Floats) -> BetaRates:
        """Posterior of the fitted SKUs, in the order of fit."""
        return posterior(self.prior_mean_, self.strength_, events, exposure)


def posterior(mean: Floats, strength: float | Floats, events: Floats, exposure: Floats) -> BetaRates:
    """Return the Beta posterior of rates with prior Beta(mean * strength, (1 - mean) * strength).

    `mean` (0-1), `events` and `exposure` (lines, thinned by the delay curve) have shape (skus,), `strength` is in
    lines.
    """
    clear = np.maximum(exposure - events, 0.0)
    return BetaRates(mean * strength + events, (1.0 - mean) * strength + clear)


def fit_strength(mean: Floats, events: Floats, exposure: Floats) -> float:
    """Estimate a prior's strength in lines by the Beta-Binomial likelihood, one standard error under its maximum.

    `mean` (0-1), `events` and `exposure` (lines) have shape (skus,); exposures may be fractions. The step down pays for
    not knowing the strength exactly: at the maximum itself, lists filled up to a promise of 5 % landmines held 5.1 % in
    simulated catalogues. Without any evidence the weakest strength is returned: nothing has been learnt about the kinds
    yet.
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
    best = float(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": EXACT}).x)
    step = CURVE_STEP
    curvature = (loss(best + step) - 2.0 * loss(best) + loss(best - step)) / step**2
    return float(np.exp(best - min(1.0 / np.sqrt(max(curvature, 1e-12)), FARTHEST_STEP)))


def price_bands(price: Floats, bands: int = 5) -> Ints:
    """Return the band 0 … bands - 1 of each `price`, shape (skus,), by quantiles of the catalogue.

    No currency amount is written down; prices that are equal share a band.
    """
    if not len(price):
        return np.empty(0, dtype=np.int64)
    edges = np.quantile(price, np.linspace(0.0, 1.0, bands + 1)[1:-1])
    return np.searchsorted(edges, price, side="left").astype(np.int64)


def pooled_rates(
    groups: Ints, parents: Ints, events: Floats, exposure: Floats, pooling: float, *, without_self: bool = False
) -> Floats:
    """Return the mean rate of each SKU's group, drawn to its parent group and that to the platform.

    `groups` and `parents` are codes, `events` and `exposure` counts, all of shape (skus,), as is the answer; `pooling`
    is how much exposure a group borrows. `without_self` leaves the SKU's
    own counts out of every mean.
    """
    own_events, own_exposure = (events, exposure) if without_self else (np.zeros_like(events), np.zeros_like(exposure))
    rate: Floats = (events.sum() - own_events + 0.5) / (exposure.sum() - own_exposure + 1.0)
    for codes in (parents, groups):
        hits = np.bincount(codes, events)[codes] - own_events
        lines = np.bincount(codes, exposure)[codes] - own_exposure
        rate = (hits + pooling * rate) / (lines + pooling)
    return rate
