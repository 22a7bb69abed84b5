"""What the choice model learns from a part of the rows: whose, how many, and what stands for the rest."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import MagicMock

import numpy as np
import pytest
import scipy.sparse as sp

from xuanpin.models.affinity import affinity_model, choice_fit, teachers
from xuanpin.models.affinity.affinity_model import COMPARED_SKUS, fit_affinity_model, learn_taste
from xuanpin.models.affinity.choice_fit import fit_agents, fit_effects, fit_factors, fit_others
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets, row_products, taken_within
from xuanpin.models.affinity.met import met_rows
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.segments import segment_members
from xuanpin.models.affinity.teachers import posts_of_teachers
from xuanpin.models.affinity.visits import PostHistory


def _sets(agents: int, days: int, posted_skus: int, skus: int, seed: int = 1) -> tuple[PostedSets, ChoiceFeatures]:
    """Agents post some of the SKUs each day; every second agent's groups buy on every second day only."""
    rng = np.random.default_rng(seed)
    cells = agents * days
    sku = np.concatenate([np.sort(rng.choice(skus, posted_skus, replace=False)) for _ in range(cells)])
    agent, day = np.repeat(np.arange(cells), posted_skus) // days, np.repeat(np.arange(cells), posted_skus) % days
    units = np.where((agent % 2 == 0) | (day % 2 == 0), rng.poisson(0.5 + (sku % 3 == agent % 3)), 0).astype(float)
    posted = PostedSets(np.repeat(np.arange(cells), posted_skus), agent, sku, units, np.ones(len(sku)))
    attributes = sp.csr_array(np.eye(3)[np.arange(skus) % 3])
    nothing = sp.csr_array((agents, 1)), sp.csr_array((skus, 1))
    return posted, ChoiceFeatures(attributes, np.zeros(3, np.int64), *nothing, np.zeros(1, np.int64))


@pytest.mark.parametrize(("is_liked", "champion"), [(True, "choice"), (False, "popularity")])
def test_a_larger_model_that_is_better_by_chance_alone_is_left(
    monkeypatch: pytest.MonkeyPatch, is_liked: bool, champion: str
) -> None:
    tried = MagicMock(side_effect=fit_factors)
    monkeypatch.setattr(affinity_model, "fit_factors", tried)
    posted, features = _sets(30, 10, 6, 12, seed=0)
    if not is_liked:
        posted = replace(posted, units=np.random.default_rng(0).poisson(0.7, len(posted.sku)).astype(float))
    none, days = np.zeros(0, np.int64), np.tile(np.arange(10), 30)
    taste = learn_taste(posted, days, features, OrderDays(none, none, none, 60), last=9, batch=1.0)
    assert taste.champion == champion
    assert tried.called == is_liked


def test_shared_effects_are_learnt_from_all_posts_of_the_teachers() -> None:
    posted, _ = _sets(30, 2, 3, 9)
    assert posts_of_teachers(posted, np.arange(30)).rows.all()
    some = posts_of_teachers(posted, np.array([0, 9, 19]))
    assert np.unique(posted.agent[some.rows]).tolist() == [0, 9, 19]
    assert some.occasion.tolist() == [0, 1, 18, 19, 38, 39]
    assert len(some.posted.starts) == 6 and some.posted.units.sum() == posted.units[some.rows].sum()


def test_of_many_rows_those_that_were_bought_are_kept_and_a_part_of_the_others_weighs_as_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posted, _ = _sets(20, 10, 12, 40)
    sold = posted.totals(posted.units)[posted.occasion] > 0
    monkeypatch.setattr(teachers, "MOST_ROWS", int(sold.sum() * 0.8))
    part = posts_of_teachers(posted, np.arange(20))
    assert part.rows.all()
    assert part.posted.units.sum() == posted.units.sum()
    assert len(part.posted.sku) == pytest.approx(sold.sum() * 0.8, rel=0.02)
    assert part.posted.sampling_weight.sum() == pytest.approx(sold.sum(), rel=0.02)
    assert set(posted.sku[part.rows & (posted.units == 0)]) == set(part.posted.sku[part.posted.units == 0])
    assert (posted.totals(posted.units)[part.occasion] > 0).all()


def test_own_effects_fitted_in_blocks_are_those_fitted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    posted, features = _sets(24, 12, 5, 12)
    learnt = posted.subset(posted.agent < 8)
    shared, factors = fit_factors(learnt, features, fit_effects(learnt, features))
    others = posted.subset(posted.agent >= 8)
    together, near = fit_agents(others, features, shared, factors)
    monkeypatch.setattr(choice_fit, "BLOCK_ROWS", 150)
    apart, close = fit_others(others, features, shared, factors)
    assert apart.agent[8:].toarray() == pytest.approx(together.agent[8:].toarray(), abs=0.02)
    assert close.agent[8:] == pytest.approx(near.agent[8:], abs=0.02)
    assert (apart.agent[:8].toarray() == shared.agent[:8].toarray()).all()
    assert (close.agent[:8] == factors.agent[:8]).all()
    assert np.abs(apart.agent[8:].toarray()).max() > 0.1


