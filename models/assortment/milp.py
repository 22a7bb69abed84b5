"""An assortment as matrices for HiGHS (through scipy): its linear relaxation, its integer form, and its conflicts.

`problem` is the assortment over n candidates; `columns` are the positions of those that may be listed.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from scipy import optimize, sparse

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.problem import (
    Assortment,
    ConstraintConflictError,
    Constraints,
    Duals,
    Tier,
    constraint_slack,
    slack_weights,
)

MOST_NODES = 3_000
"""Nodes after which branch and bound stops with the list it has; the gap reported stays true."""
INFEASIBLE = 2
"""Status of scipy's solvers where no point keeps all constraints."""
MOST_REPAIRS = 5
"""Searches after which a list that still breaks a hard constraint by a hair is given up."""


class NoListError(ArithmeticError):
    """No list, not even of fractions of SKUs or of none, keeps the hard constraints."""


_Entries = tuple[Floats, Ints, Ints]
"""Values of a matrix that are not zero, their rows and their columns."""
_NONE: _Entries = (np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True)
class Steps:
    """What members of a group add together, as columns: e of a group counts its listed members beyond the first.

    For the second, third, … member one column of 0 to 1 each, which adds 2·1, 2·2, … times the group's weight to the
    constraint (k·(k − 1) altogether); a row a group holds Σ x − Σ e ≤ 1. `groups` are their codes, `count` is how many
    e there are, `counted` the rows over the SKUs, `stepped` the rows over e, `added` what each e adds to each
    constraint.
    """

    groups: Ints
    count: int
    counted: _Entries
    stepped: _Entries
    added: _Entries


@dataclass(frozen=True)
class Program:
    """min cost·z subject to matrix z ≤ limit, lower ≤ z ≤ upper.

    z = x of the columns, u, s (see problem), e (see Steps); rows are the constraints, the coverage, the `groups`.
    """

    cost: Floats
    matrix: sparse.csr_array
    limit: Floats
    lower: Floats
    upper: Floats
    groups: Ints


def group_steps(constraints: Constraints, columns: Ints) -> Steps:
    """Return the steps of the groups that have at least two members among `columns`; empty without joint terms."""
    joint = constraints.joint
    if joint is None:
        return Steps(np.zeros(0, np.int64), 0, _NONE, _NONE, _NONE)
    group = joint.group[columns]
    steps = np.minimum(np.bincount(group, minlength=len(joint.weight)), joint.most) - 1
    groups = np.flatnonzero((steps > 0) & (joint.weight > 0.0))
    row_of = np.full(len(joint.weight), -1)
    row_of[groups] = np.arange(len(groups))
    inside = np.flatnonzero(row_of[group] >= 0)
    of_step = np.repeat(np.arange(len(groups)), steps[groups])
    nth = np.concatenate([np.zeros(0), *(np.arange(1.0, count + 1.0) for count in steps[groups])])
    count = len(of_step)
    return Steps(
        groups=groups,
        count=count,
        counted=(np.ones(len(inside)), row_of[group[inside]], inside),
        stepped=(-np.ones(count), of_step, np.arange(count)),
        added=(2.0 * nth * joint.weight[groups][of_step], np.full(count, joint.row), np.arange(count)),
    )


def _entries(block: sparse.csr_array) -> _Entries:
    found = block.tocoo()
    return found.data.astype(np.float64), found.row.astype(np.int64), found.col.astype(np.int64)


def _at(row: int, column: int, block: _Entries) -> _Entries:
    """Return the entries of a block whose first row and column are these."""
    values, rows, columns = block
    return values, rows + row, columns + column


def _filled(blocks: Iterable[_Entries], shape: tuple[int, int]) -> sparse.csr_array:
    """Return the matrix of some blocks, which are far cheaper to put together as entries than as matrices."""
    values, rows, columns = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return sparse.csr_array((values, (rows, columns)), shape=shape)


def build_program(problem: Assortment, columns: Ints) -> Program:
    """Return the problem restricted to some candidates, with a slack for every constraint that may give way."""
    constraints, coverage = problem.constraints, problem.coverage
    weights = slack_weights(problem)
    soft = np.flatnonzero(np.isfinite(weights))
    m, r = len(constraints.names), len(coverage.needed)
    rules, covered = _entries(constraints.matrix[:, columns]), _entries(coverage.matrix[:, columns])
    steps = group_steps(constraints, columns)
    groups, count = len(steps.groups), steps.count
    n, ones = len(columns), np.arange(r)
    slack = (-np.ones(len(soft)), soft, np.arange(len(soft)))
    blocks = (
        _at(0, 0, (constraints.senses[rules[1]] * rules[0], rules[1], rules[2])),
        _at(0, n + r, slack),
        _at(0, n + r + len(soft), steps.added),
        _at(m, 0, (-covered[0], covered[1], covered[2])),
        _at(m, n, (np.ones(r), ones, ones)),
        _at(m + r, 0, steps.counted),
        _at(m + r, n + r + len(soft), steps.stepped),
    )
    return Program(
        cost=np.concatenate([-problem.value[columns], -coverage.value, weights[soft], np.zeros(count)]),
        matrix=_filled(blocks, (m + r + groups, n + r + len(soft) + count)),
        limit=np.concatenate([constraints.senses * constraints.bounds, np.zeros(r), np.ones(groups)]),
        lower=np.concatenate([problem.pinned[columns].astype(np.float64), np.zeros(r + len(soft) + count)]),
        upper=np.concatenate([np.ones(n), coverage.needed, np.full(len(soft), np.inf), np.ones(count)]),
        groups=steps.groups,
    )


