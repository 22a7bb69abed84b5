"""Fits tastes by penalised conditional likelihood: effects of attributes and factors of like-minded agents together.

The strength of every family of effects is estimated from the data between rounds (EM with a diagonal Laplace
approximation; MacKay 1992, "Bayesian interpolation", section 4), so that scarce evidence falls back to the wider
effect. Factors fitted beside the effects foretell much better than factors fitted to what the effects leave over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from xuanpin.models.affinity.conditional_logit import (
    ChoiceEffects,
    ChoiceFeatures,
    PostedSets,
    effect_closeness,
    shares,
)
from xuanpin.models.affinity.factorization import Factors, fit_factorization, no_factors
from xuanpin.models.arrays import Floats, Ints

SHARED_VARIANCE = 1.0
"""Prior variance of effects that all agents share; they are well determined, the prior only keeps them finite."""
FIRST_VARIANCE = 0.25
"""Prior variance that families start from."""
ROUNDS = 2
"""Times that strengths are estimated anew; a third changes the correlation with true tastes by less than .001."""
STEPS = 60
"""Steps of L-BFGS in a round; rounds go on from where the last one stopped."""
RANK, RIDGE = 8, 8.0
"""Rank and ridge of the factors; ranks of 6 to 12 and ridges of 5 to 12 differ by .02 in correlation with truth."""
WARM_SWEEPS = 3


@dataclass(frozen=True)
class _Pairs:
    """_Pairs of agent and SKU that occur, by agent and then SKU; of_row: the pair of each posted row."""

    agent: Ints
    sku: Ints
    of_row: Ints
    starts: Ints

    def sums(self, values: Floats) -> Floats:
        """Sum of row values per pair."""
        return np.asarray(np.bincount(self.of_row, weights=values, minlength=len(self.agent)), dtype=np.float64)


@dataclass(frozen=True)
class _Problem:
    """A utility linear in `design` plus factors of rank `rank`, and the units that it has to explain.

    design: one row per pair of agent and SKU that was ever posted, in order; pair: of each posted row.
    family: of each design column; a point holds the effects, then agent factors, then SKU factors, row by row.
    """

    posted: PostedSets
    features: ChoiceFeatures
    pairs: _Pairs
    design: sp.csr_array
    family: Ints
    codes: Ints
    rank: int

    @cached_property
    def bought(self) -> Floats:
        """Units of the occasion, row by row."""
        return np.asarray(self.posted.totals(self.posted.units)[self.posted.occasion])

    @cached_property
    def by_column(self) -> sp.csr_array:
        """Matrix that sums pairs per design column."""
        return sp.csr_array(self.design.T)

    @property
    def agents(self) -> int:
        return self.features.left.shape[0]

    @property
    def skus(self) -> int:
        return self.features.sku.shape[0]

    def split(self, point: Floats) -> tuple[Floats, Floats, Floats]:
        """Effects, agent factors and SKU factors of a point."""
        effects, agent, sku = np.split(point, np.cumsum([self.design.shape[1], self.agents * self.rank]))
        return effects, agent.reshape(self.agents, self.rank), sku.reshape(self.skus, self.rank)

    def utility(self, point: Floats) -> Floats:
        """Row utilities at a point."""
        effects, agent, sku = self.split(point)
        shared = np.einsum("ij,ij->i", agent[self.pairs.agent], sku[self.pairs.sku])
        return np.asarray((self.design @ effects + shared)[self.pairs.of_row])

    def gradient(self, point: Floats, residual: Floats) -> Floats:
        """Gradient of the log-likelihood: residual per row carried to every parameter."""
        _, agent, sku = self.split(point)
        left = self.pairs.sums(residual)
        cells = sp.csr_array((left, self.pairs.sku, self.pairs.starts), shape=(self.agents, self.skus))
        of_agents, of_skus = np.asarray(cells @ sku), np.asarray(cells.T @ agent)
        return np.concatenate([self.by_column @ left, of_agents.ravel(), of_skus.ravel()])


def fit_effects(posted: PostedSets, features: ChoiceFeatures, first: ChoiceEffects | None = None) -> ChoiceEffects:
    """Fit effects alone, re-estimating the strength of each family after every round.

    first: tastes fitted to a part of these sets, from which to go on.
    """
    problem = _problem(posted, features, 0)
    point = np.zeros(problem.design.shape[1]) if first is None else _point_of(problem, first)
    variance = _first_variance(features) if first is None else first.variance
    for _ in range(ROUNDS):
        point = _maximise(problem, np.zeros(len(posted.sku)), 1.0 / variance[problem.family], point)
        variance = _reestimate(problem, variance, point)
    return _effects_at(problem, point, variance)


def fit_factors(
    posted: PostedSets, features: ChoiceFeatures, effects: ChoiceEffects, first: Factors | None = None
) -> tuple[ChoiceEffects, Factors]:
    """Go on from fitted effects with factors beside them; rank 0 where there are too few agents or SKUs.

    first: factors fitted beside `tastes` to a part of these sets, from which to go on.
    """
    rank = min(RANK, features.left.shape[0] - 1, features.sku.shape[0] - 1)
    if rank < 1 or not len(posted.sku):
        return effects, no_factors(features.left.shape[0], features.sku.shape[0])
    problem = _problem(posted, features, rank)
    factors = _first_factors(problem, effects) if first is None else first
    point = np.concatenate([_point_of(problem, effects), factors.agent.ravel(), factors.sku.ravel()])
    variance = effects.variance
    for _ in range(ROUNDS):
        precision = np.full(len(point), RIDGE)
        precision[: len(problem.family)] = 1.0 / variance[problem.family]
        point = _maximise(problem, np.zeros(len(posted.sku)), precision, point)
        variance = _reestimate(problem, variance, point)
    _, agent, sku = problem.split(point)
    return _effects_at(problem, point, variance), Factors(agent, sku)


def _first_variance(features: ChoiceFeatures) -> Floats:
    variance = np.full(2 + int(features.sku_family.max(initial=-1)) + 1, FIRST_VARIANCE)
    variance[0] = SHARED_VARIANCE
    return variance


def _point_of(problem: _Problem, effects: ChoiceEffects) -> Floats:
    """Tastes as effects of the problem's design columns; a pair of agent and attribute not met before starts at 0."""
    attributes = problem.features.sku.shape[1]
    own = effects.agent[problem.codes // attributes, problem.codes % attributes]
    return np.concatenate([effects.attribute, effects.sku, effects.pair, np.asarray(own).ravel()])


def fit_agents(
    posted: PostedSets, features: ChoiceFeatures, shared: ChoiceEffects, factors: Factors, *, steps: int = 40
) -> tuple[ChoiceEffects, Factors]:
    """Fit each agent's own effects and factors beside shared ones that were learnt from other agents."""
    pairs, rank = _pairs(posted, features), factors.sku.shape[1]
    own, codes = _own_columns(pairs, features)
    offset = shared.appeal(features)[pairs.sku] + features.agreement(pairs.agent, pairs.sku) @ shared.pair
    design = sp.csr_array(sp.hstack([own, _factor_columns(pairs, factors, features.left.shape[0])], format="csr"))
    precision = np.full(design.shape[1], RIDGE)
    precision[: len(codes)] = 1.0 / shared.variance[2 + features.sku_family[codes % features.sku.shape[1]]]
    problem = _Problem(posted, features, pairs, design, np.zeros(0, np.int64), codes, 0)
    effects = _maximise(problem, offset[pairs.of_row], precision, np.zeros(design.shape[1]), steps)
    own_factors = effects[len(codes) :].reshape(-1, rank)
    return replace(shared, agent=_own_effects(effects[: len(codes)], codes, features)), Factors(
        own_factors, factors.sku
    )


def _factor_columns(posted: _Pairs, factors: Factors, agents: int) -> sp.csr_array:
    rank = factors.sku.shape[1]
    column = (posted.agent[:, None] * rank + np.arange(rank)).ravel()
    row = np.repeat(np.arange(len(posted.agent)), rank)
    return sp.csr_array((factors.sku[posted.sku].ravel(), (row, column)), shape=(len(posted.agent), agents * rank))


def _pairs(posted: PostedSets, features: ChoiceFeatures) -> _Pairs:
    """What is liked depends on the pair alone; a pair is posted many times."""
    agents, skus = features.left.shape[0], features.sku.shape[0]
    codes, of_row = np.unique(posted.agent * skus + posted.sku, return_inverse=True)
    agent = codes // skus
    return _Pairs(agent, codes % skus, of_row, np.searchsorted(agent, np.arange(agents + 1)))


def _problem(posted: PostedSets, features: ChoiceFeatures, rank: int) -> _Problem:
    pairs, skus = _pairs(posted, features), features.sku.shape[0]
    per_sku = sp.csr_array((np.ones(len(pairs.sku)), pairs.sku, np.arange(len(pairs.sku) + 1)), (len(pairs.sku), skus))
    agreement = sp.csr_array(features.agreement(pairs.agent, pairs.sku))
    own, codes = _own_columns(pairs, features)
    design = sp.csr_array(sp.hstack([features.sku[pairs.sku], per_sku, agreement, own], format="csr"))
    attributes = features.sku.shape[1]
    shared = np.repeat([0, 1, 0], [attributes, skus, agreement.shape[1]])
    family = np.concatenate([shared, 2 + features.sku_family[codes % attributes]])
    return _Problem(posted, features, pairs, design, family, codes, rank)


def _first_factors(problem: _Problem, effects: ChoiceEffects) -> Factors:
    """Factors of what the effects leave over, agent by SKU."""
    posted, features = problem.posted, problem.features
    row_utility = effects.appeal(features)[posted.sku] + effect_closeness(effects, features, posted.agent, posted.sku)
    shape, cells = (problem.agents, problem.skus), (posted.agent, posted.sku)
    expected = np.maximum(problem.bought * shares(posted, row_utility), 1e-9)
    bought = sp.csr_array((posted.units, cells), shape=shape)
    return fit_factorization(bought, sp.csr_array((expected, cells), shape=shape), problem.rank, RIDGE, WARM_SWEEPS)


def _own_columns(posted: _Pairs, features: ChoiceFeatures) -> tuple[sp.csr_array, Ints]:
    """Row × (agent, attribute) for pairs that occur, and the code agent · attributes + attribute of each column."""
    seen = features.sku[posted.sku]
    every = np.repeat(posted.agent, np.diff(seen.indptr)) * features.sku.shape[1] + seen.indices.astype(np.int64)
    codes, column = np.unique(every, return_inverse=True)
    return sp.csr_array((seen.data, column, seen.indptr), shape=(len(posted.sku), len(codes))), codes


def _own_effects(effects: Floats, codes: Ints, features: ChoiceFeatures) -> sp.csr_array:
    attributes = features.sku.shape[1]
    cells = (codes // attributes, codes % attributes)
    return sp.csr_array((effects, cells), shape=(features.left.shape[0], attributes))


def _effects_at(problem: _Problem, point: Floats, variance: Floats) -> ChoiceEffects:
    features = problem.features
    sizes = [features.sku.shape[1], problem.skus, features.pair_count]
    attribute, sku, pair, own = np.split(problem.split(point)[0], np.cumsum(sizes))
    return ChoiceEffects(attribute, sku, pair, _own_effects(own, problem.codes, features), variance)


def _maximise(problem: _Problem, offset: Floats, precision: Floats, start: Floats, steps: int = STEPS) -> Floats:
    posted, bought = problem.posted, problem.bought

    def loss(point: Floats) -> tuple[float, Floats]:
        share = shares(posted, offset + problem.utility(point))
        penalty = precision * point
        value = -float(np.sum(posted.units * np.log(np.maximum(share, 1e-300)))) + 0.5 * float(penalty @ point)
        return value, penalty - problem.gradient(point, posted.units - bought * share)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 10})
    return np.asarray(found.x, dtype=np.float64)


def _reestimate(problem: _Problem, variance: Floats, point: Floats) -> Floats:
    """Mean square of each family's effects, their uncertainty included."""
    share = shares(problem.posted, problem.utility(point))
    curvature = problem.design.power(2).T @ problem.pairs.sums(problem.bought * share * (1.0 - share))
    family, effects = problem.family, problem.split(point)[0]
    second = effects**2 + 1.0 / (curvature + 1.0 / variance[family])
    count = np.bincount(family, minlength=len(variance))
    fitted = np.bincount(family, weights=second, minlength=len(variance)) / np.maximum(count, 1)
    fitted[0] = SHARED_VARIANCE
    return np.where(count > 0, np.maximum(fitted, 1e-4), variance)
