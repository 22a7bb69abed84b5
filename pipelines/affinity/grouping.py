"""What is asked of every active agent: her segment, and which candidates her requirements permit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from xuanpin.models.affinity.agent_sku_scoring import AgentSkuScorer
from xuanpin.models.affinity.k_means import Centres
from xuanpin.models.affinity.segments import described_blocks, preference_profile, segment_agents, suited_skus
from xuanpin.models.arrays import Flags, Ints
from xuanpin.pipelines.choice_model.columns import integers
from xuanpin.pipelines.choice_model.spread import Spread
from xuanpin.pipelines.engine.protocol import Engine

SEED = 11
"""Seed of the grouping into segments: the same agents fall into the same segments."""
PROBE_SKUS = 64
"""SKUs that describe agents when they are grouped into segments."""
SEGMENTS = pa.schema([("segment", pa.int64())])
UNSUITED = pa.schema([("sku", pa.int64())])


def group_agents(engine: Engine, scores: AgentSkuScorer, segments: int) -> tuple[Ints, Flags]:
    """Return the segment of each agent of `scores`, of so many `segments`, and which of its SKUs suit anybody at all.

    Segments are learnt here, on a sample. Where the engine has workers, all agents are described there.
    """
    agents, skus = len(scores.agents.visits), len(scores.skus.appeal)
    probe = np.unique(np.linspace(0, max(skus - 1, 0), min(PROBE_SKUS, skus)).astype(np.int64))
    profile = partial(preference_profile, scores.of_skus(probe))
    if not engine.has_workers:
        return segment_agents(profile, agents, segments, SEED), suited_skus(scores, agents)
    blocks = described_blocks(agents)
    spread = Spread(engine, scores, blocks)

    def label_all(centres: Centres) -> Ints:
        labels = spread.rows(partial(_labels, centres=centres, probe=probe), SEGMENTS, {})
        return np.concatenate([integers(rows, "segment") for rows in labels])

    segment = segment_agents(profile, agents, segments, SEED, label_all)
    unsuited = [integers(rows, "sku") for rows in spread.rows(_unsuited, UNSUITED, {})]
    spread.close()
    nowhere = np.bincount(np.concatenate([np.zeros(0, np.int64), *unsuited]), minlength=skus) == len(blocks)
    return segment, ~nowhere


def _labels(scores: AgentSkuScorer, more: Mapping[str, Any], *, centres: Centres, probe: Ints) -> pa.Table:
    described = preference_profile(scores.of_skus(probe), np.arange(len(scores.agents.visits)))
    return pa.table({"segment": centres.nearest(described)})


def _unsuited(scores: AgentSkuScorer, more: Mapping[str, Any]) -> pa.Table:
    return pa.table({"sku": np.flatnonzero(~suited_skus(scores, len(scores.agents.visits)))})
