"""The chance that a perishable unit spoils: it grows with the hours that it waits, relative to how long it keeps.

Log odds = level + slope × log(hours waited / hours kept) + kind of goods + cold chain, the slope above zero, fitted by
maximum a posteriori with a Laplace approximation around it. What one SKU has of its own multiplies that
(gamma-Poisson). Source: Gelman et al., "Bayesian data analysis", 3rd ed. (2013), ch. 4 and 2.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates

HALF_LIFE = float(np.log(0.5))
"""Log share of its shelf life at which the level is stated: half of it."""
LEVEL_MEAN, LEVEL_DEVIATION = float(np.log(0.03 / 0.97)), 1.0
"""Log odds believed before any delivery of goods that wait for half of their shelf life: three in a hundred."""
SLOPE_MEAN, SLOPE_DEVIATION = float(np.log(2.0)), 0.5
"""The same of the log of the slope: goods that wait twice as long spoil four times as often."""
KIND_DEVIATION, COLD_DEVIATION = 0.5, 0.5
"""Deviation of the log odds of kinds of goods, and of the cold chain's."""
LEAST_HOURS = 1e-3
"""Least hours that goods wait for; keeps logarithms finite."""
STRENGTH_RANGE = (2.0, 50.0)
"""Fewest and most spoiled units that the model's expectation is worth beside a SKU's own."""
POINTS = ((-float(np.sqrt(3.0)), 1 / 6), (0.0, 2 / 3), (float(np.sqrt(3.0)), 1 / 6))
"""Deviations from the mean of a normal value, and their weights, that stand for it."""


@dataclass(frozen=True)
class Perishables:
    """SKUs that perish: how long each keeps (`shelf_hours`), its kind by code (`kind`, 0 … `kinds` - 1), and whether it
    goes by cold chain (`is_cold`)."""

    shelf_hours: Floats
    kind: Ints
    kinds: int
    is_cold: Flags

    def design(self, sku: Ints, hours: Floats) -> Floats:
        """Return the design matrix of cells: the SKUs `sku` after `hours` of waiting; the log share comes second."""
        share = np.log(np.maximum(hours, LEAST_HOURS) / self.shelf_hours[sku]) - HALF_LIFE
        kinds = self.kind[sku][:, None] == np.arange(self.kinds)[None, :]
        columns = [np.ones(len(sku)), share, self.is_cold[sku].astype(np.float64)]
        return np.hstack([np.stack(columns, axis=1), kinds.astype(np.float64)])


@dataclass(frozen=True)
class SpoilageModel:
    """Fitted effects (level, log slope, cold chain, kinds) and their covariance; `factor` and `doubt` (SKUs): what is
    each SKU's own, and the standard deviation of its logarithm."""

    effects: Floats
    covariance: Floats
    factor: Floats
    doubt: Floats

    def chance(self, skus: Perishables, sku: Ints, hours: Floats) -> Floats:
        """Return the chance (0-1) that a unit of the SKUs `sku` spoils that waits for `hours`."""
        return np.asarray(np.minimum(self.factor[sku] * _usual(self.effects, skus.design(sku, hours)), 1.0))

    def chance_around(self, skus: Perishables, log_hours: Floats, spread: Floats) -> Floats:
        """Return the chance of spoilage of every SKU where waiting is usually so long (`log_hours`, levels) and spreads
        around that by equally likely steps (`spread`): levels × SKUs."""
        every = np.arange(len(skus.kind))
        at_once = _log_odds(self.effects, skus.design(every, np.ones(len(every))))
        slope = np.exp(self.effects[1])
        parts = [expit(at_once[None, :] + slope * (log_hours + step)[:, None]) for step in spread]
        return np.asarray(np.minimum(self.factor[None, :] * np.mean(parts, axis=0), 1.0))

    def deviation(self, skus: Perishables, sku: Ints, hours: Floats) -> Floats:
        """Return the standard deviation of the logarithm of the chance for the SKUs `sku` of `skus` after `hours`."""
        design = skus.design(sku, hours)
        slope = _gradients(self.effects, design) * (1.0 - _usual(self.effects, design))[:, None]
        return np.asarray(np.sqrt(np.einsum("ij,jk,ik->i", slope, self.covariance, slope) + self.doubt[sku] ** 2))


