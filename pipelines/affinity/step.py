"""Step `affinity`: learn what each agent's groups are drawn to, and what each segment of agents would sell."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from xuanpin.models.affinity.choice_model import (
    Affinity,
    closeness,
    fit_affinity,
    price_scale,
    taste_features,
    vocabulary_of,
)
from xuanpin.models.affinity.conditional_logit import PostedSets, TasteFeatures
from xuanpin.models.affinity.relative_risk import Misfit, fit_misfit
from xuanpin.models.affinity.repeat_purchase import Orders
from xuanpin.models.affinity.segments import liking_profile, segment_agents, segment_demand
from xuanpin.models.affinity.visits import Showing
from xuanpin.models.arrays import Ints
from xuanpin.pipelines.choice_model.tastes import doubles, goods_of, personas_of, places, read_suitability, strings
from xuanpin.pipelines.context import Night, StepCount

DEMAND_SKUS = 400
"""SKUs kept per segment: several lists' worth, so that rules can still choose among them."""
PROBE_SKUS = 64
"""SKUs that describe agents when they are grouped into segments."""
SAMPLED_SKUS = 40
"""Goods that stand for all that an agent might have shown on a day whose posts are not known."""
SEED = 11


def affinity(night: Night) -> StepCount:
    """Learn tastes from posts and purchases and write what selection and matching need of them.

    Reads night.int_agent_daily, stg_*, sku_scores, history.posts, history.matched; writes night.choice_agents,
    choice_effects, choice_skus, choice_attributes, choice_weights, agent_segments, segment_demand, int_segment_slots.
    Returns the posted rows learnt from and the segments' demand rows.
    """
    _prepare(night)
    # One thread: the order of sums inside linear algebra must not depend on the machine.
    with threadpool_limits(1):
        posts = _learn(night)
        demand = _segment(night)
    night.engine.materialise("int_segment_slots")
    return posts, demand


def _prepare(night: Night) -> None:
    settings = night.settings.matching
    night.engine.materialise("int_agent_personas")
    night.engine.materialise(
        "int_agent_posts",
        as_of_date=night.as_of_date,
        posts_before=night.as_of_date - timedelta(days=settings.posts_days),
        sampled_skus=SAMPLED_SKUS,
    )
    night.engine.materialise("int_agent_skus")
    night.engine.materialise("int_agent_sku_outcomes", as_of_date=night.as_of_date, history_days=settings.history_days)


def _learn(night: Night) -> int:
    goods = night.engine.read("night.int_agent_skus", order_by=("sku_id",))
    people = night.engine.read("night.int_agent_personas", order_by=("agent_id",))
    attributes = goods_of(goods)
    scale, vocabulary = price_scale(attributes.price), vocabulary_of(attributes)
    features = taste_features(attributes, personas_of(people), scale, vocabulary)
    posted, showing = _posted_sets(night, people, goods)
    orders, batch = _orders(night, people, goods), _batch(night)
    fitted = fit_affinity(posted, showing, features, orders, most=night.settings.matching.fitted_agents, batch=batch)
    returned, regretted = _misfits(night, fitted, features, people, goods)
    weights = {
        "rank": float(fitted.latent.sku.shape[1]),
        "habit": fitted.habit,
        "outside": fitted.traffic.outside,
        "price_centre": scale.centre,
        "price_spread": scale.spread,
        "return_slope": returned.slope,
        "return_centre": returned.centre,
        "regret_slope": regretted.slope,
        "regret_centre": regretted.centre,
    } | {f"pair_{place}": float(value) for place, value in enumerate(fitted.tastes.pair)}
    night.engine.store(
        "night.choice_weights", pa.table({"name": list(weights), "value": pa.array(weights.values(), pa.float64())})
    )
    night.engine.store(
        "night.choice_attributes",
        pa.table({"attribute_id": np.arange(len(vocabulary.attributes)), "attribute": vocabulary.attributes}),
    )
    _store_skus(night, fitted, features, goods)
    _store_agents(night, fitted, people)
    return len(posted.sku)


