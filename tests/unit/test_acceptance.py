"""What agents take is learnt from what they took: planted tastes are found, and silence says no more than it can."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from xuanpin.models.arrays import Floats
from xuanpin.models.matching.acceptance import Prior, Shown, fit_acceptance, logistic
from xuanpin.models.matching.price_refusals import price_answers
from xuanpin.models.matching.taken_sets import expected_units

FAMILY = np.array([0, 1, 1, 1, 1])
PRIOR = Prior(np.array([2.0, 0, 0, 0, 0]), np.array([2.0, 0.5, 0.5, 0.5, 0.5]))


def kinds(sku: np.ndarray) -> np.ndarray:
    """A column of ones and one of four styles, by the number of a SKU."""
    return np.hstack([np.ones((len(sku), 1)), np.eye(4)[sku % 4]])


def shown(agent: np.ndarray, sku: np.ndarray, taken: np.ndarray, seen: float = 1.0) -> Shown:
    rows, own = len(agent), sp.csr_array(kinds(sku))
    return Shown(
        agent, taken.astype(float), np.full(rows, seen), np.ones(rows), own, own, np.ones((rows, 2), dtype=bool)
    )  # fmt: skip


def tastes(seed: int, agents: int, answers: int, seen: float = 1.0) -> tuple[Shown, Floats]:
    """Agents with a taste of their own for each style; returns their answers and the true chances, agents × styles."""
    rng = np.random.default_rng(seed)
    truth = logistic(1.0 + 0.7 * rng.normal(size=(agents, 1)) + 1.2 * rng.normal(size=(agents, 4)))
    agent, sku = np.repeat(np.arange(agents), answers), rng.integers(40, size=agents * answers)
    taken = rng.random(len(agent)) < seen * truth[agent, sku % 4]
    return shown(agent, sku, taken, seen), truth


def chances(rows: Shown, agents: int) -> Floats:
    model = fit_acceptance(rows, FAMILY, PRIOR)
    own = model.own_effects(rows, FAMILY, agents)
    styles = kinds(np.arange(4))
    return logistic(own @ styles.T + styles @ model.shared)


@pytest.mark.parametrize(("seen", "alike"), [(1.0, 0.85), (0.8, 0.75)])
def test_planted_tastes_are_found_from_answers_and_from_posts_of_which_not_all_are_seen(
    seen: float, alike: float
) -> None:
    rows, truth = tastes(1, 60, 60, seen)
    found = chances(rows, 60)
    assert np.corrcoef(found.ravel(), truth.ravel())[0, 1] > alike
    assert found.mean() == pytest.approx(truth.mean(), abs=0.03)


def test_agents_who_are_all_alike_are_told_to_be_alike() -> None:
    rng = np.random.default_rng(3)
    agent, sku = np.repeat(np.arange(60), 30), rng.integers(40, size=1800)
    found = chances(shown(agent, sku, rng.random(1800) < 0.95), 60)
    assert found.mean() == pytest.approx(0.95, abs=0.01)
    assert found.std() < 0.02


def test_a_platform_may_have_no_word_of_a_family_such_as_series() -> None:
    rows = shown(np.zeros(3, np.int64), np.arange(3), np.ones(3))
    model = fit_acceptance(replace(rows, teaches=np.ones((3, 4), dtype=bool)), FAMILY, PRIOR)
    assert model.variance.shape == (4,)


def test_silence_says_nothing_where_no_post_is_seen_and_no_where_all_are() -> None:
    agent, sku = np.zeros(40, np.int64), np.arange(40)
    blind = replace(shown(agent, sku, np.zeros(40)), seen=np.zeros(40))
    assert chances(blind, 1) == pytest.approx(np.full((1, 4), logistic(np.array([2.0]))[0]))
    told, some = chances(shown(agent, sku, np.zeros(40)), 1), chances(shown(agent, sku, np.zeros(40), 0.3), 1)
    assert told.max() < some.min() <= some.max() < 0.88


def test_without_rows_what_was_believed_stays() -> None:
    none = np.zeros(0, np.int64)
    model = fit_acceptance(shown(none, none, none), FAMILY, PRIOR)
    assert model.shared.tolist() == PRIOR.mean.tolist()
    assert model.own_effects(shown(none, none, none), FAMILY, 2).nnz == 0


def test_a_refusal_by_style_lowers_its_style_most_and_teaches_nobody_else() -> None:
    rows, _ = tastes(5, 10, 40)
    model = fit_acceptance(rows, FAMILY, PRIOR)
    agent, sku = np.r_[rows.agent, 0, 0, 0], np.r_[rows.own[:, 1:].argmax(axis=1), 2, 2, 2]
    more = shown(agent, sku, np.r_[rows.taken, 0, 0, 0])
    before, after = (model.own_effects(found, FAMILY, 10).toarray() for found in (rows, more))
    change = (after - before) @ kinds(np.arange(4)).T
    assert change[0].argmin() == 2 and change[0, 2] < -0.15
    assert np.abs(change[1:]).max() == 0.0


def test_what_a_row_does_not_speak_of_it_does_not_change() -> None:
    rows = shown(np.zeros(8, np.int64), np.arange(8), np.zeros(8))
    only_level = replace(rows, teaches=np.tile([True, False], (8, 1)))
    own = fit_acceptance(only_level, FAMILY, PRIOR).own_effects(only_level, FAMILY, 1).toarray()
    assert own[0, 0] < 0.0 and own[0, 1:].tolist() == [0.0] * 4


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 7), st.booleans(), st.sampled_from([0.0, 0.4, 1.0])), max_size=30
    )
)
def test_every_chance_lies_between_none_and_all(told: list[tuple[int, int, bool, float]]) -> None:
    agent, sku = (np.array([row[place] for row in told], dtype=np.int64) for place in (0, 1))
    taken, seen = (np.array([row[place] for row in told], dtype=float) for place in (2, 3))
    found = chances(replace(shown(agent, sku, taken * (seen > 0)), seen=seen), 4)
    assert np.isfinite(found).all() and (found > 0).all() and (found < 1).all()


prices = st.lists(st.floats(1.0, 6.0), min_size=1, max_size=8)


@given(prices, st.lists(st.floats(1.0, 6.0), max_size=6), prices, st.floats(2.0, 5.0), st.data())
def test_a_price_that_she_declines_lowers_what_is_as_dear_or_dearer_and_nothing_else(
    listed: list[float], took: list[float], declined: list[float], usual: float, data: st.DataObject
) -> None:
    level = np.array(listed)
    expected = np.full((1, len(listed)), data.draw(st.floats(0.05, 0.99)), np.float32)
    more = data.draw(st.floats(usual, 7.0))
    before, after = (suits(level, took, [*declined, *extra], usual, expected) for extra in ([], [more]))
    dearer = level >= more
    assert (after[dearer] < before[dearer]).all()
    assert (after[~dearer] == before[~dearer]).all()
    assert (before > 0).all() and (before < 1).all()


def suits(level: Floats, took: list[float], declined: list[float], usual: float, expected: np.ndarray) -> np.ndarray:
    """How well prices suit one agent who took and declined some."""
    price, own = np.array([*took, *declined]), np.array([usual])
    answers = (np.zeros(len(price), np.int64), np.arange(len(price)))
    said = price_answers(answers, np.arange(len(took)), np.arange(len(took), len(price)), price, level, own)
    found: np.ndarray = said.suits(np.array([0]), expected.astype(np.float32))[0]
    return found


def test_what_she_took_as_dear_speaks_for_a_price_and_what_is_too_cheap_counts_below() -> None:
    level, expected = np.log([20.0, 50.0, 90.0]), np.full((1, 3), 0.9)
    found = suits(level, [float(np.log(60))], [float(np.log(80)), float(np.log(30))], float(np.log(40)), expected)
    assert found == pytest.approx([4 * 0.9 / 5, (1 + 4 * 0.9) / 5, 4 * 0.9 / 5])


@pytest.mark.parametrize("least", [1.0, 0.5, 0.1])
def test_units_of_a_slate_are_close_to_the_mean_over_all_that_she_may_take(least: float) -> None:
    rng = np.random.default_rng(4)
    attraction, chance = rng.lognormal(-1.4, 0.8, (20, 8)), rng.uniform(least, 1.0, (20, 8))
    taken = np.array(list(itertools.product([0.0, 1.0], repeat=8)))
    weight = np.where(taken[None] == 1.0, chance[:, None], 1.0 - chance[:, None]).prod(axis=2)
    posted = taken[None] * attraction[:, None]
    exact = (weight[..., None] * posted / (1.0 + posted.sum(axis=2, keepdims=True))).sum(axis=1)
    found = expected_units(np.full(20, 3.0), attraction, chance)
    assert found == pytest.approx(3.0 * exact, rel=1e-9 if least == 1.0 else 0.03)
    assert found.sum() == pytest.approx(3.0 * exact.sum(), rel=0.01)