@dataclass(frozen=True)
class Perished:
    """Hold what waiting does to SKUs, shape (skus,): the share of a day's sales `before` the close of orders (1 where
    nothing perishes), and what spoilage `added` to the rates of return and regret (0 there), with its `deviation`."""

    before: Floats
    added: Floats
    deviation: Floats

    def with_added(self, rate: Floats) -> Floats:
        """Return a rate (0-1) with what spoilage adds."""
        return np.asarray(np.clip(rate + self.added, 0.0, 1.0))

    def chance_above(self, rates: BetaRates, ceiling: Floats) -> Floats:
        """Return P(rate + what spoilage adds > ceiling), shape (skus,).

        What is added is normal, taken at the three points of Gauss and Hermite.
        """
        chance = rates.probability_above(ceiling)
        rows = np.flatnonzero(self.added != 0.0)
        if len(rows):
            some, left, step = rates.at(rows), ceiling[rows] - self.added[rows], self.deviation[rows]
            points = [weight * some.probability_above(np.clip(left - far * step, 0.0, 1.0)) for far, weight in POINTS]
            chance[rows] = np.sum(points, axis=0)
        return chance


def fit_spoilage(skus: Perishables, sku: Ints, hours: Floats, lines: Floats, spoiled: Floats) -> SpoilageModel:
    """Fit the chance of spoilage to cells: `lines` of the SKUs `sku` that waited for `hours`, of which `spoiled` did.

    Without any cell the result is what is believed before any delivery.
    """
    design, mean, precision = skus.design(sku, hours), *_prior(skus.kinds)

    def loss(effects: Floats) -> tuple[float, Floats]:
        log_odds = _log_odds(effects, design)
        gap = effects - mean
        value = float(lines @ np.logaddexp(0.0, log_odds) - spoiled @ log_odds + 0.5 * (precision * gap) @ gap)
        slope = _gradients(effects, design).T @ (lines * expit(log_odds) - spoiled) + precision * gap
        return value, slope

    found = minimize(loss, mean, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-8})
    effects = np.asarray(found.x, dtype=np.float64)
    rate, rows = _usual(effects, design), _gradients(effects, design)
    information = (rows * (lines * rate * (1.0 - rate))[:, None]).T @ rows + np.diag(precision)
    own = _own_factors(len(skus.kind), sku, lines * rate, spoiled)
    return SpoilageModel(effects, np.asarray(np.linalg.inv(information), dtype=np.float64), *own)


def _prior(kinds: int) -> tuple[Floats, Floats]:
    """Mean and precision of the effects."""
    mean = np.concatenate([[LEVEL_MEAN, SLOPE_MEAN, 0.0], np.zeros(kinds)])
    spread = np.concatenate([[LEVEL_DEVIATION, SLOPE_DEVIATION, COLD_DEVIATION], np.full(kinds, KIND_DEVIATION)])
    return mean, 1.0 / spread**2


def _log_odds(effects: Floats, design: Floats) -> Floats:
    return np.asarray(effects[0] + np.exp(effects[1]) * design[:, 1] + design[:, 2:] @ effects[2:])


def _usual(effects: Floats, design: Floats) -> Floats:
    return np.asarray(expit(_log_odds(effects, design)))


def _gradients(effects: Floats, design: Floats) -> Floats:
    """Derivatives of the log odds by the effects: cells × effects."""
    rows = design.copy()
    rows[:, 1] *= np.exp(effects[1])
    return rows


def _own_factors(skus: int, sku: Ints, expected: Floats, spoiled: Floats) -> tuple[Floats, Floats]:
    """What each SKU spoils of its own, as a multiple of the model's, and the deviation of its logarithm."""
    wanted = np.bincount(sku, weights=expected, minlength=skus)
    seen = np.bincount(sku, weights=spoiled, minlength=skus)
    # The spread between SKUs by the method of moments: what the counts vary beyond chance.
    excess = float(((seen - wanted) ** 2 - wanted).sum())
    strength = float(np.clip((wanted**2).sum() / max(excess, 1e-9), *STRENGTH_RANGE))
    return (seen + strength) / (wanted + strength), 1.0 / np.sqrt(seen + strength)
