"""Rates of goods that may have turned bad without its showing yet: two posteriors and how likely the worse one is."""

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
SMALLEST = 1e-300
"""Weight below which neither side of a mixture foretold the lines; only keeps the division possible."""


@dataclass(frozen=True)
class MixedRates:
    """Posterior rates, shape (skus,): those of `turned` with probability `chance`, else those of `steady`.

    Both must see alike (the same `seeing`).
    """

    steady: BetaRates
    turned: BetaRates
    chance: Floats

    @property
    def mean(self) -> Floats:
        """Posterior mean rates, 0-1."""
        return (1.0 - self.chance) * self.steady.mean + self.chance * self.turned.mean

    @property
    def variance(self) -> Floats:
        """Posterior variances of the rates."""
        gap = self.turned.mean - self.steady.mean
        within = (1.0 - self.chance) * self.steady.variance + self.chance * self.turned.variance
        return within + self.chance * (1.0 - self.chance) * gap**2

    def quantile(self, level: float) -> Floats:
        """Return the rates that the true rate stays under with probability `level`, shape (skus,)."""
        alphas, betas = (self.steady.alpha, self.turned.alpha), (self.steady.beta, self.turned.beta)

        def miss(rate: Floats, /, *given: Any) -> Floats:
            chance, a0, a1, b0, b1 = given
            return np.asarray((1.0 - chance) * betainc(a0, b0, rate) + chance * betainc(a1, b1, rate) - level)

        ends = np.zeros(len(self.chance)), np.ones(len(self.chance))
        found = find_root(miss, ends, args=(self.chance, *alphas, *betas), tolerances={"xatol": EXACT, "xrtol": EXACT})
        return self.steady.seeing.true(np.asarray(found.x, dtype=np.float64))

    def probability_above(self, ceiling: Floats) -> Floats:
        """Return P(rate > ceiling) for ceilings (0-1) of shape (skus,)."""
        steady, turned = self.steady.probability_above(ceiling), self.turned.probability_above(ceiling)
        return (1.0 - self.chance) * steady + self.chance * turned

    def after_clean_lines(self, lines: Ints) -> MixedRates:
        """The rates once `lines` more lines of each SKU have matured without a sign of regret.

        Clean lines also speak against a turn: each side's weight is multiplied by how well it foretold them.
        """
        steady, turned = self.steady.after_clean_lines(lines), self.turned.after_clean_lines(lines)
        for_turn = self.chance * np.exp(_foretold(self.turned, turned))
        against = (1.0 - self.chance) * np.exp(_foretold(self.steady, steady))
        return MixedRates(steady, turned, for_turn / np.maximum(for_turn + against, SMALLEST))

    def at(self, rows: Ints) -> MixedRates:
        """The rates of some SKUs."""
        return MixedRates(self.steady.at(rows), self.turned.at(rows), self.chance[rows])


Rates = BetaRates | MixedRates


def _foretold(before: BetaRates, after: BetaRates) -> Floats:
    """Log-probability that the rates gave to the clean lines between `before` and `after`."""
    return np.asarray(betaln(after.alpha, after.beta) - betaln(before.alpha, before.beta), dtype=np.float64)
