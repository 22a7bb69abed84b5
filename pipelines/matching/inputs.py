"""What the match step decides on: agents, listed SKUs, stock, yesterday's matches, neighbours and tonight's draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import Suitability
from xuanpin.models.arrays import Flags, Ints, Singles
from xuanpin.models.matching.assignment import BLOCK_AGENTS, Market
from xuanpin.models.matching.exploration import agent_seeds, draw, draw_counts, explorable
from xuanpin.models.matching.slate import Block
from xuanpin.pipelines.choice_model.tastes import Lineup, read_suitability
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.settings.deciding import MatchingSettings

LEAST_UNITS = 1.0
"""Stock that a match sets aside at least: an agent can sell what she is given."""


@dataclass(frozen=True)
class Draws:
    """Exploration: which SKU column chance gave which agent, with its propensity; agents × SKUs, sparse."""

    propensity: sp.csr_array
    counts: Ints


@dataclass(frozen=True)
class Offer:
    """Tonight's match problem; rows of agents and SKUs are those of the lineup."""

    lineup: Lineup
    stock: Ints
    category: Ints
    given_before: sp.csr_array
    neighbours: sp.csr_array
    draws: Draws
    settings: MatchingSettings

    @property
    def scores(self) -> Suitability:
        return self.lineup.scores

    def block(self, rows: Ints) -> Block:
        """Everything a choice of slots needs of some agents; drawn goods and their slots are left out."""
        close = self.scores.closeness(rows)
        slots = self.lineup.slots[rows] - self.draws.counts[rows]
        drawn = self.draws.propensity[rows].toarray() > 0
        asked = self.lineup.slots[rows]
        return Block(
            visits=self.scores.agents.visits[rows],
            pull=self.scores.pull(self.scores.drawn(rows, close)),
            worth=self.scores.worth(close),
            allowed=self.scores.allowed(rows) & (self.stock > 0) & ~drawn,
            slots=slots,
            floor=np.minimum(self.settings.floor_slots, slots),
            least=LEAST_UNITS,
            crowd=self.category,
            crowd_cap=np.ceil(self.settings.category_share * asked).astype(np.int64),
            stale=self.given_before[rows].toarray() > 0,
            stale_cap=np.floor(self.settings.repeat_share * asked).astype(np.int64),
        )

    def market(self) -> Market:
        """All agents before the stock that chance has left."""
        return Market(
            block_of=self.block,
            agents=len(self.lineup.slots),
            width=int(self.lineup.slots.max(initial=1)),
            stock=self._free_stock(),
            least=LEAST_UNITS,
            neighbours=self.neighbours,
        )

    def priced_stock(self) -> Singles:
        """Stock that prices may sell: sales vary by chance, so a margin is held back where stock is small."""
        free = self._free_stock()
        return np.asarray(np.maximum(free - np.float32(self.settings.stock_margin) * np.sqrt(free), free / 2))

    def _free_stock(self) -> Singles:
        drawn = np.diff(self.draws.propensity.tocsc().indptr)
        return np.asarray(self.stock - drawn, dtype=np.float32)


def read_offer(night: Night) -> Offer:
    """Read tonight's match problem from the warehouse."""
    lineup = read_suitability(night, "int_listed_tastes")
    stock = lineup.stock
    _, category = np.unique(np.array(lineup.categories, dtype=str), return_inverse=True)
    return Offer(
        lineup=lineup,
        stock=stock,
        category=category.astype(np.int64),
        given_before=_given_before(night, lineup),
        neighbours=_neighbours(night, lineup),
        draws=_draws(night, lineup, stock),
        settings=night.settings.matching,
    )


def _given_before(night: Night, lineup: Lineup) -> sp.csr_array:
    rows = night.engine.select("int_given_before", as_of_date=night.as_of_date)
    agent, sku = lineup.agent_rows(rows["agent_id"]), lineup.sku_rows(rows["sku_id"])
    known = (agent >= 0) & (sku >= 0)
    shape = (len(lineup.agent_ids), len(lineup.sku_ids))
    return sp.csr_array((np.ones(int(known.sum()), np.int8), (agent[known], sku[known])), shape=shape)


def _neighbours(night: Night, lineup: Lineup) -> sp.csr_array:
    rows = night.engine.read("night.int_agent_overlap", order_by=("agent_id", "neighbour_id"))
    agent, other = lineup.agent_rows(rows["agent_id"]), lineup.agent_rows(rows["neighbour_id"])
    known = (agent >= 0) & (other >= 0)
    agents = len(lineup.agent_ids)
    share = rows["shared_share"].to_numpy().astype(np.float32)
    return sp.csr_array((share[known], (agent[known], other[known])), shape=(agents, agents))


def _draws(night: Night, lineup: Lineup, stock: Ints) -> Draws:
    agents, skus = len(lineup.agent_ids), len(lineup.sku_ids)
    burned = np.zeros(agents, dtype=bool)
    rows = lineup.agent_rows(night.engine.read("night.int_recent_fault_groups")["agent_id"])
    burned[rows[rows >= 0]] = True
    seeds = agent_seeds(lineup.agent_ids.to_numpy(zero_copy_only=False), night.list_date.isoformat())
    counts = draw_counts(seeds, lineup.slots, night.settings.matching.exploration_share, burned)
    open_skus = explorable(stock, int(counts.sum()))
    found = []
    for first in range(0, agents, BLOCK_AGENTS):
        lucky = first + np.flatnonzero(counts[first : first + BLOCK_AGENTS] > 0)
        if not len(lucky):
            continue
        pool = lineup.scores.allowed(lucky) & open_skus
        row, column, propensity = draw(seeds[lucky], counts[lucky], pool)
        found.append((lucky[row], column, propensity))
    if not found:
        return Draws(sp.csr_array((agents, skus)), np.zeros(agents, np.int64))
    row, column, propensity = (np.concatenate(parts) for parts in zip(*found, strict=True))
    kept = _within_stock(column, stock)
    drawn = sp.csr_array((propensity[kept], (row[kept], column[kept])), shape=(agents, skus))
    return Draws(drawn, np.diff(drawn.indptr).astype(np.int64))


def _within_stock(column: Ints, stock: Ints) -> Flags:
    order = np.argsort(column, kind="stable")
    ranked = column[order]
    nth = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    kept = np.zeros(len(column), dtype=bool)
    kept[order] = nth < stock[ranked]
    return kept
