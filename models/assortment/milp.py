"""An assortment as matrices for HiGHS (through scipy): its linear relaxation, its integer form, and its conflicts.

`problem` is the assortment over n candidates; `columns` are the positions of those that may be listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.problem import Assortment, ConstraintConflictError, Tier, constraint_slack, slack_weights

MOST_NODES = 3_000
"""Nodes after which branch and bound stops with the list it has; the gap reported stays true."""
MOST_REPAIRS = 5
"""Searches after which a list that still breaks a hard constraint by a hair is given up."""


@dataclass(frozen=True)
class Program:
    """min cost·z subject to matrix z ≤ limit, lower ≤ z ≤ upper.

    z = x of the columns, u, s (see problem); rows are the constraints, then the coverage.
    """

    cost: Floats
    matrix: sparse.csr_array
    limit: Floats
    lower: Floats
    upper: Floats


def build_program(problem: Assortment, columns: Ints) -> Program:
    """Return the problem restricted to some candidates, with a slack for every constraint that may give way."""
    constraints, coverage = problem.constraints, problem.coverage
    weights = slack_weights(problem)
    soft = np.flatnonzero(np.isfinite(weights))
    m, r = len(constraints.names), len(coverage.needed)
    signed = sparse.diags_array(constraints.senses.astype(np.float64)) @ constraints.matrix[:, columns]
    slack = sparse.csr_array((-np.ones(len(soft)), (soft, np.arange(len(soft)))), shape=(m, len(soft)))
    blocks = [
        [signed, sparse.csr_array((m, r)), slack],
        [-coverage.matrix[:, columns], sparse.eye_array(r), sparse.csr_array((r, len(soft)))],
    ]
    return Program(
        cost=np.concatenate([-problem.value[columns], -coverage.value, weights[soft]]),
        matrix=sparse.csr_array(sparse.block_array(blocks, format="csr")),
        limit=np.concatenate([constraints.senses * constraints.bounds, np.zeros(r)]),
        lower=np.concatenate([problem.pinned[columns].astype(np.float64), np.zeros(r + len(soft))]),
        upper=np.concatenate([np.ones(len(columns)), coverage.needed, np.full(len(soft), np.inf)]),
    )


def solve_relaxation(problem: Assortment, columns: Ints) -> tuple[float, Floats]:
    """Solve the linear relaxation over some candidates; returns its objective and the dual prices of all rows, ≥ 0.

    Raises ArithmeticError where HiGHS does not reach an optimum.
    """
    small = build_program(problem, columns)
    solved = _minimise(small.cost, small.matrix, small.limit, small.lower, small.upper)
    if solved.status != 0:
        raise ArithmeticError(f"the linear programme over {len(columns)} candidates ended with: {solved.message}")
    return -float(solved.fun), np.maximum(-np.asarray(solved.ineqlin.marginals, dtype=np.float64), 0.0)


def _minimise(cost: Floats, matrix: sparse.csr_array, limit: Floats, lower: Floats, upper: Floats) -> Any:
    # The stubs of linprog know neither sparse matrices nor arrays of bounds; its HiGHS method takes both.
    linprog: Any = optimize.linprog
    return linprog(cost, A_ub=matrix, b_ub=limit, bounds=np.column_stack([lower, upper]), method="highs")


def branch_and_bound(problem: Assortment, columns: Ints, gap: float) -> tuple[Flags, int, float]:
    """Solve the integer form over some candidates; returns the list, the nodes, and the bound proven for these
    candidates.

    `gap` is relative. HiGHS keeps constraints to a millionth; where rounding its answer leaves a hard one broken by a
    hair, that constraint is drawn in by twice the hair and the search repeated. Raises ArithmeticError where no list is
    found.
    """
    small = build_program(problem, columns)
    limit, nodes, bounds = small.limit.copy(), 0, []
    for _ in range(MOST_REPAIRS):
        chosen, visited, proven = _search(small, limit, problem.size, columns, gap)
        nodes += visited
        bounds.append(proven)
        broken = np.where(problem.constraints.tiers == Tier.HARD, constraint_slack(problem, chosen), 0.0)
        if not broken.any():
            return chosen, nodes, bounds[0]
        limit[: len(broken)] -= 2 * broken
    raise ArithmeticError(f"no list among {len(columns)} candidates keeps the hard rules exactly")


def _search(small: Program, limit: Floats, size: int, columns: Ints, gap: float) -> tuple[Flags, int, float]:
    binary = np.zeros(len(small.cost), dtype=np.int64)
    binary[: len(columns)] = 1
    solved = optimize.milp(
        small.cost,
        integrality=binary,
        bounds=optimize.Bounds(small.lower, small.upper),
        constraints=optimize.LinearConstraint(small.matrix, -np.inf, limit),
        options={"mip_rel_gap": gap, "node_limit": MOST_NODES},
    )
    if solved.x is None:
        raise ArithmeticError(f"no list was found among {len(columns)} candidates: {solved.message}")
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[columns[solved.x[: len(columns)] > 0.5]] = True
    # Without any candidate there is nothing to branch on, and HiGHS names neither nodes nor a bound.
    proven = solved.fun if solved.mip_dual_bound is None else solved.mip_dual_bound
    return chosen, int(solved.mip_node_count or 0), -float(proven)


def raise_on_conflict(problem: Assortment) -> None:
    """Raise ConstraintConflictError with the least excess of each hard constraint when no list with all pins keeps
    them."""
    constraints, pinned = problem.constraints, problem.pinned.astype(np.float64)
    hard = np.flatnonzero(constraints.tiers == Tier.HARD)
    if len(hard) == 0 or not problem.pinned.any():
        return
    signed = sparse.diags_array(constraints.senses[hard].astype(np.float64)) @ constraints.matrix[hard]
    solved = _minimise(
        np.concatenate([np.zeros(problem.size), np.ones(len(hard))]),
        sparse.hstack([signed, -sparse.eye_array(len(hard))], format="csr"),
        constraints.senses[hard] * constraints.bounds[hard],
        np.concatenate([pinned, np.zeros(len(hard))]),
        np.concatenate([np.ones(problem.size), np.full(len(hard), np.inf)]),
    )
    excess = {constraints.names[row]: float(over) for row, over in zip(hard, solved.x[problem.size :], strict=True)}
    broken = {name: over for name, over in excess.items() if over > 1e-7}
    if broken:
        raise ConstraintConflictError(broken)
