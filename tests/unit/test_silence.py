"""What an agent never posts: how much silence says, by how much of her posts is seen."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.matching.silence import fit_silence

MATCHES, DAYS = 400, 5


def silent_share(refused: float, seen: float, seed: int = 1) -> tuple[float, np.ndarray, np.ndarray]:
    """Fit 20 agents who refuse a share of their matches and whose posts are seen with a chance; returns the share that
    is found, which matches are refused in truth, and the chance of each."""
    rng = np.random.default_rng(seed)
    is_refused = rng.random(MATCHES) < refused
    posted = np.where(is_refused, 0, rng.binomial(DAYS, seen, MATCHES))
    model, chance = fit_silence(np.arange(MATCHES) % 20, np.full(MATCHES, DAYS), posted, 20)
    return model.silent, is_refused, chance


def test_what_is_never_posted_by_agents_who_post_is_refused() -> None:
    share, is_refused, chance = silent_share(refused=0.2, seen=0.9)
    assert share == pytest.approx(is_refused.mean(), abs=0.03)
    assert chance[is_refused].min() > 0.95
    assert chance[~is_refused].max() < 0.05


def test_agents_who_post_all_else_are_not_written_off_for_one_day() -> None:
    agent, days = np.arange(2 * MATCHES) % 20, np.repeat([1, 8], MATCHES)
    posted = np.random.default_rng(2).binomial(days, 0.9)
    model, chance = fit_silence(agent, days, posted, 20)
    assert model.silent < 0.02
    assert (posted == 0).any()
    assert chance.max() < 0.3


def test_silence_says_little_where_few_of_her_posts_are_seen() -> None:
    agent = np.repeat([0, 1], 60)
    given = np.full(120, 4)
    posted = np.r_[np.full(58, 4), [0, 0], np.tile([0, 1, 1, 2], 15)]
    model, chance = fit_silence(agent, given, posted, 2)
    assert model.posted[0] > 0.9 > 0.4 > model.posted[1]
    assert chance[58:60].min() > 0.9
    assert chance[60:].max() < 0.3


def test_what_was_posted_once_is_not_refused_and_nothing_given_tells_nothing() -> None:
    _, chance = fit_silence(np.array([0, 0]), np.array([9, 9]), np.array([1, 9]), 1)
    assert chance.tolist() == [0.0, 0.0]
    model, chance = fit_silence(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), 3)
    assert chance.tolist() == []
    assert model.silent == pytest.approx(0.02)
