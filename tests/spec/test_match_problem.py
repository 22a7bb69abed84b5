"""What matching is held to: slots, caps and stock that chance has left, and what is said of the slates it chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentRows, AgentSkuScorer, SkuRows
from xuanpin.models.affinity.relative_risk import RelativeRisk
from xuanpin.models.arrays import Ints
from xuanpin.models.matching.assignment import Assignment
from xuanpin.pipelines.choice_model.lineup import Lineup, SharedWords
from xuanpin.pipelines.matching.acceptance import SilentAgents
from xuanpin.pipelines.matching.draws import Draws, within_stock
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.results import match_rows
from xuanpin.pipelines.matching.step import solve_matches
from xuanpin.pipelines.settings.deciding import MatchingSettings

ALIKE = RelativeRisk(0.0, 0.0)
EVERYONE = np.array([0, 1])


def scores(agents: int, stock: int) -> AgentSkuScorer:
    """Agents with six visits and SKUs that are all alike: attraction 1, one in ten comes back, none is regretted."""
    rows, skus = np.ones(agents), np.ones(stock, np.float32)
    personas = AgentRows(
        vector=sp.csr_array((agents, 1)), factors=np.zeros((agents, 0), np.float32),
        visits=np.full(agents, 6.0, np.float32), price_min=-np.inf * rows, price_max=np.inf * rows,
        min_satisfaction=-np.inf * rows, max_landmine_probability=np.inf * rows, excluded=sp.csr_array((agents, 1)),
    )  # fmt: skip
    goods = SkuRows(
        vector=sp.csr_array((stock, 1)), factors=np.zeros((stock, 0), np.float32), appeal=0 * skus,
        price=np.ones(stock), satisfaction=np.ones(stock), landmine_probability=np.zeros(stock),
        levels=sp.csr_array((stock, 1)),
        return_rate=np.float32(0.1) * skus, regret_rate=0 * skus, happy_if_kept=skus, regret_cost=2.0,
    )  # fmt: skip
    return AgentSkuScorer(personas, goods, 1.0, ALIKE, ALIKE)


def problem(stock: list[int], *, drawn: dict[tuple[int, int], float] | None = None, silent: Any = None,
            **settings: Any) -> MatchProblem:  # fmt: skip
    """Two agents who ask for four and for three SKUs; `drawn` maps (agent, SKU column) to its propensity."""
    shape = (2, len(stock))
    chances = sp.csr_array(shape)
    if drawn:
        chances = sp.csr_array((list(drawn.values()), np.array(list(drawn)).T), shape=shape)
    words = SharedWords(sp.csr_array((2, 0)), sp.csr_array((len(stock), 0)), pa.array([], pa.string()))
    lineup = Lineup(
        agent_ids=pa.array(["A1", "A2"]),
        sku_ids=pa.array([f"S{place}" for place in range(len(stock))]),
        scores=scores(2, len(stock)),
        usual_load=np.ones(2),
        slots=np.array([4, 3]),
        categories=["水果"] * len(stock),
        stock=np.array(stock),
        shared_words=dict.fromkeys(("style_tag", "series_tag", "wanted_category"), words),
    )
    return MatchProblem(
        lineup=lineup,
        stock=np.array(stock),
        category=np.zeros(len(stock), np.int64),
        matched_before=sp.csr_array(shape),
        taking=SilentAgents(silent if silent is not None else sp.csr_array(shape)),
        neighbours=sp.csr_array((2, 2)),
        draws=Draws(chances, np.diff(chances.indptr).astype(np.int64)),
        settings=MatchingSettings(**settings),
    )


def test_a_sku_draws_by_the_chance_that_its_agent_posts_it() -> None:
    silent = sp.csr_array(np.array([[0.0, 0.75, 0.0], [0.0, 0.0, 1.0]]))
    block = problem([5, 5, 5], silent=silent).block(EVERYONE)
    assert block.attraction.tolist() == [[1.0, 0.25, 1.0], [1.0, 1.0, 0.0]]
    chosen = Assignment(np.array([[0, 1], [0, 1]], np.int16), np.full((2, 2), 9, np.float32), 0.0)
    units = match_rows(problem([9, 9, 9], silent=silent), chosen)["expected_units"].to_pylist()
    # Of her two she posts the second on one day in four: six visits share between one SKU and nothing, or two.
    assert units == pytest.approx([0.75 * 6 / 2 + 0.25 * 6 / 3, 0.25 * 6 / 3, 2.0, 2.0], rel=0.01)


def test_stock_is_set_aside_for_what_is_probably_posted_and_one_unit_at_least() -> None:
    silent = sp.csr_array(np.array([[0.0, 0.5, 0.9], [0.0, 0.0, 0.0]]))
    rows, *_ = solve_matches(problem([40, 40, 40], silent=silent, category_share=1.0))
    units = {(row["agent_id"], row["sku_id"]): row["units_reserved"] for row in rows.to_pylist()}
    # Of A1's attraction 1, .5 and .1 beside nothing's 1 remain; six visits share by 2.6. A2 posts all three.
    assert [units["A1", sku] for sku in ("S0", "S1", "S2")] == [2, 1, 1]
    assert [units["A2", sku] for sku in ("S0", "S1", "S2")] == [1, 1, 1]
    assert [row["acceptance"] for row in rows.to_pylist()][:3] == pytest.approx([1.0, 0.5, 0.1])


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


def slates(*rows: list[tuple[int, float]]) -> Assignment:
    """Slates as (SKU column or -1, units of stock that it takes)."""
    sku: Ints = np.array([[column for column, _ in row] for row in rows])
    return Assignment(sku.astype(np.int16), np.array([[units for _, units in row] for row in rows], np.float32), 0.0)


def test_matches_are_told_best_first_and_those_of_chance_last() -> None:
    assignment = slates([(2, 1.0), (0, 2.6), (-1, 0.0)], [(-1, 0.0)] * 3)
    found = match_rows(problem([9, 9, 9], drawn={(0, 1): 0.25}), assignment).to_pylist()
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
    found = match_rows(problem([9, 9], drawn={(0, 1): 0.25}), slates([(0, 0.5)], [(-1, 0.0)])).to_pylist()
    assert [(row["sku_id"], row["expected_units"], row["units_reserved"]) for row in found] == [
        ("S0", 0.5, 1),
        ("S1", 1.0, 1),
    ]
