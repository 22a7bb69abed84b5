"""Groups agents who prefer and may sell the same SKUs, so that a list can be chosen for a few hundred segments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.cluster import KMeans

from xuanpin.models.affinity.agent_sku_scoring import AgentSkuScorer
from xuanpin.models.arrays import Flags, Floats, Ints

SAMPLE_AGENTS = 20_000
"""Agents that the grouping is learnt on; the others join the nearest group."""
BLOCK_AGENTS = 4096
"""Agents described at a time; bounds memory."""
SUITED_BLOCK = 256
"""Agents looked at together for SKUs that suit somebody."""
CELLS = 20_000_000
"""Agent-SKU cells scored for segment demand; bounds its time whatever the size of the platform."""


def segment_agents(profile: Callable[[Ints], Floats], agents: int, segments: int, seed: int) -> Ints:
    """Return the segment of each agent, 0-based; with no more agents than segments everyone is her own.

    profile gives the description of some agents, rows × any number of columns, none where there is no SKU. Agents of
    one description are one segment. The same seed gives the same segments.
    """
    if agents <= segments:
        return np.arange(agents)
    sample = np.unique(np.linspace(0, agents - 1, min(agents, SAMPLE_AGENTS)).astype(np.int64))
    described = profile(sample)
    kinds = len(np.unique(described, axis=0)) if described.shape[1] else 1
    if kinds == 1:
        return np.zeros(agents, np.int64)
    model = KMeans(min(segments, kinds), n_init=1, max_iter=25, random_state=seed).fit(described)
    blocks = [np.arange(first, min(first + BLOCK_AGENTS, agents)) for first in range(0, agents, BLOCK_AGENTS)]
    return np.concatenate([model.predict(profile(rows)) for rows in blocks]).astype(np.int64)


def preference_profile(scorer: AgentSkuScorer, rows: Ints) -> Floats:
    """Return what the agents at `rows` prefer and may sell among the scorer's SKUs: closeness, then permission, side
    by side."""
    close = np.clip(scorer.closeness(rows), -3, 3).astype(np.float64)
    return np.hstack([close, 2.0 * scorer.allowed(rows)])


def suited_skus(scorer: AgentSkuScorer, agents: int) -> Flags:
    """Return which of the scorer's SKUs at least one of its `agents` may sell by her requirements, shape (SKUs,).

    Most SKUs suit somebody among a few agents, so that blocks after the first only look at what is left.
    """
    left = np.arange(len(scorer.skus.appeal))
    for first in range(0, agents, SUITED_BLOCK):
        if not len(left):
            break
        allowed = scorer.of_skus(left).allowed(np.arange(first, min(first + SUITED_BLOCK, agents)))
        left = left[~allowed.any(axis=0)]
    return ~np.isin(np.arange(len(scorer.skus.appeal)), left)


def segment_demand(scorer: AgentSkuScorer, load: Floats, segment: Ints, skus_kept: int) -> tuple[Ints, Ints, Floats]:
    """Return the units expected of a post of each SKU by an average agent of each segment, for its best `skus_kept`
    SKUs.

    load: 1 + attraction of each agent's usual posts. SKUs that most agents of the segment may not sell are left out.
    Returns (segment, SKU row, expected units), by segment and falling units. Segments are represented by evenly spaced
    members so that about CELLS cells are scored.
    """
    numbers = np.unique(segment)
    each = max(4, CELLS // max(1, len(numbers) * len(scorer.skus.appeal)))
    found = []
    for number in numbers:
        members = np.flatnonzero(segment == number)
        members = members[np.unique(np.linspace(0, len(members) - 1, min(len(members), each)).astype(np.int64))]
        allowed = scorer.allowed(members)
        attraction = scorer.attraction(scorer.own_attraction(members, scorer.closeness(members))).astype(np.float64)
        share = scorer.agents.visits[members].astype(np.float64) / load[members]
        units = (np.where(allowed, attraction, 0.0) * share[:, None]).mean(axis=0)
        units[allowed.mean(axis=0) <= 0.5] = 0.0
        best = np.argsort(-units, kind="stable")[:skus_kept]
        best = best[units[best] > 0]
        found.append((np.full(len(best), number), best, units[best]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    segments, skus, demand = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return segments, skus, demand
