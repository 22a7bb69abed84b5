"""Fits the conditional logit by penalised likelihood: effects of attributes and factors of like-minded agents together.

The strength of every family of effects is estimated from the data between rounds (EM with a diagonal Laplace
approximation; MacKay 1992, "Bayesian interpolation", section 4), so that scarce evidence falls back to the wider
effect. Factors fitted beside the effects predict much better than factors fitted to the residuals of the effects.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from xuanpin.models.affinity.choice_problem import (
    ChoiceProblem,
    Pairs,
    choice_problem,
    effects_at,
    own_columns,
    own_effects,
    pairs_of,
    point_of,
)
from xuanpin.models.affinity.conditional_logit import (
    ChoiceEffects,
    ChoiceFeatures,
    PostedSets,
    effect_closeness,
    shares,
)
from xuanpin.models.affinity.factorization import Factors, fit_factorization, no_factors
from xuanpin.models.arrays import Floats

SHARED_VARIANCE = 1.0
"""Prior variance of effects that all agents share; they are well determined, the prior only keeps them finite."""


FIRST_VARIANCE = 0.25
"""Prior variance that families start from."""


ROUNDS = 2
"""Times that strengths are estimated anew; a third changes the correlation with the true preferences by less than
.001."""


STEPS = 60
"""Most steps of L-BFGS in a round; rounds go on from where the last one stopped."""


LEAST_GAIN = 3e-5
"""Share of the likelihood that a step must gain for the search to go on; the next round gains what is left. A third of
it changes the correlation with true preferences by less than .001."""


OWN_LEAST_GAIN = 1e-4
"""The same where agents' own effects are fitted beside shared ones: a few thousandths of the likelihood of each agent,
hers not depending on others'."""


RANK, RIDGE = 8, 8.0
"""Rank and ridge of the factors; ranks of 6 to 12 and ridges of 5 to 12 differ by .02 in correlation with truth."""


BLOCK_ROWS = 131_072
"""Posted rows whose agents' own effects are fitted together; bounds memory."""


WARM_SWEEPS = 3
"""Sweeps of alternating regressions that give the factors their start."""


def fit_effects(
    posted: PostedSets, features: ChoiceFeatures, first: ChoiceEffects | None = None, *, own: bool = True
) -> ChoiceEffects:
    """Fit effects alone and estimate the strength of each family again after every round.

    first: effects fitted to a part of these sets or without agents' own, from which to go on; own: whether agents have
    effects of their own.
    """
    problem = choice_problem(posted, features, 0, own=own)
    point = np.zeros(problem.width) if first is None else point_of(problem, first)
    variance = _first_variance(features) if first is None else first.variance
    for _ in range(ROUNDS):
        point = _maximise(problem, np.zeros(len(posted.sku)), 1.0 / variance[problem.family], point)
        variance = _reestimate(problem, variance, point)
    return effects_at(problem, point, variance)


def fit_factors(
    posted: PostedSets, features: ChoiceFeatures, effects: ChoiceEffects, first: Factors | None = None
) -> tuple[ChoiceEffects, Factors]:
    """Go on from fitted effects with factors beside them; rank 0 where there are too few agents or SKUs.

    first: factors beside `effects` from which to go on; those of `first_factors` where there are none.
    """
    rank = _rank(posted, features)
    if not rank:
        return effects, no_factors(features.left.shape[0], features.sku.shape[0])
    problem = choice_problem(posted, features, rank)
    factors = first_factors(posted, features, effects) if first is None else first
    point = np.concatenate([point_of(problem, effects), factors.agent.ravel(), factors.sku.ravel()])
    variance = effects.variance
    for _ in range(ROUNDS):
        precision = np.full(len(point), RIDGE)
        precision[: len(problem.family)] = 1.0 / variance[problem.family]
        point = _maximise(problem, np.zeros(len(posted.sku)), precision, point)
        variance = _reestimate(problem, variance, point)
    _, agent, sku = problem.split(point)
    return effects_at(problem, point, variance), Factors(agent, sku)


def first_factors(posted: PostedSets, features: ChoiceFeatures, effects: ChoiceEffects) -> Factors:
    """Return factors of what fitted `effects` leave unexplained, agent by SKU: a start for `fit_factors`."""
    rank = _rank(posted, features)
    if not rank:
        return no_factors(features.left.shape[0], features.sku.shape[0])
    row_utility = effects.appeal(features)[posted.sku] + effect_closeness(effects, features, posted.agent, posted.sku)
    shape, cells = (features.left.shape[0], features.sku.shape[0]), (posted.agent, posted.sku)
    units = posted.totals(posted.units)[posted.occasion]
    expected = np.maximum(units * shares(posted, row_utility), 1e-9)
    bought = sp.csr_array((posted.units, cells), shape=shape)
    return fit_factorization(bought, sp.csr_array((expected, cells), shape=shape), rank, RIDGE, WARM_SWEEPS)


def _rank(posted: PostedSets, features: ChoiceFeatures) -> int:
    return max(min(RANK, features.left.shape[0] - 1, features.sku.shape[0] - 1), 0) if len(posted.sku) else 0


def _first_variance(features: ChoiceFeatures) -> Floats:
    variance = np.full(2 + int(features.sku_family.max(initial=-1)) + 1, FIRST_VARIANCE)
    variance[0] = SHARED_VARIANCE
    return variance


