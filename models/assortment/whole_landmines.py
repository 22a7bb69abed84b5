"""Searches for the best list that keeps the promise: along the linear form, then in steps of one whole landmine."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from xuanpin.models.arrays import Flags
from xuanpin.models.assortment.column_generation import objective_bound
from xuanpin.models.assortment.constraints import ListCandidates
from xuanpin.models.assortment.list_task import ListTask, SolvedList, binds, given_up
from xuanpin.models.assortment.milp import NoListError
from xuanpin.models.assortment.problem import TOLERANCE, ConstraintConflictError, Duals, ListSolution
from xuanpin.models.assortment.promise import PROMISE, PromiseRule, first_rule

MOST_SOLVES = 6
"""Solves after which the best list found so far is taken; two to four are usual."""
SETTLED = 0.1
"""Change of the variance, relative, below which a list would hardly change if the root were linearised anew."""
MOST_SIZES, SOLVES_A_SIZE = 3, 4
"""Sizes of which a list is looked at where each gives up a rule, and solves for each."""
STRICTER = 1.08
"""Factor of the deviations where the exact distribution of a list exceeds the promise that its variance keeps."""


def list_within(task: ListTask, floor: int) -> SolvedList | None:
    """Return the best list found that keeps the promise of `task` and is long enough to hold a landmine within it.

    Lists of whole landmines have at least `floor` SKUs. None where there is no list; raises ConstraintConflictError
    where pins break another hard constraint.
    """
    found = _settled(task) if task.candidates.size else None
    if found is not None and (not binds(found) or _is_full(task, found)):
        return found
    whole = _of_whole_landmines(task, floor, found)
    return found if whole is None else _better(found, whole)


def _settled(task: ListTask) -> SolvedList | None:
    """The best list found that keeps the promise by its variance; None where its exact distribution breaks it.

    Every list that a linearised form admits keeps the promise by its variance, so the best of the lists seen is safe.
    """
    limits, variance = task.limits, task.candidates.variance
    rule, best = first_rule(limits.landmine_promise, limits.promise_confidence, limits.list_size), None
    for _ in range(MOST_SOLVES):
        found = within_promise(task, rule)
        if found is None or not task.keeps(found.solution.chosen):
            return best
        # By its exact distribution it keeps the promise, even where the confidence asks for no deviations.
        best = _better(best, replace(found, is_promised=True))
        anew = rule.at(variance, found.solution.chosen)
        settled = abs(anew.variance - rule.variance) <= SETTLED * rule.variance
        if settled or not binds(found) or _is_best(task, best.solution, anew, found.solution.duals):
            return best
        rule = anew
    return best


def _is_best(task: ListTask, best: ListSolution, rule: PromiseRule, duals: Duals) -> bool:
    """Whether no list under a `rule` is worth more than the `best` one found by more than the gap, which the `duals` of
    the rule before prove without a solution."""
    distance = objective_bound(task.problem(rule), duals) - best.objective
    return distance <= task.gap * abs(best.value)


def _of_whole_landmines(task: ListTask, floor: int, linear: SolvedList | None) -> SolvedList | None:
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
        if not given_up(found) or seen == MOST_SIZES:
            break
    return best


def _of_size(task: ListTask, size: int) -> SolvedList | None:
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
        found = within_promise(task, rule)
        if found is None or np.count_nonzero(found.solution.chosen) < size:
            tight = rule.deviations
        elif task.keeps(found.solution.chosen):
            best, tight = _better(best, replace(found, is_promised=True)), rule.deviations
        else:
            loose = rule.deviations
        # A list that gives up rules already would give up more for fewer landmines.
        if tight == first.deviations or (found is not None and given_up(found)):
            break
        rule = replace(rule, deviations=loose * STRICTER if np.isinf(tight) else (loose + tight) / 2.0)
    return best


def safest_list(task: ListTask, size: int) -> Flags:
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
    chosen[np.lexsort((alone, has_safer_duplicate(candidates), ~candidates.is_pinned))[:size]] = True
    return chosen


def _better(best: SolvedList | None, found: SolvedList) -> SolvedList:
    """The list worth more of two, the first of equal ones."""
    return found if best is None or found.solution.objective > best.solution.objective else best


def _is_full(task: ListTask, found: SolvedList) -> bool:
    return int(np.count_nonzero(found.solution.chosen)) == min(task.limits.list_size, task.candidates.size)


def within_promise(task: ListTask, rule: PromiseRule) -> SolvedList | None:
    """Return the best list of `task` under a form of the promise (`rule`); None where it alone leaves none."""
    try:
        return task.solve(rule)
    except NoListError:
        return None
    except ConstraintConflictError as conflict:
        if set(conflict.excess) != {PROMISE}:
            raise
        return None


def has_safer_duplicate(candidates: ListCandidates) -> Flags:
    """Return which `candidates` (n flags) have a near-duplicate that is less likely a landmine."""
    found = np.zeros(candidates.size, dtype=np.bool_)
    for groups in (candidates.spu.astype(str), candidates.title_key.astype(str)):
        order = np.lexsort((candidates.landmine_probability, groups))
        found[order[1:]] |= (groups[order[1:]] == groups[order[:-1]]) & (groups[order[1:]] != "")
    return found
