"""How long orders wait at a pick-up point, from the close of orders to arrival, and the share that comes before it.

A point's usual waiting is its own as far as its days of deliveries say, else the platform's (a normal model of log
hours, its spreads by the method of moments); the shape around it is the platform's own. Source: Gelman and Hill, "Data
analysis using regression and multilevel/hierarchical models" (2007), ch. 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from xuanpin.models.arrays import Floats, Ints

SHORTEST_HOURS = 1.0
"""Hours below which waiting does not count as shorter: nothing spoils within one."""
ASSUMED_HOURS, ASSUMED_DEVIATION, ASSUMED_DAYS = 22.0, 0.25, 5.0
"""Waiting assumed before any delivery, the deviation of its logarithm, and the days of deliveries that it is worth:
what closes in the evening is there by the next one, so that goods of three days may be sold from the first night."""
LEAST_DEVIATION = 0.05
"""Least deviation of log hours between points, and around the usual of one: clocks are never that exact."""
NODES = 39
"""Quantiles that stand for the spread of waiting around a point's usual."""
SHARE_UNITS = 50.0
"""Units that the platform's share of sales before an hour is worth beside a group's own."""


@dataclass(frozen=True)
class Waiting:
    """Waiting at some points: `usual` (points), mean log hours; `doubt` (points), the standard deviation of what is
    known of it; `spread` (NODES,), log hours around the usual that are equally likely."""

    usual: Floats
    doubt: Floats
    spread: Floats

    def upper_hours(self, level: float) -> Floats:
        """Return the hours that `level` (0-1) of the deliveries of each point will not exceed."""
        around = np.quantile(self.spread, level)
        return np.asarray(np.exp(self.usual + np.hypot(max(around, 0.0), ndtri(level) * self.doubt)))


def fit_waiting(point: Ints, hours: Floats, lines: Floats, days: Floats) -> Waiting:
    """Fit the waiting of points; the last entry of the result is that of a point without a delivery.

    `point` (cells), `hours` and `lines` describe lines that waited alike; `days` (points) counts the days with
    deliveries of each: what arrives together is one witness.
    """
    log_hours = np.log(np.maximum(hours, SHORTEST_HOURS))
    count = np.bincount(point, weights=lines, minlength=len(days))
    own = np.bincount(point, weights=lines * log_hours, minlength=len(days)) / np.maximum(count, 1e-9)
    around = log_hours - own[point]
    within = _within(around, lines, days, days[point] / np.maximum(count[point], 1e-9))
    between = _between(own, days, within)
    mean, known = _platform(own, days, within, between)
    weight = days / within
    drawn = (1.0 / between) / (weight + 1.0 / between)
    usual = (1.0 - drawn) * own + drawn * mean
    doubt = np.sqrt(drawn * between + drawn**2 * known)
    return Waiting(np.append(usual, mean), np.append(doubt, np.sqrt(between + known)), _nodes(around, lines, within))


def _within(around: Floats, lines: Floats, days: Floats, witnesses: Floats) -> float:
    """Variance around the usual of a point, an assumed one worth some days among them; each day is one witness.

    The mean of each point takes one of its days.
    """
    total = float((lines * witnesses) @ around**2) + ASSUMED_DAYS * ASSUMED_DEVIATION**2
    return max(total / (float(np.maximum(days - 1.0, 0.0).sum()) + ASSUMED_DAYS), LEAST_DEVIATION**2)


def _between(own: Floats, days: Floats, within: float) -> float:
    """Variance of the usual between points, by the method of moments."""
    total, points = float(days.sum()), int(np.count_nonzero(days))
    if points < 2:
        return ASSUMED_DEVIATION**2
    mean = float(days @ own) / total
    excess = float(days @ (own - mean) ** 2) - (points - 1) * within
    return max(excess / (total - float(days @ days) / total), LEAST_DEVIATION**2)


def _platform(own: Floats, days: Floats, within: float, between: float) -> tuple[float, float]:
    """Mean of the usual of all points with what is assumed before any delivery, and the variance of that mean."""
    weight = np.where(days > 0, 1.0 / (between + within / np.maximum(days, 1e-9)), 0.0)
    assumed = ASSUMED_DAYS / (ASSUMED_DAYS * between + ASSUMED_DEVIATION**2)
    total = float(weight.sum()) + assumed
    return (float(weight @ own) + assumed * float(np.log(ASSUMED_HOURS))) / total, 1.0 / total


def _nodes(around: Floats, lines: Floats, within: float) -> Floats:
    """Equally likely deviations from the usual: of the platform's shape, some normal ones among them, and of the
    variance `within`, which is more than that around means of few days."""
    level = (np.arange(NODES) + 0.5) / NODES
    spread = np.sqrt(lines @ around**2 / lines.sum()) if len(lines) else 0.0
    seen = around * (np.sqrt(within) / spread) if spread > 0.0 else around
    values = np.concatenate([seen, ndtri(level) * np.sqrt(within)])
    weight = np.concatenate([lines, np.full(NODES, ASSUMED_DAYS / NODES)])
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(weight[order])
    return np.asarray(values[order][np.searchsorted(ends, level * ends[-1])])


def share_before(units: Floats, before: Floats, usual: Floats) -> Floats:
    """Return the share (0-1) of a day's sales that groups make before an hour: `before` of `units` were, and the whole
    platform has `usual` before it, which is worth SHARE_UNITS."""
    return np.asarray((before + SHARE_UNITS * usual) / (units + SHARE_UNITS))