def test_a_fit_over_what_was_met_is_the_fit_over_all() -> None:
    posted, features = _sets(12, 8, 4, 10)
    part = posted.subset((posted.agent % 3 == 1) & (posted.sku < 7))
    met = met_rows(part, features)
    assert (met.agents.tolist(), met.skus.tolist()) == ([1, 4, 7, 10], list(range(7)))
    wide, _ = met.widened(*fit_factors(met.posted, met.features, fit_effects(met.posted, met.features)))
    whole, _ = fit_factors(part, features, fit_effects(part, features))
    assert wide.appeal(features)[:7] == pytest.approx(whole.appeal(features)[:7], abs=0.05)
    assert wide.agent.shape == whole.agent.shape and not wide.sku[7:].any()
    assert set(np.flatnonzero(np.diff(wide.agent.indptr))) == {1, 4, 7, 10}


def test_products_of_rows_are_those_of_their_dense_rows_whatever_the_block() -> None:
    rng = np.random.default_rng(3)
    left, right = (sp.csr_array(rng.poisson(0.7, (size, 6)).astype(float)) for size in (40, 30))
    agent, sku = rng.integers(40, size=20_000), rng.integers(30, size=20_000)
    found = row_products(left, right, agent, sku, np.array([0, 0, 1, 1, 1, 2]))
    dense = left.toarray()[agent] * right.toarray()[sku]
    assert found == pytest.approx(np.stack([dense[:, :2].sum(1), dense[:, 2:5].sum(1), dense[:, 5]], axis=1))


def test_rows_are_taken_by_falling_value_until_the_room_of_their_occasion_is_full() -> None:
    occasion = np.array([0, 0, 0, 2, 3, 3, 3, 3])
    values = np.array([1.0, 3.0, 2.0, 9.0, 5.0, 7.0, 7.0, 6.0])
    sizes, room = np.array([1.0, 1.0, 1.0, 1.0, 4.0, 2.0, 2.0, 2.0]), np.array([2.0, 2.0, 2.0, 5.0, 3.0, 3.0, 3.0, 3.0])
    assert taken_within(occasion, values, sizes, room).tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 2.0, 1.0, 0.0]
    assert taken_within(occasion[:0], values[:0], sizes[:0], room[:0]).tolist() == []


@pytest.mark.parametrize("sampled", [COMPARED_SKUS, 10])
def test_a_smaller_sample_of_unseen_posts_promises_as_much_as_a_larger_one(sampled: int) -> None:
    agents, days, slots, skus = 40, 6, 8, 400
    rng = np.random.default_rng(5)
    size = sampled + 1
    sku = np.concatenate([rng.choice(skus, size, replace=False) for _ in range(agents * days)])
    weight = np.tile([1.0] + [(skus - 1) / sampled] * sampled, agents * days)
    units = np.tile([2.0] + [0.0] * sampled, agents * days)
    occasion = np.repeat(np.arange(agents * days), size)
    posted = PostedSets(occasion, occasion // days, sku, units, weight)
    features = ChoiceFeatures(
        sp.csr_array(np.ones((skus, 1))),
        np.zeros(1, np.int64),
        sp.csr_array((agents, 1)),
        sp.csr_array((skus, 1)),
        np.zeros(1, np.int64),
    )
    cells = agents * days
    history = PostHistory(
        np.arange(cells) % days, np.zeros(cells, bool), np.zeros(agents, np.int64), np.full(agents, slots),
        np.ones(agents), days - 1,
    )  # fmt: skip
    nothing = np.zeros(0, np.int64)
    silent = PostedSets(occasion, occasion // days, sku, 0 * units, weight)
    taste = learn_taste(silent, history.day, features, OrderDays(*(nothing,) * 3, 90), last=days - 1, batch=1.0)
    everyone, own = np.ones(len(sku), bool), np.zeros(len(sku))
    fitted = fit_affinity_model(posted, history, features, taste, own, teachers=everyone, batch=1.0)
    # Nobody prefers anything: a set is `slots` SKUs of attraction 1, and buying nothing a quarter of a usual set.
    assert fitted.visit_model.outside == pytest.approx(slots / 4)
    assert fitted.usual_load == pytest.approx(np.full(agents, 5.0))


def test_segments_are_stood_for_by_members_spread_over_each() -> None:
    segment = np.array([1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1])
    assert segment_members(segment, 10**9).tolist() == [1, 3, 6, 0, 4, 8, 11]
    assert sorted(segment_members(segment, 1)) == list(range(12))
    assert segment_members(segment[:0], 5).tolist() == []
