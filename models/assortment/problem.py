"""The linear form of an assortment and the proof that comes with a list.

maximise  value·x + coverage value·u − weight·s   over x in {0, 1}, u in [0, needed], s ≥ 0
subject to  matrix x ≤ bound + s  (at most),  matrix x ≥ bound − s  (at least),  u ≤ coverage x,  x = 1 where pinned.

x lists a SKU, u counts the SKUs that a segment finds, s is the named slack of a constraint that may give way.
In the functions `problem` is the whole over n candidates and m constraints, and `chosen` flags the SKUs of a list (n).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Ints


class Tier(IntEnum):
    """How firmly a constraint holds: always, before all others, unless constraints conflict, or where the catalogue
    can."""

    HARD = 0
    FLOOR = 1
    RULE = 2
    WISH = 3


TIER_WEIGHT = {Tier.FLOOR: 100.0, Tier.RULE: 10.0, Tier.WISH: 2.0}
"""Cost of one unit of slack, in values of the best candidate: no single SKU is worth giving up a wish, no handful of
wishes a rule, and all the rules that one SKU can break are not worth a place left empty."""

TOLERANCE = 1e-7
"""Amount by which a constraint may be missed through rounding; on a list of 100 it moves a share by a billionth."""


@dataclass(frozen=True)
class Joint:
    """What members of one group add to a maximum by standing on a list together: `weight`·k·(k − 1) for k members.

    `row` is the constraint, `group` the code of each candidate's group (n), `weight` one number ≥ 0 a group, in the
    unit of the constraint. At most `most` members can be listed.
    """

    row: int
    group: Ints
    weight: Floats
    most: int

    def members(self, chosen: Flags) -> Ints:
        """Return how many members of each group a list (`chosen`, n flags) holds."""
        return np.bincount(self.group[chosen], minlength=len(self.weight)).astype(np.int64)


@dataclass(frozen=True)
class Constraints:
    """One-sided constraints, one a row: names, tiers, senses (+1 at most, −1 at least), bounds and an m × n matrix;
    linear, but for what `joint` adds to one of them."""

    names: tuple[str, ...]
    tiers: Ints
    senses: Ints
    bounds: Floats
    matrix: sparse.csr_array
    joint: Joint | None = None

    def values(self, chosen: Flags) -> Floats:
        """Return the left side of each constraint for a list (m)."""
        values = np.asarray(self.matrix @ chosen.astype(np.float64), dtype=np.float64)
        if self.joint is not None:
            held = self.joint.members(chosen)
            values[self.joint.row] += float(self.joint.weight @ (held * (held - 1)))
        return values


@dataclass(frozen=True)
class Coverage:
    """What segments find on the list, one row a segment and layer: r × n matrix, how many count (`needed`), value of
    each."""

    matrix: sparse.csr_array
    needed: Floats
    value: Floats


@dataclass(frozen=True)
class Assortment:
    """The whole problem over n candidates: value of each, which are pinned, the constraints and the coverage."""

    value: Floats
    pinned: Flags
    constraints: Constraints
    coverage: Coverage

    @property
    def size(self) -> int:
        """Number of candidates (n)."""
        return len(self.value)


@dataclass(frozen=True)
class Duals:
    """Dual prices ≥ 0 of the `constraints` (m), of the `coverage` (r) and of the steps of each of the `groups` of a
    joint term."""

    constraints: Floats
    coverage: Floats
    groups: Floats


@dataclass(frozen=True)
class ListSolution:
    """A list (`chosen`; n) and its proof.

    `gain` is what each candidate would add at the dual prices (its reduced value; n), `credit` what it would add were
    all constraints free (n), `prices` the dual price of one unit of each constraint (m), `duals` all that were found,
    `slack` how far each constraint was missed (m, ≥ 0). `objective` counts slack at its weight, `bound` is an upper
    limit on the objective of any list, and `gap` their distance over the list's plain value. `columns`, `rounds` and
    `nodes` say how much work it was.
    """

    chosen: Flags
    objective: float
    value: float
    bound: float
    gap: float
    gain: Floats
    credit: Floats
    prices: Floats
    duals: Duals
    slack: Floats
    columns: int
    rounds: int
    nodes: int


class ConstraintConflictError(ValueError):
    """The hard constraints cannot hold together; `excess` names each broken one and by how much, at the least."""

    def __init__(self, excess: dict[str, float]) -> None:
        self.excess = excess
        super().__init__("; ".join(f"{name}: {amount:g} over" for name, amount in excess.items()))


def with_reachable_bounds(problem: Assortment) -> Assortment:
    """Take the unavoidable part out of every soft constraint, so that the objective only pays for what a list can
    change.

    A minimum above all that the candidates could give is lowered to that; a maximum below what the pins already take is
    raised to that. `constraint_slack` still measures against the bounds that were asked for.
    """
    constraints = problem.constraints
    most = np.asarray(constraints.matrix.maximum(0).sum(axis=1), dtype=np.float64).ravel()
    taken = constraints.matrix @ problem.pinned.astype(np.float64)
    reachable = np.where(
        constraints.senses > 0, np.maximum(constraints.bounds, taken), np.minimum(constraints.bounds, most)
    )
    bounds = np.where(constraints.tiers == Tier.HARD, constraints.bounds, reachable)
    return replace(problem, constraints=replace(constraints, bounds=bounds))


def slack_weights(problem: Assortment) -> Floats:
    """Return the cost of one unit of slack for each constraint (m); infinite for hard ones."""
    best = float(np.max(highest_added_value(problem), initial=0.0))
    weights = np.full(len(problem.constraints.names), np.inf)
    for tier, factor in TIER_WEIGHT.items():
        weights[problem.constraints.tiers == tier] = factor * max(best, 1e-9)
    return weights


def highest_added_value(problem: Assortment) -> Floats:
    """Return the most that each candidate could add (n): its value and all coverage it could give."""
    coverage = problem.coverage
    return np.asarray(problem.value + coverage.matrix.T @ coverage.value, dtype=np.float64)


def constraint_slack(problem: Assortment, chosen: Flags) -> Floats:
    """Return how far a list misses each constraint, ≥ 0, in the constraint's own unit (m)."""
    constraints = problem.constraints
    missed = constraints.senses * (constraints.values(chosen) - constraints.bounds)
    return np.where(missed > TOLERANCE, missed, 0.0)


def list_value(problem: Assortment, chosen: Flags) -> float:
    """Return the plain value of a list: its SKUs' values and what the segments find, no slack deducted."""
    listed = chosen.astype(np.float64)
    coverage = problem.coverage
    covered = np.minimum(coverage.matrix @ listed, coverage.needed)
    return float(problem.value @ listed + coverage.value @ covered)


def list_objective(problem: Assortment, chosen: Flags) -> float:
    """Return the value of a list less its slack at the weights of the tiers.

    Minus infinity where a hard constraint is broken.
    """
    slack, weights = constraint_slack(problem, chosen), slack_weights(problem)
    missed = slack > 0
    return list_value(problem, chosen) - float(slack[missed] @ weights[missed])
