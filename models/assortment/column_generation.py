"""Solves an assortment to a proven gap: a small linear programme prices all candidates, branch and bound chooses among
few.

Column generation for a long flat problem (Bixby et al. 1992), a Lagrangian bound and reduced-cost fixing. Everything
stops by gap, rounds or nodes, never by seconds, so equal inputs give equal lists.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.fill import fill_list
from xuanpin.models.assortment.milp import branch_and_bound, raise_on_conflict, solve_relaxation
from xuanpin.models.assortment.problem import (
    Assortment,
    Duals,
    ListSolution,
    Tier,
    constraint_slack,
    highest_added_value,
    list_objective,
    list_value,
    slack_weights,
    with_reachable_bounds,
)

STEPS = (3_000, 1_500)
"""Candidates in the first linear programme, those that could add most, and those that enter at most in one round."""
NEAR_STEPS = (1_000, 500)
"""The same where a list near the relaxation is looked for: the prices that settle are as good, the programmes
smaller."""
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


UNDECIDED = 50
"""Candidates that the relaxation leaves most in doubt: with all others as it has them, these alone are searched
first."""
COARSE_GAP = 5e-3
"""Gap from which half of them suffice."""
WHOLE = 1e-6
"""Share of a candidate, or what is missing to all of it, below which the relaxation counts as decided about it."""
NEAR_GAP, KEPT_GAP = 0.2, 0.5
"""Gap of that first search, and all that a list may give up to stay as it was, in multiples of the gap asked for:
together less than one, so that equally good SKUs do not change places without a reason."""


@dataclass(frozen=True)
class _DualPrices:
    """Dual price of each constraint, what each candidate gains at the prices (`gain`) and would gain without the
    constraints (`credit`), how much of it the relaxation takes (`taken`, 0-1), and the bound that they prove."""

    constraints: Floats
    gain: Floats
    credit: Floats
    taken: Floats
    bound: float
    duals: Duals


@dataclass(frozen=True)
class _Found:
    """The best list so far, the bound proven for any list, and the work that it took."""

    chosen: Flags
    bound: float
    nodes: int
    columns: int


def solve_assortment(problem: Assortment, gap: float = 1e-3, near: Flags | None = None) -> ListSolution:
    """Find a list for `problem` within `gap` (relative to its value) of the best there is, and prove it.

    With a list to stay `near` (n flags, none set where there is no such list), lists near the linear relaxation are
    tried first, of those within the gap one that has much in common with it: nearly always there is one, at a fourth of
    the work. Raises ConstraintConflictError where pins and hard constraints cannot hold together, NoListError where no
    list keeps the hard constraints, ArithmeticError where HiGHS finds no whole list.
    """
    eased = with_reachable_bounds(problem)
    raise_on_conflict(eased)
    prices, rounds, columns_seen = _generate_columns(eased, *(STEPS if near is None else NEAR_STEPS))
    first = None if near is None else _near_relaxation(eased, prices, gap, near)
    is_good = first is not None and _gap(eased, first.chosen, first.bound) <= gap
    found = first if first is not None and is_good else _searched(eased, prices, gap)
    return ListSolution(
        chosen=found.chosen,
        objective=list_objective(eased, found.chosen),
        value=list_value(eased, found.chosen),
        bound=found.bound,
        gap=_gap(eased, found.chosen, found.bound),
        gain=prices.gain,
        credit=prices.credit,
        prices=prices.constraints,
        duals=prices.duals,
        slack=constraint_slack(problem, found.chosen),
        columns=max(columns_seen, found.columns),
        rounds=rounds,
        nodes=found.nodes,
    )


def objective_bound(problem: Assortment, duals: Duals) -> float:
    """Return an upper limit on the objective of any list for `problem`, which holds at any `duals` and is close at
    those of a problem like it."""
    return _dual_prices(with_reachable_bounds(problem), duals, np.zeros(problem.size)).bound


def _near_relaxation(problem: Assortment, prices: _DualPrices, gap: float, near: Flags) -> _Found | None:
    """The best list that differs from the relaxation in its doubtful candidates alone; None where there is none."""
    is_whole = (prices.taken <= WHOLE) | (prices.taken >= 1.0 - WHOLE)
    doubt = np.where(problem.pinned, -np.inf, np.where(is_whole, -np.abs(prices.gain), np.inf))
    free = np.zeros(problem.size, dtype=np.bool_)
    free[_first(doubt, UNDECIDED if gap < COARSE_GAP else UNDECIDED // 2)] = True
    held = problem.pinned | (~free & (prices.taken > 0.5))
    columns = np.flatnonzero(held | free)
    kept = KEPT_GAP * gap * abs(prices.bound) / max(float(near.sum()), 1.0)
    restricted = replace(problem, pinned=held, value=problem.value + np.where(near, kept, 0.0))
    try:
        chosen, nodes, _ = branch_and_bound(restricted, columns, NEAR_GAP * gap)
    except ArithmeticError:
        return None
    return _Found(fill_list(problem, chosen), prices.bound, nodes, len(columns))


def _searched(problem: Assortment, prices: _DualPrices, gap: float) -> _Found:
    """The list of the whole search: among those that gain at the prices, then among all that the first list does not
    exclude."""
    core = _core(problem, prices)
    first, nodes, _ = branch_and_bound(problem, core, FIRST_GAP * gap)
    chosen = fill_list(problem, first)
    if _gap(problem, chosen, prices.bound) <= gap:
        return _Found(chosen, prices.bound, nodes, len(core))
    reach = list_objective(problem, chosen) - prices.bound
    survivors = np.flatnonzero(problem.pinned | (prices.gain >= reach))
    better, more, proven = branch_and_bound(problem, survivors, FINAL_GAP * gap)
    chosen = max(chosen, fill_list(problem, better), key=lambda flags: list_objective(problem, flags))
    # A list with any other candidate is worth no more than the first list found.
    bound = min(prices.bound, max(proven, list_objective(problem, chosen)))
    return _Found(chosen, bound, nodes + more, max(len(core), len(survivors)))


def _gap(problem: Assortment, chosen: Flags, bound: float) -> float:
    distance = max(0.0, bound - list_objective(problem, chosen))
    return distance / max(abs(list_value(problem, chosen)), 1e-9) if distance > 1e-9 else 0.0


def _generate_columns(problem: Assortment, first: int, batch: int) -> tuple[_DualPrices, int, int]:
    """Price all candidates by a linear programme on the promising ones, adding those that would gain until none does.

    Starts with the `first` ones, adds at most `batch` a round. Returns the prices, the rounds it took and the
    candidates it looked at.
    """
    inside = problem.pinned.copy()
    inside[_first(highest_added_value(problem), first)] = True
    inside[_relieving(problem, first)] = True
    rounds = 0
    while True:
        rounds += 1
        reached, duals, taken = solve_relaxation(problem, np.flatnonzero(inside))
        prices = _dual_prices(problem, duals, taken)
        outside = np.where(inside, 0.0, prices.gain)
        settled = prices.bound - reached <= PRICING_GAP * max(abs(reached), 1e-9)
        if settled or rounds == MOST_ROUNDS or not np.any(outside > 0):
            return prices, rounds, int(np.count_nonzero(inside))
        entering = _first(outside, batch)
        inside[entering[outside[entering] > 0]] = True


def _relieving(problem: Assortment, count: int) -> Ints:
    """The `count` candidates that lower most what a hard maximum counts, where the empty list exceeds it: without them
    there may be no list at all."""
    constraints = problem.constraints
    below = np.flatnonzero((constraints.tiers == Tier.HARD) & (constraints.senses * constraints.bounds < 0.0))
    relief = -(constraints.matrix[below].T @ constraints.senses[below].astype(np.float64))
    return _first(np.asarray(relief), count) if len(below) else below


def _first(score: Floats, count: int) -> Ints:
    """Indices of the greatest scores, ties by position, in order of index."""
    order = np.lexsort((np.arange(len(score)), -score))
    return np.sort(order[:count])


def _dual_prices(problem: Assortment, duals: Duals, taken: Floats) -> _DualPrices:
    """Lagrangian bound of the full problem at any prices ≥ 0: valid whatever the solver's tolerances."""
    constraints, coverage = problem.constraints, problem.coverage
    on_rules = np.minimum(duals.constraints, slack_weights(problem))
    on_coverage = np.minimum(duals.coverage, coverage.value)
    signed = constraints.senses * on_rules
    credit = np.asarray(problem.value + coverage.matrix.T @ on_coverage, dtype=np.float64)
    charge, allowed = _joint_charge(problem, duals, on_rules)
    gain = np.asarray(credit - constraints.matrix.T @ signed - charge, dtype=np.float64)
    gained = np.where(problem.pinned, gain, np.maximum(gain, 0.0))
    bound = signed @ constraints.bounds + (coverage.value - on_coverage) @ coverage.needed + np.sum(gained) + allowed
    return _DualPrices(on_rules, gain, credit, taken, float(bound), duals)


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
