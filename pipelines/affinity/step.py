"""Step `affinity`: learn what each agent's groups choose, and what each segment of agents would sell."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from xuanpin.models.affinity.affinity_model import (
    AffinityModel,
    SharedTaste,
    closeness,
    fit_affinity_model,
    learn_taste,
)
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures
from xuanpin.models.affinity.features import (
    PriceScale,
    SkuAttributes,
    Vocabulary,
    choice_features,
    price_scale,
    vocabulary_of,
)
from xuanpin.models.affinity.relative_risk import RelativeRisk, fit_relative_risk
from xuanpin.models.affinity.segments import segment_demand, segment_members
from xuanpin.models.affinity.teachers import posts_of_teachers
from xuanpin.models.arrays import Floats, Ints
from xuanpin.pipelines.affinity.grouping import group_agents
from xuanpin.pipelines.affinity.inputs import (
    AffinityInputs,
    OutcomeCells,
    mean_line_units,
    order_days,
    outcome_cells,
    own_orders,
    posted_sets,
    read_inputs,
)
from xuanpin.pipelines.affinity.looks import looks_of
from xuanpin.pipelines.choice_model.columns import integers, personas_of, sku_attributes_of, take
from xuanpin.pipelines.choice_model.lineup import line_up, repeat_orders
from xuanpin.pipelines.choice_model.store import ChoiceModel, choice_model_of, save_choice_model
from xuanpin.pipelines.context import Night, StepCount

DEMAND_SKUS = 400
"""SKUs kept per segment: several lists' worth, so that the constraints can still choose among them."""


def affinity(night: Night) -> StepCount:
    """Learn the choice model from posts and purchases and write what selection and matching need of it.

    Reads night.int_agent_daily, stg_*, sku_scores, history.posts, history.matched; writes night.choice_agents,
    choice_effects, choice_skus, choice_attributes, choice_weights, agent_segments, segment_demand, int_segment_slots,
    int_suited_skus, int_teachers, int_segment_members.
    Returns the posted rows learnt from and the segments' demand rows.
    """
    # One thread: the order of sums inside linear algebra must not depend on the machine.
    with threadpool_limits(1):
        inputs = read_inputs(night)
        model, posts = _learn(night, inputs)
        demand = _segment(night, inputs, model)
    save_choice_model(night, model)
    night.engine.materialise("int_segment_slots")
    return posts, demand


def _learn(night: Night, inputs: AffinityInputs) -> tuple[ChoiceModel, int]:
    """The choice model and the posted rows that it was learnt from."""
    posted, history = posted_sets(inputs)
    teachers, batch = posts_of_teachers(posted, inputs.teachers), mean_line_units(night)
    days, orders = history.day[teachers.occasion], order_days(night, inputs)

    def learnt_with(look: Floats) -> _Learnt:
        known = _known_features(inputs, look)
        taste = learn_taste(teachers.posted, days, known.features, orders, last=inputs.last, batch=batch)
        return _Learnt(known, taste)

    known, taste = _best_look(learnt_with, looks_of(night, integers(inputs.skus, "product_row")))
    features, own = known.features, own_orders(night, inputs, posted, taste)
    fitted = fit_affinity_model(posted, history, features, taste, own, teachers=teachers.rows, batch=batch)
    ids = (inputs.people["agent_id"], inputs.skus["sku_id"])
    risks = _relative_risks(outcome_cells(night, inputs), fitted, features)
    model = choice_model_of(fitted, features, known.vocabulary, known.scale, known.attributes.look, risks, ids)
    return model, len(posted.sku)


class _Known(NamedTuple):
    """What is known of SKUs and agents before any purchase."""

    attributes: SkuAttributes
    scale: PriceScale
    vocabulary: Vocabulary
    features: ChoiceFeatures


class _Learnt(NamedTuple):
    """What was learnt from it."""

    known: _Known
    taste: SharedTaste


def _known_features(inputs: AffinityInputs, look: Floats) -> _Known:
    attributes = sku_attributes_of(inputs.skus, look)
    scale, vocabulary = price_scale(attributes.price), vocabulary_of(attributes)
    features = choice_features(attributes, personas_of(inputs.people), scale, vocabulary)
    return _Known(attributes, scale, vocabulary, features)


def _best_look(learnt_with: Callable[[Floats], _Learnt], look: Floats) -> _Learnt:
    """What is learnt with the look of SKUs, or without it where that predicts the last days as well."""
    plain = learnt_with(look[:, :0])
    if not look.shape[1]:
        return plain
    seen = learnt_with(look)
    return seen if seen.taste.score > plain.taste.score else plain


def _relative_risks(
    cells: OutcomeCells, fitted: AffinityModel, features: ChoiceFeatures
) -> tuple[RelativeRisk, RelativeRisk]:
    """How returns and regrets rise as closeness falls."""
    close = closeness(fitted.effects, fitted.factors, features, cells.agent, cells.sku)
    return (
        fit_relative_risk(close, cells.returns, cells.expected_returns),
        fit_relative_risk(close, cells.faults, cells.expected_faults),
    )


def _segment(night: Night, inputs: AffinityInputs, model: ChoiceModel) -> int:
    """Group active agents; write each segment's demand for the candidates, and which candidates suit anybody at all."""
    people = inputs.people.filter(pc.field("is_active"))
    everyone = line_up(night, model, people, inputs.scored)
    agents, skus = everyone.agent_ids, everyone.sku_ids
    segment, suited = group_agents(night.engine, everyone.scores, night.settings.matching.segments)
    number, sku, units = _demand(night, inputs, model, people, segment)
    night.engine.store("night.int_suited_skus", pa.table({"sku_id": skus.filter(pa.array(suited))}))
    night.engine.store("night.agent_segments", pa.table({"agent_id": agents, "segment_id": segment.astype(np.int32)}))
    night.engine.store(
        "night.segment_demand",
        pa.table({"segment_id": number.astype(np.int32), "sku_id": take(skus, sku), "expected_units": units}),
    )
    return len(units)


def _demand(
    night: Night, inputs: AffinityInputs, model: ChoiceModel, people: pa.Table, segment: Ints
) -> tuple[Ints, Ints, Floats]:
    """What each segment would buy, by the members who stand for it (see segment_demand)."""
    members = segment_members(segment, inputs.scored.num_rows)
    chosen = people.take(pa.array(members))
    night.engine.store("night.int_segment_members", chosen.select(["agent_id"]))
    orders = repeat_orders(night, "int_segment_orders") if model.weights["repeat_strength"] else None
    lineup = line_up(night, model, chosen, inputs.scored, orders)
    return segment_demand(lineup.scores, lineup.usual_load, segment[members], DEMAND_SKUS)
