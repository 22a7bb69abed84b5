"""What the match step decides on: agents, listed SKUs, stock, yesterday's matches, neighbours and tonight's draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow.compute as pc
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentSkuScorer
from xuanpin.models.arrays import Flags, Ints, Singles
from xuanpin.models.matching.exploration import agent_seeds, draw_counts, draw_skus, has_stock_to_explore
from xuanpin.models.matching.market import BLOCK_AGENTS, Market
from xuanpin.models.matching.slate import Block
from xuanpin.pipelines.choice_model.lineup import Lineup, line_up
from xuanpin.pipelines.choice_model.store import load_choice_model
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine.stored import select_and_store
from xuanpin.pipelines.settings.deciding import MatchingSettings

LEAST_UNITS = 1.0
"""Units of stock that a match sets aside at least: an agent can sell what she is matched with."""
FAULT_DAYS = 14
"""Days for which faults in a group keep its agent from exploration."""
FEWEST_FAULTS = 2
"""Faults in that time that count against a group: one may be chance."""
FAULT_RATIO = 2.0
"""Times the platform's share of faults above which a group's are more than its turnover explains."""


@dataclass(frozen=True)
class Draws:
    """Exploration: propensity (0–1) of each SKU column that an agent drew, agents × SKUs, and draws per agent
    (`counts`)."""

    propensity: sp.csr_array
    counts: Ints


@dataclass(frozen=True)
class MatchProblem:
    """Tonight's match problem; rows of agents and SKUs are those of the lineup.

    `stock` is in units, `category` the code of each SKU's category; `matched_before` (agents × SKUs) marks yesterday's
    matches; `neighbours` (agents × agents) holds the share of an agent's customers that an earlier agent reaches too.
    """

    lineup: Lineup
    stock: Ints
    category: Ints
    matched_before: sp.csr_array
    neighbours: sp.csr_array
    draws: Draws
    settings: MatchingSettings

    @property
    def scores(self) -> AgentSkuScorer:
        """The scores of the lineup."""
        return self.lineup.scores

    def block(self, rows: Ints) -> Block:
        """Return everything that decides the slates of some agents; drawn SKUs and their slots are left out."""
        close = self.scores.closeness(rows)
        slots = self.lineup.slots[rows] - self.draws.counts[rows]
        drawn = self.draws.propensity[rows].toarray() > 0
        asked = self.lineup.slots[rows]
        return Block(
            visits=self.scores.agents.visits[rows],
            attraction=self.scores.attraction(self.scores.own_attraction(rows, close)),
            unit_value=self.scores.unit_value(close),
            allowed=self.scores.allowed(rows) & (self.stock > 0) & ~drawn,
            slots=slots,
            floor=np.minimum(self.settings.floor_slots, slots),
            least=LEAST_UNITS,
            category_code=self.category,
            category_cap=np.ceil(self.settings.category_share * asked).astype(np.int64),
            is_repeat=self.matched_before[rows].toarray() > 0,
            repeat_cap=np.floor(self.settings.repeat_share * asked).astype(np.int64),
        )

    def market(self) -> Market:
        """Return all agents before the stock that exploration has left."""
        return Market(
            block_of=self.block,
            agents=len(self.lineup.slots),
            width=int(self.lineup.slots.max(initial=1)),
            stock=self._free_stock(),
            least=LEAST_UNITS,
            neighbours=self.neighbours,
        )

    def priced_stock(self) -> Singles:
        """Return the units that prices may sell: a margin is held back, because sales vary and small stock runs out."""
        free = self._free_stock()
        return np.asarray(np.maximum(free - np.float32(self.settings.stock_margin) * np.sqrt(free), free / 2))

    def _free_stock(self) -> Singles:
        drawn = np.diff(self.draws.propensity.tocsc().indptr)
        return np.asarray(self.stock - drawn, dtype=np.float32)


def read_match_problem(night: Night) -> MatchProblem:
    """Read tonight's match problem from the warehouse and store what is derived on the way.

    Writes night.int_agent_overlap, int_recent_fault_groups and int_agent_category_outcomes.
    """
    night.engine.materialise("int_agent_category_outcomes")
    lineup = listed_lineup(night)
    stock = lineup.stock
    _, category = np.unique(np.array(lineup.categories, dtype=str), return_inverse=True)
    return MatchProblem(
        lineup=lineup,
        stock=stock,
        category=category.astype(np.int64),
        matched_before=_matched_before(night, lineup),
        neighbours=_neighbours(night, lineup),
        draws=_draws(night, lineup, stock),
        settings=night.settings.matching,
    )


def listed_lineup(night: Night) -> Lineup:
    """Active agents and the SKUs of the list in its order."""
    people = night.engine.read("night.int_agent_personas", order_by=("agent_id",))
    outcomes = night.engine.read("night.int_agent_sku_outcomes", order_by=("agent_id", "sku_id"))
    return line_up(
        night,
        load_choice_model(night),
        people.filter(pc.field("is_active")),
        night.engine.select("int_listed_skus"),
        outcomes.filter(pc.field("ordered_days") > 0),
    )


def _matched_before(night: Night, lineup: Lineup) -> sp.csr_array:
    rows = night.engine.select("int_matched_before", as_of_date=night.as_of_date)
    agent, sku = lineup.agent_rows(rows["agent_id"]), lineup.sku_rows(rows["sku_id"])
    known = (agent >= 0) & (sku >= 0)
    shape = (len(lineup.agent_ids), len(lineup.sku_ids))
    return sp.csr_array((np.ones(int(known.sum()), np.int8), (agent[known], sku[known])), shape=shape)


def _neighbours(night: Night, lineup: Lineup) -> sp.csr_array:
    settings = night.settings.matching
    rows = select_and_store(
        night.engine,
        "int_agent_overlap",
        as_of_date=night.as_of_date,
        history_before=night.as_of_date - timedelta(days=settings.posts_days),
        overlap_share=settings.overlap_share,
    )
    agent, other = lineup.agent_rows(rows["agent_id"]), lineup.agent_rows(rows["neighbour_id"])
    known = (agent >= 0) & (other >= 0)
    agents = len(lineup.agent_ids)
    share = rows["shared_share"].to_numpy().astype(np.float32)
    return sp.csr_array((share[known], (agent[known], other[known])), shape=(agents, agents))


def _draws(night: Night, lineup: Lineup, stock: Ints) -> Draws:
    agents, skus = len(lineup.agent_ids), len(lineup.sku_ids)
    has_recent_faults = _have_recent_faults(night, lineup)
    seeds = agent_seeds(lineup.agent_ids.to_numpy(zero_copy_only=False), night.list_date.isoformat())
    counts = draw_counts(seeds, lineup.slots, night.settings.matching.exploration_share, has_recent_faults)
    open_skus = has_stock_to_explore(stock, int(counts.sum()))
    found = []
    for first in range(0, agents, BLOCK_AGENTS):
        lucky = first + np.flatnonzero(counts[first : first + BLOCK_AGENTS] > 0)
        if not len(lucky):
            continue
        pool = lineup.scores.allowed(lucky) & open_skus
        row, column, propensity = draw_skus(seeds[lucky], counts[lucky], pool)
        found.append((lucky[row], column, propensity))
    if not found:
        return Draws(sp.csr_array((agents, skus)), np.zeros(agents, np.int64))
    row, column, propensity = (np.concatenate(parts) for parts in zip(*found, strict=True))
    kept = within_stock(column, stock)
    drawn = sp.csr_array((propensity[kept], (row[kept], column[kept])), shape=(agents, skus))
    return Draws(drawn, np.diff(drawn.indptr).astype(np.int64))


def _have_recent_faults(night: Night, lineup: Lineup) -> Flags:
    """Agents with a group in which faults came lately."""
    groups = select_and_store(
        night.engine,
        "int_recent_fault_groups",
        as_of_date=night.as_of_date,
        faults_after=night.as_of_date - timedelta(days=FAULT_DAYS),
        fewest_faults=FEWEST_FAULTS,
        fault_ratio=FAULT_RATIO,
    )
    rows = lineup.agent_rows(groups["agent_id"])
    return np.isin(np.arange(len(lineup.agent_ids)), rows)


def within_stock(column: Ints, stock: Ints) -> Flags:
    """Return which draws of SKUs (`column`, in their order) the units of `stock` can serve, one unit each."""
    order = np.argsort(column, kind="stable")
    ranked = column[order]
    nth = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    kept = np.zeros(len(column), dtype=bool)
    kept[order] = nth < stock[ranked]
    return kept
