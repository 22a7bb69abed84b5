"""What a segment of agents finds on a list: the value of the best SKUs that fill its slots, in layers.

An agent with s slots takes the best s listed SKUs for her; with SKUs sorted into layers of nearly equal value m_1 > m_2
> …, that sum is Σ_l (m_l − m_(l+1)) · min(s, listed SKUs in layers 1 … l): concave, so a linear programme can maximise
it, and a further SKU for a full segment adds nothing.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.assortment.problem import Coverage

LAYER_ENDS = (0.5, 1.0, 2.0, 4.0)
"""Ends of the layers, in multiples of the segment's slots, by rank among all candidates; the last layer is the rest."""

SPREAD = 2.0
"""SKUs over which the slots of a segment's agents spread, in multiples of the slots."""


def segment_coverage(
    segment: Ints,
    column: Ints,
    value: Floats,
    agents: Floats,
    slots: Floats,
    reach: Floats,
    empty_slot_cost: float = 0.0,
) -> Coverage:
    """Return the coverage rows of the pairs (segment, column) with positive value.

    `value` is what one post of the SKU brings an average agent of the segment (happy units less the cost of regret),
    `agents` and `slots` are per segment (slots per agent), `reach` per candidate: the share of the posts asked of it
    that its stock can serve (0–1). `empty_slot_cost` is what a slot costs for which the segment finds nothing at all,
    in average posts of the best SKUs: an agent with little to post may leave.
    """
    kept = value > 0
    segment, column, value = segment[kept], column[kept], value[kept]
    order = np.lexsort((column, -value, segment))
    segment, column, value = segment[order], column[order], value[order]
    ranks = rank_within(segment, len(agents))
    layers = len(LAYER_ENDS) + 1
    layer = np.searchsorted(np.array(LAYER_ENDS), ranks / np.maximum(slots[segment], 1e-9), side="right")
    means = _layer_means(segment, layer, value, len(agents), layers)
    steps = means - np.column_stack([means[:, 1:], np.zeros(len(agents))])
    steps[:, -1] += empty_slot_cost * _mean_post(means[:, 0], agents * slots)
    rows = np.concatenate([segment[layer <= top] * layers + top for top in range(layers)])
    columns = np.concatenate([column[layer <= top] for top in range(layers)])
    matrix = sparse.csr_array((reach[columns], (rows, columns)), shape=(len(agents) * layers, len(reach)))
    worths = (agents[:, None] * np.maximum(steps, 0.0)).ravel()
    useful = np.flatnonzero((worths > 0) & (np.diff(matrix.indptr) > 0))
    return Coverage(sparse.csr_array(matrix[useful]), np.repeat(slots, layers)[useful], worths[useful])


def rank_within(segment: Ints, segments: int) -> Ints:
    """Return the rank of each pair within its segment, from 0; the pairs come sorted by segment, of which there are
    `segments`."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(segment, minlength=segments))[:-1]])
    return np.asarray(np.arange(len(segment)) - starts[segment], dtype=np.int64)


def _layer_means(segment: Ints, layer: Ints, value: Floats, segments: int, layers: int) -> Floats:
    """Mean value of each layer (segments × layers); an empty layer takes the mean of the one above."""
    cell = segment * layers + layer
    counts = np.bincount(cell, minlength=segments * layers).reshape(segments, layers)
    sums = np.bincount(cell, weights=value, minlength=segments * layers).reshape(segments, layers)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    for position in range(1, layers):
        means[:, position] = np.where(np.isnan(means[:, position]), means[:, position - 1], means[:, position])
    return np.nan_to_num(means)


def _mean_post(best: Floats, slots: Floats) -> float:
    """Mean value of a post of the best SKUs, over all slots of all segments."""
    return float(best @ slots) / max(float(slots.sum()), 1e-9)


def stock_reach(column: Ints, posts: Floats, units: Floats, stock: Floats) -> Floats:
    """Return the share of the posts asked of each candidate that its stock can serve (n, 0–1), if all pairs' posts were
    made.

    `column` is the candidate of each pair; `posts` and `units` are per pair: agents who would post it, and units that
    one post sells; `stock` is per candidate.
    """
    asked = np.bincount(column, weights=posts * units, minlength=len(stock))
    return np.where(asked > stock, stock / np.maximum(asked, 1e-9), 1.0)


def expected_units(
    segment: Ints, column: Ints, value: Floats, units: Floats, agents: Floats, slots: Floats, listed: Flags
) -> Floats:
    """Return the units that the `listed` candidates sell (n) when agents fill their slots from the best listed SKUs.

    A pair is a segment, a candidate (`column`) and what a post of it is worth there (`value`) and sells (`units`);
    `agents` and `slots` per agent are of each segment. Agents differ within a segment, so an agent's slots are spread
    evenly over SPREAD times as many of its best listed SKUs.
    """
    kept = listed[column] & (value > 0)
    segment, column, value, units = segment[kept], column[kept], value[kept], units[kept]
    order = np.lexsort((column, -value, segment))
    segment, column, units = segment[order], column[order], units[order]
    found = np.bincount(segment, minlength=len(agents))
    spread = np.minimum(SPREAD * slots, found)
    share = np.minimum(slots / np.maximum(spread, 1e-9), 1.0)
    posts = np.where(rank_within(segment, len(agents)) < spread[segment], (agents * share)[segment], 0.0)
    return np.asarray(np.bincount(column, weights=posts * units, minlength=len(listed)), dtype=np.float64)


def no_coverage(candidates: int) -> Coverage:
    """Return the coverage of a platform without segments over so many `candidates`: nothing to find."""
    return Coverage(sparse.csr_array((0, candidates)), np.zeros(0), np.zeros(0))
