"""Step `affinity`: learn what each agent's groups choose, and what each segment of agents would sell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from xuanpin.models.affinity.affinity_model import AffinityModel, closeness
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures
from xuanpin.models.affinity.relative_risk import RelativeRisk, fit_relative_risk
from xuanpin.models.affinity.segments import segment_demand, segment_members
from xuanpin.models.arrays import Floats, Ints
from xuanpin.pipelines.affinity.grouping import group_agents
from xuanpin.pipelines.affinity.inputs import OutcomeCells, outcome_cells
from xuanpin.pipelines.affinity.learning import Learnt, begin_learning
from xuanpin.pipelines.choice_model.columns import take
from xuanpin.pipelines.choice_model.lineup import line_up, repeat_orders
from xuanpin.pipelines.choice_model.store import ChoiceModel, choice_model_of, save_choice_model
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.side_by_side import side_by_side

LONG_LOG = 128 * 2**20
"""Bytes of the warehouse's log that take seconds to write into its file."""
DEMAND_SKUS = 400
"""SKUs kept per segment: several lists' worth, so that the constraints can still choose among them."""


def affinity(night: Night) -> StepCount:
    """Learn the choice model from posts and purchases and write what selection and matching need of it.

    What `begin_learning` begins may have been done before: then it is at hand. Reads also night.sku_scores; writes
    night.choice_agents, choice_effects, choice_skus, choice_attributes, choice_weights, agent_segments,
    segment_demand, int_segment_slots, int_suited_skus.
    Returns the posted rows learnt from and the segments' demand rows.
    """
    learnt = cast(Learnt, (night.early or begin_learning(night))())
    works: list[Callable[[], Any]] = [partial(_modelled, night, learnt)]
    if night.early is not None:
        # Nothing is written for seconds: a long log goes into the warehouse's file on an idle core, before it is full.
        works.append(partial(night.engine.checkpoint, LONG_LOG))
    model, demand = side_by_side(night.settings.engine.threads, works)[0]
    save_choice_model(night, model)
    night.engine.materialise("int_segment_slots")
    return learnt.posts, demand


def _modelled(night: Night, learnt: Learnt) -> tuple[ChoiceModel, int]:
    """The choice model, and the rows of what segments demand, which are written."""
    # One thread: the order of sums inside linear algebra must not depend on the machine.
    with threadpool_limits(1):
        model = _model(night, learnt)
        return model, _segment(night, learnt.inputs.people, model)


def _model(night: Night, learnt: Learnt) -> ChoiceModel:
    """The choice model: what was learnt of choices, and how returns and regrets follow from them."""
    inputs, known, fitted = learnt.inputs, learnt.known, learnt.fitted
    risks = _relative_risks(outcome_cells(night, inputs), fitted, known.features)
    ids = (inputs.people["agent_id"], inputs.skus["sku_id"])
    return choice_model_of(fitted, known.features, known.vocabulary, known.scale, known.attributes.look, risks, ids)


def _relative_risks(
    cells: OutcomeCells, fitted: AffinityModel, features: ChoiceFeatures
) -> tuple[RelativeRisk, RelativeRisk]:
    """How returns and regrets rise as closeness falls."""
    close = closeness(fitted.effects, fitted.factors, features, cells.agent, cells.sku)
    return (
        fit_relative_risk(close, cells.returns, cells.expected_returns),
        fit_relative_risk(close, cells.faults, cells.expected_faults),
    )


def _segment(night: Night, everybody: pa.Table, model: ChoiceModel) -> int:
    """Group active agents; write each segment's demand for the candidates, and which candidates suit anybody at all."""
    people, scored = everybody.filter(pc.field("is_active")), night.engine.select("int_scored_skus")
    everyone = line_up(night, model, people, scored)
    agents, skus = everyone.agent_ids, everyone.sku_ids
    segment, suited = group_agents(night.engine, everyone.scores, night.settings.matching.segments)
    number, sku, units = _demand(night, scored, model, people, segment)
    night.engine.store("night.int_suited_skus", pa.table({"sku_id": skus.filter(pa.array(suited))}))
    night.engine.store("night.agent_segments", pa.table({"agent_id": agents, "segment_id": segment.astype(np.int32)}))
    night.engine.store(
        "night.segment_demand",
        pa.table({"segment_id": number.astype(np.int32), "sku_id": take(skus, sku), "expected_units": units}),
    )
    return len(units)


def _demand(
    night: Night, scored: pa.Table, model: ChoiceModel, people: pa.Table, segment: Ints
) -> tuple[Ints, Ints, Floats]:
    """What each segment would buy, by the members who stand for it (see segment_demand)."""
    members = segment_members(segment, scored.num_rows)
    chosen = people.take(pa.array(members))
    # A temporary table: one of the warehouse would wait until the log is in its file.
    night.engine.store("temp.int_segment_members", chosen.select(["agent_id"]))
    orders = repeat_orders(night, "int_segment_orders") if model.weights["repeat_strength"] else None
    night.engine.drop("temp.int_segment_members")
    lineup = line_up(night, model, chosen, scored, orders)
    return segment_demand(lineup.scores, lineup.usual_load, segment[members], DEMAND_SKUS)
