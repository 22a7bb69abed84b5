"""What perishes in the scores of agents and SKUs: who may have it, what sells in time, what spoilage costs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_persona_rules import BOTH, suitability
from xuanpin.models.affinity.agent_sku_scoring import AgentSkuScorer
from xuanpin.models.affinity.perishing import Perishing

HALF = np.array([0.5, 1.0], np.float32)


def perishing(shelf: float, needed: tuple[float, float]) -> Perishing:
    """Two agents and three SKUs, the second of which perishes; a tenth more of it spoils with the second agent."""
    spoilage = np.array([[0.0, 0.0, 0.0], [0.0, 0.1, 0.0]], np.float32)
    hours = np.array([np.inf, shelf, np.inf])
    return Perishing(hours, np.array(needed), HALF, np.array([0, 1]), spoilage)


def scorer(shelf: float = 72.0, needed: tuple[float, float] = (48.0, 96.0)) -> AgentSkuScorer:
    return replace(suitability(), perishing=perishing(shelf, needed))


def test_a_sku_is_permitted_where_it_keeps_to_the_very_hour() -> None:
    assert scorer().allowed(BOTH).tolist() == [[False, True, False], [True, False, False]]
    assert scorer(shelf=96.0).allowed(BOTH).tolist() == suitability().allowed(BOTH).tolist()
    assert scorer().of_skus(np.array([1])).allowed(BOTH).tolist() == [[True], [False]]


@settings(max_examples=50, deadline=None)
@given(st.floats(0.0, 500.0), st.floats(0.0, 500.0), st.floats(1.0, 800.0))
def test_nothing_is_ever_permitted_beyond_its_shelf_life(first: float, second: float, shelf: float) -> None:
    needed = (first, second)
    permitted = scorer(shelf=shelf, needed=needed).allowed(BOTH)
    assert not permitted[:, 1][np.array(needed) > shelf].any()


def test_what_perishes_draws_as_far_as_it_sells_before_the_close_and_the_rest_as_ever() -> None:
    close = suitability().closeness(BOTH)
    plain = suitability().attraction(suitability().own_attraction(BOTH, close))
    found = scorer().attraction(scorer().own_attraction(BOTH, close))
    assert found / plain == pytest.approx(np.array([[1.0, 0.5, 1.0], [1.0, 1.0, 1.0]]), rel=1e-5)


def test_spoilage_counts_in_both_rates_and_in_what_a_sale_is_worth() -> None:
    close = suitability().closeness(BOTH)
    plain, found = suitability().rates(BOTH, close), scorer().rates(BOTH, close)
    for before, after in zip(plain, found, strict=True):
        assert after - before == pytest.approx(np.array([[0, 0, 0], [0, 0.1, 0]]), abs=1e-6)
    lost = suitability().unit_value(BOTH, close) - scorer().unit_value(BOTH, close)
    assert lost[1, 1] == pytest.approx(0.1 * 1.0 + 2.0 * 0.1, abs=1e-6)
    assert lost[0].tolist() == [0.0, 0.0, 0.0]
    at = np.array([[1], [1]])
    some = scorer().rates(BOTH, close[:, 1:2], at)
    assert some[1][:, 0].tolist() == found[1][:, 1].tolist()
