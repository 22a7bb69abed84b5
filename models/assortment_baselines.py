"""Other ways to choose a list, to measure ours against: greedy by marginal worth, and one plain integer programme."""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse

from models.assortment import Assortment, Flags, Floats, Integers, potential
from models.assortment_program import program


def greedy_list(problem: Assortment) -> Flags:
    """Add the SKU of greatest marginal worth that breaks no maximum, until nothing fits; minima are only hoped for."""
    rules, coverage = problem.rules, problem.coverage
    caps = rules.senses > 0
    limits = rules.matrix[caps].tocsc()
    room = rules.bounds[caps] - limits @ problem.pinned.astype(np.float64)
    finds = coverage.matrix.tocsc()
    missing = coverage.needed - coverage.matrix @ problem.pinned.astype(np.float64)
    chosen = problem.pinned.copy()
    optimistic = np.where(chosen, -np.inf, potential(problem))
    while True:
        column = int(np.argmax(optimistic))
        if optimistic[column] <= 0:
            return chosen
        rows, takes = _column(limits, column)
        if np.any((takes > 0) & (takes > room[rows] + 1e-9)):
            optimistic[column] = -np.inf
            continue
        seen, finding = _column(finds, column)
        worth = problem.value[column] + coverage.worth[seen] @ np.clip(missing[seen], 0.0, finding)
        if worth < optimistic[column] - 1e-12:
            optimistic[column] = worth
            continue
        chosen[column], optimistic[column] = True, -np.inf
        room[rows] -= takes
        missing[seen] -= finding


def _column(matrix: sparse.csc_array, column: int) -> tuple[Integers, Floats]:
    start, end = matrix.indptr[column], matrix.indptr[column + 1]
    return matrix.indices[start:end], matrix.data[start:end]


def plain_milp(problem: Assortment, gap: float, seconds: float) -> tuple[Flags | None, float]:
    """All candidates in one integer programme; the list found within the seconds, if any, and its bound."""
    columns = np.arange(problem.size)
    small = program(problem, columns)
    binary = np.zeros(len(small.cost))
    binary[: len(columns)] = 1
    solved = optimize.milp(
        small.cost,
        integrality=binary,
        bounds=optimize.Bounds(small.lower, small.upper),
        constraints=optimize.LinearConstraint(small.matrix, -np.inf, small.limit),
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )
    bound = float("inf") if solved.mip_dual_bound is None else -float(solved.mip_dual_bound)
    return (None if solved.x is None else solved.x[: problem.size] > 0.5), bound
