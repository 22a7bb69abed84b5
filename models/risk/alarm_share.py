"""How many alarms are false: the strongest evidence of each group, and how often chance alone shows as much.

Below its alarm a CUSUM of log likelihood ratios exceeds a height h by chance about e^-h times for each time that it
leaves zero; how often it does that is known from simulation. Alarms are then read from the strongest down to where the
expected false ones reach a stated share of all.
Sources: Siegmund, "Sequential Analysis" (1985), ch. 2, for the tail; Benjamini and Hochberg, JRSS B 57 (1995), and
Storey, JRSS B 64 (2002), for the share.
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.cusum import Alarm

READ_RATIO = 3.0
"""Times as often as before: of 2, 3, 4 and 6 this finds most turns at one share of false alarms (bench_alarms)."""
STARTS_AN_OUTCOME = 0.55
"""False excursions for each outcome due, where outcomes are rare: e^h times those above h, in 16 M simulated days."""
MOST_STARTS_A_DAY = 0.17
"""The same for each day at most, where outcomes are many: fewer days begin an excursion than outcomes come."""
CARRIED_DAYS = 60
"""Days before those that are read on which an excursion may begin."""


def strongest(arrived: Floats, expected: Floats, days: int) -> Alarm:
    """Find the highest point that the CUSUM of each row has reached in the last `days`; height 0 for none.

    `arrived` and `expected` are outcomes a day, shape (rows, days). It is not set back after an alarm, unlike that of
    `cusum`, so that a height is evidence; outcomes are those from the start of the excursion to its highest point.
    """
    rows, length = arrived.shape
    first, shown = max(length - days - CARRIED_DAYS, 0), max(length - days, 0)
    height, start = np.zeros(rows), np.full(rows, first, dtype=np.int64)
    found = Alarm(np.full(rows, -1, dtype=np.int64), np.zeros(rows, dtype=np.int64), *np.zeros((3, rows)))
    seen, due = np.cumsum(arrived, axis=1), np.cumsum(expected, axis=1)
    for day in range(first, length):
        height = np.maximum(height + arrived[:, day] * np.log(READ_RATIO) - (READ_RATIO - 1.0) * expected[:, day], 0.0)
        if day >= shown:
            top = np.flatnonzero(height > found.height)
            begun = start[top]
            found.day[top], found.start[top], found.height[top] = day, begun, height[top]
            found.observed[top] = seen[top, day] - seen[top, begun] + arrived[top, begun]
            found.expected[top] = due[top, day] - due[top, begun] + expected[top, begun]
        start[height == 0.0] = day + 1
    return found


def false_starts(expected: Floats, days: int) -> float:
    """Return how many false excursions the rows are expected to begin in the last `days`.

    `expected` are outcomes due a day, shape (rows, days).
    """
    due = expected[:, -days:].sum(axis=1)
    return float(np.minimum(STARTS_AN_OUTCOME * due, MOST_STARTS_A_DAY * min(days, expected.shape[1])).sum())


def false_shares(found: Alarm, starts: float, fresh_from: int) -> Floats:
    """Return the expected share (0-1) of false alarms among those at least as high as each, shape (rows,).

    `found` is the strongest evidence of each row, `starts` are the false excursions of all rows since the day
    `fresh_from`. They are held against what began since then: alarms that stand for months are no company for chance.
    A stronger alarm never has the larger share; no evidence has the share 1.
    """
    order = np.argsort(-found.height, kind="stable")
    height = found.height[order]
    begun = np.cumsum(found.start[order] >= fresh_from)
    rank = np.maximum(begun[np.searchsorted(-height, -height, side="right") - 1], 1)
    share = np.minimum(starts * np.exp(-height) / rank, 1.0)
    shares = np.empty(len(height))
    shares[order] = np.minimum.accumulate(share[::-1])[::-1]
    return np.where(found.height > 0.0, shares, 1.0)
