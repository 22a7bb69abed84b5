"""Repeat purchase: what an agent's own orders say beside effects and factors."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.affinity.conditional_logit import PostedSets
from xuanpin.models.affinity.repeat_purchase import (
    NO_REPEAT_PURCHASE,
    OrderDays,
    fit_repeat_purchase,
    repeat_weights,
    with_repeat_purchase,
)


def test_orders_count_less_with_age_and_not_before_they_happen() -> None:
    orders = OrderDays(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 2]), np.array([9, 5, -5, 12]), window=10)
    own = orders.evidence(before=10, agents=2, skus=3).toarray()
    assert own[0, 1] == own[1].sum() == 0.0
    assert own[0, 0] > OrderDays(orders.agent, orders.sku, orders.day - 2, 10).evidence(10, 2, 3).toarray()[0, 0] > 0.0


def test_orders_count_more_where_buyers_of_the_sku_come_back() -> None:
    sku = np.repeat([0, 1], 100)
    days = np.where(sku == 0, 5.0, 1.0)
    often, seldom = repeat_weights(sku, days, 2)
    assert often > 1.0 > seldom > 0.0
    assert repeat_weights(sku, np.ones(200), 2).tolist() == [1.0, 1.0]


def test_own_orders_add_to_the_attraction_of_effects() -> None:
    mixed = np.exp(with_repeat_purchase(np.array([0.0, 1.0]), 2.0, np.array([0.0, 3.0])))
    assert mixed == pytest.approx([1.0, np.e + 6.0])


@pytest.mark.parametrize("strength", [0.0, 4.0])
def test_the_parts_of_attraction_are_found_again(strength: float) -> None:
    rng = np.random.default_rng(3)
    sets, posted_skus = 4000, 10
    appeal, close = rng.normal(0, 1, (2, sets * posted_skus))
    own = rng.gamma(1.0, 1.0, sets * posted_skus) * (rng.random(sets * posted_skus) < 0.3)
    level = with_repeat_purchase(appeal + 0.5 * close, strength, own) if strength else appeal + close
    weight = np.exp(level).reshape(sets, posted_skus)
    units = np.stack([rng.multinomial(3, row / row.sum()) for row in weight]).astype(float).ravel()
    row = np.arange(sets * posted_skus)
    posted = PostedSets(row // posted_skus, row // posted_skus, row % posted_skus, units, np.ones(len(row)))
    found = fit_repeat_purchase(posted, appeal, close, own)
    if not strength:
        assert found == NO_REPEAT_PURCHASE
    else:
        assert (found.appeal, found.closeness) == pytest.approx((1.0, 0.5), abs=0.1)
        assert found.strength == pytest.approx(strength, rel=0.15)
