"""Solves for the list under its promise, and names for every candidate the constraint that kept it off."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.column_generation import objective_bound, solve_assortment
from xuanpin.models.assortment.constraints import Limits, ListCandidates, list_constraints
from xuanpin.models.assortment.list_risk import share_quantiles
from xuanpin.models.assortment.milp import NoListError
from xuanpin.models.assortment.problem import (
    Assortment,
    ConstraintConflictError,
    Coverage,
    Duals,
    ListSolution,
    Tier,
)
from xuanpin.models.assortment.promise import PROMISE, PromiseRule, first_rule, no_landmine

MARGIN = 0.01
"""Share of a candidate's value added to what it lacks, so that at exactly this figure it does not lose a tie."""


MOST_SOLVES = 6
"""Solves after which the best list found so far is taken; two to four are usual."""
SETTLED = 0.1
"""Change of the variance, relative, below which a list would hardly change if the root were linearised anew."""
NARROWER = 8.0
"""Factor by which the variance is divided where no list keeps the promise linearised at it: fewer, safer SKUs may."""
LOOSER = (1.2, 1.4, 1.6, 1.8)
"""Factors of a promise that cannot be kept, tried in turn; at twice the promise the average would exceed it."""
STRICTER = 1.15
"""Factor of the deviations where the exact distribution of a list exceeds the promise that its variance keeps."""


@dataclass(frozen=True)
class SolvedList:
    """The problem as solved, its solution, and the `promise`: the share of landmines (0-1) that the list was held to.

    Where `is_promised` it is the one asked for, and holds with its confidence; elsewhere it is a larger one, or the
    expected share.
    """

    problem: Assortment
    solution: ListSolution
    promise: float
    is_promised: bool


@dataclass(frozen=True)
class _Task:
    """What is solved: candidates, their `value` (n), the coverage, the limits, the relative gap, and a list to stay
    `near` (see solve_assortment)."""

    candidates: ListCandidates
    value: Floats
    coverage: Coverage
    limits: Limits
    gap: float
    near: Flags | None

    def problem(self, rule: PromiseRule) -> Assortment:
        """Return what is solved under a form of the promise."""
        constraints = list_constraints(self.candidates, self.limits, rule)
        return Assortment(self.value, self.candidates.is_pinned, constraints, self.coverage)

    def solve(self, rule: PromiseRule) -> SolvedList:
        """Return the best list under a form of the promise."""
        problem = self.problem(rule)
        promise = self.limits.landmine_promise if rule.is_promise else rule.share
        return SolvedList(problem, solve_assortment(problem, self.gap, self.near), promise, rule.is_promise)


def solve_list(
    candidates: ListCandidates,
    value: Floats,
    coverage: Coverage,
    limits: Limits,
    gap: float = 1e-3,
    near: Flags | None = None,
) -> SolvedList:
    """Return the best list under all constraints; the promise shortens it, but not below `limits.list_floor` SKUs.

    `value` (n) and the coverage are in happy units a night, `gap` is relative, `near` as of solve_assortment. Where
    fewer SKUs would be left, no promise is made: the list is held to the least of some larger shares (LOOSER) that
    leaves so many. Where none does, one whose expected share is that of the promise is taken; where even that has
    fewer, a list of that length is asked for like any rule and held to the least share that such a list can have (a
    platform whose SKUs have no outcomes yet). With a floor of 0 the list is empty instead. Raises
    ConstraintConflictError where pins break a hard constraint.
    """
    floor = min(limits.list_floor, limits.list_size, candidates.size)
    strict = _Task(candidates, value, coverage, replace(limits, list_floor=0), gap, near)
    promised = _promised(strict)
    if promised is not None and np.count_nonzero(promised.solution.chosen) >= floor:
        return promised
    if not floor:
        return strict.solve(PromiseRule(0.0))
    return _within_more(strict, floor) or _expected(strict, floor)


def _within_more(strict: _Task, floor: int) -> SolvedList | None:
    """The best list of at least `floor` SKUs within a larger share than the promise; None where there is none.

    What cannot be promised is still kept as small as it can be: held on average alone, a list takes all the risk that
    an average allows. A share that is not promised gives up no rule of the merchandisers where a larger one gives up
    none.
    """
    least = None
    for factor in LOOSER:
        share = factor * strict.limits.landmine_promise
        found = _within_variance(replace(strict, limits=replace(strict.limits, landmine_promise=share)))
        if found is None or np.count_nonzero(found.solution.chosen) < floor:
            continue
        found = replace(found, is_promised=False)
        if _keeps_rules(found):
            return found
        least = least or found
    return least


