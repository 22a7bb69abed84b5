"""Solves for the list under its promise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.assortment.column_generation import solve_assortment
from xuanpin.models.assortment.constraints import Limits, ListCandidates, list_constraints
from xuanpin.models.assortment.list_risk import share_quantiles
from xuanpin.models.assortment.milp import NoListError
from xuanpin.models.assortment.problem import (
    TOLERANCE,
    Assortment,
    ConstraintConflictError,
    Coverage,
    ListSolution,
    Tier,
)
from xuanpin.models.assortment.promise import PROMISE, PromiseRule, first_rule, no_landmine

MOST_SOLVES = 6
"""Solves after which the best list found so far is taken; two to four are usual."""
SETTLED = 0.1
"""Change of the variance, relative, below which a list would hardly change if the root were linearised anew."""
MOST_SIZES, SOLVES_A_SIZE = 3, 4
"""Sizes of which a list is looked at where each gives up a rule, and solves for each."""
STRICTER = 1.08
"""Factor of the deviations where the exact distribution of a list exceeds the promise that its variance keeps."""
SURER, SURER_COST = (0.6, 0.8), 0.05
"""A list that breaks its promise so much more rarely is taken if it is worth no more than this share less: where a list
is shorter or safer, agents are matched with other SKUs of it, and nearly all of its value is bought all the same."""
DOUBTS = (1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 4.0, 5.0)
"""How much more often a list may exceed the share of a promise that cannot be made, tried in turn."""
LEAST_CONFIDENCE = 0.5
"""Confidence below which a share says no more than an average."""


@dataclass(frozen=True)
class SolvedList:
    """The problem as solved, its solution, and the `promise`: the share of landmines (0-1) that the list was held to.

    Where `is_promised` it is the one asked for, and holds with its confidence; elsewhere it is the larger one that
    does, or the expected share.
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

    def solve(self, rule: PromiseRule) -> SolvedList:
        """Return the best list under a form of the promise."""
        constraints = list_constraints(self.candidates, self.limits, rule)
        problem = Assortment(self.value, self.candidates.is_pinned, constraints, self.coverage)
        promise = self.limits.landmine_promise if rule.is_promise else rule.share
        return SolvedList(problem, solve_assortment(problem, self.gap, self.near), promise, rule.is_promise)

    def at(self, confidence: float) -> _Task:
        """Return the task with another confidence."""
        return replace(self, limits=replace(self.limits, promise_confidence=confidence))

    def keeps(self, chosen: Flags) -> bool:
        """Return whether a list (`chosen`, n flags) keeps the promise by its exact distribution."""
        return upper_share(self.candidates, self.limits, chosen) <= self.limits.landmine_promise + TOLERANCE


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
    fewer SKUs would be left, no promise is made: the list keeps the same share with the highest of some lower
    confidences (DOUBTS) that leaves so many. Where none does, one whose expected share is that of the promise is taken;
    where even that has fewer, a list of that length is asked for like any rule and held to the least share that such a
    list can have (a platform whose SKUs have no outcomes yet). With a floor of 0 the list is empty instead. Raises
    ConstraintConflictError where pins break a hard constraint.
    """
    floor = min(limits.list_floor, limits.list_size, candidates.size)
    strict = _Task(candidates, value, coverage, replace(limits, list_floor=0), gap, near)
    promised = _promised(strict, floor)
    if promised is not None and np.count_nonzero(promised.solution.chosen) >= floor:
        return _surer(strict, promised, floor)
    if not floor:
        return strict.solve(PromiseRule(0.0))
    return _less_sure(strict, floor)


def promised_list(
    candidates: ListCandidates, value: Floats, coverage: Coverage, limits: Limits, gap: float, near: Flags | None
) -> SolvedList:
    """Return the best list that keeps the promise, however short and with no more confidence than is asked for; an
    empty one where there is none.

    Parameters and errors are those of solve_list; `limits.list_floor` does not hold.
    """
    task = _Task(candidates, value, coverage, replace(limits, list_floor=0), gap, near)
    return _promised(task, 0) or task.solve(PromiseRule(0.0))


def _less_sure(strict: _Task, floor: int) -> SolvedList:
    """The best list of at least `floor` SKUs that keeps the share of the promise with less confidence, or on average.

    What cannot be promised is still made as likely as it can be: held on average alone, a list takes all the risk that
    an average allows. A confidence that is not promised gives up no rule of the merchandisers where a lesser one gives
    up none.
    """
    first = None
    for doubt in DOUBTS:
        confidence = 1.0 - doubt * (1.0 - strict.limits.promise_confidence)
        found = _list_within(strict.at(confidence), floor) if confidence > LEAST_CONFIDENCE else None
        if found is None or np.count_nonzero(found.solution.chosen) < floor:
            continue
        found = _stated(strict, found)
        first = first or found
        if not _given_up(found):
            return found
    expected = _expected(strict, floor)
    return expected if first is None or _given_up(expected) < _given_up(first) else first


def _stated(strict: _Task, found: SolvedList) -> SolvedList:
    """A list with the share that it keeps with the confidence asked for: by its exact distribution it may be the one
    promised, where its variance left that open."""
    share = upper_share(strict.candidates, strict.limits, found.solution.chosen)
    is_promised = strict.keeps(found.solution.chosen)
    return replace(found, promise=strict.limits.landmine_promise if is_promised else share, is_promised=is_promised)


def _given_up(found: SolvedList) -> float:
    """By how much a list misses its rules, each in its own unit; wishes are none."""
    return float(found.solution.slack[found.problem.constraints.tiers < Tier.WISH].sum())


def _surer(task: _Task, promised: SolvedList, floor: int) -> SolvedList:
    """A list that breaks the promise more rarely where that costs little, else the promised one.

    Who asks for an average gets no more than that.
    """
    confidence = task.limits.promise_confidence
    if confidence <= LEAST_CONFIDENCE or not _binds(promised):
        return promised
    least = promised.solution.objective - SURER_COST * abs(promised.solution.value)
    for doubt in SURER:
        found = _list_within(replace(task.at(1.0 - doubt * (1.0 - confidence)), near=promised.solution.chosen), floor)
        if found is not None and found.solution.objective >= least and np.count_nonzero(found.solution.chosen) >= floor:
            return found
    return promised


def _promised(task: _Task, floor: int) -> SolvedList | None:
    """The best list found that keeps the promise with its confidence; None where there is none.

    Where its variance allows no list, one so short or safe that it holds no landmine at all may still keep it.
    """
    found = _list_within(task, floor)
    if found is None and task.candidates.size:
        return _within(task, no_landmine(task.limits.promise_confidence))
    return found


def _list_within(task: _Task, floor: int) -> SolvedList | None:
    """The best list found of those long enough to hold landmines within the promise; None where there is none."""
    found = _settled(task) if task.candidates.size else None
    if found is not None and (not _binds(found) or _is_full(task, found)):
        return found
    return _better(found, _of_whole_landmines(task, floor, found))


def _settled(task: _Task) -> SolvedList | None:
    """The best list found that keeps the promise by its variance; None where its exact distribution breaks it.

    Every list that a linearised form admits keeps the promise by its variance, so the best of the lists seen is safe.
    """
    limits, variance = task.limits, task.candidates.variance
    rule, best = first_rule(limits.landmine_promise, limits.promise_confidence, limits.list_size), None
    for _ in range(MOST_SOLVES):
        found = _within(task, rule)
        if found is None or not task.keeps(found.solution.chosen):
            return best
        # By its exact distribution it keeps the promise, even where the confidence asks for no deviations.
        best = _better(best, replace(found, is_promised=True))
        anew = rule.at(variance, found.solution.chosen)
        if abs(anew.variance - rule.variance) <= SETTLED * rule.variance or not _binds(found):
            return best
        rule = anew
    return best


def _of_whole_landmines(task: _Task, floor: int, linear: SolvedList | None) -> SolvedList | None:
    """The best promised list of a size at which one landmine more is allowed; None where there is none.

    Landmines are whole: within 5 % a list of 119 may hold no more of them than one of 100. What is linear would give up
    one SKU after the other and reach neither. No list much longer than the best `linear` one is looked for.
    """
    limits, best, seen = task.limits, None, 0
    most = min(limits.list_size, task.candidates.size)
    if linear is not None:
        most = min(most, int(np.count_nonzero(linear.solution.chosen)) + math.ceil(1.0 / limits.landmine_promise))
    least = max(floor, int(np.count_nonzero(task.candidates.is_pinned)), 1)
    for landmines in range(math.floor(limits.landmine_promise * most + TOLERANCE), 0, -1):
        size = math.ceil(landmines / limits.landmine_promise - TOLERANCE)
        sized = replace(task, limits=replace(limits, list_size=size, list_floor=size))
        found = _of_size(sized, size) if least <= size <= most else None
        if found is None:
            continue
        best, seen = _better(best, found), seen + 1
        if not _given_up(found) or seen == MOST_SIZES:
            break
    return best


def _of_size(task: _Task, size: int) -> SolvedList | None:
    """The best promised list of exactly `size` SKUs, those of the task's limits; None where the safest do not keep it.

    The root is linearised at the safest, so that they keep the linear form at any deviations at which they keep it at
    all; between those that admit no list and those that admit one with too many landmines the least are looked for.
    """
    safest, limits = safest_list(task, size), task.limits
    if not task.keeps(safest):
        return None
    first = first_rule(limits.landmine_promise, limits.promise_confidence, size).at(task.candidates.variance, safest)
    rule, loose, tight, best = first, first.deviations, np.inf, None
    for _ in range(SOLVES_A_SIZE):
        found = _within(task, rule)
        if found is None or np.count_nonzero(found.solution.chosen) < size:
            tight = rule.deviations
        elif task.keeps(found.solution.chosen):
            best, tight = _better(best, replace(found, is_promised=True)), rule.deviations
        else:
            loose = rule.deviations
        # A list that gives up rules already would give up more for fewer landmines.
        if tight == first.deviations or (found is not None and _given_up(found)):
            break
        rule = replace(rule, deviations=loose * STRICTER if np.isinf(tight) else (loose + tight) / 2.0)
    return best


def safest_list(task: _Task, size: int) -> Flags:
    """Return the `size` candidates (n flags) that take least of the promise, pins first and near-duplicates last."""
    candidates, limits = task.candidates, task.limits
    rule = first_rule(limits.landmine_promise, limits.promise_confidence, size)
    alone = rule.coefficients(candidates.landmine_probability, candidates.variance)
    suppliers, joint = candidates.variance.suppliers, rule.joint(0, candidates.variance, size)
    if joint is not None:
        # The second SKU of a supplier takes 2, the third 4 times what it shares with one other.
        order = np.lexsort((alone, suppliers))
        starts = np.searchsorted(suppliers[order], suppliers[order])
        alone[order] += 2.0 * joint.weight[suppliers[order]] * (np.arange(len(order)) - starts)
    chosen = np.zeros(candidates.size, dtype=np.bool_)
    chosen[np.lexsort((alone, _has_safer_duplicate(candidates), ~candidates.is_pinned))[:size]] = True
    return chosen


def _better(best: SolvedList | None, found: SolvedList | None) -> SolvedList | None:
    """The list worth more of two, the first of equal ones."""
    if best is None or found is None:
        return best or found
    return found if found.solution.objective > best.solution.objective else best


def _binds(found: SolvedList) -> bool:
    """Whether the promise costs a list anything."""
    return float(found.solution.prices[found.problem.constraints.names.index(PROMISE)]) > 0.0


def _is_full(task: _Task, found: SolvedList) -> bool:
    return int(np.count_nonzero(found.solution.chosen)) == min(task.limits.list_size, task.candidates.size)


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
