"""Places of a list for SKUs that agents propose: few, only within every rule, and never beyond the promise.

A proposal does not change what a SKU is worth or how risky it is taken to be; it can only hold a place that another SKU
would have had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.models.assortment.problem import (
    TOLERANCE,
    ConstraintConflictError,
    Tier,
    highest_added_value,
)

Resolve = Callable[[Flags], SolvedList]
"""Solves for the list with these candidates pinned (n flags); may raise ConstraintConflictError."""


@dataclass(frozen=True)
class Proposals:
    """What is proposed: how many agents ask for each candidate (`asked`, n), its landmine probability (0-1, n), and the
    most `places` that proposals may be given."""

    asked: Ints
    landmine_probability: Floats
    places: int


def list_with_proposals(base: SolvedList, proposals: Proposals, resolve: Resolve) -> tuple[SolvedList, Flags]:
    """Return the list with as many proposals as it can take beside its rules, and which got their place so (n flags).

    `base` is the list without them. Those that most agents ask for come first, then those of most value. The new list
    keeps the promise of `base`, is no shorter and breaks no rule by more; otherwise the riskier half of the proposals
    is left out, until none is left. A listed SKU that as many agents ask for keeps its place.
    """
    asked = _by_demand(base, proposals)
    least = proposals.asked[asked[: proposals.places]].min(initial=np.iinfo(np.int64).max)
    kept = base.problem.pinned | (base.solution.chosen & (proposals.asked >= least))
    wanted = _within_caps(base, kept, asked[proposals.asked[asked] >= least])[: proposals.places]
    while len(wanted):
        placed = np.zeros(base.problem.size, dtype=np.bool_)
        placed[wanted] = True
        found = _resolved(resolve, kept | placed)
        if found is not None and _is_as_good(found, base):
            return found, placed
        wanted = _safer_half(wanted, proposals.landmine_probability)
    return base, np.zeros(base.problem.size, dtype=np.bool_)


def _by_demand(base: SolvedList, proposals: Proposals) -> Ints:
    """Proposals that are not on the list: first those that most agents ask for, then those of most value."""
    worth = highest_added_value(base.problem)
    order = np.lexsort((np.arange(len(worth)), -worth, -proposals.asked))
    return np.asarray(order[(proposals.asked > 0)[order] & ~base.solution.chosen[order]], dtype=np.int64)


def _within_caps(base: SolvedList, kept: Flags, asked: Ints) -> Ints:
    """Those of the proposals, in their order, that break no cap beside the SKUs that are `kept` and each other."""
    rules = base.problem.constraints
    caps = np.flatnonzero((rules.senses > 0) & (rules.tiers != Tier.HARD))
    matrix, bounds = sparse.csc_array(rules.matrix[caps]), rules.bounds[caps]
    taken = np.asarray(matrix @ kept.astype(np.float64))
    fitting = []
    for column in asked.tolist():
        rows = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
        if np.all(taken[rows] + 1.0 <= bounds[rows] + TOLERANCE):
            fitting.append(column)
            taken[rows] += 1.0
    return np.array(fitting, dtype=np.int64)


def _resolved(resolve: Resolve, pinned: Flags) -> SolvedList | None:
    try:
        return resolve(pinned)
    except ConstraintConflictError:
        return None


def _is_as_good(found: SolvedList, base: SolvedList) -> bool:
    """Whether a list promises no less than the one without proposals, is as long and breaks no rule by more."""
    if found.problem.constraints.names != base.problem.constraints.names:
        return False
    promises = found.is_promised >= base.is_promised and found.promise <= base.promise + TOLERANCE
    is_long = np.count_nonzero(found.solution.chosen) >= np.count_nonzero(base.solution.chosen)
    return bool(promises and is_long and np.all(found.solution.slack <= base.solution.slack + TOLERANCE))


def _safer_half(wanted: Ints, landmine_probability: Floats) -> Ints:
    """Half of the proposals, rounded down, without the riskiest; their order is kept."""
    safest = np.argsort(landmine_probability[wanted], kind="stable")[: len(wanted) // 2]
    return np.asarray(wanted[np.sort(safest)], dtype=np.int64)
