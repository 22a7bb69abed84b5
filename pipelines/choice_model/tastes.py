"""Reads the learnt tastes back from the warehouse and lines them up with agents and SKUs for scoring."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentSide, SkuSide, Suitability
from xuanpin.models.affinity.choice_model import (
    Goods,
    Personas,
    PriceScale,
    TagLists,
    Vocabulary,
    multi_hot,
    taste_features,
)
from xuanpin.models.affinity.conditional_logit import TasteFeatures
from xuanpin.models.affinity.relative_risk import Misfit
from xuanpin.models.affinity.repeat_purchase import own_orders
from xuanpin.models.arrays import Floats, Ints
from xuanpin.pipelines.context import Night


@dataclass(frozen=True)
class SharedWords:
    """Words of a persona and words of goods: agents × words, SKUs × words, and the words themselves."""

    agents: sp.csr_array
    skus: sp.csr_array
    words: pa.Array

    def first_shared(self, agent: Ints, sku: Ints) -> pa.Array:
        """First word (in order) that an agent shares with a SKU, row by row; null where there is none."""
        both = self.agents[agent].multiply(self.skus[sku]).tocsr()
        both.sort_indices()
        found = np.diff(both.indptr) > 0
        first = np.zeros(len(found), np.int64)
        first[found] = both.indices[both.indptr[:-1][found]]
        return self.words.take(pa.array(first, mask=~found))


@dataclass(frozen=True)
class Lineup:
    """Active agents and some SKUs with the scores between them; ids stand in row order."""

    agent_ids: pa.Array
    sku_ids: pa.Array
    scores: Suitability
    usual_load: Floats
    slots: Ints
    categories: list[str]
    stock: Ints
    shared_words: dict[str, SharedWords]

    def agent_rows(self, agent_ids: pa.ChunkedArray) -> Ints:
        """Row of each agent, -1 where she is not active."""
        return _find(self.agent_ids, agent_ids)

    def sku_rows(self, sku_ids: pa.ChunkedArray) -> Ints:
        """Row of each SKU, -1 where it is not among these."""
        return _find(self.sku_ids, sku_ids)

    def only_skus(self, rows: Ints) -> Suitability:
        """The scores of some SKUs alone."""
        skus = self.scores.skus
        fields = {name: getattr(skus, name)[rows] for name in skus.__dataclass_fields__ if name != "regret_cost"}
        habit = None if self.scores.habit is None else self.scores.habit[:, rows]
        return replace(self.scores, skus=replace(skus, **fields), habit=habit)


def read_suitability(night: Night, stem: str) -> Lineup:
    """Line up all active agents with the SKUs of `stem` (int_sku_tastes, or int_listed_tastes in list order)."""
    people = night.engine.read("night.int_agent_personas", order_by=("agent_id",))
    people = people.filter(people["is_active"])
    goods = night.engine.select(stem)
    weights = {row["name"]: row["value"] for row in night.engine.read("night.choice_weights").to_pylist()}
    vocabulary = _vocabulary(strings_of(night.engine.read("night.choice_attributes"), "attribute"))
    scale = PriceScale(weights["price_centre"], weights["price_spread"])
    features = taste_features(goods_of(goods), personas_of(people), scale, vocabulary)
    pair = np.array([weights[f"pair_{place}"] for place in range(features.pair_count)])
    tastes, rank = night.engine.select("int_active_tastes"), int(weights["rank"])
    agents = AgentSide(
        vector=sp.csr_array(
            sp.hstack([features.left * pair[features.pair_family], _effects(night, people, vocabulary)], format="csr")
        ),
        latent=vectors(tastes["latent"], rank).astype(np.float32),
        visits=doubles(tastes, "visits").astype(np.float32),
        price_min=np.nan_to_num(doubles(people, "price_min"), nan=-np.inf),
        price_max=np.nan_to_num(doubles(people, "price_max"), nan=np.inf),
        min_satisfaction=np.nan_to_num(doubles(people, "min_satisfaction"), nan=-np.inf),
        excluded=multi_hot(lists(people, "categories_excluded"), vocabulary.category),
    )
    skus = SkuSide(
        vector=sp.csr_array(sp.hstack([features.right, features.sku], format="csr")),
        latent=vectors(goods["latent"], rank).astype(np.float32),
        appeal=doubles(goods, "appeal").astype(np.float32),
        price=doubles(goods, "list_price"),
        satisfaction=doubles(goods, "satisfaction"),
        levels=sp.csr_array(features.sku[:, : len(vocabulary.category)]),
        return_rate=doubles(goods, "return_rate").astype(np.float32),
        regret_rate=doubles(goods, "regret_rate").astype(np.float32),
        happy=doubles(goods, "happy_if_kept").astype(np.float32),
        regret_cost=night.settings.scoring.regret_cost,
    )
    scores = Suitability(
        agents,
        skus,
        weights["outside"],
        Misfit(weights["return_slope"], weights["return_centre"]),
        Misfit(weights["regret_slope"], weights["regret_centre"]),
        _habit(night, people, goods, weights["habit"]) if weights["habit"] else None,
    )
    return Lineup(
        agent_ids=people["agent_id"].combine_chunks(),
        sku_ids=goods["sku_id"].combine_chunks(),
        scores=scores,
        usual_load=doubles(tastes, "usual_load"),
        slots=people["daily_slots"].to_numpy().astype(np.int64),
        categories=strings_of(goods, "category"),
        stock=goods["sellable_units"].to_numpy().astype(np.int64),
        shared_words=_shared_words(people, features, vocabulary),
    )


def _shared_words(people: pa.Table, features: TasteFeatures, vocabulary: Vocabulary) -> dict[str, SharedWords]:
    pairs = {
        "style_tag": ("style_tags", vocabulary.style, 1),
        "series_tag": ("series_tags", vocabulary.series, 2),
        "wanted_category": ("categories_wanted", vocabulary.category, 0),
    }
    return {
        column: SharedWords(
            multi_hot(lists(people, wish), words),
            sp.csr_array(features.sku[:, np.flatnonzero(features.sku_family == family)]),
            pa.array(words, pa.string()),
        )
        for column, (wish, words, family) in pairs.items()
    }


def _effects(night: Night, people: pa.Table, vocabulary: Vocabulary) -> sp.csr_array:
    rows = night.engine.select("int_active_effects")
    cells = (places(people, "agent_id", rows["agent_id"]), rows["attribute_id"].to_numpy())
    return sp.csr_array((doubles(rows, "effect"), cells), shape=(people.num_rows, len(vocabulary.attributes)))


def _habit(night: Night, people: pa.Table, goods: pa.Table, strength: float) -> sp.csr_array:
    rows = night.engine.select("int_own_orders")
    agent, sku = places(people, "agent_id", rows["agent_id"]), places(goods, "sku_id", rows["sku_id"])
    every = rows["sku_id"].combine_chunks().dictionary_encode()
    fresh = doubles(rows, "fresh_days") / night.settings.matching.history_days
    code = every.indices.to_numpy().astype(np.int64)
    own = own_orders(code, doubles(rows, "ordered_days"), fresh, len(every.dictionary))
    added = (strength * own).astype(np.float32)
    known = (agent >= 0) & (sku >= 0) & (added > 0)
    return sp.csr_array((added[known], (agent[known], sku[known])), shape=(people.num_rows, goods.num_rows))


def _vocabulary(attributes: list[str]) -> Vocabulary:
    def words(kind: str) -> tuple[str, ...]:
        return tuple(name.removeprefix(f"{kind}:") for name in attributes if name.startswith(f"{kind}:"))

    return Vocabulary(words("category"), words("style"), words("series"))


def goods_of(goods: pa.Table) -> Goods:
    """Attributes of the SKUs of a table."""
    return Goods(
        category=strings_of(goods, "category"),
        price=doubles(goods, "list_price"),
        style=lists(goods, "style_tags"),
        series=lists(goods, "series_tags"),
    )


def personas_of(people: pa.Table) -> Personas:
    """Requirements of the agents of a table."""
    return Personas(
        price_min=doubles(people, "price_min"),
        price_max=doubles(people, "price_max"),
        style=lists(people, "style_tags"),
        series=lists(people, "series_tags"),
        wanted=lists(people, "categories_wanted"),
    )


def doubles(table: pa.Table, column: str) -> Floats:
    """A numeric column as float64, NaN where null."""
    return np.asarray(table[column].cast(pa.float64()).to_numpy(), dtype=np.float64)


def lists(table: pa.Table, column: str) -> TagLists:
    """A column of lists of words, empty where null."""
    rows = table[column].combine_chunks()
    sizes = np.asarray(pc.fill_null(pc.list_value_length(rows), 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    coded = rows.flatten().dictionary_encode()
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return TagLists(coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64), starts)


def strings_of(table: pa.Table, column: str) -> list[str]:
    """A column of texts."""
    return [str(word) for word in table[column].to_pylist()]


def strings(ids: pa.Array, rows: Ints) -> pa.Array:
    """The ids at these rows."""
    return ids.take(pa.array(rows))


def vectors(column: pa.ChunkedArray, width: int) -> Floats:
    """A column of lists of `width` numbers as rows."""
    flat = np.asarray(column.combine_chunks().flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
    return flat.reshape(len(column), width)


def places(table: pa.Table, key: str, values: pa.ChunkedArray) -> Ints:
    """Row of each value among the unique keys of a table."""
    return _find(table[key], values)


def _find(keys: pa.Array | pa.ChunkedArray, values: pa.ChunkedArray) -> Ints:
    found = pc.fill_null(pc.index_in(values, value_set=keys), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)
