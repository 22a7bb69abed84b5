"""What matching is held to: slots, caps and stock that chance has left, and what is said of the slates it chose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp

from tests.support.match_problem import RETURNED, problem, slates
from xuanpin.models.affinity.perishing import Perishing
from xuanpin.models.matching.assignment import Assignment
from xuanpin.pipelines.matching import told
from xuanpin.pipelines.matching.draws import within_stock
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.own_picks import Picks, without_picks
from xuanpin.pipelines.matching.policy import policy_of
from xuanpin.pipelines.matching.results import agent_needs, match_rows
from xuanpin.pipelines.matching.step import solve_market
from xuanpin.pipelines.matching.told import told_parts

EVERYONE = np.array([0, 1])


def swaps(problem: MatchProblem, assignment: Assignment) -> pa.Table:
    return pa.concat_tables([part.alternates for part in told_parts(problem, assignment)])


def given(problem: MatchProblem, assignment: Assignment) -> list[dict[str, Any]]:
    """The matches of an assignment, with the units that each is expected to sell."""
    rows: list[dict[str, Any]] = match_rows(problem, assignment).matches.to_pylist()
    return [row | {"expected_units": row["expected_kept_units"] / (1.0 - RETURNED)} for row in rows]


def solved(problem: MatchProblem) -> Assignment:
    return solve_market(problem, problem.market())[0]


def test_a_sku_draws_by_the_chance_that_its_agent_posts_it() -> None:
    silent = sp.csr_array(np.array([[0.0, 0.75, 0.0], [0.0, 0.0, 1.0]]))
    block = problem([5, 5, 5], silent=silent).block(EVERYONE)
    assert block.attraction.tolist() == [[1.0, 0.25, 1.0], [1.0, 1.0, 0.0]]
    chosen = Assignment(np.array([[0, 1], [0, 1]], np.int16), np.full((2, 2), 9, np.float32), 0.0)
    units = [row["expected_units"] for row in given(problem([9, 9, 9], silent=silent), chosen)]
    # Of her two she posts the second on one day in four: six visits share between one SKU and nothing, or two.
    assert units == pytest.approx([0.75 * 6 / 2 + 0.25 * 6 / 3, 0.25 * 6 / 3, 2.0, 2.0], rel=0.01)


def fresh(base: MatchProblem, hours: float, needed: tuple[float, float], before: tuple[float, float]) -> MatchProblem:
    """The problem with a first SKU that keeps for `hours`; what agents' groups need, and sell before their close."""
    skus = len(base.stock)
    shelf = np.where(np.arange(skus) == 0, hours, np.inf)
    share, level = np.array(before, np.float32), np.zeros(2, np.int64)
    perishing = Perishing(shelf, np.array(needed), share, level, np.zeros((1, skus), np.float32))
    return replace(base, lineup=replace(base.lineup, scores=replace(base.scores, perishing=perishing)))


def test_of_what_perishes_no_more_is_set_aside_than_sells_before_the_close() -> None:
    base = problem([40, 40], category_share=1.0)
    late = fresh(base, 72.0, (48.0, 48.0), (1.0, 0.2))
    found = {(row["agent_id"], row["sku_id"]): row for row in given(late, solved(late))}
    # Six visits share by 3, or by 2.2 where a fifth of the first SKU's sales come before the close.
    assert found["A1", "S0"]["expected_units"] == pytest.approx(2.0)
    assert found["A2", "S0"]["expected_units"] == pytest.approx(6 * 0.2 / 2.2, rel=0.01)
    assert [found[agent, "S0"]["units_reserved"] for agent in ("A1", "A2")] == [2, 1]
    assert found["A2", "S1"]["expected_units"] > found["A1", "S1"]["expected_units"]


def test_what_does_not_keep_for_an_agent_is_neither_her_match_nor_her_alternate_nor_drawn() -> None:
    late = fresh(problem([9, 9, 9, 9, 9], floor_slots=5), 72.0, (72.0, 72.1), (1.0, 1.0))
    (whole,), needs = told_parts(late, solved(late)), agent_needs(late)
    told = [row for rows in (whole.matches, whole.alternates) for row in rows.to_pylist()]
    pairs = {(row["agent_id"], row["sku_id"]) for row in told}
    assert ("A1", "S0") in pairs and ("A2", "S0") not in pairs
    assert needs["unkept_skus"].to_pylist() == [0, 1]
    assert needs["permitted_skus"].to_pylist() == [5, 4]


def test_stock_is_set_aside_for_what_is_probably_posted_and_one_unit_at_least() -> None:
    silent = sp.csr_array(np.array([[0.0, 0.5, 0.9], [0.0, 0.0, 0.0]]))
    found = problem([40, 40, 40], silent=silent, category_share=1.0)
    rows = given(found, solved(found))
    units = {(row["agent_id"], row["sku_id"]): row["units_reserved"] for row in rows}
    # Of A1's attraction 1, .5 and .1 beside nothing's 1 remain; six visits share by 2.6. A2 posts all three.
    assert [units["A1", sku] for sku in ("S0", "S1", "S2")] == [2, 1, 1]
    assert [units["A2", sku] for sku in ("S0", "S1", "S2")] == [1, 1, 1]
    assert [row["acceptance"] for row in rows][:3] == pytest.approx([1.0, 0.5, 0.1])


