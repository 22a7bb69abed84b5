"""Groups agents who prefer and may sell the same SKUs, so that a list can be chosen for a few hundred segments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from xuanpin.models.affinity.agent_sku_scoring import AgentSkuScorer
from xuanpin.models.affinity.k_means import Centres, fit_centres
from xuanpin.models.arrays import Flags, Floats, Ints

SAMPLE_AGENTS = 5_000
"""Agents that the grouping is learnt on, 25 for each of 200 segments; the others join the nearest group."""
BLOCK_AGENTS = 4096
"""Agents described at a time; bounds memory."""
SUITED_BLOCK = 256
"""Agents looked at together for SKUs that suit somebody, at first; as many more as there are fewer SKUs left."""
CELLS = 8_000_000
"""Agent-SKU cells scored for segment demand; bounds its time whatever the size of the platform."""
LEAST_MEMBERS = 4
"""Agents who stand for a segment, if it has so many."""
BLOCK_CELLS = 2_000_000
"""Agent-SKU cells scored at a time; bounds memory."""


def segment_agents(
    profile: Callable[[Ints], Floats],
    agents: int,
    segments: int,
    seed: int,
    label_all: Callable[[Centres], Ints] | None = None,
) -> Ints:
    """Return the segment of each agent, 0-based; with no more agents than segments everyone is her own.

    profile gives the description of some agents, rows × any number of columns, none where there is no SKU. Agents of
    one description are one segment. The same seed gives the same segments. `label_all` predicts the segments of all
    agents with what was fitted to a sample; without it they are described here, a block at a time.
    """
    if agents <= segments:
        return np.arange(agents)
    sample = np.unique(np.linspace(0, agents - 1, min(agents, SAMPLE_AGENTS)).astype(np.int64))
    described = profile(sample)
    kinds = len(np.unique(described, axis=0)) if described.shape[1] else 1
    if kinds == 1:
        return np.zeros(agents, np.int64)
    centres = fit_centres(described, min(segments, kinds), seed)
    if label_all is not None:
        return label_all(centres)
    return np.concatenate([centres.nearest(profile(rows)) for rows in described_blocks(agents)])


def described_blocks(agents: int) -> list[Ints]:
    """Return the rows of all agents, as many at a time as are described together."""
    return [np.arange(first, min(first + BLOCK_AGENTS, agents)) for first in range(0, agents, BLOCK_AGENTS)]


def preference_profile(scorer: AgentSkuScorer, rows: Ints) -> Floats:
    """Return what the agents at `rows` prefer and may sell among the scorer's SKUs: closeness, then permission, side
    by side."""
    close = np.clip(scorer.closeness(rows), -3, 3).astype(np.float64)
    return np.hstack([close, 2.0 * scorer.allowed(rows)])


def suited_skus(scorer: AgentSkuScorer, agents: int) -> Flags:
    """Return which of the scorer's SKUs at least one of its `agents` may sell by her requirements, shape (SKUs,).

    Most SKUs suit somebody among a few agents, so that blocks after the first only look at what is left.
    """
    skus, first = len(scorer.skus.appeal), 0
    left = np.arange(skus)
    while first < agents and len(left):
        rows = np.arange(first, min(first + SUITED_BLOCK * skus // len(left), agents))
        allowed = scorer.of_skus(left).allowed(rows)
        left, first = left[~allowed.any(axis=0)], first + len(rows)
    return ~np.isin(np.arange(skus), left)


def segment_members(segment: Ints, skus: int) -> Ints:
    """Return the rows of the agents who stand for their segments, by segment: evenly spaced members, so that about
    CELLS cells of an agent and one of `skus` SKUs are scored, and at least LEAST_MEMBERS of each."""
    order = np.argsort(segment, kind="stable")
    numbers, starts, sizes = np.unique(segment[order], return_index=True, return_counts=True)
    each = max(LEAST_MEMBERS, CELLS // max(1, len(numbers) * skus))
    spaced = [
        start + np.unique(np.linspace(0, size - 1, min(size, each)).astype(np.int64))
        for start, size in zip(starts, sizes, strict=True)
    ]
    return order[np.concatenate(spaced)] if spaced else np.zeros(0, np.int64)


def segment_demand(scorer: AgentSkuScorer, load: Floats, segment: Ints, skus_kept: int) -> tuple[Ints, Ints, Floats]:
    """Return the units expected of a post of each SKU by an average agent of each segment, for its best `skus_kept`
    SKUs.

    segment: of each agent of the scorer, not falling; load: 1 + attraction of each agent's usual posts. SKUs that most
    agents of the segment may not sell are left out. Returns (segment, SKU row, expected units), by segment and falling
    units.
    """
    skus = len(scorer.skus.appeal)
    found = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for rows in _whole_segments(segment, max(1, BLOCK_CELLS // max(skus, 1))):
        starts = np.flatnonzero(np.diff(segment[rows], prepend=-1))
        for number, units in zip(segment[rows][starts], _mean_units(scorer, load, rows, starts), strict=True):
            best = _best(units, skus_kept)
            found.append((np.full(len(best), number), best, units[best]))
    segments, sku, demand = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return segments, sku, demand


def _whole_segments(segment: Ints, agents: int) -> list[Ints]:
    """Runs of about so many agents, each with all agents of its segments."""
    starts = np.flatnonzero(np.diff(segment, prepend=-1))
    block = starts // agents
    firsts = [*starts[np.flatnonzero(np.diff(block, prepend=-1))], len(segment)]
    return [np.arange(first, end) for first, end in pairwise(firsts)]


def _mean_units(scorer: AgentSkuScorer, load: Floats, rows: Ints, starts: Ints) -> Floats:
    """Units that a post brings the average agent of each run of `rows`, runs × SKUs; 0 where most may not sell it."""
    allowed = scorer.allowed(rows)
    units = scorer.attraction(scorer.own_attraction(rows, scorer.closeness(rows)))
    units *= (scorer.agents.visits[rows] / load[rows]).astype(np.float32)[:, None]
    units *= allowed
    # Run by run: `reduceat` over columns takes three times as long.
    runs = [slice(first, end) for first, end in pairwise([*starts, len(rows)])]
    agents = np.array([[run.stop - run.start] for run in runs])
    means = np.stack([units[run].sum(axis=0, dtype=np.float64) for run in runs]) / agents
    means[2 * np.stack([np.count_nonzero(allowed[run], axis=0) for run in runs]) <= agents] = 0.0
    return np.asarray(means)


def _best(units: Floats, kept: int) -> Ints:
    """Rows of the highest units above 0, falling; equal ones in their order."""
    candidates = np.flatnonzero(units > 0)
    if len(candidates) > kept:
        least = np.partition(units[candidates], -kept)[-kept]
        candidates = candidates[units[candidates] >= least]
    return candidates[np.argsort(-units[candidates], kind="stable")][:kept]
