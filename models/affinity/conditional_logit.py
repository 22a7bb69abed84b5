"""How much of each posted SKU a group buys: a conditional logit within the posted set, with shrunken effects.

Within one occasion (one agent's posts of one day) a unit sold falls on SKU s with probability exp(u_s) / sum exp(u),
and u is linear in attributes shared by all agents, a deviation per SKU, agreement between persona and SKU, and each
agent's own deviation per attribute; factors of agents and SKUs add what like-minded agents share beyond attributes.
Source: McFadden 1974, "Conditional logit analysis of qualitative choice behavior".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import Flags, Floats, Ints

BLOCK_ROWS = 16_384
"""Agent-SKU rows whose features are multiplied at a time; bounds memory."""
BLOCK_OCCASIONS = 4_096
"""Occasions whose rows are ranked at a time; bounds memory."""


@dataclass(frozen=True)
class PostedSets:
    """Posted SKUs and what was bought of each: one row per SKU in an occasion, rows of an occasion together.

    occasion: 0-based and non-decreasing; agent, sku: row numbers in the features; units: bought, ≥ 0; sampling_weight:
    how many posted SKUs a row counts for, more than one where the posted set is a sample (McFadden 1978).
    """

    occasion: Ints
    agent: Ints
    sku: Ints
    units: Floats
    sampling_weight: Floats

    @cached_property
    def starts(self) -> Ints:
        """First row of each occasion."""
        return np.flatnonzero(np.diff(self.occasion, prepend=-1)).astype(np.int64)

    def totals(self, values: Floats) -> Floats:
        """Return the sum of row values per occasion, in row order."""
        return np.asarray(np.add.reduceat(values, self.starts) if len(values) else values, dtype=np.float64)

    def subset(self, rows: Flags | slice) -> PostedSets:
        """Return the sets without the other rows; occasions are numbered anew."""
        occasion = np.cumsum(np.diff(self.occasion[rows], prepend=-1) != 0) - 1
        return PostedSets(occasion, self.agent[rows], self.sku[rows], self.units[rows], self.sampling_weight[rows])


@dataclass(frozen=True)
class ChoiceFeatures:
    """Attributes of SKUs and agents, known before any purchase.

    sku: SKU × attribute; sku_family: family of each attribute (a family shares its prior strength).
    left (agent × k) and right (SKU × k): column products summed within pair_family are the agreement features.
    """

    sku: sp.csr_array
    sku_family: Ints
    left: sp.csr_array
    right: sp.csr_array
    pair_family: Ints

    @property
    def pair_count(self) -> int:
        """Number of agreement features."""
        return int(self.pair_family.max(initial=-1)) + 1

    def agreement(self, agent: Ints, sku: Ints) -> Floats:
        """Return the agreement features of agent-SKU rows: rows × pair families."""
        return row_products(self.left, self.right, agent, sku, self.pair_family)


@dataclass(frozen=True)
class ChoiceEffects:
    """Fitted effects on the log scale of attraction.

    attribute: per SKU attribute; sku: deviation per SKU; pair: per agreement feature; agent: agent × attribute, sparse;
    variance: prior variance of each family (shared effects, SKUs, then the attribute families).
    """

    attribute: Floats
    sku: Floats
    pair: Floats
    agent: sp.csr_array
    variance: Floats

    def appeal(self, features: ChoiceFeatures) -> Floats:
        """Return the log attraction of each SKU that all agents share."""
        return np.asarray(features.sku @ self.attribute) + self.sku

    def scaled(self, appeal: float, closeness: float) -> ChoiceEffects:
        """Return the effects with the appeal of SKUs and the closeness of agents each times a factor."""
        return replace(
            self,
            attribute=appeal * self.attribute,
            sku=appeal * self.sku,
            pair=closeness * self.pair,
            agent=closeness * self.agent,
        )


def effect_closeness(effects: ChoiceEffects, features: ChoiceFeatures, agent: Ints, sku: Ints) -> Floats:
    """Return how much more (or less) than the average agent's groups this agent's groups are drawn to the SKU.

    By effects alone, on the log scale, for agent-SKU rows.
    """
    liked, seen = sp.csr_array(features.left * effects.pair[features.pair_family]), features.right
    if effects.agent.nnz:
        liked = sp.csr_array(sp.hstack([liked, effects.agent], format="csr"))
        seen = sp.csr_array(sp.hstack([seen, features.sku], format="csr"))
    return row_products(liked, seen, agent, sku, np.zeros(seen.shape[1], np.int64))[:, 0]


def row_products(left: sp.csr_array, right: sp.csr_array, agent: Ints, sku: Ints, family: Ints) -> Floats:
    """Return the products of rows of `left` (agent × column) and `right` (SKU × column), summed within each family.

    agent, sku: which rows to multiply; family: of each column, 0-based. Shape (rows, families). It is quickest where
    rows of an agent stand together: BLOCK_ROWS rows are multiplied at a time, with their agents as a dense array.
    """
    families, columns = int(family.max(initial=-1)) + 1, right.shape[1]
    sums = np.zeros((len(agent), families))
    for first in range(0, len(agent), BLOCK_ROWS):
        of = slice(first, first + BLOCK_ROWS)
        own, place = np.unique(agent[of], return_inverse=True)
        seen = right[sku[of]]
        size = np.diff(seen.indptr)
        values = left[own].toarray().ravel()[np.repeat(place * columns, size) + seen.indices] * seen.data
        cell = np.repeat(np.arange(len(size)) * families, size) + family[seen.indices]
        sums[of] = np.bincount(cell, weights=values, minlength=len(size) * families).reshape(-1, families)
    return sums


def shares(posted: PostedSets, utility: Floats) -> Floats:
    """Return the share (0-1) of an occasion's units that falls on each of its rows, given the `utility` of each row."""
    if not len(utility):
        return utility
    peak = np.maximum.reduceat(utility, posted.starts)[posted.occasion]
    weight = posted.sampling_weight * np.exp(utility - peak)
    return weight / posted.totals(weight)[posted.occasion]


