"""Refills a list when SKUs leave it: reserves replace them in order, under the list's caps and its promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints


@dataclass(frozen=True)
class Cap:
    """At most so many of these SKUs (`members`, n flags) may stand on the list."""

    members: Flags
    most: int


@dataclass(frozen=True)
class ReplacementProblem:
    """SKUs in the order in which they may stand on the list (n each): those that stay first, then the reserves.

    `stays` tells the two apart and `is_pinned` marks SKUs that are never given up. `promise` is the highest mean
    landmine probability of the list; `size` the number of its places.
    """

    stays: Flags
    landmine_probability: Floats
    is_pinned: Flags
    caps: Sequence[Cap]
    promise: float
    size: int


def list_after_replacement(problem: ReplacementProblem) -> Flags:
    """Return which SKUs the list holds afterwards (n).

    A reserve is taken where no cap is full and it is within the promise by itself. If the whole list still exceeds the
    promise, the riskiest that are not pinned leave until it holds, and further reserves replace them.
    """
    return _with_reserves(problem, _without_the_riskiest(problem, _with_reserves(problem, problem.stays)))


def _with_reserves(problem: ReplacementProblem, held: Flags) -> Flags:
    chosen = held.copy()
    for sku in np.flatnonzero(~problem.stays & ~held & (problem.landmine_probability <= problem.promise)):
        if np.count_nonzero(chosen) >= problem.size:
            break
        full = any(cap.members[sku] and np.count_nonzero(chosen & cap.members) >= cap.most for cap in problem.caps)
        chosen[sku] = not full
    return chosen


def _without_the_riskiest(problem: ReplacementProblem, held: Flags) -> Flags:
    chosen, risk = held.copy(), problem.landmine_probability
    for sku in np.argsort(-risk, kind="stable"):
        if (risk[chosen] - problem.promise).sum() <= 1e-9:
            break
        if risk[sku] > problem.promise and not problem.is_pinned[sku]:
            chosen[sku] = False
    return chosen


def replacement_units(agents: Ints, skus: Ints, open_places: Ints, wanted: Ints, free: Ints) -> Ints:
    """Return the units of each option that is taken, 0 for the others; options stand in the order in which they are
    tried.

    An option (entry) names an agent (`agents`), a SKU (`skus`) and the units `wanted`; `open_places` is per agent,
    `free` units per SKU.
    """
    places, left = open_places.tolist(), free.tolist()
    taken = np.zeros(len(agents), dtype=np.int64)
    for option, (agent, sku, units) in enumerate(zip(agents.tolist(), skus.tolist(), wanted.tolist(), strict=True)):
        if places[agent] > 0 and left[sku] > 0:
            taken[option] = min(units, left[sku])
            places[agent] -= 1
            left[sku] -= int(taken[option])
    return taken