def _posted_sets(night: Night, people: pa.Table, goods: pa.Table) -> tuple[PostedSets, Showing]:
    first = night.as_of_date - timedelta(days=night.settings.matching.posts_days)
    posts = night.engine.select("int_posted_skus", first_on=first)
    agent = places(people, "agent_id", posts["agent_id"])
    sku = places(goods, "sku_id", posts["sku_id"])
    day = posts["day"].to_numpy().astype(np.int64)
    new = (np.diff(agent, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0)
    seen = posts["is_seen"].to_numpy().astype(bool)
    posted = PostedSets(np.cumsum(new) - 1, agent, sku, doubles(posts, "ordered_units"), doubles(posts, "stands_for"))
    last = (night.as_of_date - first).days
    since = _unseen_since(people, first, last)
    since[agent[seen]] = last + 1
    slots = people["daily_slots"].to_numpy().astype(np.int64)
    return posted, Showing(day[new], seen[new], since, slots, doubles(people, "members"), last)


def _orders(night: Night, people: pa.Table, goods: pa.Table) -> Orders:
    first = night.as_of_date - timedelta(days=night.settings.matching.posts_days)
    rows = night.engine.select("int_ordered_days", first_on=first)
    agent, sku = places(people, "agent_id", rows["agent_id"]), places(goods, "sku_id", rows["sku_id"])
    return Orders(agent, sku, rows["day"].to_numpy().astype(np.int64), night.settings.matching.history_days)


def _batch(night: Night) -> float:
    """Units that come together: mean size of an order line, each line counted by its units."""
    rows = night.engine.select("int_line_sizes")
    # Fractions are summed here in a fixed order; the engine's threads would give other last bits each night.
    units, lines, days = (doubles(rows, name) for name in ("ordered_units", "ordered_lines", "days"))
    return max(float(np.sum(days * units**2 / lines) / np.sum(days * units)), 1.0) if len(units) else 1.0


def _unseen_since(people: pa.Table, first: date, last: int) -> Ints:
    """First day (counted from `first`) from which each active agent shows goods if no post of hers is known."""
    joined = people["active_since"].to_numpy().astype("datetime64[D]")
    days = (joined - np.datetime64(first)).astype(np.float64)
    return np.asarray(np.clip(np.where(np.isnat(joined), last + 1, days), 1, last + 1), dtype=np.int64)


def _misfits(
    night: Night, fitted: Affinity, features: TasteFeatures, people: pa.Table, goods: pa.Table
) -> tuple[Misfit, Misfit]:
    cells = night.engine.select("int_agent_sku_risks")
    agent, sku = places(people, "agent_id", cells["agent_id"]), places(goods, "sku_id", cells["sku_id"])
    close = closeness(fitted.tastes, fitted.latent, features, agent, sku)
    return (
        fit_misfit(close, doubles(cells, "returned_units"), doubles(cells, "expected_returns")),
        fit_misfit(close, doubles(cells, "fault_lines"), doubles(cells, "expected_faults")),
    )


def _store_skus(night: Night, fitted: Affinity, features: TasteFeatures, goods: pa.Table) -> None:
    night.engine.store(
        "night.choice_skus",
        pa.table(
            {
                "sku_id": goods["sku_id"],
                "appeal": fitted.tastes.appeal(features),
                "latent": pa.array(list(fitted.latent.sku), pa.list_(pa.float64())),
            }
        ),
    )


def _store_agents(night: Night, fitted: Affinity, people: pa.Table) -> None:
    night.engine.store(
        "night.choice_agents",
        pa.table(
            {
                "agent_id": people["agent_id"],
                "visits": fitted.traffic.visits,
                "usual_load": fitted.usual_load,
                "latent": pa.array(list(fitted.latent.agent), pa.list_(pa.float64())),
            }
        ),
    )
    own = fitted.tastes.agent.tocoo()
    kept = own.data != 0
    agent_row, attribute = own.coords[0][kept], own.coords[1][kept]
    order = np.lexsort((attribute, agent_row))
    night.engine.store(
        "night.choice_effects",
        pa.table(
            {
                "agent_id": people["agent_id"].combine_chunks().take(pa.array(agent_row[order])),
                "attribute_id": attribute[order].astype(np.int64),
                "effect": own.data[kept][order],
            }
        ),
    )


def _segment(night: Night) -> int:
    """Group active agents and write each segment's demand for the candidates."""
    everyone = read_suitability(night, "int_sku_tastes")
    agents, skus = everyone.agent_ids, everyone.sku_ids
    probe = np.unique(np.linspace(0, max(len(skus) - 1, 0), min(PROBE_SKUS, len(skus))).astype(np.int64))
    described = everyone.only_skus(probe)
    segment = segment_agents(
        lambda rows: liking_profile(described, rows), len(agents), night.settings.matching.segments, SEED
    )
    kind, sku, units = segment_demand(everyone.scores, everyone.usual_load, segment, DEMAND_SKUS)
    night.engine.store("night.agent_segments", pa.table({"agent_id": agents, "segment_id": segment.astype(np.int32)}))
    night.engine.store(
        "night.segment_demand",
        pa.table({"segment_id": kind.astype(np.int32), "sku_id": strings(skus, sku), "expected_units": units}),
    )
    return len(units)
