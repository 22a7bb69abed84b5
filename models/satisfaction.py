"""The share of customers content with a SKU, from what buyers say and from what they send back."""

from __future__ import annotations

import numpy as np

from models.return_risk import BetaRates


def content_rates(happy: BetaRates, regret: BetaRates) -> BetaRates:
    """Share of content customers: those who do not regret the purchase and are happy with what they keep.

    The product of the two rates, taken as independent, is matched by a Beta with the same mean and variance.
    """
    mean = happy.mean * (1.0 - regret.mean)
    second = (happy.variance + happy.mean**2) * (regret.variance + (1.0 - regret.mean) ** 2)
    variance = np.maximum(second - mean**2, 1e-12)
    total = np.maximum(mean * (1.0 - mean) / variance - 1.0, 1e-6)
    return BetaRates(mean * total, (1.0 - mean) * total)