def test_a_slot_that_chance_has_filled_and_its_sku_are_no_more_to_be_chosen() -> None:
    block = problem([5, 5, 5], drawn={(0, 1): 0.5}).block(EVERYONE)
    assert block.slots.tolist() == [3, 3]
    assert block.allowed.tolist() == [[True, False, True], [True, True, True]]


def test_a_sku_without_stock_is_nobodys() -> None:
    assert problem([0, 1]).block(EVERYONE).allowed.tolist() == [[False, True], [False, True]]


def test_caps_are_shares_of_the_slots_asked_categories_rounded_up_and_repeats_down() -> None:
    block = problem([5], drawn={(0, 0): 0.5}, category_share=0.3, repeat_share=0.4, floor_slots=3).block(EVERYONE)
    assert block.category_cap.tolist() == [2, 1]
    assert block.repeat_cap.tolist() == [1, 1]
    assert block.floor.tolist() == [3, 3]


def test_stock_is_what_exploration_has_left_and_prices_may_sell_all_but_a_margin() -> None:
    found = problem([101, 5, 5], drawn={(0, 0): 0.5, (1, 1): 0.5}, stock_margin=1.5)
    assert found.market().stock.tolist() == [100.0, 4.0, 5.0]
    assert found.priced_stock().tolist() == pytest.approx([85.0, 2.0, 2.5])


@pytest.mark.parametrize(
    ("column", "stock", "kept"),
    [([0, 1, 0], [1, 9], [True, True, False]), ([0, 0, 0], [2], [True, True, False]), ([0], [0], [False])],
)
def test_no_more_draws_are_kept_than_there_are_units(column: list[int], stock: list[int], kept: list[bool]) -> None:
    assert within_stock(np.array(column), np.array(stock)).tolist() == kept


def test_matches_are_told_best_first_and_those_of_chance_last() -> None:
    assignment = slates([(2, 1.0), (0, 2.6), (-1, 0.0)], [(-1, 0.0)] * 3)
    found = given(problem([9, 9, 9], drawn={(0, 1): 0.25}), assignment)
    # Three SKUs of attraction 1 beside buying nothing: a quarter of six visits each, but no more than is set aside.
    assert [(row["agent_id"], row["match_rank"], row["sku_id"]) for row in found] == [
        ("A1", 1, "S0"),
        ("A1", 2, "S2"),
        ("A1", 3, "S1"),
    ]
    assert [row["expected_units"] for row in found] == pytest.approx([1.5, 1.0, 1.0])
    assert [row["expected_kept_units"] for row in found] == pytest.approx([1.35, 0.9, 0.9])
    assert [row["units_reserved"] for row in found] == [2, 1, 1]
    assert [row["propensity"] for row in found] == [None, None, 0.25]


def test_a_draw_comes_last_however_much_it_sells() -> None:
    found = given(problem([9, 9], drawn={(0, 1): 0.25}), slates([(0, 0.5)], [(-1, 0.0)]))
    assert [(row["sku_id"], row["expected_units"], row["units_reserved"]) for row in found] == [
        ("S0", pytest.approx(0.5), 1),
        ("S1", pytest.approx(1.0), 1),
    ]


def test_a_slot_that_she_filled_herself_and_its_sku_are_no_more_to_be_chosen() -> None:
    found = problem([5, 5, 5], picked={(0, 1): 3, (1, 2): 1}, drawn={(0, 0): 0.5})
    block = found.block(EVERYONE)
    assert block.slots.tolist() == [2, 2]
    assert block.allowed.tolist() == [[False, False, True], [True, True, False]]


def test_what_she_proposed_is_a_match_with_its_units_and_is_surely_posted() -> None:
    silent = sp.csr_array(np.array([[0.0, 0.9], [0.0, 0.0]]))
    found = given(problem([9, 9], picked={(0, 1): 2}, silent=silent), slates([(0, 9.0)], [(-1, 0.0)]))
    assert [(row["sku_id"], "own_pick" in row["reasons"], row["units_reserved"]) for row in found] == [
        ("S0", False, 9), ("S1", True, 2),
    ]  # fmt: skip
    assert [row["expected_units"] for row in found] == pytest.approx([2.0, 2.0])
    assert [row["propensity"] for row in found] == [None, None]


def test_a_sku_that_proposals_have_emptied_still_counts_for_who_has_it() -> None:
    needs = agent_needs(problem([0, 9], picked={(0, 0): 1})).to_pylist()
    assert [row["stocked_skus"] for row in needs] == [2, 1]


