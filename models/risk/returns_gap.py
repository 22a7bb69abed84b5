"""Days whose returns are missing: how many were due by the deliveries before them, and how many came.

A return comes some days after its delivery, so the deliveries of a day say how many returns are due on each day after
it. A stretch of days with far fewer than that, beyond what such counts vary by otherwise, is a gap in the source: what
was delivered before it looks kept only because nobody says otherwise. Source: a scan statistic as in Kulldorff, "A
spatial scan statistic", Communications in Statistics 26 (1997), over stretches of days, with overdispersed counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, gammaincc, xlogy

from xuanpin.models.arrays import Floats

FEWEST_DAYS = 3
"""Days of the shortest gap: a drop that comes a day or two late is reported as stale, and its returns still come."""
MOST_DAYS = 90
"""Days before tonight in which a gap may begin; outcomes of older days are mature."""
GAP_SHARE = 0.5
"""Share of the returns due, 0-1, below which a stretch of days is a gap; above it rates follow by themselves."""
SURE = 1e-6
"""Chance, 0-1, of so few returns by accident: with thousands of stretches a night a false alarm comes once in years."""
BASE_SHARE = 0.15
"""Least share of all returns due, 0-1, that must lie before the gap: with fewer nothing says what is usual."""
WITHHELD_SHARE = 0.25
"""Share, 0-1, of the returns that its complaints let expect below which a supplier's returns never came in: kinds of
SKUs differ in how many of their buyers rather complain, yet hardly fourfold."""


@dataclass(frozen=True)
class ReturnsGap:
    """Hold a gap: its first and last day (positions of the days given), the returns `observed` in it and `expected`."""

    first: int
    last: int
    observed: float
    expected: float


def due_share(delivered: Floats, by_lag: Floats) -> Floats:
    """Return how many of the `delivered` lines, shape (groups, days), have their return day on each day, if returned.

    `by_lag` is how many returns came after each number of days, shape (lags,).
    """
    share = by_lag / max(float(by_lag.sum()), 1.0)
    due = np.zeros_like(delivered)
    for lag in np.flatnonzero(share[: delivered.shape[1]]):
        due[:, lag:] += share[lag] * delivered[:, : delivered.shape[1] - lag]
    return due


def expected_returns(due: Floats, returned: Floats) -> Floats:
    """Return how many returns are expected on each day at each group's usual rate, shape (days,).

    `due` is that of `due_share`, `returned` how many came; both have shape (groups, days).
    """
    rate = returned.sum(axis=1) / np.maximum(due.sum(axis=1), 1e-9)
    return np.asarray(np.sum(rate[:, None] * due, axis=0), dtype=np.float64)


def find_gap(returned: Floats, expected: Floats) -> ReturnsGap | None:
    """Find the likeliest gap of the last MOST_DAYS days; None where returns come as they are due.

    `returned` and `expected` are counts a day, shape (days,), tonight's last. What is expected inside a gap follows
    from the days before it: neither a long gap nor a change for the worse after it is taken for what is usual.
    """
    days = len(returned)
    came, due = (np.append(0.0, np.cumsum(counts)) for counts in (returned, expected))
    first = np.arange(max(days - MOST_DAYS, 1), days)
    first = first[(due[first] > 0.0) & (due[first] >= BASE_SHARE * due[-1]) & (came[first] > 0.0)][:, None]
    if not len(first):
        return None
    last = np.arange(first[0, 0], days)
    is_stretch = last >= first
    seen = np.where(is_stretch, came[last + 1] - came[first], 0.0)
    wanted = np.where(is_stretch, came[first] / due[first] * (due[last + 1] - due[first]), 0.0)
    gain = xlogy(seen, seen / np.maximum(wanted, 1e-9)) - seen + wanted
    gain = np.where(seen < GAP_SHARE * wanted, gain, 0.0)
    row, column = np.unravel_index(np.argmax(gain), gain.shape)
    gap = ReturnsGap(int(first[row, 0]), int(last[column]), float(seen[row, column]), float(wanted[row, column]))
    if gain[row, column] <= 0.0 or gap.last - gap.first + 1 < FEWEST_DAYS:
        return None
    return gap if _chance(gap, returned, expected) < SURE else None


def are_withheld(returned: float, complained: float, usual: float) -> bool:
    """Say whether so few of the lines `returned` or `complained` of were returned that returns must be missing.

    `usual` is the share of returns in both on the whole platform, 0-1. Whoever makes good SKUs has few of either.
    """
    total = returned + complained
    if total <= 0.0 or not 0.0 < usual < 1.0 or returned >= WITHHELD_SHARE * usual / (1.0 - usual) * complained:
        return False
    # The binomial chance of so few returns or fewer, by the incomplete Beta.
    return float(betainc(complained, returned + 1.0, 1.0 - usual)) < SURE


def _chance(gap: ReturnsGap, returned: Floats, expected: Floats) -> float:
    """Chance of so few returns by accident, as a Poisson count in units of how far the days before the gap scatter."""
    came, due = returned[: gap.first], expected[: gap.first]
    usual = due * came.sum() / max(float(due.sum()), 1e-9)
    # Not the mean of each day's own ratio: a day on which a hundredth of a return is due would decide it.
    unit = max(float(np.sum((came - usual) ** 2)) / max(float(usual.sum()), 1e-9), 1.0)
    return float(gammaincc(gap.observed / unit + 1.0, gap.expected / unit))
