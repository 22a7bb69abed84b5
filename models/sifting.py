"""Solving an assortment to a proven gap: price all candidates with a small linear programme, then branch on the few left.

Column generation for a long flat problem ("sifting": Bixby et al. 1992), Lagrangian bound and reduced-cost fixing.
Everything stops by gap, rounds or nodes, never by seconds, so equal inputs give equal lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from models.assortment import (
    Assortment,
    Choice,
    Flags,
    Floats,
    Integers,
    Rules,
    RulesConflict,
    Tier,
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
MOST_NODES = 3_000
CORE_MARGIN = 250


@dataclass(frozen=True)
class _Program:
    """min cost·z subject to matrix z ≤ limit and bounds; z = (x of the columns, u, s); rows = rules then coverage."""

    cost: Floats
    matrix: sparse.csr_array
    limit: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class _Prices:
    """Prices of the rules and of the coverage rows, the gain of every candidate under them, and the bound they prove."""

    rules: Floats
    coverage: Floats
    gain: Floats
    bound: float


def choose(problem: Assortment, gap: float = 1e-3) -> Choice:
    """Find a list within `gap` (relative to its worth) of the best there is, and prove it.

    Raises RulesConflict where pins and hard rules cannot hold together.
    """
    eased = soften(problem)
    _refuse_conflict(eased)
    columns, prices, rounds = _sift(eased)
    core = _core(eased, prices)
    chosen, nodes, _ = _branch(eased, core, prices, gap / 2)
    bound = prices.bound
    used = len(core)
    if _gap(eased, chosen, bound) > gap:
        survivors = np.flatnonzero(prices.gain >= objective_of(eased, chosen) - prices.bound)
        better, more, proven = _branch(eased, survivors, prices, gap / 2)
        nodes += more
        used = len(survivors)
        if objective_of(eased, better) > objective_of(eased, chosen):
            chosen = better
        bound = min(bound, max(proven, objective_of(eased, chosen)))
    return Choice(
        chosen=chosen,
        objective=objective_of(eased, chosen),
        worth=worth_of(eased, chosen),
        bound=bound,
        gap=_gap(eased, chosen, bound),
        gain=prices.gain,
        prices=prices.rules,
        slack=slack_of(problem, chosen),
        columns=max(used, len(columns)),
        rounds=rounds,
        nodes=nodes,
    )


def _gap(problem: Assortment, chosen: Flags, bound: float) -> float:
    distance = bound - objective_of(problem, chosen)
    return max(0.0, distance) / max(abs(worth_of(problem, chosen)), 1e-9)


def program(problem: Assortment, columns: Integers) -> _Program:
    """The linear programme of the problem restricted to some candidates, with the slack of every soft rule."""
    rules, coverage = problem.rules, problem.coverage
    weights = slack_weights(problem)
    soft = np.flatnonzero(np.isfinite(weights))
    m, r = len(rules.names), len(coverage.needed)
    signed = sparse.diags_array(rules.senses.astype(np.float64)) @ rules.matrix[:, columns]
    slack = sparse.csr_array((-np.ones(len(soft)), (soft, np.arange(len(soft)))), shape=(m, len(soft)))
    blocks = [
        [signed, sparse.csr_array((m, r)), slack],
        [-coverage.matrix[:, columns], sparse.eye_array(r), sparse.csr_array((r, len(soft)))],
    ]
    return _Program(
        cost=np.concatenate([-problem.value[columns], -coverage.worth, weights[soft]]),
        matrix=sparse.csr_array(sparse.block_array(blocks, format="csr")),
        limit=np.concatenate([rules.senses * rules.bounds, np.zeros(r)]),
        lower=np.concatenate([problem.pinned[columns].astype(np.float64), np.zeros(r + len(soft))]),
        upper=np.concatenate([np.ones(len(columns)), coverage.needed, np.full(len(soft), np.inf)]),
    )


def _sift(problem: Assortment) -> tuple[Integers, _Prices, int]:
    """Price all candidates with a linear programme on the promising ones; add those that would gain, until none does."""
    inside = problem.pinned.copy()
    inside[_first(potential(problem), FIRST_COLUMNS)] = True
    for rounds in range(1, MOST_ROUNDS + 1):
        columns = np.flatnonzero(inside)
        prices, reached = _price(problem, columns)
        outside = np.where(inside, 0.0, prices.gain)
        if prices.bound - reached <= SIFT_GAP * max(abs(reached), 1e-9) or not np.any(outside > 0):
            break
        entering = _first(outside, BATCH_COLUMNS)
        inside[entering[outside[entering] > 0]] = True
    return columns, prices, rounds


def _first(score: Floats, count: int) -> Integers:
    """Indices of the greatest scores, ties by position, in order of index."""
    order = np.lexsort((np.arange(len(score)), -score))
    return np.sort(order[:count])


def _price(problem: Assortment, columns: Integers) -> tuple[_Prices, float]:
    """Solve the restricted linear programme; return its prices over all candidates and its objective."""
    small = program(problem, columns)
    solved = optimize.linprog(
        small.cost,
        A_ub=small.matrix,
        b_ub=small.limit,
        bounds=np.column_stack([small.lower, small.upper]),
        method="highs",
    )
    if solved.status != 0:
        raise ArithmeticError(f"the linear programme over {len(columns)} candidates ended with: {solved.message}")
    duals = np.maximum(-np.asarray(solved.ineqlin.marginals, dtype=np.float64), 0.0)
    return _bound(problem, duals), -float(solved.fun)


def _bound(problem: Assortment, duals: Floats) -> _Prices:
    """Lagrangian bound of the full problem for any prices ≥ 0: valid whatever the solver's tolerances."""
    rules, coverage = problem.rules, problem.coverage
    m = len(rules.names)
    on_rules = np.minimum(duals[:m], slack_weights(problem))
    on_coverage = np.minimum(duals[m:], coverage.worth)
    signed = rules.senses * on_rules
    gain = problem.value - rules.matrix.T @ signed + coverage.matrix.T @ on_coverage
    taken = np.where(problem.pinned, gain, np.maximum(gain, 0.0))
    bound = signed @ rules.bounds + (coverage.worth - on_coverage) @ coverage.needed + np.sum(taken)
    return _Prices(on_rules, on_coverage, np.asarray(gain, dtype=np.float64), float(bound))