def test_chance_draws_from_what_proposals_have_left_and_none_of_a_sku_on_trial() -> None:
    found = problem([5, 5, 5], picked={(0, 1): 3, (1, 2): 1})
    closed = np.array([False, False, True])
    left = without_picks(found.lineup, Picks(found.picks.units, found.picks.counts, closed))
    assert left.slots.tolist() == [3, 2]
    assert left.stock.tolist() == [5, 2, 0]
    assert left.scores.allowed(EVERYONE).tolist() == [[True, False, True], [True, True, False]]


def offered(found: MatchProblem, assignment: Assignment) -> list[tuple[Any, ...]]:
    """Agent, rank, SKU and expected kept units of each alternate beside these slates."""
    rows = swaps(found, assignment).to_pylist()
    return [(row["agent_id"], row["alternate_rank"], row["sku_id"], row["expected_kept_units"]) for row in rows]


def test_an_alternate_stands_in_for_her_last_match_and_draws_by_her_chance_to_post_it() -> None:
    silent = sp.csr_array(np.array([[0.0, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]]))
    found = problem([9, 9, 9, 9], silent=silent)
    # Her first match and the alternate share six visits with buying nothing; of two units sold a tenth comes back.
    assert offered(found, slates([(0, 1.0), (1, 1.0)], [(0, 1.0), (-1, 0.0)])) == [
        ("A1", 1, "S3", pytest.approx(1.8)),
        ("A1", 2, "S2", pytest.approx(1.8)),
        ("A2", 1, "S1", pytest.approx(2.7)),
        ("A2", 2, "S2", pytest.approx(2.7)),
        ("A2", 3, "S3", pytest.approx(2.7)),
    ]


def test_no_alternate_is_hers_already_or_reserved_to_the_last_unit_draws_included() -> None:
    found = problem([3, 2, 1, 5], drawn={(1, 2): 0.5})
    given = slates([(0, 2.9), (-1, 0.0)], [(0, 1.0), (1, 1.0)])
    assert [(who, sku) for who, _, sku, _ in offered(found, given)] == [("A1", "S3"), ("A1", "S1"), ("A2", "S3")]


def test_matches_and_alternates_come_in_parts_of_so_many_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    found, given = problem([9, 9]), slates([(0, 1.0)], [(0, 1.0)])
    (whole,) = told_parts(found, given)
    monkeypatch.setattr(told, "agent_blocks", lambda agents: (np.array([row]) for row in range(agents)))
    monkeypatch.setattr(told, "PART_AGENTS", 1)
    parts = list(told_parts(found, given))
    assert len(parts) == 2 and list(whole[:2]) == list(match_rows(found, given))
    assert [pa.concat_tables(tables) for tables in zip(*parts, strict=True)] == list(whole)


def test_an_agent_without_a_match_has_alternates_and_none_are_given_where_none_are_asked_for() -> None:
    nothing = slates([(-1, 0.0)], [(0, 1.0)])
    assert [row[:3] for row in offered(problem([2, 9], alternates=1), nothing)] == [("A1", 1, "S1"), ("A2", 1, "S1")]
    assert swaps(problem([9], alternates=0), slates([(0, 1.0)], [(-1, 0.0)])).num_rows == 0


def test_an_alternate_is_what_proposals_have_left_and_none_on_trial() -> None:
    found = problem([2, 0, 0], picked={(0, 1): 3, (1, 2): 1})
    closed = np.array([False, False, True])
    shared = replace(found.lineup, stock=np.array([2, 4, 9]))
    asked = replace(found, lineup=shared, picks=Picks(found.picks.units, found.picks.counts, closed))
    rows = offered(asked, slates([(-1, 0.0)], [(-1, 0.0)]))
    # Of S1 one unit of four is left for A2; S2 is on trial for her alone.
    assert [(who, sku) for who, _, sku, _ in rows] == [("A1", "S0"), ("A2", "S0"), ("A2", "S1")]


def test_the_policy_on_trial_holds_for_treated_agents_alone() -> None:
    """A1 is treated: one category may fill all of her four slots, and none of them must repeat yesterday's."""
    changes = {"matching.category_share": 1.0, "matching.floor_slots": 0.0, "matching.repeat_share": 0.0}
    base, treated = problem([5, 5], category_share=0.5, floor_slots=2), np.array([True, False])
    tried = policy_of(base.settings, 2.0, changes, treated, np.zeros(2, np.bool_))
    block = replace(base, policy=tried).block(EVERYONE)
    assert (block.category_cap.tolist(), block.floor.tolist()) == ([4, 2], [0, 2])
    assert (block.repeat_cap.tolist(), tried.exploration_share.tolist()) == ([0, 2], [0.03, 0.03])


def test_the_policy_on_trial_holds_for_treated_skus_alone() -> None:
    changes = {"matching.stock_margin": 2.0, "scoring.regret_cost": 5.0}
    base = problem([16, 16], stock_margin=0.5)
    tried = policy_of(base.settings, 2.0, changes, np.zeros(2, np.bool_), np.array([False, True]))
    assert replace(base, policy=tried).priced_stock().tolist() == [14.0, 8.0]
    assert tried.regret_cost.tolist() == [2.0, 5.0]
