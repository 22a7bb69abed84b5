"""Fills the places that a list within the gap has left open: no SKU that would gain is left out of a list with room.

`problem` is the assortment over n candidates, `chosen` flags those on a list (n).
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Array, Flags, Floats
from xuanpin.models.assortment.problem import TOLERANCE, Assortment, Constraints, slack_weights

LEAST = 1e-9
"""Gain (in the unit of the objective) below which a SKU adds nothing but rounding."""


def fill_list(problem: Assortment, chosen: Flags) -> Flags:
    """Return the list and, one after the other, the SKU that adds most to its objective, until none adds anything."""
    chosen = chosen.copy()
    while True:
        added = np.where(chosen, -np.inf, added_objective(problem, chosen))
        if added.max(initial=-np.inf) <= LEAST:
            return chosen
        chosen[np.argmax(added)] = True


def added_objective(problem: Assortment, chosen: Flags) -> Floats:
    """Return what each candidate would add to the objective of a list (n); minus infinity where it breaks a hard
    constraint."""
    constraints, coverage, listed = problem.constraints, problem.coverage, chosen.astype(np.float64)
    weights = slack_weights(problem)
    entries = constraints.matrix.tocoo()
    row, column = entries.coords
    sense, missed = (
        constraints.senses[row],
        (constraints.senses * (constraints.values(chosen) - constraints.bounds))[row],
    )
    slack = np.maximum(missed + sense * (entries.data + _joint_step(constraints, chosen, row, column)), 0.0)
    is_hard = np.isinf(weights[row])
    soft = np.where(is_hard, 0.0, weights[row])
    cost = np.bincount(column, soft * (slack - np.maximum(missed, 0.0)), minlength=problem.size)
    broken = np.bincount(column, is_hard & (slack > TOLERANCE), minlength=problem.size)
    found = coverage.matrix.tocoo()
    row, column = found.coords
    missing = (coverage.needed - coverage.matrix @ listed)[row]
    covered = np.bincount(column, coverage.value[row] * np.clip(missing, 0.0, found.data), minlength=problem.size)
    return np.where(broken > 0, -np.inf, problem.value + covered - cost)


def _joint_step(constraints: Constraints, chosen: Flags, row: Array, column: Array) -> Floats:
    """What a candidate (`column`) adds to a constraint (`row`) beside the listed members of its group; one number an
    entry."""
    joint = constraints.joint
    if joint is None:
        return np.zeros(len(row))
    step = 2.0 * (joint.weight * joint.members(chosen))[joint.group[column]]
    return np.where(row == joint.row, step, 0.0)
