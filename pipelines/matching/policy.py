"""By which settings each agent and each SKU is matched: those of the file, or of the policy on trial where treated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from xuanpin.models.arrays import BY_AGENT, Flags, Floats, Ints, Singles
from xuanpin.pipelines.choice_model.lineup import Lineup
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.settings.deciding import MatchingSettings


@dataclass(frozen=True)
class Policy:
    """Settings of matching that a trial may change, in the order of the lineup.

    Per agent: floor_slots, category_share, repeat_share and exploration_share (0-1); per SKU: stock_margin (standard
    deviations) and regret_cost (kept units).
    """

    floor_slots: Ints = field(metadata=BY_AGENT)
    category_share: Floats = field(metadata=BY_AGENT)
    repeat_share: Floats = field(metadata=BY_AGENT)
    exploration_share: Floats = field(metadata=BY_AGENT)
    stock_margin: Singles
    regret_cost: Singles


def read_policy(night: Night, lineup: Lineup) -> Policy:
    """Return the settings of every agent and SKU of a `lineup`; reads night.experiment_assignments."""
    rows = night.engine.read("night.experiment_assignments", columns=["unit_id", "arm"])
    treated = rows.filter(pc.equal(rows["arm"], "treatment"))["unit_id"]
    agents = np.isin(np.arange(len(lineup.agent_ids)), lineup.agent_rows(treated))
    skus = np.isin(np.arange(len(lineup.sku_ids)), lineup.sku_rows(treated))
    trial, nobody = night.settings.experiment, np.zeros(len(agents), np.bool_)
    cost = night.settings.scoring.regret_cost
    if trial.kind == "switchback":
        return policy_of(night.settings.matching, cost, trial.changes, nobody, skus)
    return policy_of(night.settings.matching, cost, trial.changes, agents, np.zeros(len(skus), np.bool_))


def policy_of(
    usual: MatchingSettings, regret_cost: float, changes: Mapping[str, float], agents: Flags, skus: Flags
) -> Policy:
    """Return the settings of agents and SKUs: the `usual` ones and `regret_cost`, with the `changes` (by `section.key`)
    for the flagged `agents` and `skus`."""

    def by_agent(name: str, value: float) -> Floats:
        return np.where(agents, changes.get(f"matching.{name}", value), value)

    return Policy(
        floor_slots=by_agent("floor_slots", usual.floor_slots).astype(np.int64),
        category_share=by_agent("category_share", usual.category_share),
        repeat_share=by_agent("repeat_share", usual.repeat_share),
        exploration_share=by_agent("exploration_share", usual.exploration_share),
        stock_margin=_by_sku(skus, changes.get("matching.stock_margin"), usual.stock_margin),
        regret_cost=_by_sku(skus, changes.get("scoring.regret_cost"), regret_cost),
    )


def _by_sku(treated: Flags, tried: float | None, usual: float) -> Singles:
    return np.where(treated, usual if tried is None else tried, usual).astype(np.float32)
