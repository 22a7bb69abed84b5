"""How many units one post of a SKU sells: a Gamma-Poisson rate, shrunk to the SKU's category."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import pooled_rates

STRENGTH_RANGE = (0.05, 10_000.0)
"""Lowest and highest prior strength, in posts; only bounds the search."""
SMALLEST_MEAN = 1e-6
"""Lowest prior mean, in units a post: a Gamma needs a positive one."""
EXACT = 1e-4
"""Error of the logarithm of the strength at which its search stops."""


def units_per_post(categories: Ints, departments: Ints, units: Floats, posts: Floats, pooling: float) -> Floats:
    """Estimate the units ordered per post of each SKU, shape (skus,).

    `categories` and `departments` are codes, `units` and `posts` counts of one window, all of shape (skus,);
    `pooling` is the weight of the wider mean in posts. The category mean of a SKU leaves the SKU itself out, and the
    strength (in posts) maximises the negative-binomial likelihood on those means. Gamma-Poisson as in Fader and
    Hardie, "Customer-base analysis with discrete-time transaction data" (2005).
    """
    mean = np.maximum(pooled_rates(categories, departments, units, posts, pooling, without_self=True), SMALLEST_MEAN)
    strength = _fit_strength(mean, units, posts)
    rate: Floats = (mean * strength + units) / (strength + posts)
    return rate


def _fit_strength(mean: Floats, units: Floats, posts: Floats) -> float:
    has_posts = posts > 0.0
    if units.sum() <= 0.0:
        return STRENGTH_RANGE[0]
    prior, sold, posted = mean[has_posts], units[has_posts], posts[has_posts]

    def loss(log_strength: float) -> float:
        strength = np.exp(log_strength)
        shape = prior * strength
        fit = gammaln(shape + sold) - gammaln(shape)
        fit += shape * np.log(strength / (strength + posted)) + sold * np.log(posted / (strength + posted))
        return -float(np.sum(fit))

    bounds = (float(np.log(STRENGTH_RANGE[0])), float(np.log(STRENGTH_RANGE[1])))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": EXACT}).x))
