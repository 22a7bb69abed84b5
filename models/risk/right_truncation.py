"""Right truncation of delays: the outcomes that come later than a young platform's oldest deliveries are old.

The delay curve gives how the outcomes that can have shown are spread over the ages observed, not how many come after.
Delays are spread over the logarithm of time: from one doubling of the wait to the next, the share of outcomes changes
by a ratio that itself falls, as it does for lognormal delays. With 12 days seen of exponential, gamma or lognormal
delays the share comes to .6 to 1.3 of the truth, where taking all as seen is 1.1 to 1.8 times it; with half a year
seen it is 1.
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.assumed_delays import ASSUMED_OUTCOMES

SLOWING = 0.7
"""Fall of the ratio from one doubling to the next: exp(-(ln 2 / s)²) for a lognormal spread of s = 1.16."""
STEEPEST = 1.5
"""Highest ratio of one doubling to the one before: more is the noise of a few outcomes."""
BORROWED = 20.0
"""Outcomes of the doubling before the last that are added, with half as many of the last: few give no ratio."""
SMALLEST_SHARE = 1e-9
"""Share of outcomes, 0-1, that a day leaves to come before it at the least: its logarithm must be finite."""


def share_by_oldest(
    days: Ints, shown: Floats, at_risk: Floats, is_usable: Flags, horizon: int, assumed: Floats
) -> float:
    """Estimate the share of the outcomes within `horizon` days that show by the oldest age seen, in (0, 1].

    All arrays have one entry a day since delivery (`days`): `shown` are the outcomes of that delay, `at_risk` those
    shown by then of lines that are old enough, `is_usable` whether these are enough to estimate the day's
    hazard (as in night.int_delay_counts). `horizon` is in days. `assumed` is the share of outcomes assumed to have
    come by each day up to the horizon; it is worth ASSUMED_OUTCOMES. Without a usable day the answer is 1.
    """
    if not is_usable.any():
        return 1.0
    hazard = np.bincount(days[is_usable], shown[is_usable] / at_risk[is_usable])
    later = np.cumsum(np.log(np.maximum(1.0 - hazard, SMALLEST_SHARE))[::-1])[::-1]
    oldest = float(len(hazard))
    # A delay of j whole days lies between j and j + 1.
    ends = np.arange(len(hazard) + 1)
    quarter, half = np.interp([oldest / 4, oldest / 2], ends, np.exp(np.append(later, 0.0)))
    last, before = 1.0 - half, half - quarter
    borrowed = BORROWED / shown.sum()
    ratio = min((last + borrowed / 2) / (before + borrowed), STEEPEST)
    late, mass, age = 0.0, last, oldest
    while age < horizon:
        ratio *= SLOWING
        mass *= ratio
        late += mass * min(1.0, np.log2(horizon / age))
        age *= 2.0
    told = float(np.sum(shown[days >= len(hazard) // 2]))
    expected = 1.0 / assumed[min(len(hazard) - 1, horizon)] - 1.0
    late = (told * late + ASSUMED_OUTCOMES * expected) / (told + ASSUMED_OUTCOMES)
    return float(1.0 / (1.0 + late))
