"""How much of each posted good a group buys: a multinomial choice within the posted set, with shrunken tastes.

Within one occasion (one agent's posts of one day) a unit sold falls on SKU s with probability exp(u_s) / sum exp(u),
and u is linear in a sparse design: attributes shared by all agents, a deviation per SKU, agreement between persona and
SKU, and each agent's own deviation per attribute. The strength of every family of effects is estimated from the data
(EM with a diagonal Laplace approximation; MacKay 1992, "Bayesian interpolation", section 4), so that scarce evidence
falls back to the wider effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARED_VARIANCE = 1.0
"""Prior variance of effects that all agents share; they are well determined, the prior only keeps them finite."""


@dataclass(frozen=True)
class PostedSets:
    """Posted goods and what was bought of each: one row per SKU in an occasion, rows of an occasion together.

    occasion: 0-based and non-decreasing; agent, sku: row numbers in the features; units: bought, ≥ 0.
    """

    occasion: Ints
    agent: Ints
    sku: Ints
    units: Floats

    @property
    def starts(self) -> Ints:
        """First row of each occasion."""
        return np.flatnonzero(np.diff(self.occasion, prepend=-1)).astype(np.int64)

    def totals(self, values: Floats) -> Floats:
        """Sum of row values per occasion, in row order."""
        return np.add.reduceat(values, self.starts) if len(values) else np.zeros(0)


@dataclass(frozen=True)
class TasteFeatures:
    """What is known of SKUs and agents before any purchase.

    sku: SKU × attribute, sparse; sku_family: family of each attribute (families share a prior strength).
    left (agent × k) and right (SKU × k): column products summed within pair_family give the agreement features.
    """

    sku: sp.csr_array
    sku_family: Ints
    left: Floats
    right: Floats
    pair_family: Ints

    @property
    def pair_count(self) -> int:
        return int(self.pair_family.max(initial=-1)) + 1

    def pairs(self, agent: Ints, sku: Ints) -> Floats:
        """Agreement features of agent-SKU rows: rows × pair families."""
        products = self.left[agent] * self.right[sku]
        return np.stack(
            [products[:, self.pair_family == family].sum(axis=1) for family in range(self.pair_count)], axis=1
        )


@dataclass(frozen=True)
class Tastes:
    """Fitted effects on the log scale of attraction.

    attribute: per SKU attribute; sku: deviation per SKU; pair: per agreement feature; agent: agent × attribute.
    """

    attribute: Floats
    sku: Floats
    pair: Floats
    agent: Floats

    def appeal(self, features: TasteFeatures) -> Floats:
        """Attraction of each SKU that all agents share."""
        return np.asarray(features.sku @ self.attribute) + self.sku

    def closeness(self, features: TasteFeatures, agent: Ints, sku: Ints) -> Floats:
        """How much more (or less) than the average agent's group this agent's group is drawn to the SKU."""
        own = np.asarray((features.sku[sku].multiply(self.agent[agent])).sum(axis=1)).ravel()
        return features.pairs(agent, sku) @ self.pair + own


def fit_tastes(posted: PostedSets, features: TasteFeatures, *, rounds: int = 3, iterations: int = 60) -> Tastes:
    """Fit tastes by penalised conditional likelihood, re-estimating the strength of each family between rounds."""
    design, family = _design(posted, features)
    variance = np.full(int(family.max()) + 1, 0.25)
    variance[0] = SHARED_VARIANCE
    effects = np.zeros(design.shape[1])
    transposed = sp.csr_array(design.T)
    for _ in range(rounds):
        effects = _maximise(posted, design, transposed, 1.0 / variance[family], effects, iterations)
        variance = _reestimate(posted, design, transposed, family, variance, effects)
    return _unpack(effects, features)


def _design(posted: PostedSets, features: TasteFeatures) -> tuple[sp.csr_array, Ints]:
    rows, (skus, attributes), agents = len(posted.sku), features.sku.shape, len(features.left)
    own = features.sku[posted.sku]
    per_sku = sp.csr_array((np.ones(rows), (np.arange(rows), posted.sku)), shape=(rows, skus))
    columns = np.repeat(posted.agent, np.diff(own.indptr)) * attributes + own.indices
    per_agent = sp.csr_array((own.data, columns, own.indptr), shape=(rows, agents * attributes))
    pairs = sp.csr_array(features.pairs(posted.agent, posted.sku))
    family = np.concatenate(
        [
            np.zeros(attributes, dtype=np.int64),
            np.ones(skus, dtype=np.int64),
            np.zeros(features.pair_count, dtype=np.int64),
            np.tile(2 + features.sku_family, agents),
        ]
    )
    return sp.csr_array(sp.hstack([own, per_sku, pairs, per_agent], format="csr")), family


def _unpack(effects: Floats, features: TasteFeatures) -> Tastes:
    skus, attributes = features.sku.shape
    cuts = np.cumsum([attributes, skus, features.pair_count])
    attribute, sku, pair, agent = np.split(effects, cuts)
    return Tastes(attribute, sku, pair, agent.reshape(len(features.left), attributes))


def shares(posted: PostedSets, utility: Floats) -> Floats:
    """Share of an occasion's units that each of its rows draws, given row utilities."""
    if not len(utility):
        return utility
    peak = np.maximum.reduceat(utility, posted.starts)[posted.occasion]
    weight = np.exp(utility - peak)
    return weight / posted.totals(weight)[posted.occasion]


def log_likelihood(posted: PostedSets, utility: Floats) -> float:
    """Conditional log-likelihood of the units bought, given how many were bought in each occasion."""
    share = shares(posted, utility)
    return float(np.sum(posted.units * np.log(np.maximum(share, 1e-300))))


def _maximise(
    posted: PostedSets, design: sp.csr_array, transposed: sp.csr_array, precision: Floats, start: Floats, steps: int
) -> Floats:
    bought = posted.totals(posted.units)[posted.occasion]

    def loss(effects: Floats) -> tuple[float, Floats]:
        share = shares(posted, design @ effects)
        penalty = precision * effects
        value = -float(np.sum(posted.units * np.log(np.maximum(share, 1e-300)))) + 0.5 * float(penalty @ effects)
        return value, penalty - transposed @ (posted.units - bought * share)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 8})
    return np.asarray(found.x, dtype=np.float64)


def _reestimate(
    posted: PostedSets, design: sp.csr_array, transposed: sp.csr_array, family: Ints, variance: Floats, effects: Floats
) -> Floats:
    share = shares(posted, design @ effects)
    bought = posted.totals(posted.units)[posted.occasion]
    curvature = transposed.power(2) @ (bought * share * (1.0 - share))
    second = effects**2 + 1.0 / (curvature + 1.0 / variance[family])
    fitted = np.bincount(family, weights=second, minlength=len(variance)) / np.maximum(np.bincount(family), 1)
    fitted[0] = SHARED_VARIANCE
    return np.maximum(fitted, 1e-4)
