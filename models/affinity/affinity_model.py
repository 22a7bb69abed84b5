"""What an agent's groups choose: a conditional logit with factors, repeat purchase and visits, fitted as one model.

The expected units of SKU s for agent a beside a posted set S are visits_a · v_as / (1 + sum over S of v), with v_as =
exp(appeal_s + closeness_as) / outside. New agents have closeness from their persona alone, new SKUs appeal from their
attributes alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.choice_fit import fit_agents, fit_effects, fit_factors
from xuanpin.models.affinity.conditional_logit import (
    ChoiceEffects,
    ChoiceFeatures,
    PostedSets,
    cells_of,
    effect_closeness,
    log_likelihood,
)
from xuanpin.models.affinity.factorization import Factors, no_factors
from xuanpin.models.affinity.repeat_purchase import (
    NO_REPEAT_PURCHASE,
    OrderDays,
    RepeatPurchase,
    fit_repeat_purchase,
    with_repeat_purchase,
)
from xuanpin.models.affinity.visits import PostHistory, VisitModel, attraction_per_slot, fit_visits
from xuanpin.models.arrays import Flags, Floats, Ints

GATE_SHARE = 0.2
"""Share of the last days that decides which model is the champion."""


@dataclass(frozen=True)
class AffinityModel:
    """A fitted model: effects on features, factors of agents and SKUs, visits and the attraction of buying nothing.

    usual_load: 1 + attraction of each agent's usual posts, relative to buying nothing; champion: "popularity", "choice"
    or "choice_factors"; repeat_strength: attraction per unit of repeat evidence (see RepeatPurchase; its scales are in
    the effects).
    """

    effects: ChoiceEffects
    factors: Factors
    visit_model: VisitModel
    usual_load: Floats
    champion: str
    repeat_strength: float


def fit_affinity_model(
    posted: PostedSets, history: PostHistory, features: ChoiceFeatures, orders: OrderDays, *, most: int, batch: float
) -> AffinityModel:
    """Fit all parts; `history`: one entry per occasion of `posted`; `orders`: what each agent's groups ordered, by day;
    `batch`: units that are bought together, at least 1.

    Shared effects are learnt from at most `most` agents, each agent's own effects from her posts. The champion among
    popularity, choice, and choice with factors is the one that, with repeat purchase, best predicts the last days.
    """
    # Units that are bought in batches are not independent evidence.
    purchases = replace(posted, units=posted.units / batch)
    agent = posted.agent[posted.starts]
    teaching = _teachers(posted, most)
    teachers = purchases.subset(teaching)
    champion, repeat_purchase, first = _champion(teachers, history.day[teaching[posted.starts]], features, orders)
    effects, factors = _fit_champion(champion, first, teachers, features)
    if champion != "popularity" and not teaching.all():
        effects, factors = fit_agents(purchases, features, effects, factors)
    effects = effects.scaled(repeat_purchase.appeal, repeat_purchase.closeness)
    factors = Factors(repeat_purchase.closeness * factors.agent, factors.sku)
    level = utility(effects, factors, features, posted.agent, posted.sku)
    if repeat_purchase.strength:
        own = orders.evidence(history.last + 1, features.left.shape[0], features.sku.shape[0])
        level = with_repeat_purchase(level, repeat_purchase.strength, cells_of(own, posted.agent, posted.sku))
    row_attraction = np.exp(np.clip(level, -30, 30))
    attraction = posted.totals(np.where(_shown(posted, history, row_attraction), row_attraction, 0.0))
    sku_attraction = attraction_per_slot(attraction, history.slots[agent], history)
    visit_model = fit_visits(history, agent, posted.totals(posted.units), attraction, sku_attraction)
    unrecorded = np.where(history.unrecorded_from <= history.last, sku_attraction * history.slots, np.nan)
    outside = visit_model.outside
    usual_load = _usual_load(agent, attraction / outside, unrecorded / outside)
    return AffinityModel(effects, factors, visit_model, usual_load, champion, repeat_purchase.strength)


def _teachers(posted: PostedSets, most: int) -> Flags:
    """Rows of the agents that shared effects are learnt from, spread evenly over all."""
    agents = np.unique(posted.agent)
    if len(agents) <= most:
        return np.ones(len(posted.agent), bool)
    return np.isin(posted.agent, agents[np.linspace(0, len(agents) - 1, most).astype(np.int64)])


def _shown(posted: PostedSets, history: PostHistory, attraction: Floats) -> Flags:
    """Rows that were posted: all where posts are recorded; else as many as the agent posts, those of highest
    attraction."""
    order = np.lexsort((posted.sku, -attraction, posted.occasion))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    nth = place - posted.starts[posted.occasion]
    return np.asarray(history.is_recorded[posted.occasion] | (nth < history.slots[posted.agent]))


def _usual_load(agent: Ints, carried: Floats, unrecorded: Floats) -> Floats:
    """1 + attraction of each agent's usual posts relative to buying nothing; unrecorded: of sets nobody recorded, else
    NaN.

    The median set counts as one more day of each agent.
    """
    average = float(np.median(carried)) if len(carried) else 0.0
    days = np.bincount(agent, minlength=len(unrecorded))
    seen = (np.bincount(agent, weights=carried, minlength=len(unrecorded)) + average) / (days + 1)
    return np.asarray(1.0 + np.where(np.isnan(unrecorded), seen, unrecorded))


def utility(effects: ChoiceEffects, factors: Factors, features: ChoiceFeatures, agent: Ints, sku: Ints) -> Floats:
    """Return the log attraction of agent-SKU rows."""
    return effects.appeal(features)[sku] + closeness(effects, factors, features, agent, sku)


def closeness(effects: ChoiceEffects, factors: Factors, features: ChoiceFeatures, agent: Ints, sku: Ints) -> Floats:
    """Return the part of log attraction that is this agent's own, for agent-SKU rows."""
    shared = np.einsum("ij,ij->i", factors.agent[agent], factors.sku[sku])
    return np.asarray(effect_closeness(effects, features, agent, sku) + shared)


