"""Solving an assortment to a proven gap: price all candidates by a small linear programme, branch on the few left.

Column generation for a long flat problem ("sifting": Bixby et al. 1992), a Lagrangian bound and reduced-cost fixing.
Everything stops by gap, rounds or nodes, never by seconds, so equal inputs give equal lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.fill import complete
from xuanpin.models.assortment.milp import branch, refuse_conflict, relax
from xuanpin.models.assortment.problem import (
    Assortment,
    Choice,
    objective_of,
    potential,
    slack_of,
    slack_weights,
    soften,
    worth_of,
)

FIRST_COLUMNS = 3_000
BATCH_COLUMNS = 1_500
MOST_ROUNDS = 40
SIFT_GAP = 2e-5
CORE_MARGIN = 60
FIRST_GAP, FINAL_GAP = 2.0, 0.9
"""Gaps in multiples of the one asked for: a first list need only be good enough to rule candidates out; the final one
stays a little inside, because the solver measures against the objective and we against the list's worth."""


@dataclass(frozen=True)
class _Prices:
    """Price of each rule, what each candidate gains under the prices, and the bound that they prove."""

    rules: Floats
    gain: Floats
    bound: float


def choose(problem: Assortment, gap: float = 1e-3) -> Choice:
    """Find a list within `gap` (relative to its worth) of the best there is, and prove it.

    Raises RulesConflictError where pins and hard rules cannot hold together.
    """
    eased = soften(problem)
    refuse_conflict(eased)
    prices, rounds, sifted = _sift(eased)
    core = _core(eased, prices)
    found, nodes, _ = branch(eased, core, FIRST_GAP * gap)
    chosen = complete(eased, found)
    bound, columns = prices.bound, max(sifted, len(core))
    if _gap(eased, chosen, bound) > gap:
        reach = objective_of(eased, chosen) - prices.bound
        survivors = np.flatnonzero(eased.pinned | (prices.gain >= reach))
        better, more, proven = branch(eased, survivors, FINAL_GAP * gap)
        chosen = max(chosen, complete(eased, better), key=lambda flags: objective_of(eased, flags))
        # A list with any other candidate is worth no more than the first list found.
        bound = min(bound, max(proven, objective_of(eased, chosen)))
        nodes, columns = nodes + more, max(columns, len(survivors))
    return Choice(
        chosen=chosen,
        objective=objective_of(eased, chosen),
        worth=worth_of(eased, chosen),
        bound=bound,
        gap=_gap(eased, chosen, bound),
        gain=prices.gain,
        prices=prices.rules,
        slack=slack_of(problem, chosen),
        columns=columns,
        rounds=rounds,
        nodes=nodes,
    )


def _gap(problem: Assortment, chosen: Flags, bound: float) -> float:
    distance = max(0.0, bound - objective_of(problem, chosen))
    return distance / max(abs(worth_of(problem, chosen)), 1e-9) if distance > 1e-9 else 0.0


def _sift(problem: Assortment) -> tuple[_Prices, int, int]:
    """Price all candidates by a linear programme on the promising ones, adding those that would gain until none does.

    Returns the prices, the rounds it took and the candidates it looked at.
    """
    inside = problem.pinned.copy()
    inside[_first(potential(problem), FIRST_COLUMNS)] = True
    rounds = 0
    while True:
        rounds += 1
        reached, duals = relax(problem, np.flatnonzero(inside))
        prices = _prices(problem, duals)
        outside = np.where(inside, 0.0, prices.gain)
        settled = prices.bound - reached <= SIFT_GAP * max(abs(reached), 1e-9)
        if settled or rounds == MOST_ROUNDS or not np.any(outside > 0):
            return prices, rounds, int(np.count_nonzero(inside))
        entering = _first(outside, BATCH_COLUMNS)
        inside[entering[outside[entering] > 0]] = True


def _first(score: Floats, count: int) -> Ints:
    """Indices of the greatest scores, ties by position, in order of index."""
    order = np.lexsort((np.arange(len(score)), -score))
    return np.sort(order[:count])


def _prices(problem: Assortment, duals: Floats) -> _Prices:
    """Lagrangian bound of the full problem at any prices ≥ 0: valid whatever the solver's tolerances."""
    rules, coverage = problem.rules, problem.coverage
    on_rules = np.minimum(duals[: len(rules.names)], slack_weights(problem))
    on_coverage = np.minimum(duals[len(rules.names) :], coverage.worth)
    signed = rules.senses * on_rules
    gain = np.asarray(problem.value - rules.matrix.T @ signed + coverage.matrix.T @ on_coverage, dtype=np.float64)
    taken = np.where(problem.pinned, gain, np.maximum(gain, 0.0))
    bound = signed @ rules.bounds + (coverage.worth - on_coverage) @ coverage.needed + np.sum(taken)
    return _Prices(on_rules, gain, float(bound))


def _core(problem: Assortment, prices: _Prices) -> Ints:
    """The candidates that the prices do not clearly rule out: the pins, those that gain, and the next few."""
    inside = problem.pinned | (prices.gain > 0)
    rest = np.where(inside, -np.inf, prices.gain)
    inside[_first(rest, CORE_MARGIN)] = True
    return np.flatnonzero(inside)
