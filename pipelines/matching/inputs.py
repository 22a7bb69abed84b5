"""What the match step decides on: agents, listed SKUs, stock, yesterday's matches, neighbours and tonight's draws."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentSkuScorer
from xuanpin.models.arrays import BY_AGENT, Flags, Ints, Singles
from xuanpin.models.matching.market import Market
from xuanpin.models.matching.slate import Block
from xuanpin.models.sparse_rows import dense_rows, row_cells
from xuanpin.pipelines.answers.refusals import find_refusals
from xuanpin.pipelines.choice_model.lineup import Lineup, line_up, repeat_orders
from xuanpin.pipelines.choice_model.store import ChoiceModel, load_choice_model
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import aside
from xuanpin.pipelines.matching.acceptance import Acceptance
from xuanpin.pipelines.matching.draws import Draws, begin_drawing
from xuanpin.pipelines.matching.own_picks import Picks, match_picks, without_picks
from xuanpin.pipelines.matching.policy import Policy, read_policy
from xuanpin.pipelines.matching.quotes import QUOTED_UNITS, Found, Quotes, category_codes, read_quotes
from xuanpin.pipelines.matching.taking import read_acceptance
from xuanpin.pipelines.settings.deciding import MatchingSettings

LEAST_UNITS = 1.0
"""Units of stock that a match sets aside at least: an agent can sell what she is matched with."""


class OfOrders(NamedTuple):
    """What orders alone tell, before anything is scored: which agents share customers (`overlap`), and what those of
    each agent have `kept` by category."""

    overlap: pa.Table
    kept: pa.Table


class Seen(NamedTuple):
    """Scores of some agents with the list, agents × SKUs: closeness (`close`), the own part of log attraction (`own`),
    and the chance that she takes and posts a SKU (`taken`)."""

    close: Singles
    own: Singles
    taken: Singles


@dataclass(frozen=True)
class MatchProblem:
    """Tonight's match problem; rows of agents and SKUs are those of the lineup.

    `stock` is in units, without what agents' own `picks` take, `category` the code of each SKU's category;
    `matched_before` (agents × SKUs) marks yesterday's matches; `taking` tells how likely agents take what they are
    given; `neighbours` (agents × agents) holds the share of an agent's customers that an earlier agent reaches too;
    `policy` holds the settings that a trial may change, `quotes` what reasons quote.
    """

    lineup: Lineup
    stock: Ints
    category: Ints
    matched_before: sp.csr_array = field(metadata=BY_AGENT)
    taking: Acceptance
    neighbours: sp.csr_array
    draws: Draws
    picks: Picks
    policy: Policy
    quotes: Quotes
    settings: MatchingSettings

    @property
    def scores(self) -> AgentSkuScorer:
        """The scores of the lineup."""
        return self.lineup.scores

    def seen(self, rows: Ints) -> Seen:
        """Return the scores of the agents at `rows`."""
        close = self.scores.closeness(rows)
        return Seen(close, self.scores.own_attraction(rows, close), self.taking.chance(rows, close))

    def block(self, rows: Ints) -> Block:
        """Return everything that decides the slates of some agents; drawn SKUs and their slots are left out."""
        seen = self.seen(rows)
        slots = self.lineup.slots[rows] - self.draws.counts[rows] - self.picks.counts[rows]
        asked = self.lineup.slots[rows]
        attraction = self.scores.attraction(seen.own)
        attraction *= seen.taken
        return Block(
            visits=self.scores.agents.visits[rows],
            attraction=attraction,
            unit_value=self.scores.unit_value(rows, seen.close),
            allowed=self._allowed(rows),
            slots=slots,
            floor=np.minimum(self.policy.floor_slots[rows], slots),
            least=LEAST_UNITS,
            category_code=self.category,
            category_cap=np.ceil(self.policy.category_share[rows] * asked).astype(np.int64),
            is_repeat=dense_rows(self.matched_before, rows, np.bool_),
            repeat_cap=np.floor(self.policy.repeat_share[rows] * asked).astype(np.int64),
        )

    def _allowed(self, rows: Ints) -> Flags:
        allowed = self.scores.allowed(rows)
        allowed &= self.stock > 0
        for given in (self.draws.propensity, self.picks.units):
            allowed.ravel()[row_cells(given, rows)[0]] = False
        return allowed

    def picked(self, rows: Ints) -> Flags:
        """Return what the agents at `rows` proposed and are matched with, agents × SKUs."""
        return dense_rows(self.picks.units, rows, np.bool_)

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
        return np.asarray(np.maximum(free - self.policy.stock_margin * np.sqrt(free), free / 2))

    def _free_stock(self) -> Singles:
        drawn = np.diff(self.draws.propensity.tocsc().indptr)
        return np.asarray(self.stock - drawn, dtype=np.float32)


def read_match_problem(night: Night) -> MatchProblem:
    """Read tonight's match problem from the warehouse and store what is derived on the way.

    Writes night.int_answer_history, int_standing_refusals and int_pick_answers.
    """
    model, found, told = load_choice_model(night), _read_rows(night), _of_orders(night)
    lineup = _lined_up(night, model, found)
    policy = read_policy(night, lineup)
    lineup = _at_cost(lineup, policy.regret_cost, _added_regret(night, lineup))
    picks, answers = match_picks(night, lineup)
    night.engine.store("night.int_pick_answers", answers)
    rest = without_picks(lineup, picks)
    _, category = category_codes(lineup)
    with ThreadPoolExecutor(1) as pool:
        # Chance asks nothing of the warehouse, so it draws while answers are read.
        drawing = pool.submit(begin_drawing(night, rest, policy.exploration_share))
        taking = read_acceptance(night, lineup, model)
    return MatchProblem(
        lineup=lineup,
        stock=rest.stock,
        category=category,
        matched_before=_matched_before(night, lineup),
        taking=taking,
        # Of answers it quotes those that have been read just now.
        quotes=read_quotes(night, lineup, found, told.kept),
        neighbours=_neighbours(told.overlap, lineup),
        draws=drawing.result(),
        picks=picks,
        policy=policy,
        settings=night.settings.matching,
    )


def listed_lineup(night: Night, model: ChoiceModel) -> Lineup:
    """Line up active agents and the SKUs of the list in its order under a choice `model`.

    What an agent has declined she is not matched with.
    """
    return _lined_up(night, model, _read_rows(night))


def _read_rows(night: Night) -> Found:
    """Active agents, the SKUs of the list, and what the groups of the ones ordered of the others."""
    people = night.engine.select("int_agent_personas").filter(pc.field("is_active"))
    return people, night.engine.select("int_listed_skus"), repeat_orders(night, "int_listed_orders")


def _lined_up(night: Night, model: ChoiceModel, found: Found) -> Lineup:
    people, listed, orders = found
    lineup = line_up(night, model, people, listed, orders if model.weights["repeat_strength"] else None)
    return replace(lineup, scores=replace(lineup.scores, refused=_marked(lineup, find_refusals(night))))


def _added_regret(night: Night, lineup: Lineup) -> Singles | None:
    """What each agent's couriers and promises add to the regrets of her customers; None where that shall not count."""
    # Read in any case: what a step reads does not depend on settings.
    rows = night.engine.read("night.int_agent_regret", order_by=["agent_id"])
    if not night.settings.matching.agent_regrets:
        return None
    agent, added = lineup.agent_rows(rows["agent_id"]), np.zeros(len(lineup.agent_ids), np.float32)
    added[agent[agent >= 0]] = rows["added_regret"].to_numpy()[agent >= 0]
    return added


