"""Solves for the list under its promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.assortment.constraints import Limits, ListCandidates
from xuanpin.models.assortment.list_task import ListTask, SolvedList, binds, given_up, upper_share
from xuanpin.models.assortment.problem import ConstraintConflictError, Coverage
from xuanpin.models.assortment.promise import PROMISE, PromiseRule, first_rule, no_landmine
from xuanpin.models.assortment.whole_landmines import has_safer_duplicate, list_within, within_promise

COST = 0.05
"""Share of the value of the list that holds its share on average for which more confidence is taken than is asked for,
or as much as can be had of a promise that cannot be made. Agents are then matched with other SKUs of the list, and
nearly all is bought all the same; of much shorter lists it is not."""
SURER = (0.6, 0.8)
"""How much more rarely a list may break a promise than is asked for, tried in turn."""
DOUBTS = (1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 4.0, 5.0)
"""How much more often a list may exceed the share of a promise that cannot be made, tried in turn."""
LEAST_CONFIDENCE = 0.5
"""Confidence below which a share says no more than an average."""


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
    confidences (DOUBTS) that leaves so many and nearly all of the value. Where none does, one whose expected share is
    that of the promise is taken; where even that has fewer, a list of that length is asked for like any rule and held
    to the least share that such a list can have (a platform whose SKUs have no outcomes yet). With a floor of 0 the
    list is empty instead. Raises ConstraintConflictError where pins break a hard constraint.
    """
    floor = min(limits.list_floor, limits.list_size, candidates.size)
    strict = ListTask(candidates, value, coverage, replace(limits, list_floor=0), gap, near)
    promised = _promised(strict, floor)
    if promised is not None and (not floor or not binds(promised)):
        return promised
    if not floor:
        return strict.solve(PromiseRule(0.0))
    average = _expected(strict, floor)
    if promised is None or np.count_nonzero(promised.solution.chosen) < floor:
        return _less_sure(strict, average, floor)
    return _surer(strict, promised, average, floor)


def _least_worth(average: SolvedList) -> float:
    """The objective of a list that gives up as much of the one that holds its share on average as confidence may."""
    return average.solution.objective - COST * abs(average.solution.value)


def promised_list(
    candidates: ListCandidates, value: Floats, coverage: Coverage, limits: Limits, gap: float, near: Flags | None
) -> SolvedList:
    """Return the best list that keeps the promise, however short and with no more confidence than is asked for; an
    empty one where there is none.

    `value`, `coverage`, `gap`, `near` and errors are those of solve_list; the floor of the `limits` does not hold.
    """
    task = ListTask(candidates, value, coverage, replace(limits, list_floor=0), gap, near)
    return _promised(task, 0) or task.solve(PromiseRule(0.0))


def _less_sure(strict: ListTask, average: SolvedList, floor: int) -> SolvedList:
    """The best list of at least `floor` SKUs that keeps the share of the promise with less confidence, or on average.

    What cannot be promised is still made as likely as it can be at little cost: held on average alone, a list takes all
    the risk that an average allows. No rule of the merchandisers is given up for a confidence that is not promised.
    """
    least = _least_worth(average)
    for doubt in DOUBTS:
        confidence = 1.0 - doubt * (1.0 - strict.limits.promise_confidence)
        found = list_within(strict.at(confidence), floor) if confidence > LEAST_CONFIDENCE else None
        if found is None or np.count_nonzero(found.solution.chosen) < floor:
            continue
        if given_up(found) <= given_up(average) and found.solution.objective >= least:
            return _stated(strict, found)
    return average


def _stated(strict: ListTask, found: SolvedList) -> SolvedList:
    """A list with the share that it keeps with the confidence asked for: by its exact distribution it may be the one
    promised, where its variance left that open."""
    share = upper_share(strict.candidates, strict.limits, found.solution.chosen)
    is_promised = strict.keeps(found.solution.chosen)
    return replace(found, promise=strict.limits.landmine_promise if is_promised else share, is_promised=is_promised)


def _surer(task: ListTask, promised: SolvedList, average: SolvedList, floor: int) -> SolvedList:
    """A list that breaks the promise more rarely where that costs little, else the promised one.

    Who asks for an average gets no more than that.
    """
    confidence = task.limits.promise_confidence
    if confidence <= LEAST_CONFIDENCE:
        return promised
    least = min(promised.solution.objective, _least_worth(average))
    for doubt in SURER:
        found = list_within(replace(task.at(1.0 - doubt * (1.0 - confidence)), near=promised.solution.chosen), floor)
        if found is not None and found.solution.objective >= least and np.count_nonzero(found.solution.chosen) >= floor:
            return found
    return promised


def _promised(task: ListTask, floor: int) -> SolvedList | None:
    """The best list found that keeps the promise with its confidence; None where there is none.

    Where its variance allows no list, one so short or safe that it holds no landmine at all may still keep it.
    """
    found = list_within(task, floor)
    if found is None and task.candidates.size:
        return within_promise(task, no_landmine(task.limits.promise_confidence))
    return found


def keeps_promise(candidates: ListCandidates, limits: Limits, chosen: Flags) -> bool:
    """Return whether a list (`chosen`, n flags) is one that the promise of the `limits` admits, by its variance and by
    its exact distribution."""
    rule = first_rule(limits.landmine_promise, limits.promise_confidence, limits.list_size)
    own = rule.at(candidates.variance, chosen)
    is_kept = own.is_kept(candidates.landmine_probability, candidates.variance, chosen)
    return is_kept and upper_share(candidates, limits, chosen) <= limits.landmine_promise


def _expected(strict: ListTask, floor: int) -> SolvedList:
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
    order = np.lexsort((candidates.landmine_probability, has_safer_duplicate(candidates), ~candidates.is_pinned))
    count = max(floor, int(np.count_nonzero(candidates.is_pinned)))
    safest = np.sort(candidates.landmine_probability[order[:count]])
    # Slightly above the mean: rounding must not exclude the list that sets the level.
    return float(safest.mean()) + 1e-9 if floor and len(safest) else 0.0