def log_likelihood(posted: PostedSets, utility: Floats) -> float:
    """Return the conditional log-likelihood of the units bought at the `utility` of each row, given how many were
    bought in each occasion."""
    share = shares(posted, utility)
    return float(np.sum(posted.units * np.log(np.maximum(share, 1e-300))))


def taken_within(occasion: Ints, values: Floats, sizes: Floats, room: Floats) -> Floats:
    """Return how much of each row is taken where an occasion takes rows by falling `values` until its room is full.

    occasion: not falling; sizes, room: of each row, and of its occasion, in the same unit. Equal rows are taken in
    their order, the last one in part.
    """
    starts = np.flatnonzero(np.diff(occasion, prepend=-1))
    ends = np.append(starts[1:], len(occasion))
    taken = np.zeros(len(occasion))
    for first in range(0, len(starts), BLOCK_OCCASIONS):
        start, end = starts[first : first + BLOCK_OCCASIONS], ends[first : first + BLOCK_OCCASIONS]
        of, is_row = slice(start[0], end[-1]), np.arange((end - start).max()) < (end - start)[:, None]
        value, size = np.full(is_row.shape, -np.inf), np.zeros(is_row.shape)
        value[is_row], size[is_row] = values[of], sizes[of]
        order = np.argsort(-value, axis=1, kind="stable")
        ordered = np.take_along_axis(size, order, axis=1)
        before = np.cumsum(ordered, axis=1) - ordered
        np.put_along_axis(size, order, np.clip(room[start][:, None] - before, 0.0, ordered), axis=1)
        taken[of] = size[is_row]
    return taken


def cells_of(matrix: sp.csr_array, row: Ints, column: Ints) -> Floats:
    """Return the values of cells (`row`, `column`) of a sparse matrix, shape (cells,); empty where there are none.

    scipy itself gives an array for some cells and a sparse matrix for none.
    """
    return np.asarray(matrix[row, column], dtype=np.float64).ravel() if len(row) else np.zeros(0)
