"""The mean rate of each kind of SKU: a logistic regression with random effects whose spreads are learnt.

How far the levels of a kind (its categories, suppliers, price bands) differ is learnt with the levels, by expectation
maximisation: where suppliers are all alike, a supplier's few lines change nothing. Source: Gelman and Hill,
"Data analysis
using regression and multilevel/hierarchical models" (2007), ch. 12, with a diagonal Laplace variance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, logit

from xuanpin.models.arrays import Flags, Floats, Ints

EFFECT_COLUMNS = ("department", "category", "supplier_id", "price_band")
"""Columns that name the kind of a SKU; each is a set of random effects with a spread of its own."""
SMALLEST_RATE = 1e-6
"""Rates are held this far from 0 and 1: both parameters of a Beta around the mean stay positive."""
SPREAD_RANGE = (0.03, 2.0)
"""Lowest and highest standard deviation of a kind's levels, in log-odds."""
FIRST_PRECISION = 4.0
"""Inverse variance of the effects, in log-odds, before a spread is learnt: a standard deviation of a half."""
GRADIENT = 0.01
"""Slope of the loss per standard error of an effect where fitting stops."""
MOST_STEPS = 200
"""Steps of the search after which the effects are taken as they are."""
ROUNDS = 3
"""Rounds of learning the spreads; they settle to a tenth, which hardly moves the rates."""


class MixedDesign:
    """Hold the design matrix of a catalogue: one row a SKU, one column a level of a kind, and perhaps a score.

    `kinds` has one row a SKU and the columns of EFFECT_COLUMNS, `score` has shape (skus,).
    """

    def __init__(self, kinds: pd.DataFrame, score: Floats | None = None) -> None:
        parts, group = [], []
        for number, name in enumerate(EFFECT_COLUMNS):
            codes, levels = pd.factorize(kinds[name], sort=True)
            ones = (np.ones(len(codes)), (np.arange(len(codes)), codes))
            parts.append(sparse.csr_matrix(ones, shape=(len(codes), len(levels))))
            group += [number] * len(levels)
        if score is not None:
            parts.append(sparse.csr_matrix((score - score.mean())[:, None]))
            group.append(len(EFFECT_COLUMNS))
        self.design: sparse.csr_matrix = sparse.hstack(parts, format="csr")
        self.group: Ints = np.array(group, dtype=np.int64)


class RandomEffects:
    """Estimate rates by kind: `kinds` is the design, `coefficients_` log-odds effects by column, the intercept last."""

    def __init__(self, kinds: MixedDesign) -> None:
        self.kinds = kinds
        self.precision_ = np.full(len(kinds.group), FIRST_PRECISION)
        self.coefficients_ = np.zeros(len(kinds.group) + 1)

    def fit(self, events: Floats, trials: Floats) -> RandomEffects:
        """Learn effects and spreads from the events and trials (lines) of each SKU, shape (skus,)."""
        # Half an event in one line keeps the mean inside (0, 1) before the first event has been seen.
        self.coefficients_[-1] = logit((events.sum() + 0.5) / (trials.sum() + 1.0))
        if events.sum() <= 0.0 or events.sum() >= trials.sum():
            return self
        for _ in range(ROUNDS):
            self.coefficients_ = self._effects(events, trials)
            self._learn_spreads(trials)
        return self

    def predict_held_out(self, held: Flags, events: Floats, trials: Floats) -> Floats:
        """Predict the rates (0-1) of the SKUs `held` from `events` and `trials` (lines) of the others; spreads stay."""
        left = np.where(held, 0.0, events), np.where(held, 0.0, trials)
        if left[0].sum() <= 0.0 or left[0].sum() >= left[1].sum():
            return self.rates()[held]
        return _rates(self.kinds.design[held], self._effects(*left))

    def rates(self) -> Floats:
        """Return the mean rate (0-1) of every SKU's kind, shape (skus,)."""
        return _rates(self.kinds.design, self.coefficients_)

    def _effects(self, events: Floats, trials: Floats) -> Floats:
        seen = trials > 0.0
        design = self.kinds.design if seen.all() else self.kinds.design[seen]
        hits, lines, back = events[seen], trials[seen], design.T.tocsr()
        rate = hits.sum() / lines.sum()
        # In units of each effect's own certainty the likelihood is nearly round, and few steps reach its top.
        certainty = back.power(2) @ lines * rate * (1.0 - rate) + self.precision_
        unit = 1.0 / np.sqrt(np.append(certainty, lines.sum() * rate * (1.0 - rate)))

        def loss(scaled: Floats) -> tuple[float, Floats]:
            effects = scaled * unit
            odds = design @ effects[:-1] + effects[-1]
            shrink = self.precision_ * effects[:-1]
            small = np.exp(-np.abs(odds))
            fit = lines @ (np.log1p(small) + np.maximum(odds, 0.0)) - hits @ odds + 0.5 * effects[:-1] @ shrink
            over = lines * np.where(odds > 0.0, 1.0, small) / (1.0 + small) - hits
            return float(fit), np.append(back @ over + shrink, over.sum()) * unit

        found = minimize(
            loss,
            self.coefficients_ / unit,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": MOST_STEPS, "gtol": GRADIENT},
        )
        return np.asarray(found.x * unit, dtype=np.float64)

    def _learn_spreads(self, trials: Floats) -> None:
        rate = self.rates()
        information = self.kinds.design.T.power(2) @ (trials * rate * (1.0 - rate))
        square = self.coefficients_[:-1] ** 2 + 1.0 / (information + self.precision_)
        mean = np.bincount(self.kinds.group, square) / np.maximum(np.bincount(self.kinds.group), 1)
        spread = np.clip(np.sqrt(mean), *SPREAD_RANGE)
        self.precision_ = (1.0 / spread**2)[self.kinds.group]


def _rates(design: sparse.csr_matrix, effects: Floats) -> Floats:
    rates = expit(design @ effects[:-1] + effects[-1])
    return np.clip(np.asarray(rates, dtype=np.float64), SMALLEST_RATE, 1.0 - SMALLEST_RATE)