def _core(problem: Assortment, prices: _Prices) -> Integers:
    """The candidates that the prices do not rule out clearly: those that gain, the pins and the next few."""
    inside = problem.pinned | (prices.gain > 0)
    rest = np.where(inside, -np.inf, prices.gain)
    inside[_first(rest, CORE_MARGIN)] = True
    return np.flatnonzero(inside)


def _branch(problem: Assortment, columns: Integers, prices: _Prices, gap: float) -> tuple[Flags, int, float]:
    """Branch and bound on some candidates; returns the list, the nodes and the bound proven for these candidates."""
    small = program(problem, columns)
    binary = np.zeros(len(small.cost))
    binary[: len(columns)] = 1
    solved = optimize.milp(
        small.cost,
        integrality=binary,
        bounds=optimize.Bounds(small.lower, small.upper),
        constraints=optimize.LinearConstraint(small.matrix, -np.inf, small.limit),
        options={"mip_rel_gap": gap, "node_limit": MOST_NODES},
    )
    if solved.x is None:
        raise ArithmeticError(f"no list was found among {len(columns)} candidates: {solved.message}")
    chosen = np.zeros(problem.size, dtype=np.bool_)
    chosen[columns[solved.x[: len(columns)] > 0.5]] = True
    return chosen, int(solved.mip_node_count), -float(solved.mip_dual_bound)


def _refuse_conflict(problem: Assortment) -> None:
    """Raise RulesConflict with the least excess of each hard rule when pins leave no list that keeps them all."""
    hard = np.flatnonzero(problem.rules.tiers == Tier.HARD)
    rules = problem.rules
    if len(hard) == 0 or not problem.pinned.any():
        return
    signed = sparse.diags_array(rules.senses[hard].astype(np.float64)) @ rules.matrix[hard]
    solved = optimize.linprog(
        np.concatenate([np.zeros(problem.size), np.ones(len(hard))]),
        A_ub=sparse.hstack([signed, -sparse.eye_array(len(hard))], format="csr"),
        b_ub=rules.senses[hard] * rules.bounds[hard],
        bounds=np.column_stack(
            [
                np.concatenate([problem.pinned.astype(np.float64), np.zeros(len(hard))]),
                np.concatenate([np.ones(problem.size), np.full(len(hard), np.inf)]),
            ]
        ),
        method="highs",
    )
    excess = np.asarray(solved.x[problem.size :])
    if excess.sum() > 1e-7:
        raise RulesConflict({rules.names[row]: float(over) for row, over in zip(hard, excess, strict=True) if over > 1e-7})


__all__ = ["Rules", "choose", "program"]
