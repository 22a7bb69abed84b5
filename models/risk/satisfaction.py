"""The share of customers content with a SKU, from what buyers say and from what they send back.

A customer is content who does not regret the purchase, does not send it back for another reason (size, a change of
mind) and is happy with what she keeps: satisfaction = (1 - regret) (1 - plain return) happy, each rate being that among
those whom the rates before it have left.
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.beta_binomial import BetaRates
from xuanpin.models.risk.rate_mixture import Rates


def content_rates(happy: BetaRates, regret: Rates, plain_return: BetaRates) -> BetaRates:
    """Share of content customers of each SKU, 0-1.

    `plain_return` is per delivered line. The product of the three rates, taken as independent, is matched by a Beta
    with the same mean and variance.
    """
    # Per line not regretted, which only such lines can be; a rate near 1 must not make the share exceed 1.
    left = np.maximum(1.0 - regret.mean, 1e-6)
    plain = np.minimum(plain_return.mean / left, 1.0)
    factors = (
        (happy.mean, happy.variance),
        (1.0 - regret.mean, regret.variance),
        (1.0 - plain, plain_return.variance / left**2),
    )
    mean, second = np.ones(len(left)), np.ones(len(left))
    for factor, variance in factors:
        mean = mean * factor
        second = second * (variance + factor**2)
    return _matched(mean, second - mean**2)


def as_if_all_spoke(votes: BetaRates, odds: float) -> BetaRates:
    """Happy share among all keepers from that among votes; the happy speak `odds` times as often as the others."""
    share = votes.mean
    total = share + odds * (1.0 - share)
    return _matched(share / total, votes.variance * (odds / total**2) ** 2)


def _matched(mean: Floats, variance: Floats) -> BetaRates:
    mean = np.clip(mean, 1e-6, 1.0 - 1e-6)
    total = np.maximum(mean * (1.0 - mean) / np.maximum(variance, 1e-12) - 1.0, 1e-6)
    return BetaRates(mean * total, (1.0 - mean) * total)