def fit_agents(
    posted: PostedSets, features: ChoiceFeatures, shared: ChoiceEffects, factors: Factors
) -> tuple[ChoiceEffects, Factors]:
    """Fit each agent's own effects and factors beside shared ones that were learnt from other agents.

    The factors of SKUs stay as they are.
    """
    pairs, rank = pairs_of(posted, features), factors.sku.shape[1]
    own, codes = own_columns(pairs, features)
    offset = shared.appeal(features)[pairs.sku] + features.agreement(pairs.agent, pairs.sku) @ shared.pair
    design = sp.csr_array(sp.hstack([own, _factor_columns(pairs, factors, features.left.shape[0])], format="csr"))
    precision = np.full(design.shape[1], RIDGE)
    precision[: len(codes)] = 1.0 / shared.variance[2 + features.sku_family[codes % features.sku.shape[1]]]
    nothing = sp.csr_array((features.sku.shape[0], 0))
    problem = ChoiceProblem(posted, features, pairs, nothing, design, np.zeros(0, np.int64), codes, 0)
    effects = _maximise(problem, offset[pairs.of_row], precision, np.zeros(design.shape[1]), OWN_LEAST_GAIN)
    own_factors = effects[len(codes) :].reshape(features.left.shape[0], rank)
    return replace(shared, agent=own_effects(effects[: len(codes)], codes, features)), Factors(own_factors, factors.sku)


def fit_others(
    posted: PostedSets, features: ChoiceFeatures, shared: ChoiceEffects, factors: Factors
) -> tuple[ChoiceEffects, Factors]:
    """Fit the own effects and factors of the agents of `posted`, block by block; everybody else keeps hers.

    posted: rows by agent; shared, factors: learnt from other agents. What was posted when nothing was bought does not
    tell what is preferred.
    """
    # The rows left out are given back before the fit, where the caller does not hold them.
    posted = posted.subset(posted.totals(posted.units)[posted.occasion] > 0)
    own, agent_factors = [shared.agent.tocoo()], factors.agent.copy()
    for block in _blocks(posted):
        part = posted.subset(block)
        who, place = np.unique(part.agent, return_inverse=True)
        local = replace(features, left=features.left[who])
        found, near = fit_agents(replace(part, agent=place), local, shared, factors)
        cells = found.agent.tocoo()
        own.append(sp.coo_array((cells.data, (who[cells.coords[0]], cells.coords[1])), shape=shared.agent.shape))
        agent_factors[who] = near.agent
    return replace(shared, agent=_together(own)), Factors(agent_factors, factors.sku)


def _blocks(posted: PostedSets) -> list[slice]:
    """Runs of about BLOCK_ROWS rows, each with all rows of its agents."""
    starts = np.flatnonzero(np.diff(posted.agent, prepend=-1))
    block = starts // BLOCK_ROWS
    firsts = [*starts[np.flatnonzero(np.diff(block, prepend=-1))], len(posted.agent)]
    return [slice(first, end) for first, end in pairwise(firsts)]


def _together(parts: list[sp.coo_array]) -> sp.csr_array:
    cells = [np.concatenate([part.coords[axis] for part in parts]) for axis in (0, 1)]
    return sp.csr_array((np.concatenate([part.data for part in parts]), tuple(cells)), shape=parts[0].shape)


def _factor_columns(posted: Pairs, factors: Factors, agents: int) -> sp.csr_array:
    rank = factors.sku.shape[1]
    column = (posted.agent[:, None] * rank + np.arange(rank)).ravel()
    row = np.repeat(np.arange(len(posted.agent)), rank)
    return sp.csr_array((factors.sku[posted.sku].ravel(), (row, column)), shape=(len(posted.agent), agents * rank))


def _maximise(
    problem: ChoiceProblem, offset: Floats, precision: Floats, start: Floats, gain: float = LEAST_GAIN
) -> Floats:
    """The point of highest penalised likelihood, each coordinate in units of its own curvature: coordinates of many
    units and of few are then equally far from it, and a few steps reach it."""
    posted, bought = problem.posted, problem.bought
    first = shares(posted, offset + problem.utility(start))
    unit = 1.0 / np.sqrt(problem.curvature(start, first) + precision)

    def loss(scaled: Floats) -> tuple[float, Floats]:
        point = scaled * unit
        share = shares(posted, offset + problem.utility(point))
        penalty = precision * point
        value = -float(np.sum(posted.units * np.log(np.maximum(share, 1e-300)))) + 0.5 * float(penalty @ point)
        return value, (penalty - problem.gradient(point, posted.units - bought * share)) * unit

    found = minimize(
        loss,
        start / unit,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": STEPS, "maxcor": 5, "ftol": gain},
    )
    return np.asarray(found.x, dtype=np.float64) * unit


def _reestimate(problem: ChoiceProblem, variance: Floats, point: Floats) -> Floats:
    """Mean square of each family's effects, their uncertainty included."""
    share = shares(problem.posted, problem.utility(point))
    family, effects = problem.family, problem.split(point)[0]
    curvature = problem.curvature(point, share)[: len(effects)]
    second = effects**2 + 1.0 / (curvature + 1.0 / variance[family])
    count = np.bincount(family, minlength=len(variance))
    fitted = np.bincount(family, weights=second, minlength=len(variance)) / np.maximum(count, 1)
    fitted[0] = SHARED_VARIANCE
    return np.where(count > 0, np.maximum(fitted, 1e-4), variance)
