"""How many units one showing of a SKU sells: a Gamma-Poisson rate, shrunk to the SKU's category."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import pooled_rates

STRENGTH_RANGE = (0.05, 10_000.0)
"""Lowest and highest prior strength, in showings; only bounds the search."""
SMALLEST_MEAN = 1e-6
"""Lowest prior mean, in units a showing: a Gamma needs a positive one."""
EXACT = 1e-4
"""Error of the logarithm of the strength at which its search stops."""


def units_per_showing(categories: Ints, departments: Ints, units: Floats, showings: Floats, pooling: float) -> Floats:
    """Estimate the units ordered per showing of each SKU, shape (skus,).

    `categories` and `departments` are codes, `units` and `showings` counts of one window, all of shape (skus,);
    `pooling` is how many showings a category borrows. The category mean of a SKU leaves the SKU itself out, and the
    strength (in showings) maximises the negative-binomial likelihood on those means. Gamma-Poisson as in Fader and
    Hardie, "Customer-base analysis with discrete-time transaction data" (2005).
    """
    mean = np.maximum(pooled_rates(categories, departments, units, showings, pooling, without_self=True), SMALLEST_MEAN)
    strength = _fit_strength(mean, units, showings)
    rate: Floats = (mean * strength + units) / (strength + showings)
    return rate


def _fit_strength(mean: Floats, units: Floats, showings: Floats) -> float:
    seen = showings > 0.0
    if units.sum() <= 0.0:
        return STRENGTH_RANGE[0]
    prior, sold, shown = mean[seen], units[seen], showings[seen]

    def loss(log_strength: float) -> float:
        strength = np.exp(log_strength)
        shape = prior * strength
        fit = gammaln(shape + sold) - gammaln(shape)
        fit += shape * np.log(strength / (strength + shown)) + sold * np.log(shown / (strength + shown))
        return -float(np.sum(fit))

    bounds = (float(np.log(STRENGTH_RANGE[0])), float(np.log(STRENGTH_RANGE[1])))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": EXACT}).x))
