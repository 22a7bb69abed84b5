"""Lines up a choice model with agents and SKUs, so that any of these agents can be scored for any of these SKUs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentRows, AgentSkuScorer, SkuRows
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures
from xuanpin.models.affinity.features import Personas, Vocabulary, choice_features, multi_hot, tag_lists
from xuanpin.models.arrays import BY_AGENT, Codes, Floats, Ints
from xuanpin.models.sparse_rows import dense_rows
from xuanpin.pipelines.choice_model.columns import (
    doubles,
    integers,
    lists,
    personas_of,
    rows_of,
    sku_attributes_of,
    texts,
    vectors,
)
from xuanpin.pipelines.choice_model.perishing import perishing_of
from xuanpin.pipelines.choice_model.store import ChoiceModel
from xuanpin.pipelines.context import Night

NOBODY = Personas(np.zeros(0), np.zeros(0), *(tag_lists([]) for _ in range(3)))
"""The requirements of no agent."""


@dataclass(frozen=True)
class SharedWords:
    """Words of a persona and words of SKUs: agents × words, SKUs × words, and the `reasons` that quote each word."""

    agents: sp.csr_array = field(metadata=BY_AGENT)
    skus: sp.csr_array
    reasons: pa.Array

    def first_shared(self, rows: Ints, place: Ints, sku: Ints) -> Codes:
        """Return the number, counted from 1, of the reason of the first word (in order) that an agent shares with a
        SKU, pair by pair, 0 where there is none.

        `place` is that of the agent of each pair among the agents at `rows`, `sku` its SKU.
        """
        number = np.zeros(len(sku), np.int32)
        if self.agents.nnz:
            # Words are counted from 1: what a SKU has no more of is word 0, which nobody wishes.
            width = self.agents.shape[1] + 1
            wished = np.zeros((len(rows), width), np.bool_)
            wished[:, 1:] = dense_rows(self.agents, rows, np.bool_)
            place = place * width
            for nth in self._words_of_sku:
                word = nth.take(sku)
                np.copyto(number, word, where=wished.ravel().take(place + word))
        return number

    @cached_property
    def _words_of_sku(self) -> list[Codes]:
        """Words of each SKU, counted from 1, 0 where it has no more: its last ones, the ones before, and so on to its
        first."""
        words = sp.csr_array(self.skus)
        words.sort_indices()
        counts = np.diff(words.indptr)
        table = np.zeros((len(counts), int(counts.max(initial=0))), np.int32)
        table[np.arange(table.shape[1]) < counts[:, None]] = words.indices + 1
        return list(np.ascontiguousarray(table.T)[::-1])


@dataclass(frozen=True)
class Lineup:
    """Active agents (`agent_ids`) and some SKUs (`sku_ids`, with their `categories`) and the scores between them, in
    row order.

    usual_load: 1 + attraction of each agent's usual posts; slots: SKUs that each agent takes a day; stock: sellable
    units of each SKU; shared_words: by column of a persona, in the order in which reasons tell them.
    """

    agent_ids: pa.Array = field(metadata=BY_AGENT)
    sku_ids: pa.Array
    scores: AgentSkuScorer
    usual_load: Floats = field(metadata=BY_AGENT)
    slots: Ints = field(metadata=BY_AGENT)
    categories: list[str]
    stock: Ints
    shared_words: dict[str, SharedWords]

    def agent_rows(self, agent_ids: pa.ChunkedArray) -> Ints:
        """Return the row of each agent, -1 where she is not active."""
        return rows_of(self.agent_ids, agent_ids)

    def sku_rows(self, sku_ids: pa.ChunkedArray) -> Ints:
        """Return the row of each SKU, -1 where it is not among these."""
        return rows_of(self.sku_ids, sku_ids)

    def sku_rows_of(self, sku_ids: pa.Array) -> Ints:
        """Return the same for an array that is not chunked."""
        return rows_of(self.sku_ids, pa.chunked_array([sku_ids]))


def repeat_orders(night: Night, stem: str) -> pa.Table:
    """Return on how many days agents' customers ordered SKUs, by the select `stem` (int_posted_orders,
    int_segment_orders or int_listed_orders)."""
    days = night.settings.matching.history_days
    return night.engine.select(stem, as_of_date=night.as_of_date, history_days=days)


def line_up(
    night: Night, model: ChoiceModel, people: pa.Table, skus: pa.Table, orders: pa.Table | None = None
) -> Lineup:
    """Line up agents with SKUs under a choice model.

    `people` are active agents with the columns of int_agent_personas, `skus` have the columns of int_scored_skus,
    `orders` those of int_listed_orders; None where own orders do not matter. SKUs that the model does not know are left
    out; the others keep their order. Settings of [matching] and [scoring] say how orders fade and what a regret costs.
    """
    known = rows_of(model.skus["sku_id"], skus["sku_id"])
    skus, learnt = skus.filter(pa.array(known >= 0)), model.skus.take(pa.array(known[known >= 0]))
    own = model.agents.take(pa.array(rows_of(model.agents["agent_id"], people["agent_id"])))
    attributes = sku_attributes_of(skus, _look(model, learnt))
    features = choice_features(attributes, personas_of(people), model.price_scale, model.vocabulary)
    scores = AgentSkuScorer(
        agents=_agent_rows(model, people, own, features),
        skus=_sku_rows(model, skus, learnt, features, night.settings.scoring.regret_cost),
        outside=model.weights["outside"],
        returned=model.return_risk,
        regretted=model.regret_risk,
        repeat_attraction=_repeat_attraction(model, people, learnt, orders, night.settings.matching.history_days),
        perishing=perishing_of(night, people["agent_id"], skus["sku_id"]),
    )
    return Lineup(
        agent_ids=people["agent_id"].combine_chunks(),
        sku_ids=skus["sku_id"].combine_chunks(),
        scores=scores,
        usual_load=doubles(own, "usual_load"),
        slots=integers(people, "daily_slots"),
        categories=texts(skus, "category"),
        stock=integers(skus, "sellable_units"),
        shared_words=_shared_words(people, features, model.vocabulary),
    )


def other_skus(night: Night, model: ChoiceModel, skus: pa.Table) -> tuple[pa.Array, SkuRows]:
    """Return the ids of SKUs that the model knows, and the rows that a scorer may have in place of a lineup's SKUs.

    `skus` have the columns of int_scored_skus; those that the model does not know are left out.
    """
    known = rows_of(model.skus["sku_id"], skus["sku_id"])
    skus, learnt = skus.filter(pa.array(known >= 0)), model.skus.take(pa.array(known[known >= 0]))
    attributes = sku_attributes_of(skus, _look(model, learnt))
    features = choice_features(attributes, NOBODY, model.price_scale, model.vocabulary)
    regret_cost = night.settings.scoring.regret_cost
    return skus["sku_id"].combine_chunks(), _sku_rows(model, skus, learnt, features, regret_cost)


def _look(model: ChoiceModel, learnt: pa.Table) -> Floats:
    return vectors(learnt["look"], model.vocabulary.looks)


def _agent_rows(model: ChoiceModel, people: pa.Table, own: pa.Table, features: ChoiceFeatures) -> AgentRows:
    pair = model.pair_effects(features.pair_count)
    agreement = features.left * pair[features.pair_family]
    return AgentRows(
        vector=sp.csr_array(sp.hstack([agreement, _effects(model, people)], format="csr")),
        factors=vectors(own["factors"], model.rank).astype(np.float32),
        visits=doubles(own, "visits").astype(np.float32),
        price_min=np.nan_to_num(doubles(people, "price_min"), nan=-np.inf),
        price_max=np.nan_to_num(doubles(people, "price_max"), nan=np.inf),
        min_satisfaction=np.nan_to_num(doubles(people, "min_satisfaction"), nan=-np.inf),
        max_landmine_probability=np.nan_to_num(doubles(people, "max_landmine_probability"), nan=np.inf),
        excluded=multi_hot(lists(people, "categories_excluded"), model.vocabulary.category),
    )


def _sku_rows(
    model: ChoiceModel, skus: pa.Table, learnt: pa.Table, features: ChoiceFeatures, regret_cost: float
) -> SkuRows:
    return SkuRows(
        vector=sp.csr_array(sp.hstack([features.right, features.sku], format="csr")),
        factors=vectors(learnt["factors"], model.rank).astype(np.float32),
        appeal=doubles(learnt, "appeal").astype(np.float32),
        price=doubles(skus, "list_price"),
        satisfaction=doubles(skus, "satisfaction"),
        landmine_probability=doubles(skus, "landmine_probability"),
        levels=sp.csr_array(features.sku[:, : len(model.vocabulary.category)]),
        return_rate=doubles(skus, "return_rate").astype(np.float32),
        regret_rate=doubles(skus, "regret_rate").astype(np.float32),
        happy_if_kept=doubles(skus, "happy_if_kept").astype(np.float32),
        regret_cost=np.full(len(skus), regret_cost, np.float32),
    )


def _effects(model: ChoiceModel, people: pa.Table) -> sp.csr_array:
    agent = rows_of(people["agent_id"], model.effects["agent_id"])
    known = agent >= 0
    cells = (agent[known], integers(model.effects, "attribute_id")[known])
    shape = (people.num_rows, len(model.vocabulary.attributes))
    return sp.csr_array((doubles(model.effects, "effect")[known], cells), shape=shape)


def _repeat_attraction(
    model: ChoiceModel, people: pa.Table, learnt: pa.Table, orders: pa.Table | None, history_days: int
) -> sp.csr_array | None:
    """Attraction by repeat purchase, agents × SKUs (`learnt`, rows of the model); None where it does not count."""
    strength = model.weights["repeat_strength"]
    if not strength or orders is None:
        return None
    agent, sku = rows_of(people["agent_id"], orders["agent_id"]), rows_of(learnt["sku_id"], orders["sku_id"])
    fresh = doubles(orders, "fresh_days") / history_days
    added = (strength * fresh * doubles(learnt, "repeat_weight")[sku]).astype(np.float32)
    known = (agent >= 0) & (sku >= 0) & (added > 0)
    return sp.csr_array((added[known], (agent[known], sku[known])), shape=(people.num_rows, learnt.num_rows))


def _shared_words(people: pa.Table, features: ChoiceFeatures, vocabulary: Vocabulary) -> dict[str, SharedWords]:
    """Columns of a persona with the words that a SKU may have too, and the family of these."""
    pairs = {
        "wanted_category:category=": ("categories_wanted", vocabulary.category, 0),
        "style_match:tag=": ("style_tags", vocabulary.style, 1),
        "series_match:tag=": ("series_tags", vocabulary.series, 2),
    }
    return {
        wish: SharedWords(
            multi_hot(lists(people, wish), words),
            sp.csr_array(features.sku[:, np.flatnonzero(features.sku_family == family)]),
            pa.array([told + word.replace(",", " ") for word in words], pa.string()),
        )
        for told, (wish, words, family) in pairs.items()
    }
