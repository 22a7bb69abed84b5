"""The share of customers satisfied with a SKU, from what buyers write and what they return.

A customer is satisfied who does not regret the purchase, does not return it for another reason (size, a change of
mind) and is happy with what she keeps: satisfaction = (1 - regret) (1 - plain return) happy, each rate being that among
those whom the rates before it have left.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates, HierarchicalRate
from xuanpin.models.risk.rate_mixture import RatePosterior
from xuanpin.models.risk.reader_error import EXACT, ReaderError

SOFTEST = 1e-3
"""Regret rates are held this far from 0 and 1 before their log-odds predict who is happy."""
CERTAIN_LINES = 1e9
"""Lines behind the happy share of 1 that is used where no buyer ever writes: what is kept counts as liked."""
SMALLEST = 1e-6
"""Shares are held this far from 0 and 1, and a Beta is worth at least so many lines, so that both parameters exist."""
SMALLEST_VARIANCE = 1e-12
"""Variance below which a Beta is not narrowed further; only keeps the division possible."""


def happy_rates(
    kinds: pd.DataFrame,
    happy: Floats,
    votes: Floats,
    regret: Floats,
    folds: Ints,
    odds: float,
    reader: ReaderError = EXACT,
) -> BetaRates:
    """Estimate the share of the buyers happy with a SKU among those who neither regret nor return it, 0-1.

    `kinds` and `folds` are as in HierarchicalRate; `happy` of `votes` (weights of buyers who wrote) and the mean rates
    of `regret` (0-1) have shape (skus,). Few write, so a SKU's votes are shrunk to what its kind and its regret rate
    predict: SKUs that disappoint some please the others less. `odds` is how many times likelier the happy write. Where
    nobody ever writes, what is kept counts as liked. `reader` is how far votes are read wrongly, of all SKUs alike.
    """
    if votes.sum() <= 0.0:
        return BetaRates(np.full(len(votes), CERTAIN_LINES), np.ones(len(votes)))
    score = logit(np.clip(regret, SOFTEST, 1.0 - SOFTEST))
    model = HierarchicalRate().fit(kinds, happy, votes, folds, score)
    return as_if_all_wrote(as_people_judge(model.posterior(happy, votes), reader), odds)


def content_rates(happy: BetaRates, regret: RatePosterior, plain_return: BetaRates) -> BetaRates:
    """Estimate the share of content customers of each SKU, 0-1, from rates of shape (skus,).

    `happy` is per line kept and not regretted, `regret` and `plain_return` are per delivered line. The product of the
    three rates, taken as independent, is matched by a Beta with the same mean and variance.
    """
    # Per line not regretted, which only such lines can be; a rate near 1 must not make the share exceed 1.
    left = np.maximum(1.0 - regret.mean, SMALLEST)
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


def as_if_all_wrote(votes: BetaRates, odds: float) -> BetaRates:
    """Return the happy share among all keepers from that among `votes`, both of shape (skus,).

    The happy write `odds` times as often as the others; the variance follows by the delta method.
    """
    share = votes.mean
    total = share + odds * (1.0 - share)
    return _matched(share / total, votes.variance * (odds / total**2) ** 2)


def as_people_judge(votes: BetaRates, reader: ReaderError) -> BetaRates:
    """Return the happy share of `votes` (shape (skus,)) as people would judge them, by the error of the `reader`.

    The variances of the votes and of the common error are added, both by the delta method.
    """
    share = np.clip(votes.mean, SMALLEST, 1.0 - SMALLEST)
    moved = expit(logit(share) + reader.shift)
    slope = moved * (1.0 - moved)
    own = votes.variance * (slope / (share * (1.0 - share))) ** 2
    return _matched(moved, own + (reader.deviation * slope) ** 2)


def _matched(mean: Floats, variance: Floats) -> BetaRates:
    mean = np.clip(mean, SMALLEST, 1.0 - SMALLEST)
    total = np.maximum(mean * (1.0 - mean) / np.maximum(variance, SMALLEST_VARIANCE) - 1.0, SMALLEST)
    return BetaRates(mean * total, (1.0 - mean) * total)
