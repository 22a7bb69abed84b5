"""The learnt choice model in the warehouse: the one file that writes its tables and reads them.

Step `affinity` learns the model and saves it; step `match` loads it, in another process where the scheduler wants so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from xuanpin.models.affinity.affinity_model import AffinityModel
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures
from xuanpin.models.affinity.features import PriceScale, Vocabulary
from xuanpin.models.affinity.relative_risk import RelativeRisk
from xuanpin.models.arrays import Floats
from xuanpin.pipelines.choice_model.columns import take, texts, vector_rows
from xuanpin.pipelines.context import Night

VECTOR = pa.list_(pa.float64())
AGENTS = pa.schema(
    [("agent_id", pa.string()), ("visits", pa.float64()), ("usual_load", pa.float64()), ("factors", VECTOR)]
)
EFFECTS = pa.schema([("agent_id", pa.string()), ("attribute_id", pa.int64()), ("effect", pa.float64())])
SKUS = pa.schema(
    [
        ("sku_id", pa.string()),
        ("appeal", pa.float64()),
        ("repeat_weight", pa.float64()),
        ("factors", VECTOR),
        ("look", VECTOR),
    ]
)
ATTRIBUTES = pa.schema([("attribute_id", pa.int64()), ("attribute", pa.string())])
WEIGHTS = pa.schema([("name", pa.string()), ("value", pa.float64())])


@dataclass(frozen=True)
class ChoiceModel:
    """A learnt choice model with the ids that it was learnt on.

    agents (AGENTS, by agent_id): expected visits a day, usual load (1 + attraction of her usual posts) and factors;
    effects (EFFECTS): each agent's own effects on the log scale, those of 0 left out; skus (SKUS, by sku_id): appeal,
    how much an order of it counts as evidence of repeat purchase, factors, and where its look lies; weights: the
    numbers that all share, by name.
    """

    agents: pa.Table
    effects: pa.Table
    skus: pa.Table
    vocabulary: Vocabulary
    weights: Mapping[str, float]

    @property
    def rank(self) -> int:
        """How many factors an agent and a SKU have."""
        return int(self.weights["rank"])

    @property
    def price_scale(self) -> PriceScale:
        """How the prices of the fit were measured."""
        return PriceScale(self.weights["price_centre"], self.weights["price_spread"])

    @property
    def return_risk(self) -> RelativeRisk:
        """How returns rise as closeness falls."""
        return RelativeRisk(self.weights["return_slope"], self.weights["return_centre"])

    @property
    def regret_risk(self) -> RelativeRisk:
        """How regrets rise as closeness falls."""
        return RelativeRisk(self.weights["regret_slope"], self.weights["regret_centre"])

    def pair_effects(self, count: int) -> Floats:
        """Return the effects of the `count` agreement features."""
        return np.array([self.weights[f"pair_{number}"] for number in range(count)])


def choice_model_of(
    fitted: AffinityModel,
    features: ChoiceFeatures,
    vocabulary: Vocabulary,
    scale: PriceScale,
    look: Floats,
    risks: tuple[RelativeRisk, RelativeRisk],
    ids: tuple[pa.ChunkedArray, pa.ChunkedArray],
) -> ChoiceModel:
    """Give a fitted model the ids of its agents and SKUs (`ids`, in row order); `risks` are of returns and regrets,
    `look` is that of the SKUs that it was fitted with."""
    agent_ids, sku_ids = ids
    returned, regretted = risks
    weights = {
        "rank": float(fitted.factors.sku.shape[1]),
        "repeat_strength": fitted.repeat_strength,
        "outside": fitted.visit_model.outside,
        "price_centre": scale.centre,
        "price_spread": scale.spread,
        "return_slope": returned.slope,
        "return_centre": returned.centre,
        "regret_slope": regretted.slope,
        "regret_centre": regretted.centre,
    } | {f"pair_{number}": float(value) for number, value in enumerate(fitted.effects.pair)}
    agents = {"agent_id": agent_ids, "visits": fitted.visit_model.visits, "usual_load": fitted.usual_load}
    appeal = fitted.effects.appeal(features)
    skus = {"sku_id": sku_ids, "appeal": appeal, "repeat_weight": fitted.repeat_weight}
    return ChoiceModel(
        agents=pa.table(agents | {"factors": vector_rows(fitted.factors.agent)}, schema=AGENTS),
        effects=_own_effects(fitted, agent_ids),
        skus=pa.table(skus | {"factors": vector_rows(fitted.factors.sku), "look": vector_rows(look)}, schema=SKUS),
        vocabulary=vocabulary,
        weights=weights,
    )


def _own_effects(fitted: AffinityModel, agent_ids: pa.ChunkedArray) -> pa.Table:
    own = fitted.effects.agent.tocoo()
    kept = own.data != 0
    agent, attribute = own.coords[0][kept], own.coords[1][kept]
    order = np.lexsort((attribute, agent))
    columns = {
        "agent_id": take(agent_ids, agent[order]),
        "attribute_id": attribute[order].astype(np.int64),
        "effect": own.data[kept][order],
    }
    return pa.table(columns, schema=EFFECTS)


def save_choice_model(night: Night, model: ChoiceModel) -> None:
    """Write night.choice_agents, choice_effects, choice_skus, choice_attributes and choice_weights."""
    attributes = model.vocabulary.attributes
    numbered = {"attribute_id": np.arange(len(attributes)), "attribute": attributes}
    weights = {"name": list(model.weights), "value": list(model.weights.values())}
    night.engine.store("night.choice_agents", model.agents, AGENTS)
    night.engine.store("night.choice_effects", model.effects, EFFECTS)
    night.engine.store("night.choice_skus", model.skus, SKUS)
    night.engine.store("night.choice_attributes", pa.table(numbered, schema=ATTRIBUTES))
    night.engine.store("night.choice_weights", pa.table(weights, schema=WEIGHTS))


def load_choice_model(night: Night) -> ChoiceModel:
    """Read what save_choice_model wrote, in the same order."""
    engine = night.engine
    attributes = engine.read("night.choice_attributes", order_by=("attribute_id",))
    weights = engine.read("night.choice_weights", order_by=("name",))
    return ChoiceModel(
        agents=engine.read("night.choice_agents", order_by=("agent_id",)),
        effects=engine.read("night.choice_effects", order_by=("agent_id", "attribute_id")),
        skus=engine.read("night.choice_skus", order_by=("sku_id",)),
        vocabulary=_vocabulary(texts(attributes, "attribute")),
        weights=dict(zip(weights["name"].to_pylist(), weights["value"].to_pylist(), strict=True)),
    )


def _vocabulary(attributes: list[str]) -> Vocabulary:
    def words(kind: str) -> tuple[str, ...]:
        return tuple(name.removeprefix(f"{kind}:") for name in attributes if name.startswith(f"{kind}:"))

    return Vocabulary(words("category"), words("style"), words("series"), len(words("look")))
