"""The selection effect: a list takes what looks best, and what looks best is a little worse than it looks.

It is measured on the lists of past nights: regrets of the lines that were delivered while a SKU was listed, against
those predicted on that day. What is missing is laid to changes that had not shown, since these are what a list cannot
have left out; their odds are multiplied by one factor. Source of the weight: the normal shrinkage of Efron and Morris,
J. Am. Stat. Assoc. 70 (1975), with an overdispersed Poisson error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats

FACTOR_SPREAD = 0.5
"""Standard deviation of the factor between platforms before anything is seen: as often 1.5 as .5."""
FACTOR_RANGE = (0.5, 3.0)
"""Lowest and highest factor: what past lists show beyond it is an alarm (calibration_regret_rate_listed)."""


@dataclass(frozen=True)
class ListedOutcomes:
    """Hold what came of the SKUs of past lists; arrays have one entry a SKU.

    `lines` are those delivered on its list dates (thinned by the delay curve), `predicted` the regrets that were
    predicted of them on those dates, `observed` those that came, corrected for how they are detected.
    """

    lines: Floats
    predicted: Floats
    observed: Floats


@dataclass(frozen=True)
class SelectionEffect:
    """Hold by what `factor` the odds of a change are multiplied, and the `lines` and regrets it was learnt from.

    `predicted` and `observed` are the regrets of those lines.
    """

    factor: float
    lines: float
    predicted: float
    observed: float


def selection_effect(listed: ListedOutcomes, changed_share: float) -> SelectionEffect:
    """Estimate the factor on the odds of a change by which past lists came out as they did; 1 without past lists.

    `changed_share` (0-1) is the share of the predicted regrets that changes without an alarm account for.
    """
    predicted, observed = float(listed.predicted.sum()), float(listed.observed.sum())
    by_changes = changed_share * predicted
    factor = 1.0
    if by_changes > 0.0:
        # Regrets come in batches: their error is that of the SKUs' own sums, not less than a Poisson's.
        alike = observed / predicted * listed.predicted
        spread = max(float(np.sum((listed.observed - alike) ** 2)), predicted)
        weight = FACTOR_SPREAD**2 / (FACTOR_SPREAD**2 + spread / by_changes**2)
        factor = float(np.clip(1.0 + weight * (observed - predicted) / by_changes, *FACTOR_RANGE))
    return SelectionEffect(factor, float(listed.lines.sum()), predicted, observed)


def with_odds(chance: Floats, factor: float) -> Floats:
    """Return each `chance` (0-1, any shape) with its odds multiplied by a `factor`."""
    return np.asarray(factor * chance / (1.0 - chance + factor * chance), dtype=np.float64)
