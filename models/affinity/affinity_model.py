"""What an agent's groups choose: a conditional logit with factors, repeat purchase and visits, fitted as one model.

The expected units of SKU s for agent a beside a posted set S are visits_a · v_as / (1 + sum over S of v), with v_as =
exp(appeal_s + closeness_as) / outside. New agents have closeness from their persona alone, new SKUs appeal from their
attributes alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.choice_fit import first_factors, fit_effects, fit_factors, fit_others
from xuanpin.models.affinity.conditional_logit import (
    BLOCK_ROWS,
    ChoiceEffects,
    ChoiceFeatures,
    PostedSets,
    cells_of,
    effect_closeness,
    log_likelihood,
    taken_within,
)
from xuanpin.models.affinity.factorization import Factors, no_factors
from xuanpin.models.affinity.met import met_rows
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
LEAST_GAIN = 5.0
"""Log-likelihood of the last days by which a larger model must be better; without any tastes it was by 4.6 at most."""
COMPARED_SKUS = 40
"""SKUs that an agent without known posts is taken to have chosen hers among on a day, where so many were sold."""


@dataclass(frozen=True)
class SharedTaste:
    """What all agents share, learnt from some of them, the teachers, with the teachers' own effects and factors.

    champion: "popularity", "choice" or "choice_factors"; repeat_weight: of each SKU, how much an order of it counts as
    evidence of repeat purchase (see repeat_weights); score: log-likelihood of the last days' choices after a fit on the
    days before, minus infinity where there are none to compare on.
    """

    champion: str
    effects: ChoiceEffects
    factors: Factors
    repeat_purchase: RepeatPurchase
    repeat_weight: Floats
    score: float


@dataclass(frozen=True)
class AffinityModel:
    """A fitted model: effects on features, factors of agents and SKUs, visits and the attraction of buying nothing.

    usual_load: 1 + attraction of each agent's usual posts, relative to buying nothing; champion: "popularity", "choice"
    or "choice_factors"; repeat_strength: attraction per unit of repeat evidence (see RepeatPurchase; its scales are in
    the effects), and repeat_weight as in SharedTaste.
    """

    effects: ChoiceEffects
    factors: Factors
    visit_model: VisitModel
    usual_load: Floats
    champion: str
    repeat_strength: float
    repeat_weight: Floats


class _Candidate(NamedTuple):
    """A model fitted to the days before the last, and the log-likelihood of the last days with repeat purchase."""

    effects: ChoiceEffects
    factors: Factors
    repeat_purchase: RepeatPurchase
    score: float


def learn_taste(
    posted: PostedSets, day: Ints, features: ChoiceFeatures, orders: OrderDays, *, last: int, batch: float
) -> SharedTaste:
    """Learn what all agents share from the posts of the teachers; `batch`: units that are bought together, at least 1.

    day: of each occasion, at most `last`; orders: what the teachers' groups ordered, by day. The champion among
    popularity, choice, and choice with factors is the one that, with repeat purchase, best predicts the last days; a
    larger one only where it is better by LEAST_GAIN.
    """
    # Units that are bought in batches are not independent evidence.
    met = met_rows(posted, features)
    purchases = replace(met.posted, units=posted.units / batch)
    own = orders.evidence(_compared_from(day), features.left.shape[0], features.sku.shape[0])
    champion, first = _champion(purchases, day, met.features, own[met.agents][:, met.skus])
    effects, factors = met.widened(*_fit_champion(champion, first, purchases, met.features))
    weight = orders.weights(last + 1, features.left.shape[0], features.sku.shape[0])
    repeat_purchase, score = (first.repeat_purchase, first.score) if first else (NO_REPEAT_PURCHASE, -np.inf)
    return SharedTaste(champion, effects, factors, repeat_purchase, weight, score)


def fit_affinity_model(
    posted: PostedSets,
    history: PostHistory,
    features: ChoiceFeatures,
    taste: SharedTaste,
    own: Floats,
    *,
    teachers: Flags,
    batch: float,
) -> AffinityModel:
    """Fit each agent's own effects and visits beside the shared taste; `history`: one entry per occasion of `posted`.

    own: repeat evidence of each row; teachers: rows of the agents that `taste` was learnt from, who keep the effects
    that were learnt with it; batch: units that are bought together, at least 1.
    """
    effects, factors, scales = taste.effects, taste.factors, taste.repeat_purchase
    # What agents like counts for nothing where later days were predicted better without it.
    if taste.champion != "popularity" and scales.closeness > 0 and not teachers.all():
        of_others = replace(posted, units=posted.units / batch).subset
        effects, factors = fit_others(of_others(~teachers), features, effects, factors)
    effects = effects.scaled(scales.appeal, scales.closeness)
    factors = Factors(scales.closeness * factors.agent, factors.sku)
    level = effects.appeal(features)[posted.sku]
    if scales.closeness > 0:
        level += closeness(effects, factors, features, posted.agent, posted.sku)
    if scales.strength:
        level = with_repeat_purchase(level, scales.strength, own)
    agent, row_attraction = posted.agent[posted.starts], np.exp(np.clip(level, -30, 30))
    attraction = posted.totals(row_attraction * _shown(posted, history, row_attraction))
    sku_attraction = attraction_per_slot(attraction, history.slots[agent], history)
    visit_model = fit_visits(history, agent, posted.totals(posted.units), attraction, sku_attraction)
    unrecorded = np.where(history.unrecorded_from <= history.last, sku_attraction * history.slots, np.nan)
    outside = visit_model.outside
    usual_load = _usual_load(agent, attraction / outside, unrecorded / outside)
    return AffinityModel(
        effects, factors, visit_model, usual_load, taste.champion, scales.strength, taste.repeat_weight
    )


def _shown(posted: PostedSets, history: PostHistory, attraction: Floats) -> Floats:
    """How many SKUs like each row were posted: 1 where posts are recorded; else those of highest attraction, in all as
    many as the agent posts.

    Where fewer than COMPARED_SKUS were sampled of more, each stands for several of so many.
    """
    shown = np.ones(len(attraction))
    rows = ~history.is_recorded[posted.occasion]
    some, is_sample = posted.subset(rows), posted.sampling_weight[rows] > 1.0
    samples = some.totals(is_sample.astype(np.float64))[some.occasion]
    known = some.totals(np.where(is_sample, some.sampling_weight, 0.0))[some.occasion]
    each = np.maximum(np.minimum(known, COMPARED_SKUS) / np.maximum(samples, 1.0), 1.0)
    size, room = np.where(is_sample, each, 1.0), history.slots[some.agent].astype(np.float64)
    shown[rows] = taken_within(some.occasion, attraction[rows], size, room)
    return shown


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
    close = effect_closeness(effects, features, agent, sku)
    for first in range(0, len(close), BLOCK_ROWS):
        of = slice(first, first + BLOCK_ROWS)
        close[of] += np.einsum("ij,ij->i", factors.agent[agent[of]], factors.sku[sku[of]])
    return close


def _compared_from(day: Ints) -> int:
    """First of the last days, whose choices are predicted from those before; 0 where there are no days."""
    days = np.unique(day)
    return int(days[-max(1, round(len(days) * GATE_SHARE)) :][0]) if len(days) else 0


def _champion(
    posted: PostedSets, day: Ints, features: ChoiceFeatures, known: sp.csr_array
) -> tuple[str, _Candidate | None]:
    """The model that best predicts the last days' choices after a fit on the days before, and its name.

    known: repeat evidence from the days before, agents × SKUs. Nothing is fitted where there are no days to compare on.
    """
    later = (day >= _compared_from(day))[posted.occasion]
    train, test = posted.subset(~later), posted.subset(later)
    if train.units.sum() == 0 or test.units.sum() == 0:
        return "popularity", None
    candidates = _candidates(train, features, _Judge(test, features, cells_of(known, test.agent, test.sku)))
    champion = "popularity"
    for name, candidate in candidates.items():
        # A larger model must earn its place: by chance alone it is often a little better, and another one each night.
        if candidate.score > candidates[champion].score + LEAST_GAIN:
            champion = name
    return champion, candidates[champion]


@dataclass(frozen=True)
class _Judge:
    """The last days' choices: posted sets, features, and the repeat evidence of each row from the days before."""

    posted: PostedSets
    features: ChoiceFeatures
    own: Floats

    def candidate(self, effects: ChoiceEffects, factors: Factors) -> _Candidate:
        """What was fitted to the days before, with the repeat purchase that predicts these days best beside it."""
        appeal = effects.appeal(self.features)[self.posted.sku]
        close = closeness(effects, factors, self.features, self.posted.agent, self.posted.sku)
        fitted = fit_repeat_purchase(self.posted, appeal, close, self.own)
        level = with_repeat_purchase(fitted.appeal * appeal + fitted.closeness * close, fitted.strength, self.own)
        return _Candidate(effects, factors, fitted, log_likelihood(self.posted, level))


