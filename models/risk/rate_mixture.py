"""Rates of SKUs that may have changed for the worse without an alarm: a mixture of two Beta posteriors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize.elementwise import find_root
from scipy.special import betainc, betaln

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates

EXACT = 1e-9
"""Error of a rate at which the search of a quantile stops."""
SMALLEST_WEIGHT = 1e-300
"""Weight (a probability) below which neither side of a mixture predicts the lines; only keeps the division possible."""


@dataclass(frozen=True)
class RateMixture:
    """Hold posterior rates, shape (skus,): those of `changed` with probability `chance` (0-1), else those of `steady`.

    Both must have the same `detection`.
    """

    steady: BetaRates
    changed: BetaRates
    chance: Floats

    @property
    def mean(self) -> Floats:
        """Return the posterior mean rates, 0-1, shape (skus,)."""
        return (1.0 - self.chance) * self.steady.mean + self.chance * self.changed.mean

    @property
    def variance(self) -> Floats:
        """Return the posterior variances of the rates, shape (skus,)."""
        gap = self.changed.mean - self.steady.mean
        within = (1.0 - self.chance) * self.steady.variance + self.chance * self.changed.variance
        return within + self.chance * (1.0 - self.chance) * gap**2

    def quantile(self, level: float) -> Floats:
        """Return the rates that the true rate stays under with probability `level`, shape (skus,)."""
        alphas, betas = (self.steady.alpha, self.changed.alpha), (self.steady.beta, self.changed.beta)

        def miss(rate: Floats, /, *given: Any) -> Floats:
            chance, a0, a1, b0, b1 = given
            return np.asarray((1.0 - chance) * betainc(a0, b0, rate) + chance * betainc(a1, b1, rate) - level)

        ends = np.zeros(len(self.chance)), np.ones(len(self.chance))
        found = find_root(miss, ends, args=(self.chance, *alphas, *betas), tolerances={"xatol": EXACT, "xrtol": EXACT})
        return self.steady.detection.true(np.asarray(found.x, dtype=np.float64))

    def probability_above(self, ceiling: Floats) -> Floats:
        """Return P(rate > ceiling) for ceilings (0-1) of shape (skus,)."""
        steady, changed = self.steady.probability_above(ceiling), self.changed.probability_above(ceiling)
        return (1.0 - self.chance) * steady + self.chance * changed

    def after_clean_lines(self, lines: Ints) -> RateMixture:
        """Return the rates once `lines` more lines of each SKU, shape (skus,), have matured without a regret.

        Clean lines are also evidence against a change: each side's weight is multiplied by their probability.
        """
        steady, changed = self.steady.after_clean_lines(lines), self.changed.after_clean_lines(lines)
        for_change = self.chance * np.exp(_log_predictive(self.changed, changed))
        against = (1.0 - self.chance) * np.exp(_log_predictive(self.steady, steady))
        return RateMixture(steady, changed, for_change / np.maximum(for_change + against, SMALLEST_WEIGHT))

    def at(self, rows: Ints) -> RateMixture:
        """Return the rates of some SKUs; `rows` are their places."""
        return RateMixture(self.steady.at(rows), self.changed.at(rows), self.chance[rows])


RatePosterior = BetaRates | RateMixture
"""Posterior rates of either shape, with the same measures."""


def _log_predictive(before: BetaRates, after: BetaRates) -> Floats:
    """Log probability that the rates gave to the clean lines between `before` and `after`."""
    return np.asarray(betaln(after.alpha, after.beta) - betaln(before.alpha, before.beta), dtype=np.float64)