def _at_cost(lineup: Lineup, regret_cost: Singles, added_regret: Singles | None) -> Lineup:
    """The lineup with a cost of regret for each SKU, and what each agent adds to regrets."""
    scores = lineup.scores
    agents, skus = replace(scores.agents, added_regret=added_regret), replace(scores.skus, regret_cost=regret_cost)
    return replace(lineup, scores=replace(scores, agents=agents, skus=skus))


def _matched_before(night: Night, lineup: Lineup) -> sp.csr_array:
    return _marked(lineup, night.engine.select("int_matched_before", as_of_date=night.as_of_date))


def _marked(lineup: Lineup, rows: pa.Table) -> sp.csr_array:
    """Agents × SKUs: 1 where `rows` name both."""
    agent, sku = lineup.agent_rows(rows["agent_id"]), lineup.sku_rows(rows["sku_id"])
    known = (agent >= 0) & (sku >= 0)
    shape = (len(lineup.agent_ids), len(lineup.sku_ids))
    return sp.csr_array((np.ones(int(known.sum()), np.int8), (agent[known], sku[known])), shape=shape)


def begin_reading(night: Night) -> Callable[[], OfOrders]:
    """Return what reads what orders alone tell; it may run in another thread."""
    reading = [aside(night.engine, stem, **asked) for stem, asked in _asked_of_orders(night).items()]
    return lambda: OfOrders(*(read() for read in reading))


def _of_orders(night: Night) -> OfOrders:
    if night.early is not None:
        told: OfOrders = night.early()
        return told
    return OfOrders(*(night.engine.select(stem, **asked) for stem, asked in _asked_of_orders(night).items()))


def _asked_of_orders(night: Night) -> dict[str, dict[str, Any]]:
    """The statements that read what orders alone tell, in the order of OfOrders, with what each is asked."""
    settings = night.settings.matching
    overlap = {
        "as_of_date": night.as_of_date,
        "history_before": night.as_of_date - timedelta(days=settings.posts_days),
        "overlap_share": settings.overlap_share,
    }
    return {"int_agent_overlap": overlap, "int_kept_categories": {"quoted_units": QUOTED_UNITS}}


def _neighbours(rows: pa.Table, lineup: Lineup) -> sp.csr_array:
    agent, other = lineup.agent_rows(rows["agent_id"]), lineup.agent_rows(rows["neighbour_id"])
    known = (agent >= 0) & (other >= 0)
    agents = len(lineup.agent_ids)
    share = rows["shared_share"].to_numpy().astype(np.float32)
    return sp.csr_array((share[known], (agent[known], other[known])), shape=(agents, agents))
