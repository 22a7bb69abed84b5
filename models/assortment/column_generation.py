"""Solves an assortment to a proven gap: a small linear programme prices all candidates, branch and bound chooses among
few.

Column generation for a long flat problem (Bixby et al. 1992), a Lagrangian bound and reduced-cost fixing. Everything
stops by gap, rounds or nodes, never by seconds, so equal inputs give equal lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.fill import fill_list
from xuanpin.models.assortment.milp import Duals, branch_and_bound, raise_on_conflict, solve_relaxation
from xuanpin.models.assortment.problem import (
    Assortment,
    ListSolution,
    Tier,
    constraint_slack,
    highest_added_value,
    list_objective,
    list_value,
    slack_weights,
    with_reachable_bounds,
)

FIRST_COLUMNS = 3_000
"""Candidates in the first linear programme: those that could add most."""
BATCH_COLUMNS = 1_500
"""Candidates that enter at most in one round."""
MOST_ROUNDS = 40
"""Rounds after which the search for prices stops; the bound holds at any prices."""
PRICING_GAP = 2e-5
"""Distance of bound and linear programme, relative, at which the prices count as settled; far inside the gap asked
for."""
CORE_MARGIN = 60
"""Candidates kept beside those that gain at the prices: whole SKUs need a few that fractions do not."""
FIRST_GAP, FINAL_GAP = 2.0, 0.9
"""Gaps in multiples of the one asked for: a first list is only needed to exclude candidates; the final
one stays a little inside, because the solver measures against the objective and we against the list's value."""


@dataclass(frozen=True)
class _DualPrices:
    """Dual price of each constraint, what each candidate gains at the prices (`gain`) and would gain without the
    constraints (`credit`), and the bound that they prove."""

    constraints: Floats
    gain: Floats
    credit: Floats
    bound: float


def solve_assortment(problem: Assortment, gap: float = 1e-3) -> ListSolution:
    """Find a list for `problem` within `gap` (relative to its value) of the best there is, and prove it.

    Raises ConstraintConflictError where pins and hard constraints cannot hold together, NoListError where no list keeps
    the hard constraints, ArithmeticError where HiGHS finds no whole list.
    """
    eased = with_reachable_bounds(problem)
    raise_on_conflict(eased)
    prices, rounds, columns_seen = _generate_columns(eased)
    core = _core(eased, prices)
    found, nodes, _ = branch_and_bound(eased, core, FIRST_GAP * gap)
    chosen = fill_list(eased, found)
    bound, columns = prices.bound, max(columns_seen, len(core))
    if _gap(eased, chosen, bound) > gap:
        reach = list_objective(eased, chosen) - prices.bound
        survivors = np.flatnonzero(eased.pinned | (prices.gain >= reach))
        better, more, proven = branch_and_bound(eased, survivors, FINAL_GAP * gap)
        chosen = max(chosen, fill_list(eased, better), key=lambda flags: list_objective(eased, flags))
        # A list with any other candidate is worth no more than the first list found.
        bound = min(bound, max(proven, list_objective(eased, chosen)))
        nodes, columns = nodes + more, max(columns, len(survivors))
    return ListSolution(
        chosen=chosen,
        objective=list_objective(eased, chosen),
        value=list_value(eased, chosen),
        bound=bound,
        gap=_gap(eased, chosen, bound),
        gain=prices.gain,
        credit=prices.credit,
        prices=prices.constraints,
        slack=constraint_slack(problem, chosen),
        columns=columns,
        rounds=rounds,
        nodes=nodes,
    )


def _gap(problem: Assortment, chosen: Flags, bound: float) -> float:
    distance = max(0.0, bound - list_objective(problem, chosen))
    return distance / max(abs(list_value(problem, chosen)), 1e-9) if distance > 1e-9 else 0.0


def _generate_columns(problem: Assortment) -> tuple[_DualPrices, int, int]:
    """Price all candidates by a linear programme on the promising ones, adding those that would gain until none does.

    Returns the prices, the rounds it took and the candidates it looked at.
    """
    inside = problem.pinned.copy()
    inside[_first(highest_added_value(problem), FIRST_COLUMNS)] = True
    inside[_relieving(problem)] = True
    rounds = 0
    while True:
        rounds += 1
        reached, duals = solve_relaxation(problem, np.flatnonzero(inside))
        prices = _dual_prices(problem, duals)
        outside = np.where(inside, 0.0, prices.gain)
        settled = prices.bound - reached <= PRICING_GAP * max(abs(reached), 1e-9)
        if settled or rounds == MOST_ROUNDS or not np.any(outside > 0):
            return prices, rounds, int(np.count_nonzero(inside))
        entering = _first(outside, BATCH_COLUMNS)
        inside[entering[outside[entering] > 0]] = True


def _relieving(problem: Assortment) -> Ints:
    """The candidates that lower most what a hard maximum counts, where the empty list exceeds it: without them there
    may be no list at all."""
    constraints = problem.constraints
    below = np.flatnonzero((constraints.tiers == Tier.HARD) & (constraints.senses * constraints.bounds < 0.0))
    relief = -(constraints.matrix[below].T @ constraints.senses[below].astype(np.float64))
    return _first(np.asarray(relief), FIRST_COLUMNS) if len(below) else below


def _first(score: Floats, count: int) -> Ints:
    """Indices of the greatest scores, ties by position, in order of index."""
    order = np.lexsort((np.arange(len(score)), -score))
    return np.sort(order[:count])


def _dual_prices(problem: Assortment, duals: Duals) -> _DualPrices:
    """Lagrangian bound of the full problem at any prices ≥ 0: valid whatever the solver's tolerances."""
    constraints, coverage = problem.constraints, problem.coverage
    on_rules = np.minimum(duals.constraints, slack_weights(problem))
    on_coverage = np.minimum(duals.coverage, coverage.value)
    signed = constraints.senses * on_rules
    credit = np.asarray(problem.value + coverage.matrix.T @ on_coverage, dtype=np.float64)
    charge, allowed = _joint_charge(problem, duals, on_rules)
    gain = np.asarray(credit - constraints.matrix.T @ signed - charge, dtype=np.float64)
    taken = np.where(problem.pinned, gain, np.maximum(gain, 0.0))
    bound = signed @ constraints.bounds + (coverage.value - on_coverage) @ coverage.needed + np.sum(taken) + allowed
    return _DualPrices(on_rules, gain, credit, float(bound))


def _joint_charge(problem: Assortment, duals: Duals, on_rules: Floats) -> tuple[Floats, float]:
    """What each candidate pays for standing beside others of its group (n), and what the bound gains by it: a group's
    first member is free, each further step is worth its price less what it adds to the constraint."""
    joint = problem.constraints.joint
    if joint is None:
        return np.zeros(problem.size), 0.0
    most = min(joint.most, int(np.bincount(joint.group, minlength=1).max(initial=1)))
    added = 2.0 * on_rules[joint.row] * np.arange(1.0, most)
    steps = np.maximum(duals.groups[:, None] - joint.weight[:, None] * added, 0.0)
    return duals.groups[joint.group], float(duals.groups.sum() + steps.sum())


def _core(problem: Assortment, prices: _DualPrices) -> Ints:
    """The candidates that the prices do not exclude with certainty: the pins, those that gain, and the next few."""
    inside = problem.pinned | (prices.gain > 0)
    rest = np.where(inside, -np.inf, prices.gain)
    inside[_first(rest, CORE_MARGIN)] = True
    return np.flatnonzero(inside)