def _keeps_rules(found: SolvedList) -> bool:
    """Whether a list gives up no rule; wishes are none."""
    return not found.solution.slack[found.problem.constraints.tiers < Tier.WISH].any()


def _promised(task: _Task) -> SolvedList | None:
    """The best list found that keeps the promise with its confidence; None where there is none.

    Where its variance allows no list, one so short or safe that it holds no landmine at all may still keep it.
    """
    found = _within_variance(task)
    if found is not None or not task.candidates.size:
        return found
    return _within(task, no_landmine(task.limits.promise_confidence))


def _within_variance(task: _Task) -> SolvedList | None:
    """The best list found that keeps the promise by its variance and by its exact distribution; None where none does.

    Every list that a linearised form admits keeps the promise by its variance, so the best of the lists seen is safe.
    """
    limits, variance = task.limits, task.candidates.variance
    rule, best = first_rule(limits.landmine_promise, limits.promise_confidence, limits.list_size), None
    for _ in range(MOST_SOLVES if task.candidates.size else 0):
        found = _within(task, rule)
        if found is None and best is not None:
            return best
        if found is None:
            rule = replace(rule, variance=rule.variance / NARROWER)
            continue
        anew = rule.at(variance, found.solution.chosen)
        if upper_share(task.candidates, limits, found.solution.chosen) > limits.landmine_promise:
            rule = replace(anew, deviations=rule.deviations * STRICTER)
            continue
        if best is None or found.solution.objective > best.solution.objective:
            # By its exact distribution it keeps the promise, even where the confidence asks for no deviations.
            best = replace(found, is_promised=True)
        settled = abs(anew.variance - rule.variance) <= SETTLED * rule.variance
        is_free = found.solution.prices[found.problem.constraints.names.index(PROMISE)] == 0.0
        if settled or is_free or _is_best(task, best.solution, anew, found.solution.duals):
            return best
        rule = anew
    return best


def _is_best(task: _Task, best: ListSolution, rule: PromiseRule, duals: Duals) -> bool:
    """Whether no list under a `rule` is worth more than the `best` one found by more than the gap, which the `duals` of
    the rule before prove without a solution."""
    distance = objective_bound(task.problem(rule), duals) - best.objective
    return distance <= task.gap * abs(best.value)


def _within(task: _Task, rule: PromiseRule) -> SolvedList | None:
    """The best list under a form of the promise; None where it alone leaves none."""
    try:
        return task.solve(rule)
    except NoListError:
        return None
    except ConstraintConflictError as conflict:
        if set(conflict.excess) != {PROMISE}:
            raise
        return None


def upper_share(candidates: ListCandidates, limits: Limits, chosen: Flags) -> float:
    """Return the share of landmines that a list (`chosen`, n flags) does not exceed with the confidence of the
    `limits`."""
    return share_quantiles(candidates.risk.at(chosen), (limits.promise_confidence,))[0]


def keeps_promise(candidates: ListCandidates, limits: Limits, chosen: Flags) -> bool:
    """Return whether a list (`chosen`, n flags) is one that the promise of the `limits` admits, by its variance and by
    its exact distribution."""
    rule = first_rule(limits.landmine_promise, limits.promise_confidence, limits.list_size)
    own = rule.at(candidates.variance, chosen)
    is_kept = own.is_kept(candidates.landmine_probability, candidates.variance, chosen)
    return is_kept and upper_share(candidates, limits, chosen) <= limits.landmine_promise


def _expected(strict: _Task, floor: int) -> SolvedList:
    """A list of at least `floor` SKUs whose expected share of landmines is the promise, or the least there can be."""
    asked = strict.limits.landmine_promise
    level = lowest_possible_promise(strict.candidates, floor)
    try:
        kept = strict.solve(PromiseRule(asked))
        if np.count_nonzero(kept.solution.chosen) >= floor:
            return kept
    except ConstraintConflictError as conflict:
        if set(conflict.excess) != {PROMISE} or level <= asked:
            raise
    return replace(strict, limits=replace(strict.limits, list_floor=floor)).solve(PromiseRule(max(level, asked)))


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
