"""How much more often SKUs are returned that do not suit: the sign of the slope, and a centre that keeps the total."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentRows, AgentSkuScorer, SkuRows
from xuanpin.models.affinity.relative_risk import PRIOR_VARIANCE, STEEPEST, RelativeRisk, fit_relative_risk


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float64)


CLOSE = np.repeat(floats(-1.0, 0.0, 2.0), 400)
EXPECTED = np.full(len(CLOSE), 0.5)


def risk(relative_risk: RelativeRisk, closeness: Any) -> Any:
    """Risk relative to the SKU's own, as the model says it: exp(-slope (closeness - centre))."""
    return np.exp(-relative_risk.slope * (closeness - relative_risk.centre))


def test_goods_that_suit_less_come_back_more() -> None:
    events = EXPECTED * np.exp(-0.6 * CLOSE)
    found = fit_relative_risk(CLOSE, events, EXPECTED)
    assert found.slope == pytest.approx(0.6, abs=0.02)
    assert risk(found, floats(-1.0))[0] > 1.0 > risk(found, floats(2.0))[0]


def test_the_centre_keeps_the_total_of_what_is_expected() -> None:
    """Whoever sells a SKU, its own rate over all agents stays what it is: only its parts move."""
    for slope in (0.2, 0.9):
        events = EXPECTED * np.exp(-slope * CLOSE)
        found = fit_relative_risk(CLOSE, events, EXPECTED)
        assert (EXPECTED * risk(found, CLOSE)).sum() == pytest.approx(EXPECTED.sum())


def test_goods_that_come_back_more_where_they_suit_have_no_misfit() -> None:
    assert fit_relative_risk(CLOSE, EXPECTED * np.exp(0.6 * CLOSE), EXPECTED) == RelativeRisk(0.0, 0.0)


@pytest.mark.parametrize(("events", "expected"), [((0.0, 0.0), (1.0, 1.0)), ((1.0, 0.0), (0.0, 0.0))])
def test_without_events_or_expectations_there_is_no_misfit(
    events: tuple[float, float], expected: tuple[float, float]
) -> None:
    assert fit_relative_risk(floats(0.0, 1.0), floats(*events), floats(*expected)) == RelativeRisk(0.0, 0.0)


def test_the_slope_is_that_of_the_penalised_likelihood_and_never_steeper_than_the_limit() -> None:
    close, events, expected = floats(-1.0, 1.0), floats(8.0, 2.0), floats(5.0, 5.0)
    slopes = np.linspace(0.0, 1.5, 150_001)
    # Given the total, ten events fall on the two cells like expected exp(-slope closeness).
    weight = expected * np.exp(-slopes[:, None] * close)
    fit = np.log(weight / weight.sum(axis=1, keepdims=True)) @ events - slopes**2 / (2 * PRIOR_VARIANCE)
    assert fit_relative_risk(close, events, expected).slope == pytest.approx(slopes[np.argmax(fit)], abs=1e-4)
    assert fit_relative_risk(close, floats(9_000.0, 1.0), expected).slope == STEEPEST


def test_matching_applies_the_misfit_as_it_was_fitted() -> None:
    """At the centre a SKU has its own rate; an agent whose groups it suits less sees it come back more."""
    returned, regretted = RelativeRisk(0.5, 0.4), RelativeRisk(0.0, 0.0)
    none = sp.csr_array((1, 1))
    one = np.ones(1, dtype=np.float32)
    whole = floats(1.0)
    agents = AgentRows(none, one, one, whole, whole, whole, whole, none)
    skus = SkuRows(none, one, one, whole, whole, whole, none, floats(0.1), floats(0.05), one, 2 * one)
    suits = AgentSkuScorer(agents, skus, 1.0, returned, regretted)
    close = np.array([[0.4], [-0.6], [1.4]], dtype=np.float32)
    comes_back, is_regretted = suits.rates(np.arange(len(close)), close)
    assert comes_back[:, 0] == pytest.approx(0.1 * risk(returned, close[:, 0]), rel=1e-5)
    assert comes_back[0, 0] == pytest.approx(0.1) and comes_back[1, 0] > 0.1 > comes_back[2, 0]
    assert is_regretted[:, 0] == pytest.approx([0.05, 0.05, 0.05])
