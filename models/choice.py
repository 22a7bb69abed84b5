"""How much of each posted good a group buys: a multinomial choice within the posted set, with shrunken tastes.

Within one occasion (one agent's posts of one day) a unit sold falls on SKU s with probability exp(u_s) / sum exp(u),
and u is linear in a sparse design: attributes shared by all agents, a deviation per SKU, agreement between persona and
SKU, and each agent's own deviation per attribute. The strength of every family of effects is estimated from the data
(EM with a diagonal Laplace approximation; MacKay 1992, "Bayesian interpolation", section 4), so that scarce evidence
falls back to the wider effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
        return np.asarray(np.add.reduceat(values, self.starts) if len(values) else values, dtype=np.float64)

    def only(self, rows: NDArray[np.bool_]) -> PostedSets:
        """The sets without the other rows; occasions are numbered anew."""
        occasion = np.cumsum(np.diff(self.occasion[rows], prepend=-1) != 0) - 1
        return PostedSets(occasion, self.agent[rows], self.sku[rows], self.units[rows])

    def of_agents(self, agents: Ints) -> PostedSets:
        """The sets that these agents posted."""
        return self.only(np.isin(self.agent, agents))


@dataclass(frozen=True)
class TasteFeatures:
    """What is known of SKUs and agents before any purchase.

    sku: SKU × attribute; sku_family: family of each attribute (a family shares its prior strength).
    left (agent × k) and right (SKU × k): column products summed within pair_family are the agreement features.
    """

    sku: sp.csr_array
    sku_family: Ints
    left: sp.csr_array
    right: sp.csr_array
    pair_family: Ints

    @property
    def pair_count(self) -> int:
        return int(self.pair_family.max(initial=-1)) + 1

    def pairs(self, agent: Ints, sku: Ints) -> Floats:
        """Agreement features of agent-SKU rows: rows × pair families."""
        membership = np.eye(self.pair_count)[self.pair_family]
        return np.asarray(self.left[agent].multiply(self.right[sku]) @ membership)


@dataclass(frozen=True)
class Tastes:
    """Fitted effects on the log scale of attraction.

    attribute: per SKU attribute; sku: deviation per SKU; pair: per agreement feature; agent: agent × attribute, sparse;
    variance: prior variance of each family (shared effects, SKUs, then the attribute families).
    """

    attribute: Floats
    sku: Floats
    pair: Floats
    agent: sp.csr_array
    variance: Floats

    def appeal(self, features: TasteFeatures) -> Floats:
        """Attraction of each SKU that all agents share."""
        return np.asarray(features.sku @ self.attribute) + self.sku


def closeness_of(tastes: Tastes, features: TasteFeatures, agent: Ints, sku: Ints) -> Floats:
    """How much more (or less) than the average agent's groups this agent's groups are drawn to the SKU."""
    own = np.asarray(features.sku[sku].multiply(tastes.agent[agent]).sum(axis=1)).ravel()
    return np.asarray(features.pairs(agent, sku) @ tastes.pair + own)


def fit_tastes(posted: PostedSets, features: TasteFeatures, *, rounds: int = 3, iterations: int = 60) -> Tastes:
    """Fit tastes by penalised conditional likelihood, re-estimating the strength of each family between rounds."""
    own, codes = _own_columns(posted, features)
    shared = _shared_columns(posted, features)
    design = sp.csr_array(sp.hstack([shared, own], format="csr"))
    (skus, attributes), pairs = features.sku.shape, features.pair_count
    family = np.repeat([0, 1, 0], [attributes, skus, pairs])
    family = np.concatenate([family, 2 + features.sku_family[codes % attributes]])
    variance = np.full(2 + int(features.sku_family.max(initial=-1)) + 1, 0.25)
    variance[0] = SHARED_VARIANCE
    effects, offset = np.zeros(design.shape[1]), np.zeros(len(posted.sku))
    for _ in range(rounds):
        effects = _maximise(posted, design, offset, 1.0 / variance[family], effects, iterations)
        variance = _reestimate(posted, design, family, variance, effects)
    attribute, sku, pair, agent = np.split(effects, np.cumsum([attributes, skus, pairs]))
    return Tastes(attribute, sku, pair, _own_effects(agent, codes, features), variance)


def fit_agents(posted: PostedSets, features: TasteFeatures, shared: Tastes, *, iterations: int = 40) -> Tastes:
    """Fit each agent's own effects beside shared effects that were learnt from other agents."""
    own, codes = _own_columns(posted, features)
    offset = shared.appeal(features)[posted.sku] + features.pairs(posted.agent, posted.sku) @ shared.pair
    precision = 1.0 / shared.variance[2 + features.sku_family[codes % features.sku.shape[1]]]
    effects = _maximise(posted, own, offset, precision, np.zeros(own.shape[1]), iterations)
    return replace(shared, agent=_own_effects(effects, codes, features))


def _shared_columns(posted: PostedSets, features: TasteFeatures) -> sp.csr_array:
    rows, skus = len(posted.sku), features.sku.shape[0]
    per_sku = sp.csr_array((np.ones(rows), (np.arange(rows), posted.sku)), shape=(rows, skus))
    pairs = sp.csr_array(features.pairs(posted.agent, posted.sku))
    return sp.csr_array(sp.hstack([features.sku[posted.sku], per_sku, pairs], format="csr"))


def _own_columns(posted: PostedSets, features: TasteFeatures) -> tuple[sp.csr_array, Ints]:
    """Row × (agent, attribute) for pairs that occur, and the code agent · attributes + attribute of each column."""
    seen = features.sku[posted.sku]
    every = np.repeat(posted.agent, np.diff(seen.indptr)) * features.sku.shape[1] + seen.indices.astype(np.int64)
    codes, column = np.unique(every, return_inverse=True)
    return sp.csr_array((seen.data, column, seen.indptr), shape=(len(posted.sku), len(codes))), codes


def _own_effects(effects: Floats, codes: Ints, features: TasteFeatures) -> sp.csr_array:
    attributes = features.sku.shape[1]
    cells = (codes // attributes, codes % attributes)
    return sp.csr_array((effects, cells), shape=(features.left.shape[0], attributes))


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
    posted: PostedSets, design: sp.csr_array, offset: Floats, precision: Floats, start: Floats, steps: int
) -> Floats:
    bought = posted.totals(posted.units)[posted.occasion]
    transposed = sp.csr_array(design.T)

    def loss(effects: Floats) -> tuple[float, Floats]:
        share = shares(posted, offset + design @ effects)
        penalty = precision * effects
        value = -float(np.sum(posted.units * np.log(np.maximum(share, 1e-300)))) + 0.5 * float(penalty @ effects)
        return value, penalty - transposed @ (posted.units - bought * share)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 8})
    return np.asarray(found.x, dtype=np.float64)


def _reestimate(posted: PostedSets, design: sp.csr_array, family: Ints, variance: Floats, effects: Floats) -> Floats:
    share = shares(posted, design @ effects)
    bought = posted.totals(posted.units)[posted.occasion]
    curvature = design.power(2).T @ (bought * share * (1.0 - share))
    second = effects**2 + 1.0 / (curvature + 1.0 / variance[family])
    count = np.bincount(family, minlength=len(variance))
    fitted = np.bincount(family, weights=second, minlength=len(variance)) / np.maximum(count, 1)
    fitted[0] = SHARED_VARIANCE
    return np.where(count > 0, np.maximum(fitted, 1e-4), variance)