def _candidates(posted: PostedSets, features: ChoiceFeatures) -> dict[str, tuple[ChoiceEffects, Factors]]:
    """Three models of one likelihood, each going on from the one before."""
    effects, factors = fit_effects(posted, features), no_factors(features.left.shape[0], features.sku.shape[0])
    return {
        "popularity": (replace(effects, agent=sp.csr_array(effects.agent.shape)), factors),
        "choice": (effects, factors),
        "choice_factors": fit_factors(posted, features, effects),
    }


def _champion(
    posted: PostedSets, day: Ints, features: ChoiceFeatures, orders: OrderDays
) -> tuple[str, RepeatPurchase, tuple[ChoiceEffects, Factors] | None]:
    """The model that best predicts the last days' choices after a fit on the days before.

    Returns its name, its repeat purchase and what was fitted; nothing fitted where there are no days to compare on.
    """
    days = np.unique(day)
    last = days[-max(1, round(len(days) * GATE_SHARE)) :]
    later = np.isin(day, last)[posted.occasion]
    train, test = posted.subset(~later), posted.subset(later)
    if len(days) < 2 or train.units.sum() == 0 or test.units.sum() == 0:
        return "popularity", NO_REPEAT_PURCHASE, None
    known = orders.evidence(int(last[0]), features.left.shape[0], features.sku.shape[0])
    own = cells_of(known, test.agent, test.sku)
    fits, scores = _candidates(train, features), dict[str, tuple[float, RepeatPurchase]]()
    for name, fit in fits.items():
        appeal = fit[0].appeal(features)[test.sku]
        close = closeness(*fit, features, test.agent, test.sku)
        fitted = fit_repeat_purchase(test, appeal, close, own)
        level = fitted.appeal * appeal + fitted.closeness * close
        scores[name] = log_likelihood(test, with_repeat_purchase(level, fitted.strength, own)), fitted
    champion = max(scores, key=lambda name: scores[name][0])
    return champion, scores[champion][1], fits[champion]


def _fit_champion(
    champion: str, first: tuple[ChoiceEffects, Factors] | None, posted: PostedSets, features: ChoiceFeatures
) -> tuple[ChoiceEffects, Factors]:
    """The champion fitted to all days, going on from its fit to the days before the last."""
    effects, factors = first or (None, no_factors(features.left.shape[0], features.sku.shape[0]))
    if champion == "choice_factors" and effects is not None:
        return fit_factors(posted, features, effects, factors)
    effects = fit_effects(posted, features, effects)
    if champion == "popularity":
        effects = replace(effects, agent=sp.csr_array(effects.agent.shape))
    return effects, factors
