"""Learns what each agent's groups choose, from posts and purchases alone: nothing that the scoring finds is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from xuanpin.models.affinity.affinity_model import AffinityModel, SharedTaste, fit_affinity_model, learn_taste
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets
from xuanpin.models.affinity.features import (
    PriceScale,
    SkuAttributes,
    Vocabulary,
    choice_features,
    price_scale,
    vocabulary_of,
)
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.teachers import posts_of_teachers
from xuanpin.models.affinity.visits import PostHistory
from xuanpin.models.arrays import Floats
from xuanpin.pipelines.affinity.inputs import (
    POST_CHAIN,
    AffinityInputs,
    fresh_orders,
    mean_line_units,
    order_days,
    posted_sets,
    read_inputs,
    repeat_evidence,
)
from xuanpin.pipelines.affinity.looks import looks_of
from xuanpin.pipelines.choice_model.columns import integers, personas_of, sku_attributes_of
from xuanpin.pipelines.choice_model.lineup import repeat_orders
from xuanpin.pipelines.context import Night


class Known(NamedTuple):
    """What is known of SKUs and agents before any purchase."""

    attributes: SkuAttributes
    scale: PriceScale
    vocabulary: Vocabulary
    features: ChoiceFeatures


@dataclass(frozen=True)
class Learnt:
    """What was learnt (`fitted`) of the agents and SKUs of `inputs`, by what is known of them, from so many `posts`.

    The rows of posts themselves are not kept.
    """

    inputs: AffinityInputs
    known: Known
    fitted: AffinityModel
    posts: int


class _Seen(NamedTuple):
    """What is learnt from besides the posts: order days of teachers, days of own orders (agents × SKUs) that count
    less with their age, the mean size of an order line in units, and the looks of SKUs."""

    orders: OrderDays
    fresh: sp.csr_array
    batch: float
    look: Floats


class _Taste(NamedTuple):
    """What was learnt of all agents, by what is known."""

    known: Known
    taste: SharedTaste


def begin_learning(night: Night) -> Callable[[], Learnt]:
    """Read what the choice model is learnt from; return what learns it, which touches no table and may run anywhere.

    Reads night.int_agent_daily, int_candidates, stg_*, history.posts and matched; writes night.int_teachers and
    int_taught_outcomes.
    """
    inputs, history_days = read_inputs(night), night.settings.matching.history_days
    ordered, orders = night.engine.select("int_ordered_days"), repeat_orders(night, "int_posted_orders")
    night.engine.materialise("int_taught_outcomes")
    night.engine.drop(*(f"temp.{stem}" for stem in POST_CHAIN))
    batch, look = mean_line_units(night), looks_of(night, integers(inputs.skus, "product_row"))

    def learn() -> Learnt:
        nonlocal inputs
        # One thread: the order of sums inside linear algebra must not depend on the machine.
        with threadpool_limits(1):
            days, fresh = order_days(inputs, ordered, history_days), fresh_orders(inputs, orders, history_days)
            sets = posted_sets(inputs)
            # The rows of posts are many and take memory beside other steps: nobody asks for them any more.
            inputs = replace(inputs, posts=inputs.posts.schema.empty_table())
            return _learn(inputs, _Seen(days, fresh, batch, look), *sets)

    return learn


def _learn(inputs: AffinityInputs, seen: _Seen, posted: PostedSets, history: PostHistory) -> Learnt:
    teachers, batch = posts_of_teachers(posted, inputs.teachers), seen.batch
    days = history.day[teachers.occasion]

    def learnt_with(look: Floats) -> _Taste:
        known = _known_features(inputs, look)
        taste = learn_taste(teachers.posted, days, known.features, seen.orders, last=inputs.last, batch=batch)
        return _Taste(known, taste)

    known, taste = _best_look(learnt_with, seen.look)
    own = repeat_evidence(posted, seen.fresh, taste)
    fitted = fit_affinity_model(posted, history, known.features, taste, own, teachers=teachers.rows, batch=batch)
    return Learnt(inputs, known, fitted, len(posted.sku))


def _known_features(inputs: AffinityInputs, look: Floats) -> Known:
    attributes = sku_attributes_of(inputs.skus, look)
    scale, vocabulary = price_scale(attributes.price), vocabulary_of(attributes)
    features = choice_features(attributes, personas_of(inputs.people), scale, vocabulary)
    return Known(attributes, scale, vocabulary, features)


def _best_look(learnt_with: Callable[[Floats], _Taste], look: Floats) -> _Taste:
    """What is learnt with the look of SKUs, or without it where that predicts the last days as well."""
    plain = learnt_with(look[:, :0])
    if not look.shape[1]:
        return plain
    seen = learnt_with(look)
    return seen if seen.taste.score > plain.taste.score else plain
