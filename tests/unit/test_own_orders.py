"""Evidence of repeat buying, offers that stand for others, and visits that follow the season."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.affinity.conditional_logit import PostedSets, shares
from xuanpin.models.affinity.repeat_purchase import OrderDays, repeat_weights
from xuanpin.models.affinity.visits import PostHistory, fit_visits


@pytest.mark.parametrize(("day", "own"), [(9, 1.0), (8, 0.9), (0, 0.1), (-1, 0.0), (-9, 0.0), (10, 0.0), (11, 0.0)])
def test_an_order_counts_wholly_on_the_day_before_and_nothing_at_the_end_of_the_window(day: int, own: float) -> None:
    orders = OrderDays(np.array([0]), np.array([0]), np.array([day]), window=10)
    assert orders.evidence(before=10, agents=1, skus=1).toarray()[0, 0] == pytest.approx(own)


def test_only_orders_after_the_first_tell_of_coming_back() -> None:
    # Ten buyers each: of the first good all come back once, of the second one does, eleven in twenty on the whole.
    sku = np.repeat([0, 1], 10)
    days = np.concatenate([np.full(10, 2.0), [2.0], np.ones(9)])
    usual = 11 / 20
    ratio = [(10 + 10 * usual) / 20 / usual, (1 + 10 * usual) / 20 / usual]
    assert repeat_weights(sku, days, 2) == pytest.approx(np.sqrt(ratio))


def test_goods_that_nobody_orders_again_count_as_their_orders_do() -> None:
    assert repeat_weights(np.array([0, 1]), np.ones(2), 2).tolist() == [1.0, 1.0]


def test_a_sampled_offer_draws_as_much_as_those_that_it_stands_for() -> None:
    nobody = np.zeros(3, np.int64)
    posted = PostedSets(np.array([0, 0, 1]), nobody, np.array([0, 1, 0]), np.ones(3), np.array([1.0, 3.0, 1.0]))
    assert shares(posted, np.zeros(3)) == pytest.approx([0.25, 0.75, 1.0])


def test_visits_are_those_of_the_last_fortnight() -> None:
    rng = np.random.default_rng(1)
    agents, days = 100, 60
    level = np.where(np.arange(days) >= days - 14, 20.0, 5.0)
    agent, day = np.repeat(np.arange(agents), days), np.tile(np.arange(days), agents)
    units = rng.poisson(level[day] / 2).astype(float)
    history = PostHistory(
        day, np.ones(len(day), bool), np.full(agents, days), np.full(agents, 5), np.full(agents, 50.0), days - 1
    )
    fitted = fit_visits(history, agent, units, np.ones(len(day)), 0.0)
    bought = fitted.visits.mean() / (1.0 + fitted.outside)
    assert bought == pytest.approx(10.0, rel=0.05)
