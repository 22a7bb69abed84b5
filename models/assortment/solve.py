"""Solves for the list under its promise, and names for every candidate the constraint that kept it off."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.column_generation import solve_assortment
from xuanpin.models.assortment.constraints import Limits, ListCandidates, list_constraints
from xuanpin.models.assortment.problem import Assortment, ConstraintConflictError, Coverage, ListSolution

MARGIN = 0.01
"""Share of a candidate's value added to what it lacks, so that at exactly this figure it does not lose a tie."""


@dataclass(frozen=True)
class SolvedList:
    """The problem as solved, its solution, and the `promise`: the expected share of landmines (0-1) that the list
    was held to."""

    problem: Assortment
    solution: ListSolution
    promise: float


def solve_list(
    candidates: ListCandidates, value: Floats, coverage: Coverage, limits: Limits, gap: float = 1e-3
) -> SolvedList:
    """Return the best list under all constraints; the promise shortens it, but not below `limits.list_floor` SKUs.

    `value` (n) and the coverage are in happy units a night, `gap` is relative. Where fewer SKUs would be left, a list
    of that length is asked for like any rule; where even the safest such list breaks the promise (a platform whose SKUs
    have no outcomes yet), the promise is lifted to its share. Raises ConstraintConflictError where pins break a hard
    constraint.
    """
    floor = min(limits.list_floor, candidates.size)
    level = lowest_possible_promise(candidates, floor)
    strict = replace(limits, list_floor=0)
    try:
        kept = _solve(candidates, value, coverage, strict, gap)
        if np.count_nonzero(kept.solution.chosen) >= floor:
            return kept
    except ConstraintConflictError as conflict:
        if set(conflict.excess) != {"promise"} or level <= limits.landmine_promise:
            raise
    lifted = max(level, limits.landmine_promise)
    return _solve(candidates, value, coverage, replace(limits, landmine_promise=lifted, list_floor=floor), gap)


def lowest_possible_promise(candidates: ListCandidates, floor: int) -> float:
    """Return the least mean landmine probability of a list of `floor` SKUs with all pins; 0 for an empty one.

    Near-duplicates count once, or a list this safe would have to hold the safest SKU many times over.
    """
    order = np.lexsort((candidates.landmine_probability, _has_safer_duplicate(candidates), ~candidates.is_pinned))
    count = max(floor, int(np.count_nonzero(candidates.is_pinned)))
    safest = np.sort(candidates.landmine_probability[order[:count]])
    # Slightly above the mean: rounding must not exclude the list that sets the level.
    return float(safest.mean()) + 1e-9 if floor and len(safest) else 0.0


def _has_safer_duplicate(candidates: ListCandidates) -> Flags:
    found = np.zeros(candidates.size, dtype=np.bool_)
    for groups in (candidates.spu.astype(str), candidates.title_key.astype(str)):
        order = np.lexsort((candidates.landmine_probability, groups))
        found[order[1:]] |= (groups[order[1:]] == groups[order[:-1]]) & (groups[order[1:]] != "")
    return found


def _solve(candidates: ListCandidates, value: Floats, coverage: Coverage, limits: Limits, gap: float) -> SolvedList:
    problem = Assortment(value, candidates.is_pinned, list_constraints(candidates, limits), coverage)
    return SolvedList(problem, solve_assortment(problem, gap), limits.landmine_promise)


@dataclass(frozen=True)
class Obstacles:
    """For each candidate (n) what keeps it off the list.

    `rule` is the row of the constraint in its way, -1 where only better SKUs are; `needed_growth` by what factor its
    value would have to grow for it to be listed, and `needed_probability` the landmine probability at which it would
    be.
    """

    rule: Ints
    needed_growth: Floats
    needed_probability: Floats


def obstacles(solved: SolvedList, landmine_probability: Floats) -> Obstacles:
    """Read the dual prices: a cap stands in the way where its charge alone outweighs what is lacking.

    `landmine_probability` is that of each candidate (n). The size of the list charges everybody alike and is never
    named, nor is a minimum, which only favours others.
    """
    constraints, solution = solved.problem.constraints, solved.solution
    caps = np.where(constraints.senses > 0, solution.prices, 0.0)
    caps[constraints.names.index("list_size")] = 0.0
    charges = sparse.csc_array(sparse.diags_array(caps) @ constraints.matrix)
    most = np.asarray(charges.max(axis=0).todense(), dtype=np.float64).ravel()
    credit = solution.gain + constraints.matrix.T @ (constraints.senses * solution.prices)
    lack = np.maximum(-solution.gain, 0.0) + MARGIN * np.maximum(credit, 0.0)
    promise = max(float(solution.prices[constraints.names.index("promise")]), 1e-12)
    room = _room(solved, landmine_probability, credit)
    return Obstacles(
        rule=np.where((most > 0) & (most >= lack), np.asarray(charges.argmax(axis=0)).ravel(), -1),
        needed_growth=1.0 + lack / np.where(credit > 0, credit, np.inf),
        needed_probability=np.clip(landmine_probability - lack / promise, 0.0, max(room, 0.0)),
    )


def _room(solved: SolvedList, landmine_probability: Floats, credit: Floats) -> float:
    """The landmine probability that fits the promise in the place of the listed SKU worth least.

    Prices know fractions of a SKU; this swap is whole, so a better SKU at this probability is sure of a better list.
    """
    chosen = solved.solution.chosen
    free = np.flatnonzero(chosen & ~solved.problem.pinned)
    if len(free) == 0:
        return 0.0
    worst = free[np.argmin(credit[free])]
    return float(landmine_probability[worst] + np.sum(solved.promise - landmine_probability[chosen]))
