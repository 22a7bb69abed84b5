"""How late outcomes are assumed to show before a platform has seen it, giving way to its own outcomes.

Two weeks of outcomes leave the share that is still to come within a fifth of itself, and every rate with it. Public
data say more: returns of a gift shop (Online Retail, UCI) come after 8 days at the median and 49 at nine in ten, close
to a lognormal law; complaints are written within days of a delivery.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from xuanpin.models.arrays import Floats

MEDIAN_DAYS = 8.0
"""Median days from a delivery to a return."""
LOG_SPREAD = 1.6
"""Standard deviation of the logarithm of days from a delivery to a return."""
COMPLAINT_DAYS = 2.0
"""Mean days from a delivery to a complaint."""
COMPLAINED = {"return": 0.0, "regret": 0.5, "complaint": 1.0}
"""Share of each outcome, 0-1, that shows by a complaint: of regrets every second, the others by a return."""
ASSUMED_OUTCOMES = 10.0
"""Outcomes that what is assumed is worth, on every day and for what comes later.

On platforms of 15 days it halves the error of the share shown; on those of 60 days it moves it by less than 1 %."""


def assumed_shares(metric: str, horizon: int) -> Floats:
    """Return the assumed share of outcomes with a delay of at most 0, 1, … `horizon` days, shape (horizon + 1,).

    `metric` is a key of COMPLAINED. A delay of j whole days lies between j and j + 1.
    """
    ends = np.arange(1, horizon + 2, dtype=np.float64)
    said = 1.0 - np.exp(-ends / COMPLAINT_DAYS)
    returned = np.asarray(ndtr(np.log(ends / MEDIAN_DAYS) / LOG_SPREAD), dtype=np.float64)
    share = COMPLAINED[metric] * said + (1.0 - COMPLAINED[metric]) * returned
    return np.asarray(share / share[-1], dtype=np.float64)


def assumed_hazards(metric: str, horizon: int) -> Floats:
    """Return the assumed share of the outcomes shown by each day that show on it, shape (horizon + 1,).

    `metric` is a key of COMPLAINED, days are 0, 1, … `horizon`.
    """
    share = assumed_shares(metric, horizon)
    return np.asarray(np.diff(share, prepend=0.0) / share, dtype=np.float64)
