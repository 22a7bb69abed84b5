"""Names for every candidate the constraint that kept it off the list, and how far it was from a place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.models.assortment.promise import PROMISE

MARGIN = 0.01
"""Share of a candidate's value added to what it lacks, so that at exactly this figure it does not lose a tie."""


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
    charges = sparse.csc_array(sparse.diags_array(caps) @ constraints.matrix + _beside_others(solved))
    most, dearest = _greatest(charges)
    lack = np.maximum(-solution.gain, 0.0) + MARGIN * np.maximum(solution.credit, 0.0)
    promise = max(float(solution.prices[constraints.names.index(PROMISE)]), 1e-12)
    needed = np.minimum(landmine_probability - lack / promise, landmine_probability - _excess(solved))
    return Obstacles(
        rule=np.where((most > 0) & (most >= lack), dearest, -1),
        needed_growth=1.0 + lack / np.where(solution.credit > 0, solution.credit, np.inf),
        needed_probability=np.clip(needed, 0.0, None),
    )


def _greatest(charges: sparse.csc_array) -> tuple[Floats, Ints]:
    """The greatest charge of each column, at least 0, and the first row that has it, -1 for an empty column."""
    counts, size = np.diff(charges.indptr), charges.shape[1]
    most, row, column = np.zeros(size), np.full(size, -1), np.repeat(np.arange(size), counts)
    np.maximum.at(most, column, charges.data)
    # From the last entry to the first, so that the first of equal ones stays.
    found = np.flatnonzero(charges.data == most[column])[::-1]
    row[column[found]] = charges.indices[found]
    return most, row


def _beside_others(solved: SolvedList) -> sparse.csr_array:
    """What candidates pay of the promise for standing beside others of their suppliers, as a matrix of charges."""
    constraints, solution = solved.problem.constraints, solved.solution
    linear = constraints.matrix.T @ (constraints.senses * solution.prices)
    beside = np.maximum(solution.credit - solution.gain - linear, 0.0)
    rows = np.full(len(beside), constraints.names.index(PROMISE))
    return sparse.csr_array((beside, (rows, np.arange(len(beside)))), shape=constraints.matrix.shape)


def _excess(solved: SolvedList) -> Floats:
    """By how much each candidate would break the promise in the place of the listed SKU worth least (n).

    Prices know fractions of a SKU; this swap is whole, so a better SKU that is safer by so much is sure of a better
    list: a probability counts at least once in what a SKU takes of the promise. 1 where no place can be given up.
    """
    constraints, chosen = solved.problem.constraints, solved.solution.chosen.copy()
    free = np.flatnonzero(chosen & ~solved.problem.pinned)
    if len(free) == 0:
        return np.ones(len(chosen))
    chosen[free[np.argmin(solved.solution.credit[free])]] = False
    row = constraints.names.index(PROMISE)
    taken = np.asarray(constraints.matrix[[row]].todense(), dtype=np.float64).ravel()
    if constraints.joint is not None:
        joint = constraints.joint
        taken = taken + 2.0 * (joint.weight * joint.members(chosen))[joint.group]
    return np.asarray(taken + constraints.values(chosen)[row] - constraints.bounds[row], dtype=np.float64)
