"""Repeat purchase: groups buy again what they bought before, whatever its attributes.

Attraction = exp(a · appeal + c · closeness) + strength · evidence, so that each agent's own orders outweigh what
attributes and like-minded agents suggest as they grow, and count for nothing where there are none. The scales a and c,
how far to trust what all agents share and what is an agent's own preference, and the strength are estimated on later
days than the effects. Shops that buy the same SKUs again and again are predicted by their orders; groups that see new
SKUs every day are not, and effects stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from xuanpin.models.affinity.conditional_logit import PostedSets, log_likelihood, shares
from xuanpin.models.arrays import Floats, Ints

PRIOR_BUYERS = 10.0
"""Agents with orders of a SKU whose evidence counts as much as how often SKUs are ordered again on the whole."""
LOG_STRENGTH = (-10.0, 10.0)
"""Bounds of the log strength: nothing counts on one end, nothing else on the other."""
MIN_LIKELIHOOD_GAIN = 10.0
"""Log-likelihood of independent purchases by which repeat purchase must predict later days better."""


@dataclass(frozen=True)
class OrderDays:
    """Days on which an agent's groups ordered a SKU: one row per agent, SKU and day (numbered like occasions).

    window: days of history; an order counts less by 1 / window with each day and nothing at its end.
    """

    agent: Ints
    sku: Ints
    day: Ints
    window: int

    def evidence(self, before: int, agents: int, skus: int) -> sp.csr_array:
        """Return the evidence of repeat purchase from the days before a day, agents × SKUs: the days, each counting
        less with age, times the weight of the SKU."""
        past = self._past(before)
        weight = np.maximum(self.window - (before - 1 - past.day), 0).astype(np.float64)
        fresh = sp.csr_array((weight, (past.agent, past.sku)), shape=(agents, skus))
        fresh.data = fresh.data / self.window * self.weights(before, agents, skus)[fresh.indices]
        return fresh

    def weights(self, before: int, agents: int, skus: int) -> Floats:
        """Return how much an order of each SKU counts, by the days before a day (see repeat_weights), shape (skus,).

        agents: how many there are.
        """
        past = self._past(before)
        days = sp.csr_array((np.ones(len(past.day)), (past.agent, past.sku)), shape=(agents, skus))
        return repeat_weights(days.indices.astype(np.int64), days.data, skus)

    def _past(self, before: int) -> OrderDays:
        past = self.day < before
        return OrderDays(self.agent[past], self.sku[past], self.day[past], self.window)


def repeat_weights(sku: Ints, days: Floats, skus: int) -> Floats:
    """Return the root of each SKU's repeat ratio, shape (skus,): how often its buyers come back, relative to all SKUs.

    sku, days: one entry per agent and SKU with orders, and the days with orders. The root allows for the effects of
    chance and stock on the ratio; it is 1 where nobody comes back to anything.
    """
    buyers = np.bincount(sku, minlength=skus)
    again = np.bincount(sku, weights=days, minlength=skus) - buyers
    usual = float(again.sum()) / max(int(buyers.sum()), 1)
    if usual <= 0.0:
        return np.ones(skus)
    return np.asarray(np.sqrt((again + PRIOR_BUYERS * usual) / (buyers + PRIOR_BUYERS) / usual))


@dataclass(frozen=True)
class RepeatPurchase:
    """Attraction = exp(appeal · appeal of the SKU + closeness · closeness of the agent) + strength · evidence."""

    appeal: float
    closeness: float
    strength: float


NO_REPEAT_PURCHASE = RepeatPurchase(1.0, 1.0, 0.0)
"""Effects as they are, and no evidence from own orders."""


def with_repeat_purchase(level: Floats, strength: float, own: Floats) -> Floats:
    """Return log attraction, element by element, from that of the effects (`level`) and `strength` times the repeat
    evidence `own`."""
    by_habit, added = strength * own, np.full(level.shape, -np.inf)
    np.log(by_habit, out=added, where=by_habit > 0)
    return np.asarray(np.logaddexp(level, added))


def fit_repeat_purchase(posted: PostedSets, appeal: Floats, closeness: Floats, own: Floats) -> RepeatPurchase:
    """Fit to the rows of `posted`, given appeal, closeness and repeat evidence (`own`) of each row.

    Returns NO_REPEAT_PURCHASE unless it predicts better by MIN_LIKELIHOOD_GAIN.
    """
    bought = posted.totals(posted.units)[posted.occasion]

    def loss(point: Floats) -> tuple[float, Floats]:
        level = point[0] * appeal + point[1] * closeness
        mixed = with_repeat_purchase(level, float(np.exp(point[2])), own)
        residual, by_taste = posted.units - bought * shares(posted, mixed), np.exp(level - mixed)
        slope = [residual @ (by_taste * appeal), residual @ (by_taste * closeness), residual @ (1.0 - by_taste)]
        return -log_likelihood(posted, mixed), -np.array(slope)

    bounds = [(0.0, 1.0), (0.0, 1.0), LOG_STRENGTH]
    found = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    if -log_likelihood(posted, appeal + closeness) - float(found.fun) < MIN_LIKELIHOOD_GAIN:
        return NO_REPEAT_PURCHASE
    return RepeatPurchase(float(found.x[0]), float(found.x[1]), float(np.exp(found.x[2])))
