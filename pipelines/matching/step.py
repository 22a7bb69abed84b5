"""Step `match`: give every active agent the goods of tomorrow's list that suit her groups, within the stock."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
from threadpoolctl import threadpool_limits

from xuanpin.models.matching.assignment import assign
from xuanpin.models.matching.dual_prices import learn_prices
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.matching.inputs import Offer, read_offer
from xuanpin.pipelines.matching.results import SCHEMA, choices_of, needs_of

BURN_DAYS = 14
"""Days for which a group remembers faults; an agent whose groups were burned lately gets no experiments."""
FEWEST_BURNS = 2
"""Faults in that time that burn a group: one may be chance."""
BURN_RATIO = 2.0
"""Times the platform's share of faults above which a group's are more than its turnover explains."""
QUOTED_UNITS = 5
"""Units of a category that an agent's groups must have got before the share they kept is quoted to her."""


def match(night: Night) -> StepCount:
    """Match active agents with the list and say why.

    Reads night.sku_list, sku_scores, stg_agents, the tables of step `affinity` and history.matched; writes
    night.int_match_choices, int_match_needs, agent_matches, agent_summary, match_certificate. Returns the agents and
    their matches.
    """
    _prepare(night)
    # One thread: the order of sums inside linear algebra must not depend on the machine.
    with threadpool_limits(1):
        offer = read_offer(night)
        choices, needs, bound = match_offer(offer)
    night.engine.store("night.int_match_choices", choices)
    night.engine.store("night.int_match_needs", needs)
    matches = night.engine.materialise("agent_matches", quoted_units=QUOTED_UNITS)
    agents = night.engine.materialise("agent_summary")
    night.engine.materialise("match_certificate", bound=bound)
    return agents, matches


def match_offer(offer: Offer) -> tuple[pa.Table, pa.Table, float]:
    """Assign all slots; returns a row per match, a row per agent with what she could have been given, and the bound."""
    if not len(offer.stock):
        return SCHEMA.empty_table(), needs_of(offer), 0.0
    market = offer.market()
    assignment = assign(market, learn_prices(market, offer.priced_stock()))
    return choices_of(offer, assignment), needs_of(offer), assignment.bound


def _prepare(night: Night) -> None:
    settings = night.settings.matching
    night.engine.materialise("int_agent_category_outcomes")
    night.engine.materialise(
        "int_agent_overlap",
        as_of_date=night.as_of_date,
        history_before=night.as_of_date - timedelta(days=settings.posts_days),
        overlap_share=settings.overlap_share,
    )
    night.engine.materialise(
        "int_recent_fault_groups",
        as_of_date=night.as_of_date,
        burned_after=night.as_of_date - timedelta(days=BURN_DAYS),
        fewest_faults=FEWEST_BURNS,
        burn_ratio=BURN_RATIO,
    )