def _candidates(train: PostedSets, features: ChoiceFeatures, judge: _Judge) -> dict[str, _Candidate]:
    """Models of one likelihood, each going on from the one before."""
    effects, nothing = fit_effects(train, features), no_factors(features.left.shape[0], features.sku.shape[0])
    shared = replace(effects, agent=sp.csr_array(effects.agent.shape))
    popularity, choice = judge.candidate(shared, nothing), judge.candidate(effects, nothing)
    found = {"popularity": popularity, "choice": choice}
    # To fit factors beside the effects costs more than all else: only where own effects or first factors show tastes.
    # First factors alone, which are not yet fitted to choices, were better by 5.8 at most without any.
    factors = first_factors(train, features, effects)
    if max(choice.score, judge.candidate(shared, factors).score) > popularity.score + 2 * LEAST_GAIN:
        found["choice_factors"] = judge.candidate(*fit_factors(train, features, effects, factors))
    return found


def _fit_champion(
    champion: str, first: _Candidate | None, posted: PostedSets, features: ChoiceFeatures
) -> tuple[ChoiceEffects, Factors]:
    """The champion fitted to all days, going on from its fit to the days before the last."""
    if first is None:
        nothing = no_factors(features.left.shape[0], features.sku.shape[0])
        return fit_effects(posted, features, own=False), nothing
    if champion == "choice_factors":
        return fit_factors(posted, features, first.effects, first.factors)
    return fit_effects(posted, features, first.effects, own=champion == "choice"), first.factors
