"""Estimates of what another policy would have brought, in worlds where the answer is known."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.evaluation.off_policy import Logged, doubly_robust, effective_size, ips, mean_interval, snips

AGENTS, DRAWS, SKUS = 150, 8, 10


def logged(reward: ArrayLike, propensity: ArrayLike, target: ArrayLike, agent: Ints | None = None) -> Logged:
    agents = np.arange(len(np.asarray(reward))) if agent is None else np.asarray(agent)
    return Logged(np.asarray(reward, float), np.asarray(propensity, float), np.asarray(target, float), agents)


def distribution(rng: np.random.Generator, *shape: int) -> Floats:
    weight = rng.gamma(1.0, 1.0, shape) + 0.05
    share: Floats = weight / weight.sum(axis=-1, keepdims=True)
    return share


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_ips_and_doubly_robust_are_unbiased_over_all_that_chance_could_have_done(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chance, target = distribution(rng, 3, 4), distribution(rng, 3, 4)
    value, model = rng.normal(2.0, 1.0, (3, 4)), rng.normal(2.0, 1.0, (3, 4))
    truth = float((target * value).sum(axis=1).mean())
    occasion = np.arange(3)
    mean = {"ips": 0.0, "dr": 0.0, "dr with wrong chances": 0.0}
    for choice in itertools.product(range(4), repeat=3):
        at = occasion, np.array(choice)
        likelihood = float(np.prod(chance[at]))
        log = logged(value[at], chance[at], target[at])
        mean["ips"] += likelihood * ips(log).value.mean
        mean["dr"] += likelihood * doubly_robust(log, model[at], (target * model).sum(axis=1)).value.mean
        wrong = logged(value[at], np.full(3, 0.25), target[at])
        perfect = doubly_robust(wrong, value[at], (target * value).sum(axis=1))
        mean["dr with wrong chances"] += likelihood * perfect.value.mean
    assert mean == pytest.approx(dict.fromkeys(mean, truth), rel=1e-9)


@given(st.integers(0, 10_000), st.floats(-5, 5))
@settings(max_examples=30, deadline=None)
def test_a_constant_reward_is_found_exactly_by_snips_and_the_own_policy_by_its_mean(seed: int, constant: float) -> None:
    rng = np.random.default_rng(seed)
    propensity, target = rng.uniform(0.05, 1.0, 40), rng.uniform(0.0, 1.0, 40)
    assert snips(logged(np.full(40, constant), propensity, target)).value.mean == pytest.approx(constant, abs=1e-9)
    reward = rng.normal(size=40)
    own = ips(logged(reward, propensity, propensity))
    assert own.value.mean == pytest.approx(reward.mean(), abs=1e-12)
    assert own.effective == pytest.approx(40)


def world(rng: np.random.Generator) -> tuple[Logged, np.ndarray, np.ndarray]:
    """Agents with groups of their own liveliness; chance draws evenly, the other policy prefers some SKUs."""
    lively = rng.gamma(4.0, 0.25, (AGENTS, 1))
    merit = np.linspace(0.5, 3.0, SKUS)
    target = np.tile(merit**2 / (merit**2).sum(), (AGENTS, 1))
    drawn = rng.integers(0, SKUS, (AGENTS, DRAWS))
    reward = rng.poisson(lively * merit[drawn])
    agent = np.repeat(np.arange(AGENTS), DRAWS)
    log = logged(reward.ravel(), np.full(AGENTS * DRAWS, 1 / SKUS), target[agent, drawn.ravel()], agent)
    model = 0.8 * merit
    return log, model[drawn.ravel()], (target[agent] * model).sum(axis=1)


def test_intervals_cover_the_truth_as_often_as_they_say_and_bias_is_small() -> None:
    merit = np.linspace(0.5, 3.0, SKUS)
    truth = float((merit**3).sum() / (merit**2).sum())
    rng, rounds = np.random.default_rng(5), 1_200
    found: dict[str, list[Any]] = {"ips": [], "snips": [], "dr": []}
    for _ in range(rounds):
        log, predicted, expected = world(rng)
        for name, estimate in zip(found, (ips(log), snips(log), doubly_robust(log, predicted, expected)), strict=True):
            found[name].append(estimate.value)
    for name, values in found.items():
        covered = np.mean([value.lower <= truth <= value.upper for value in values])
        means = np.array([value.mean for value in values])
        noise = means.std() / np.sqrt(rounds)
        assert 0.94 <= covered <= 0.97, (name, covered)
        assert abs(means.mean() - truth) < 0.001 * truth + 3 * noise, (name, means.mean(), truth)
        assert np.sqrt(np.mean((means - truth) ** 2)) < 0.15


def test_without_chance_a_replay_flatters() -> None:
    """SKUs given to those who like them look better than they would be for everybody: no estimator can tell."""
    rng = np.random.default_rng(9)
    taste = rng.gamma(2.0, 1.0, (4_000, 5))
    best = taste.argmax(axis=1)
    given_first = best == 0
    naive = rng.poisson(taste[given_first, 0]).mean()
    assert naive > 1.3 * taste[:, 0].mean()


def test_repeating_what_an_agent_did_is_no_new_evidence() -> None:
    log, _, _ = world(np.random.default_rng(3))
    twice = Logged(*(np.concatenate([part, part]) for part in (log.reward, log.propensity, log.target, log.agent)))
    once, again = ips(log).value, ips(twice).value
    assert (again.lower, again.upper) == pytest.approx((once.lower, once.upper))


def test_thin_logs_support_no_claim() -> None:
    log, _, _ = world(np.random.default_rng(3))
    assert ips(log).enough
    few_agents = Logged(log.reward, log.propensity, log.target, log.agent % 10)
    assert not ips(few_agents).enough
    nothing = Logged(log.reward, log.propensity, np.zeros_like(log.target), log.agent)
    assert effective_size(nothing) == 0.0
    assert not ips(nothing).enough
    assert np.isnan(snips(nothing).value.mean)
    single = Logged(log.reward[:1], log.propensity[:1], log.target[:1], log.agent[:1])
    assert ips(single).value.lower is None


@pytest.mark.parametrize(("propensity", "target"), [(0.0, 0.5), (1.2, 0.5), (0.5, -0.1), (0.5, 1.1)])
def test_impossible_chances_are_refused(propensity: float, target: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        logged([1.0], [propensity], [target])


def test_a_mean_of_one_value_has_no_interval() -> None:
    assert mean_interval(np.array([2.0])).lower is None
    three = mean_interval(np.array([1.0, 2.0, 3.0]))
    assert three.upper is not None
    assert three.upper - three.mean == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
