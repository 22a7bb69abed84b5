"""On any small catalogue the chosen list is within its gap of the best of all lists, and its bound is one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse

from tests.support.list_risks import risk_of
from xuanpin.models.arrays import Flags
from xuanpin.models.assortment import column_generation
from xuanpin.models.assortment.baselines import greedy_list
from xuanpin.models.assortment.column_generation import solve_assortment
from xuanpin.models.assortment.constraints import (
    Constraint,
    Limits,
    ListCandidates,
    at_most,
    list_constraints,
    stack_constraints,
)
from xuanpin.models.assortment.fill import added_objective, fill_list
from xuanpin.models.assortment.list_task import SolvedList, upper_share
from xuanpin.models.assortment.problem import (
    Assortment,
    ConstraintConflictError,
    Coverage,
    Joint,
    Tier,
    constraint_slack,
    list_objective,
    slack_weights,
    with_reachable_bounds,
)
from xuanpin.models.assortment.promise import PromiseRule
from xuanpin.models.assortment.proposals import Proposals, list_with_proposals
from xuanpin.models.assortment.solve import solve_list

GAP = 1e-6


@st.composite
def problems(draw: st.DrawFn) -> Assortment:
    size = draw(st.integers(1, 8))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = [
        Constraint("list_size", Tier.HARD, 1, float(draw(st.integers(1, size))), np.arange(size), np.ones(size)),
        Constraint("promise", Tier.HARD, 1, 0.0, np.arange(size), random.uniform(-0.05, 0.25, size)),
    ]
    for number in range(draw(st.integers(0, 4))):
        members = np.flatnonzero(random.random(size) < 0.6)
        sense, tier = draw(st.sampled_from([-1, 1])), draw(st.sampled_from([Tier.RULE, Tier.WISH]))
        rows.append(
            Constraint(f"rule{number}", tier, sense, float(draw(st.integers(0, 3))), members, np.ones(len(members)))
        )
    segments = draw(st.integers(0, 3))
    reach = random.uniform(0.2, 1, (segments, size))
    coverage = Coverage(
        matrix=sparse.csr_array(np.where(random.random((segments, size)) < 0.5, reach, 0)),
        needed=random.uniform(0.5, 3.0, segments),
        value=random.uniform(0.0, 3.0, segments),
    )
    pinned = random.random(size) < draw(st.sampled_from([0.0, 0.2]))
    constraints = stack_constraints(rows, size)
    if draw(st.booleans()):
        # Members of a group take more together, and the promise is linearised: even the empty list may break it.
        joint = Joint(1, random.integers(0, 3, size), random.uniform(0.0, 0.05, 3), int(rows[0].bound))
        bounds = constraints.bounds - np.where(np.arange(len(rows)) == 1, draw(st.sampled_from([0.0, 0.02])), 0.0)
        constraints = replace(constraints, joint=joint, bounds=bounds)
    return Assortment(random.uniform(-0.5, 2.0, size), pinned, constraints, coverage)


def lists_of(problem: Assortment) -> list[np.ndarray]:
    """Every list that keeps the pins and the hard rules."""
    lists = (np.array(flags, dtype=np.bool_) for flags in product([False, True], repeat=problem.size))
    kept = [chosen for chosen in lists if not np.any(problem.pinned & ~chosen)]
    return [chosen for chosen in kept if np.isfinite(list_objective(problem, chosen))]


@settings(max_examples=120, deadline=None)
@given(problems())
def test_no_list_is_better_than_the_bound_and_ours_is_within_its_gap(problem: Assortment) -> None:
    every = lists_of(with_reachable_bounds(problem))
    try:
        found = solve_assortment(problem, GAP)
    except ConstraintConflictError:
        assert not every
        return
    except ArithmeticError:
        # Fractions of SKUs may keep the hard rules where whole ones cannot.
        assert not every
        return
    best = max(list_objective(with_reachable_bounds(problem), chosen) for chosen in every)
    assert found.objective <= best + 1e-9
    assert found.bound >= best - 1e-7
    assert best - found.objective <= 1e-4 * max(abs(found.value), 1.0)
    assert list_objective(with_reachable_bounds(problem), greedy_list(with_reachable_bounds(problem))) <= best + 1e-9


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 255), st.sampled_from([2, 50]))
def test_a_list_that_stays_near_another_is_as_certain_as_one_of_the_whole_search(
    problem: Assortment, bits: int, undecided: int
) -> None:
    near = np.array([bits >> place & 1 for place in range(problem.size)], dtype=np.bool_)
    try:
        whole = solve_assortment(problem, GAP)
    except (ArithmeticError, ConstraintConflictError):
        with pytest.raises((ArithmeticError, ConstraintConflictError)):
            solve_assortment(problem, GAP, near)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_generation, "UNDECIDED", undecided)
        found = solve_assortment(problem, GAP, near)
    room = GAP * max(abs(whole.value), abs(found.value)) + 1e-7
    assert found.objective >= whole.objective - room
    assert found.bound >= whole.objective - 1e-7
    assert found.gap <= max(GAP, whole.gap) + 1e-9
    assert np.all(found.chosen[problem.pinned])


def test_of_equally_good_lists_the_one_before_stays() -> None:
    """Twelve equal candidates and four places: a list that asks for nothing else keeps whom it had."""
    rows = [at_most("list_size", np.ones(12, dtype=np.bool_), 4.0, Tier.HARD)]
    nothing = Coverage(sparse.csr_array((0, 12)), np.zeros(0), np.zeros(0))
    problem = Assortment(np.ones(12), np.zeros(12, dtype=np.bool_), stack_constraints(rows, 12), nothing)
    before = np.isin(np.arange(12), [2, 5, 7, 11])
    found = solve_assortment(problem, GAP, before)
    assert (found.chosen == before).all()
    assert (found.objective, found.gap) == (4.0, 0.0)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_filling_a_list_leaves_out_nobody_who_would_gain(problem: Assortment) -> None:
    for chosen in lists_of(problem)[:20]:
        for column, added in enumerate(added_objective(problem, chosen)):
            if not chosen[column]:
                grown = list_objective(problem, chosen | (np.arange(problem.size) == column))
                assert added == pytest.approx(grown - list_objective(problem, chosen), abs=1e-5)
        completed = fill_list(problem, chosen)
        assert np.all(completed[chosen]) and list_objective(problem, completed) >= list_objective(problem, chosen)
        assert np.max(added_objective(problem, completed)[~completed], initial=0.0) <= 1e-5


@settings(max_examples=60, deadline=None)
@given(problems())
def test_reachable_bounds_change_no_order_among_lists(problem: Assortment) -> None:
    every = lists_of(problem)
    assume(len(every) > 1)
    eased, weights = with_reachable_bounds(problem), slack_weights(problem)
    soft = np.isfinite(weights)
    unavoidable = [
        float((constraint_slack(problem, chosen) - constraint_slack(eased, chosen))[soft] @ weights[soft])
        for chosen in every
    ]
    assert unavoidable == pytest.approx([unavoidable[0]] * len(every), abs=1e-6)


@st.composite
def candidate_sets(draw: st.DrawFn) -> ListCandidates:
    size = draw(st.integers(1, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    groups = draw(st.integers(1, 12))
    names = np.array([f"G{number}" for number in range(groups)], dtype=object)
    empty, suppliers = np.full(size, "", dtype=object), names[random.integers(0, groups, size)]
    turning = draw(st.sampled_from([0.0, 0.001, 0.02]))
    risks = 0.9 * turning + (1.0 - turning) * random.beta(0.5, draw(st.sampled_from([5.0, 100.0])), size)
    return ListCandidates(
        category=names[random.integers(0, groups, size)],
        supplier=suppliers,
        spu=empty,
        title_key=empty,
        list_price=random.lognormal(3.0, 1.0, size),
        landmine_probability=risks,
        risk=risk_of(risks, suppliers, turning),
        is_new=random.random(size) < draw(st.sampled_from([0.0, 0.2, 0.9, 1.0])),
        is_clearance=random.random(size) < 0.1,
        is_cold_chain=random.random(size) < 0.1,
        was_listed=random.random(size) < 0.3,
        is_pinned=np.zeros(size, dtype=np.bool_),
    )


DEFAULTS: dict[str, Any] = {
    "category_max_share": 0.4,
    "supplier_max_share": 0.1,
    "price_bands": 4,
    "price_band_min_share": 0.1,
    "explore_share": 0.1,
    "clearance_share": 0.05,
    "max_change_share": 0.5,
}


@settings(max_examples=60, deadline=None)
@given(candidate_sets(), st.integers(1, 30), st.sampled_from([0, 5]))
def test_any_catalogue_gives_a_list_within_its_size_and_the_promise_it_states(
    candidates: ListCandidates, list_size: int, floor: int
) -> None:
    value = np.linspace(1.0, 2.0, candidates.size)
    nothing = Coverage(sparse.csr_array((0, candidates.size)), np.zeros(0), np.zeros(0))
    limits = Limits(list_size=list_size, landmine_promise=0.05, list_floor=min(floor, list_size), **DEFAULTS)
    solved = solve_list(candidates, value, nothing, limits)
    chosen = solved.solution.chosen
    assert chosen.sum() <= list_size
    assert chosen.sum() >= min(floor, list_size, candidates.size)
    if chosen.any():
        assert candidates.landmine_probability[chosen].mean() <= solved.promise + 1e-7
    if solved.is_promised:
        assert upper_share(candidates, limits, chosen) <= 0.05
    assert solved.is_promised or floor or not chosen.any()


@settings(max_examples=25, deadline=None)
@given(candidate_sets(), st.integers(1, 30), st.sampled_from([0, 5]), st.integers(0, 6), st.integers(0, 2**32))
def test_proposals_break_no_rule_and_no_promise_and_take_no_more_places_than_they_are_given(
    candidates: ListCandidates, list_size: int, floor: int, places: int, seed: int
) -> None:
    asked = np.maximum(np.random.default_rng(seed).integers(-3, 4, candidates.size), 0)
    nothing = Coverage(sparse.csr_array((0, candidates.size)), np.zeros(0), np.zeros(0))
    limits = Limits(list_size=list_size, landmine_promise=0.05, list_floor=min(floor, list_size), **DEFAULTS)

    def solve(pinned: Flags) -> SolvedList:
        held = replace(candidates, is_pinned=pinned)
        return solve_list(held, np.linspace(1.0, 2.0, candidates.size), nothing, limits)

    base = solve(candidates.is_pinned)
    proposals = Proposals(asked, candidates.landmine_probability, places)
    found, placed = list_with_proposals(base, proposals, solve)
    chosen, before = found.solution.chosen, base.solution.chosen
    assert np.all(chosen[placed] & ~before[placed] & (asked[placed] > 0)) and placed.sum() <= places
    assert before.sum() <= chosen.sum() <= list_size
    assert np.all(found.solution.slack <= base.solution.slack + 1e-6)
    assert found.is_promised >= base.is_promised and found.promise <= base.promise + 1e-6
    assert not found.is_promised or upper_share(candidates, limits, chosen) <= 0.05
    if placed.any():
        assert max(asked[before & ~chosen], default=-1) < asked[placed].min()
    else:
        assert np.array_equal(chosen, before)


@settings(max_examples=60, deadline=None)
@given(candidate_sets(), st.integers(1, 30), st.sampled_from(["category_max_share", "supplier_max_share"]))
def test_default_caps_leave_room_for_a_full_list(candidates: ListCandidates, list_size: int, lifted: str) -> None:
    safe = np.zeros(candidates.size)
    # A first list: how many SKUs stay is a wish that a place may be left open for.
    first = np.zeros(candidates.size, np.bool_)
    candidates = replace(candidates, landmine_probability=safe, risk=risk_of(safe), was_listed=first)
    nothing = Coverage(sparse.csr_array((0, candidates.size)), np.zeros(0), np.zeros(0))
    constraints = list_constraints(
        candidates,
        Limits(list_size=list_size, landmine_promise=0.05, **(DEFAULTS | {lifted: 1.0})),
        PromiseRule(0.05),
    )
    found = solve_assortment(Assortment(np.ones(candidates.size), candidates.is_pinned, constraints, nothing))
    assert found.chosen.sum() == min(list_size, candidates.size)
    assert not np.any(found.slack[constraints.tiers != Tier.WISH])


@pytest.mark.parametrize("seed", [2, 3])
def test_a_list_that_is_good_enough_early_is_still_full(seed: int) -> None:
    random, size = np.random.default_rng(seed), 400
    rows = [
        Constraint("list_size", Tier.HARD, 1, 60.0, np.arange(size), np.ones(size)),
        Constraint("promise", Tier.HARD, 1, 0.0, np.arange(size), random.uniform(-0.05, 0.25, size)),
        Constraint("explore_max", Tier.RULE, 1, 6.0, np.arange(0, size, 4), np.ones(size // 4)),
    ]
    reach = np.where(random.random((30, size)) < 0.2, random.uniform(0.2, 1, (30, size)), 0)
    coverage = Coverage(sparse.csr_array(reach), random.uniform(3, 9, 30), random.uniform(0.1, 1, 30))
    problem = Assortment(
        random.uniform(0, 1, size), np.zeros(size, dtype=np.bool_), stack_constraints(rows, size), coverage
    )
    assert np.count_nonzero(solve_assortment(problem, gap=0.05).chosen) == 60
