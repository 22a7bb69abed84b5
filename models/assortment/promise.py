"""The promise of a night as a constraint: with stated confidence a list holds no more landmines than promised.

Σ π x + z·√V(x) ≤ share·Σ x, where V is the variance of the number of landmines on the list (list_risk). The root is
linearised from above at the variance V₀ of an earlier solution, √V ≤ (V₀ + V) / (2 √V₀), so every list that keeps the
linear form keeps the promise. V is linear in x but for what a supplier's SKUs share, (Σ joint x)² ≤ k²·max joint² for k
of them on the list: the part k of it is linear, k·(k − 1) is a joint term of the constraint.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtri

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.assortment.count_spread import CountSpread
from xuanpin.models.assortment.list_risk import CountVariance
from xuanpin.models.assortment.problem import Joint

PROMISE = "promise"
"""Name of the constraint."""
SMALLEST_VARIANCE = 1e-6
"""Variance (SKUs squared) below which a list is as good as certain."""


@dataclass(frozen=True)
class PromiseRule:
    """What a list is held to: `share` of landmines (0-1) at `deviations` standard deviations above the expected count.

    `variance` is that at which the root is linearised (> 0), `common` the two common deviations of the same list, in
    SKUs. With 0 deviations the expected share alone is held. `allowed` SKUs (a fraction of one) are free: with a share
    of 0 it is the probability that there is any landmine at all, by the union bound.
    """

    share: float
    allowed: float = 0.0
    deviations: float = 0.0
    variance: float = 1.0
    common: Floats = field(default_factory=lambda: np.zeros(2))

    @property
    def slope(self) -> float:
        """Return what one unit of variance costs, in SKUs."""
        return self.deviations / (2.0 * float(np.sqrt(self.variance)))

    @property
    def bound(self) -> float:
        """Return the right side of the constraint, in SKUs."""
        return self.allowed - self.deviations * float(np.sqrt(self.variance)) / 2.0

    @property
    def is_promise(self) -> bool:
        """Return whether a list under it keeps its share with a confidence, and not only on average."""
        return self.deviations > 0.0 or self.allowed > 0.0

    def coefficients(self, probability: Floats, variance: CountVariance) -> Floats:
        """Return what each candidate takes of the promise by itself, in SKUs (n)."""
        shared = _most_joint(variance)[variance.suppliers] ** 2 + self.common @ variance.common
        return np.asarray(probability - self.share + self.slope * (variance.own + shared))

    def joint(self, row: int, variance: CountVariance, most: int) -> Joint | None:
        """Return what a supplier's SKUs take beside each other, for constraint `row` of a list of `most` SKUs."""
        if self.deviations == 0.0:
            return None
        return Joint(row, variance.suppliers, self.slope * _most_joint(variance) ** 2, most)

    def is_kept(self, probability: Floats, variance: CountVariance, chosen: Flags) -> bool:
        """Return whether a list (`chosen`, n flags) of SKUs with a `probability` (0-1, n) each keeps the rule."""
        taken = float(self.coefficients(probability, variance)[chosen].sum())
        together = self.joint(0, variance, len(chosen))
        if together is not None:
            held = together.members(chosen)
            taken += float(together.weight @ (held * (held - 1)))
        return taken <= self.bound

    def at(self, variance: CountVariance, chosen: Flags) -> PromiseRule:
        """Return the rule linearised at a list (`chosen`, n flags)."""
        common = variance.common[:, chosen].sum(axis=1)
        return replace(self, variance=max(variance.of(chosen), SMALLEST_VARIANCE), common=common)


def first_rule(share: float, confidence: float, size: int) -> PromiseRule:
    """Return the rule of a list of `size` SKUs that would use up the promise, of independent rare landmines.

    `confidence` is the probability (0-1) with which the share holds; the expected count m then solves m + z·√m = share
    × size, and is the variance too.
    """
    deviations = float(ndtri(confidence))
    variance = CountSpread(deviations).most_mean(share, size) * size
    return PromiseRule(share, deviations=deviations, variance=variance)


def no_landmine(confidence: float) -> PromiseRule:
    """Return the rule of a list that holds no landmine at all with a `confidence` (0-1): for lists too short to hold
    one within the promise."""
    return PromiseRule(0.0, allowed=1.0 - confidence)


def _most_joint(variance: CountVariance) -> Floats:
    """Return the greatest joint deviation among the SKUs of each supplier."""
    most = np.zeros(int(variance.suppliers.max(initial=-1)) + 1)
    np.maximum.at(most, variance.suppliers, variance.joint)
    return most
