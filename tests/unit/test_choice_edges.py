"""The choice model on platforms that leave it little to learn from: every effect is finite, every cell in its place."""

import numpy as np
import pytest
import scipy.sparse as sp

from tests.support.fitted_model import fitted_model
from xuanpin.models.affinity.affinity_model import AffinityModel, utility
from xuanpin.models.affinity.choice_fit import fit_agents, fit_effects, fit_factors
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets
from xuanpin.models.affinity.factorization import fit_factorization, no_factors
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.segments import segment_agents
from xuanpin.models.affinity.visits import PostHistory

DAYS = 6


def _features(agents: int, skus: int, attributes: int) -> ChoiceFeatures:
    """SKUs that share `attributes` attributes among them, and nothing known of agents."""
    cells = np.eye(attributes)[np.arange(skus) % max(attributes, 1)] if attributes else np.zeros((skus, 0))
    nothing = sp.csr_array((agents, 1)), sp.csr_array((skus, 1))
    return ChoiceFeatures(sp.csr_array(cells), np.zeros(attributes, np.int64), *nothing, np.zeros(1, np.int64))


def _posted(agents: int, skus: int, units: float) -> PostedSets:
    """Every agent posts every SKU on each day, and all bought units fall on the first."""
    cells = agents * DAYS
    bought = np.tile(np.eye(skus)[0] * units, cells)
    return PostedSets(
        occasion=np.repeat(np.arange(cells), skus),
        agent=np.repeat(np.arange(agents), DAYS * skus),
        sku=np.tile(np.arange(skus), cells),
        units=bought,
        sampling_weight=np.ones(cells * skus),
    )


def _fit(agents: int, skus: int, attributes: int, units: float, most: int) -> tuple[AffinityModel, ChoiceFeatures]:
    posted, features = _posted(agents, skus, units), _features(agents, skus, attributes)
    history = PostHistory(
        day=np.tile(np.arange(DAYS), agents),
        is_recorded=np.ones(agents * DAYS, bool),
        unrecorded_from=np.full(agents, DAYS),
        slots=np.full(agents, 3),
        members=np.full(agents, 0.0),
        last=DAYS - 1,
    )
    nothing = np.zeros(0, np.int64)
    orders = OrderDays(nothing, nothing, nothing, 90)
    return fitted_model(posted, history, features, orders, most), features


@pytest.mark.parametrize("units", [0.0, 3.0])
@pytest.mark.parametrize("attributes", [0, 2])
@pytest.mark.parametrize("skus", [1, 2, 5])
@pytest.mark.parametrize("agents", [1, 2, 7])
def test_a_platform_of_any_size_has_a_finite_model(agents: int, skus: int, attributes: int, units: float) -> None:
    model, features = _fit(agents, skus, attributes, units, most=2)
    agent, sku = np.divmod(np.arange(agents * skus), skus)
    level = utility(model.effects, model.factors, features, agent, sku)
    assert np.isfinite(level).all() and np.isfinite(model.usual_load).all()
    assert np.isfinite(model.visit_model.visits).all() and model.visit_model.outside > 0
    if units and skus > 1:
        assert (level.reshape(agents, skus).argmax(axis=1) == 0).all()


def test_agents_beyond_the_teachers_get_effects_where_the_champion_has_no_factors() -> None:
    posted, features = _posted(4, 5, 3.0), _features(4, 5, 2)
    shared = fit_effects(posted.subset(posted.agent < 2), features)
    own, factors = fit_agents(posted, features, shared, no_factors(4, 5))
    assert factors.agent.shape == (4, 0) and factors.sku.shape == (5, 0)
    assert (np.diff(own.agent.indptr) > 0).all()


def test_nobody_and_nothing_posted_has_no_factors() -> None:
    posted = PostedSets(*(np.zeros(0, np.int64),) * 3, *(np.zeros(0),) * 2)
    features = _features(0, 3, 1)
    _, factors = fit_factors(posted, features, fit_effects(posted, features))
    assert factors.agent.shape == (0, 0)


@pytest.mark.parametrize("shape", [(2, 4), (4, 2), (3, 3), (2, 2)])
def test_residuals_that_sum_to_nothing_have_factors_too(shape: tuple[int, int]) -> None:
    """Everybody posts everything and buys as much as expected of all together."""
    tilt = np.outer(np.arange(shape[0]) - (shape[0] - 1) / 2, np.arange(shape[1]) - (shape[1] - 1) / 2)
    expected = np.full(shape, 20.0)
    found = fit_factorization(sp.csr_array(expected + 4 * tilt), sp.csr_array(expected), rank=1, ridge=0.1)
    assert np.corrcoef((found.agent @ found.sku.T).ravel(), tilt.ravel())[0, 1] > 0.99


def test_where_all_is_bought_as_expected_factors_are_nothing_and_keep_their_rank() -> None:
    expected = sp.csr_array(np.full((3, 4), 2.0))
    found = fit_factorization(expected, expected, rank=2, ridge=1.0)
    assert found.agent.shape == (3, 2) and found.sku.shape == (4, 2)
    assert not found.agent.any() and not found.sku.any()


def test_agents_are_grouped_where_there_is_no_sku_to_describe_them_by() -> None:
    assert segment_agents(lambda rows: np.zeros((len(rows), 0)), 9, 3, 1).tolist() == [0] * 9


def test_agents_of_one_description_are_one_segment_and_of_two_are_two(recwarn: pytest.WarningsRecorder) -> None:
    assert segment_agents(lambda rows: np.ones((len(rows), 2)), 9, 3, 1).tolist() == [0] * 9
    halves = segment_agents(lambda rows: (rows[:, None] % 2).astype(float), 9, 3, 1)
    assert len(set(halves[::2])) == len(set(halves[1::2])) == 1 and halves[0] != halves[1]
    assert not recwarn.list
