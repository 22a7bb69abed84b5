"""How likely an agent takes what she is given: a logistic regression on what all share, with effects of her own.

The log odds are linear in features that all agents share and in each agent's own deviation per attribute of the SKU,
which is drawn to 0 the more the less she has answered: a generalised linear mixed model, fitted by penalised maximum
likelihood (Breslow and Clayton, "Approximate inference in generalized linear mixed models", JASA 88, 1993). An agent
whose answer is missing, and who is seen to post a SKU, has taken it; one who is not seen may have: with the chance c
that a post of hers is seen, the chance of seeing it is c p, so silence says nothing where c is 0, and no where it is 1
(the occupancy models of MacKenzie and others, Ecology 83, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.matching.own_effects import OwnEffects

ROUNDS = 10
"""Rounds in which shared weights, own effects and their variances are fitted in turn; the last changes little."""
FIRST_VARIANCE, VARIANCE_CELLS = 0.25, 20.0
"""Variance of own effects before any is known, in squared log odds, and the effects that this guess is worth."""
LONGEST_STEP = 2.0
"""Most that a weight changes in a step: far from the best one a step may go too far."""
FARTHEST = 12.0
"""Log odds beyond which a chance does not come closer to 0 or 1."""


@dataclass(frozen=True)
class Shown:
    """What agents were given and took or not, a row each.

    agent: row number; taken: 1 or 0; seen: the chance c that taking it shows, 1 for an answer; weight: what the row
    counts, 0-1; shared: rows × features of all agents; own: rows × attributes of SKUs, each of a family; teaches: rows
    × families of own effects that the row says anything about.
    """

    agent: Ints
    taken: Floats
    seen: Floats
    weight: Floats
    shared: sp.csr_array
    own: sp.csr_array
    teaches: Flags

    def of(self, rows: Flags | Ints) -> Shown:
        """Return some of the rows."""
        return Shown(
            self.agent[rows], self.taken[rows], self.seen[rows], self.weight[rows],
            self.shared[rows], self.own[rows], self.teaches[rows],
        )  # fmt: skip

    def slopes(self, level: Floats) -> tuple[Floats, Floats]:
        """Return the slope of the log likelihood in the log odds of each row (`level`), and its expected curvature."""
        chance = logistic(level)
        missed = (1.0 - chance) / (1.0 - self.seen * chance)
        slope = self.weight * (self.taken - self.seen * chance) * missed
        return slope, self.weight * self.seen * chance * (1.0 - chance) * missed


@dataclass(frozen=True)
class Prior:
    """What is believed of the shared weights before any answer: `mean` and `deviation` of each."""

    mean: Floats
    deviation: Floats


@dataclass(frozen=True)
class AcceptanceModel:
    """Weights of the `shared` features, and the `variance` of own effects by family."""

    shared: Floats
    variance: Floats

    def own_effects(self, shown: Shown, family: Ints, agents: int) -> sp.csr_array:
        """Return agents × attributes: what each agent's own rows of `shown` add to the log odds.

        `family` is that of each attribute, `agents` how many there are.
        """
        effects = OwnEffects(shown.agent, shown.own, shown.teaches, family)
        level = shown.shared @ self.shared
        for _ in range(ROUNDS):
            level = effects.improve(level, shown.slopes, self.variance)
        return effects.matrix(agents)


def logistic(level: Floats) -> Floats:
    """Return the chance, 0-1, of log odds (`level`)."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(level, -FARTHEST, FARTHEST))))


def fit_acceptance(shown: Shown, family: Ints, prior: Prior) -> AcceptanceModel:
    """Fit the weights that all agents share, and the variances of their own effects.

    `family` is that of each attribute of `shown.own`. Without rows the `prior` stays.
    """
    variance = np.full(shown.teaches.shape[1], FIRST_VARIANCE)
    if not len(shown.agent):
        return AcceptanceModel(prior.mean, variance)
    effects = OwnEffects(shown.agent, shown.own, shown.teaches, family)
    weights = prior.mean.copy()
    level = shown.shared @ weights
    for _ in range(ROUNDS):
        step = _shared_step(shown, level, weights, prior)
        weights, level = weights + step, level + shown.shared @ step
        level = effects.improve(level, shown.slopes, variance)
        variance = effects.variances(variance, FIRST_VARIANCE, VARIANCE_CELLS)
    return AcceptanceModel(weights, variance)


def _shared_step(shown: Shown, level: Floats, weights: Floats, prior: Prior) -> Floats:
    """One step of Fisher scoring."""
    slope, curve = shown.slopes(level)
    gradient = shown.shared.T @ slope - (weights - prior.mean) / prior.deviation**2
    information = (shown.shared.T @ sp.diags_array(curve) @ shown.shared).toarray() + np.diag(prior.deviation**-2.0)
    return np.clip(np.linalg.solve(information, gradient), -LONGEST_STEP, LONGEST_STEP)
