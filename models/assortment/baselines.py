"""Other ways to choose a list, to measure ours against: greedy by marginal value, and one plain integer programme.

`problem` is the assortment over n candidates; a list is n flags.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.milp import build_program
from xuanpin.models.assortment.problem import Assortment, constraint_slack, highest_added_value


def greedy_list(problem: Assortment) -> Flags:
    """Return the list that serves each minimum in turn and then adds the SKU of greatest marginal value that breaks no
    maximum.

    Lazy greedy: a marginal value only falls as the list grows, so an old one is a bound on the new one. Source: Minoux
    1978, "Accelerated greedy algorithms for maximizing submodular set functions".
    """
    chosen = problem.pinned.copy()
    constraints = problem.constraints
    for row in np.flatnonzero(constraints.senses < 0):
        members = np.zeros(problem.size, dtype=np.bool_)
        members[constraints.matrix[[row]].indices] = True
        missing = round(float(constraint_slack(problem, chosen)[row]))
        chosen = _add_best(problem, chosen, members, missing)
    return _add_best(problem, chosen, np.ones(problem.size, dtype=np.bool_), problem.size)


def _add_best(problem: Assortment, start: Flags, members: Flags, count: int) -> Flags:
    """Add up to `count` members to a list, best first, as long as every maximum holds."""
    constraints, coverage = problem.constraints, problem.coverage
    caps = constraints.senses > 0
    limits, finds = sparse.csc_array(constraints.matrix[caps]), sparse.csc_array(coverage.matrix)
    room = constraints.bounds[caps] - limits @ start.astype(np.float64)
    missing = coverage.needed - coverage.matrix @ start.astype(np.float64)
    chosen, optimistic = start.copy(), np.where(members & ~start, highest_added_value(problem), -np.inf)
    while count > 0 and optimistic.max(initial=-np.inf) > 0:
        column = int(np.argmax(optimistic))
        rows, takes = _column(limits, column)
        seen, finding = _column(finds, column)
        value = problem.value[column] + coverage.value[seen] @ np.clip(missing[seen], 0.0, finding)
        if np.any((takes > 0) & (takes > room[rows] + 1e-9)):
            optimistic[column] = -np.inf
        elif value < optimistic[column] - 1e-12:
            optimistic[column] = value
        else:
            chosen[column], optimistic[column], count = True, -np.inf, count - 1
            room[rows] -= takes
            missing[seen] -= finding
    return chosen


def _column(matrix: sparse.csc_array, column: int) -> tuple[Ints, Floats]:
    start, end = matrix.indptr[column], matrix.indptr[column + 1]
    return matrix.indices[start:end].astype(np.int64), matrix.data[start:end].astype(np.float64)


def plain_milp(problem: Assortment, gap: float, seconds: float) -> tuple[Flags | None, float]:
    """Solve all candidates in one integer programme: the list found within `seconds`, if any, and the bound.

    `gap` is relative; the outcome depends on the speed of the machine, which is why the night does not use it.
    """
    small = build_program(problem, np.arange(problem.size))
    binary = np.zeros(len(small.cost), dtype=np.int64)
    binary[: problem.size] = 1
    solved = optimize.milp(
        small.cost,
        integrality=binary,
        bounds=optimize.Bounds(small.lower, small.upper),
        constraints=optimize.LinearConstraint(small.matrix, -np.inf, small.limit),
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )
    bound = float("inf") if solved.mip_dual_bound is None else -float(solved.mip_dual_bound)
    return (None if solved.x is None else solved.x[: problem.size] > 0.5), bound
