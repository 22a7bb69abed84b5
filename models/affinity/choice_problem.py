"""The likelihood that the choice model maximises: pairs of agent and SKU, their design columns, and its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.conditional_logit import (
    ChoiceEffects,
    ChoiceFeatures,
    PostedSets,
    cells_of,
)
from xuanpin.models.arrays import Floats, Ints


@dataclass(frozen=True)
class Pairs:
    """Pairs of agent and SKU that occur, by agent and then SKU; of_row: the pair of each posted row; starts: the
    first pair of each agent, then the number of pairs."""

    agent: Ints
    sku: Ints
    of_row: Ints
    starts: Ints

    def sums(self, values: Floats) -> Floats:
        """Return the sum of row values per pair."""
        return np.asarray(np.bincount(self.of_row, weights=values, minlength=len(self.agent)), dtype=np.float64)


@dataclass(frozen=True)
class ChoiceProblem:
    """A utility linear in `by_sku` and `by_pair` plus factors of rank `rank`, and the units that it has to explain.

    by_sku: what all agents share of a SKU, one row per SKU; by_pair: what differs by agent, one row per pair that was
    ever posted, in order. family: of each column of both; codes: agent · attributes + attribute of each column that is
    an agent's own. A point holds the effects (of `by_sku`, then of `by_pair`), then agent factors, then SKU factors,
    row by row.
    """

    posted: PostedSets
    features: ChoiceFeatures
    pairs: Pairs
    by_sku: sp.csr_array
    by_pair: sp.csr_array
    family: Ints
    codes: Ints
    rank: int

    @cached_property
    def bought(self) -> Floats:
        """Units bought in the row's occasion, row by row."""
        return np.asarray(self.posted.totals(self.posted.units)[self.posted.occasion])

    @cached_property
    def columns(self) -> tuple[sp.csr_array, sp.csr_array]:
        """Matrices that sum SKUs per column of `by_sku`, and pairs per column of `by_pair`."""
        return sp.csr_array(self.by_sku.T), sp.csr_array(self.by_pair.T)

    @property
    def width(self) -> int:
        """Number of effects."""
        return int(self.by_sku.shape[1] + self.by_pair.shape[1])

    @property
    def agents(self) -> int:
        """Number of agents."""
        return self.features.left.shape[0]

    @property
    def skus(self) -> int:
        """Number of SKUs."""
        return self.features.sku.shape[0]

    def split(self, point: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the effects, agent factors (agents × rank) and SKU factors (SKUs × rank) of a point."""
        effects, agent, sku = np.split(point, np.cumsum([self.width, self.agents * self.rank]))
        return effects, agent.reshape(self.agents, self.rank), sku.reshape(self.skus, self.rank)

    def utility(self, point: Floats) -> Floats:
        """Return row utilities at a point."""
        effects, agent, sku = self.split(point)
        of_skus, of_pairs = np.split(effects, [self.by_sku.shape[1]])
        level = self.by_pair @ of_pairs + (self.by_sku @ of_skus)[self.pairs.sku]
        if self.rank:
            level += np.einsum("ij,ij->i", agent[self.pairs.agent], sku[self.pairs.sku])
        return np.asarray(level[self.pairs.of_row])

    def gradient(self, point: Floats, residual: Floats) -> Floats:
        """Return the gradient of the log-likelihood: residual units per row carried to every parameter."""
        _, agent, sku = self.split(point)
        return self._carried(self.columns, self.pairs.sums(residual), agent, sku)

    def curvature(self, point: Floats, share: Floats) -> Floats:
        """Return the diagonal of the negative second derivative at a point; share: of the units, of each row."""
        _, agent, sku = self.split(point)
        weight = self.pairs.sums(self.bought * share * (1.0 - share))
        of_skus, of_pairs = self.columns
        return self._carried((of_skus.power(2), of_pairs.power(2)), weight, agent**2, sku**2)

    def _carried(self, columns: tuple[sp.csr_array, sp.csr_array], left: Floats, agent: Floats, sku: Floats) -> Floats:
        """Values of pairs carried to effects, agent factors and SKU factors."""
        by_sku = np.bincount(self.pairs.sku, weights=left, minlength=self.skus)
        effects = [columns[0] @ by_sku, columns[1] @ left]
        if not self.rank:
            return np.concatenate(effects)
        cells = sp.csr_array((left, self.pairs.sku, self.pairs.starts), shape=(self.agents, self.skus))
        of_agents, of_skus = np.asarray(cells @ sku), np.asarray(cells.T @ agent)
        return np.concatenate([*effects, of_agents.ravel(), of_skus.ravel()])


def point_of(problem: ChoiceProblem, effects: ChoiceEffects) -> Floats:
    """Return effects as a point over the problem's columns; a pair of agent and attribute not met before
    starts at 0."""
    attributes = problem.features.sku.shape[1]
    own = cells_of(effects.agent, problem.codes // attributes, problem.codes % attributes)
    return np.concatenate([effects.attribute, effects.sku, effects.pair, own])


def pairs_of(posted: PostedSets, features: ChoiceFeatures) -> Pairs:
    """Return the pairs of agent and SKU that occur: preference depends on the pair alone, and a pair is posted many
    times."""
    agents, skus = features.left.shape[0], features.sku.shape[0]
    codes, of_row = np.unique(posted.agent * skus + posted.sku, return_inverse=True)
    agent = codes // skus
    return Pairs(agent, codes % skus, of_row, np.searchsorted(agent, np.arange(agents + 1)))


def choice_problem(posted: PostedSets, features: ChoiceFeatures, rank: int, *, own: bool = True) -> ChoiceProblem:
    """Return the problem of these posted sets with factors of the given rank; rank 0 leaves factors out.

    own: whether agents have effects of their own.
    """
    pairs, skus = pairs_of(posted, features), features.sku.shape[0]
    by_sku = sp.csr_array(sp.hstack([features.sku, sp.eye_array(skus)], format="csr"))
    by_pair, codes = sp.csr_array(features.agreement(pairs.agent, pairs.sku)), np.empty(0, np.int64)
    attributes, agreements = features.sku.shape[1], by_pair.shape[1]
    if own:
        columns, codes = own_columns(pairs, features)
        by_pair = sp.csr_array(sp.hstack([by_pair, columns], format="csr"))
    shared = np.repeat([0, 1, 0], [attributes, skus, agreements])
    family = np.concatenate([shared, 2 + features.sku_family[codes % attributes]])
    return ChoiceProblem(posted, features, pairs, by_sku, by_pair, family, codes, rank)


def own_columns(posted: Pairs, features: ChoiceFeatures) -> tuple[sp.csr_array, Ints]:
    """Return row × (agent, attribute) for the pairs `posted`, and the code agent · attributes + attribute of each
    column."""
    seen = features.sku[posted.sku]
    every = np.repeat(posted.agent, np.diff(seen.indptr)) * features.sku.shape[1] + seen.indices.astype(np.int64)
    is_met = np.zeros(features.left.shape[0] * features.sku.shape[1], bool)
    is_met[every] = True
    codes, column = np.flatnonzero(is_met), np.cumsum(is_met)[every] - 1
    return sp.csr_array((seen.data, column, seen.indptr), shape=(len(posted.sku), len(codes))), codes


def own_effects(effects: Floats, codes: Ints, features: ChoiceFeatures) -> sp.csr_array:
    """Return effects of such codes as agent × attribute, sparse."""
    attributes = features.sku.shape[1]
    cells = (codes // attributes, codes % attributes)
    return sp.csr_array((effects, cells), shape=(features.left.shape[0], attributes))


def effects_at(problem: ChoiceProblem, point: Floats, variance: Floats) -> ChoiceEffects:
    """Return the effects that a point stands for, with the prior variance of each family."""
    features = problem.features
    sizes = [features.sku.shape[1], problem.skus, features.pair_count]
    attribute, sku, pair, own = np.split(problem.split(point)[0], np.cumsum(sizes))
    return ChoiceEffects(attribute, sku, pair, own_effects(own, problem.codes, features), variance)
