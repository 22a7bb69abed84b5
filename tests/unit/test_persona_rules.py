"""Who may sell what, how a good draws and what a sale is worth to one agent, on two agents and a few SKUs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentRows, AgentSkuScorer, SkuRows
from xuanpin.models.affinity.relative_risk import RelativeRisk, fit_relative_risk
from xuanpin.models.affinity.segments import segment_demand, suited_skus

NONE = RelativeRisk(0.0, 0.0)
BOTH = np.array([0, 1])


def single(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def suitability(repeat_attraction: sp.csr_array | None = None) -> AgentSkuScorer:
    """Two agents and three SKUs of 10, 20 and 30; the first agent buys nothing of the second category."""
    agents = AgentRows(
        vector=sp.csr_array(np.array([[1.0, 0.0], [0.0, 2.0]])),
        factors=np.zeros((2, 0), np.float32),
        visits=single(1, 1),
        price_min=np.array([20.0, -np.inf]),
        price_max=np.array([np.inf, 20.0]),
        min_satisfaction=np.array([-np.inf, 0.8]),
        max_landmine_probability=np.full(2, np.inf),
        excluded=sp.csr_array(np.array([[0.0, 1.0], [0.0, 0.0]])),
    )
    skus = SkuRows(
        vector=sp.csr_array(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])),
        factors=np.zeros((3, 0), np.float32),
        appeal=single(0.0, 0.5, 1.0),
        price=np.array([10.0, 20.0, 30.0]),
        satisfaction=np.array([0.8, 0.9, 0.7]),
        landmine_probability=np.array([0.02, 0.05, 0.01]),
        levels=sp.csr_array(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])),
        return_rate=single(0.2, 0.1, 0.9),
        regret_rate=single(0.1, 0.05, 0.4),
        happy_if_kept=single(0.9, 1.0, 0.5),
        regret_cost=single(2.0, 2.0, 2.0),
    )
    return AgentSkuScorer(agents, skus, 2.0, NONE, NONE, repeat_attraction)


def test_prices_and_satisfaction_at_an_agents_limits_are_permitted_and_excluded_levels_are_not() -> None:
    assert suitability().allowed(BOTH).tolist() == [[False, True, False], [True, True, False]]


def test_a_highest_landmine_probability_is_a_rule_of_the_agent_who_sets_it() -> None:
    scores = suitability()
    careful = replace(scores, agents=replace(scores.agents, max_landmine_probability=np.array([np.inf, 0.02])))
    assert careful.allowed(BOTH).tolist() == [[False, True, False], [True, False, False]]
    assert careful.allowed(np.array([1])).tolist() == [[True, False, False]]
    assert careful.allowed_at_any_risk(BOTH).tolist() == scores.allowed(BOTH).tolist()
    assert suited_skus(careful, 2).tolist() == [True, True, False]
    assert suited_skus(careful.of_skus(np.array([1, 2])), 2).tolist() == [True, False]


def test_an_agent_is_asked_once_and_others_as_before() -> None:
    declined = replace(suitability(), refused=sp.csr_array(np.array([[0, 0, 0], [1, 0, 0]], np.int8)))
    assert declined.allowed(BOTH).tolist() == [[False, True, False], [False, True, False]]


def test_a_sku_suits_somebody_where_one_agents_rules_permit_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert suited_skus(suitability(), 2).tolist() == [True, True, False]
    assert suited_skus(suitability(), 1).tolist() == [False, True, False]
    assert suited_skus(suitability(), 0).tolist() == [False, False, False]
    monkeypatch.setattr("xuanpin.models.affinity.segments.SUITED_BLOCK", 1)
    assert suited_skus(suitability(), 2).tolist() == [True, True, False]


def test_closeness_is_what_agent_and_sku_share() -> None:
    assert suitability().closeness(BOTH).tolist() == [[1.0, 0.0, 1.0], [0.0, 2.0, 2.0]]


def test_attraction_is_that_of_appeal_and_closeness_beside_buying_nothing() -> None:
    scores = suitability()
    close = scores.closeness(BOTH)
    expected = np.exp(close + scores.skus.appeal) / 2.0
    assert scores.attraction(scores.own_attraction(BOTH, close)) == pytest.approx(expected, rel=1e-5)
    assert scores.attraction(close[:, 1:2], np.array([[1], [1]]))[:, 0] == pytest.approx(expected[:, 1], rel=1e-5)


def test_own_orders_add_to_the_attraction_of_tastes() -> None:
    repeat_attraction = sp.csr_array(np.array([[0.0, 3.0, 0.0], [0.0, 0.0, 0.0]], np.float32))
    scores = suitability(repeat_attraction=repeat_attraction)
    close = scores.closeness(BOTH)
    attraction = 2.0 * scores.attraction(scores.own_attraction(BOTH, close))
    plain = np.exp(close + scores.skus.appeal)
    assert attraction == pytest.approx(plain + repeat_attraction.toarray(), rel=1e-4)


def test_a_sale_is_worth_the_happy_units_kept_less_the_cost_of_regret() -> None:
    scores = suitability()
    unit_value = scores.unit_value(BOTH, scores.closeness(BOTH))
    assert unit_value[0] == pytest.approx([0.8 * 0.9 - 0.2, 0.9 * 1.0 - 0.1, 0.1 * 0.5 - 0.8], abs=1e-6)


def test_what_suits_less_comes_back_more_often_up_to_a_cap() -> None:
    scores = replace(suitability(), returned=RelativeRisk(0.5, 1.0))
    returned, regretted = scores.rates(np.array([0]), single(1.0, 3.0, -2.0)[None, :])
    assert returned[0] == pytest.approx([0.2, 0.1 * np.exp(-1.0), 0.95], rel=1e-5)
    assert regretted[0] == pytest.approx([0.1, 0.05, 0.4])


def test_the_centre_of_misfit_keeps_the_total_of_expected_events() -> None:
    rng = np.random.default_rng(3)
    closeness, expected = rng.normal(0.7, 1.0, 4000), rng.uniform(0.1, 0.5, 4000)
    events = rng.poisson(expected * np.exp(-0.6 * (closeness - 0.7))).astype(float)
    fitted = fit_relative_risk(closeness, events, expected)
    assert fitted.slope == pytest.approx(0.6, abs=0.1)
    adjusted = expected * np.exp(-fitted.slope * (closeness - fitted.centre))
    assert adjusted.sum() == pytest.approx(expected.sum(), rel=1e-6)


def test_misfit_never_says_that_what_suits_less_is_safer_and_needs_events() -> None:
    rng = np.random.default_rng(4)
    closeness, expected = rng.normal(0.0, 1.0, 2000), np.full(2000, 0.3)
    safer = rng.poisson(expected * np.exp(0.5 * closeness)).astype(float)
    assert fit_relative_risk(closeness, safer, expected) == NONE
    assert fit_relative_risk(closeness, np.zeros(2000), expected) == NONE


def test_few_events_say_little_of_misfit() -> None:
    closeness = np.array([-1.0, 1.0])
    few = fit_relative_risk(closeness, np.array([2.0, 0.0]), np.array([1.0, 1.0]))
    many = fit_relative_risk(closeness, np.array([2000.0, 1.0]), np.array([1000.0, 1000.0]))
    # The prior alone, a variance of a quarter, holds the slope of two events well below what they show.
    assert 0.0 < few.slope < 0.5
    assert many.slope == pytest.approx(1.5)


def test_a_segment_wants_what_more_than_half_of_it_may_sell() -> None:
    segments, skus, units = segment_demand(suitability(), np.full(2, 2.0), np.zeros(2, np.int64), skus_kept=3)
    assert (segments.tolist(), skus.tolist()) == ([0], [1])
    assert units[0] == pytest.approx(np.exp(0.5) * (1.0 + np.exp(2.0)) / 2 / 2.0 / 2.0, rel=1e-5)