def solve_relaxation(problem: Assortment, columns: Ints) -> tuple[float, Duals, Floats]:
    """Solve the linear relaxation over some candidates; returns its objective, the dual prices, and how much of each
    candidate it takes (0-1, n).

    Raises NoListError where nothing keeps the hard constraints, ArithmeticError where HiGHS does not reach an optimum.
    """
    small = build_program(problem, columns)
    solved = _minimise(small.cost, small.matrix, small.limit, small.lower, small.upper)
    if solved.status == INFEASIBLE:
        raise NoListError(f"no list of {len(columns)} candidates keeps the hard rules")
    if solved.status != 0:
        raise ArithmeticError(f"the linear programme over {len(columns)} candidates ended with: {solved.message}")
    prices = np.maximum(-np.asarray(solved.ineqlin.marginals, dtype=np.float64), 0.0)
    taken = np.zeros(problem.size)
    taken[columns] = solved.x[: len(columns)]
    return -float(solved.fun), _duals(problem, small, prices), taken


def _duals(problem: Assortment, small: Program, prices: Floats) -> Duals:
    m, joint = len(problem.constraints.names), problem.constraints.joint
    covered = m + len(problem.coverage.needed)
    groups = np.zeros(0 if joint is None else len(joint.weight))
    groups[small.groups] = prices[covered:]
    return Duals(prices[:m], prices[m:covered], groups)


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


@cache
def _discard_output() -> None:
    """Have C's standard output go nowhere: HiGHS 1.12 prints a line to it even where all its output is switched off.

    It is a line of debugging (HiGHS issue 2783). Python does not write through C's buffer, so nothing else is lost, in
    whatever thread.
    """
    library = ctypes.CDLL(None)
    library.fopen.restype = ctypes.c_void_p
    name = "__stdoutp" if sys.platform == "darwin" else "stdout"
    ctypes.c_void_p.in_dll(library, name).value = library.fopen(os.devnull.encode(), b"w")


def _search(small: Program, limit: Floats, size: int, columns: Ints, gap: float) -> tuple[Flags, int, float]:
    binary = np.zeros(len(small.cost), dtype=np.int64)
    binary[: len(columns)] = 1
    _discard_output()
    solved = optimize.milp(
        small.cost,
        integrality=binary,
        bounds=optimize.Bounds(small.lower, small.upper),
        constraints=optimize.LinearConstraint(small.matrix, -np.inf, limit),
        options={"mip_rel_gap": gap, "node_limit": MOST_NODES},
    )
    if solved.status == INFEASIBLE:
        raise NoListError(f"no whole list of {len(columns)} candidates keeps the hard rules")
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
    if len(hard) == 0 or not problem.pinned.any() or _pins_fit(problem, hard):
        return
    held, steps = _entries(constraints.matrix[hard]), group_steps(_with_all_pins(problem), np.arange(problem.size))
    n, m, groups, count = problem.size, len(hard), len(steps.groups), steps.count
    values, rows, columns = steps.added
    is_hard = np.isin(rows, hard)
    added = (values[is_hard], np.searchsorted(hard, rows[is_hard]), columns[is_hard])
    blocks = (
        (constraints.senses[hard][held[1]] * held[0], held[1], held[2]),
        _at(0, n, (-np.ones(m), np.arange(m), np.arange(m))),
        _at(0, n + m, added),
        _at(m, 0, steps.counted),
        _at(m, n + m, steps.stepped),
    )
    solved = _minimise(
        np.concatenate([np.zeros(n), np.ones(m), np.zeros(count)]),
        _filled(blocks, (m + groups, n + m + count)),
        np.concatenate([constraints.senses[hard] * constraints.bounds[hard], np.ones(groups)]),
        np.concatenate([pinned, np.zeros(m + count)]),
        np.concatenate([np.ones(n), np.full(m, np.inf), np.ones(count)]),
    )
    over = solved.x[n : n + m].tolist()
    excess = dict(zip((constraints.names[row] for row in hard), over, strict=True))
    broken = {name: over for name, over in excess.items() if over > 1e-7}
    if broken:
        raise ConstraintConflictError(broken)


def _with_all_pins(problem: Assortment) -> Constraints:
    """The constraints with steps for all pins of a group, though they may be more than the list holds."""
    joint, pins = problem.constraints.joint, int(np.count_nonzero(problem.pinned))
    if joint is None or pins <= joint.most:
        return problem.constraints
    return replace(problem.constraints, joint=replace(joint, most=pins))


def _pins_fit(problem: Assortment, hard: Ints) -> bool:
    """Whether the pins keep the `hard` constraints, alone or with those candidates that lower most what they break.

    Such a list proves that there is no conflict; where it is none, only the linear programme can tell.
    """
    constraints, listed = problem.constraints, problem.pinned.copy()
    missed = constraint_slack(problem, listed)[hard] > 0.0
    broken, others = hard[missed], hard[~missed]
    if not len(broken) or not len(others):
        return not len(broken)
    relief = np.asarray(constraints.matrix[broken].T @ -constraints.senses[broken].astype(np.float64))
    room = (constraints.senses * (constraints.bounds - constraints.values(listed)))[others].min()
    order = np.argsort(np.where(listed, np.inf, -relief), kind="stable")[: int(room)]
    listed[order[relief[order] > 0.0]] = True
    return not constraint_slack(problem, listed)[hard].any()
