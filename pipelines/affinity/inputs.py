"""What the affinity step learns from: agents, SKUs, posts with their sales, order days, and outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.affinity.conditional_logit import PostedSets
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.visits import PostHistory
from xuanpin.models.arrays import Floats, Ints
from xuanpin.pipelines.choice_model.columns import doubles, integers, rows_of
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine.stored import select_and_store

SAMPLED_SKUS = 40
"""SKUs that stand for all that an agent might have posted on a day whose posts are not known."""
POST_SELLS_DAYS = 3
"""Days after a post on which orders of its SKU are still put down to it; a group's talk has moved on by then."""
POOL_DAYS = 7
"""Days, the day itself included, whose sales say what an agent without posts might have posted."""
POST_CHAIN = ("int_recorded_posts", "int_unposted_sales", "int_unposted_pool", "int_agent_posts")
"""From what is known of posts to the sets of SKUs that choices are learnt from, each built on the ones before."""


@dataclass(frozen=True)
class AffinityInputs:
    """Tables of the night, held so that none is read back: people by agent_id, skus and scored by sku_id.

    `people`, `posts`, `skus` and `outcomes` are the rows of night.int_agent_personas, int_agent_posts, int_agent_skus
    and int_agent_sku_outcomes; `scored` are the SKUs of night.sku_scores with the columns of a lineup; `first` is the
    day that counts as day 0 and `last` the number of the last day.
    """

    people: pa.Table
    posts: pa.Table
    skus: pa.Table
    outcomes: pa.Table
    scored: pa.Table
    first: date
    last: int

    def pairs(self, table: pa.Table) -> tuple[Ints, Ints]:
        """Return the agent row and the SKU row of each row of a table, -1 where one is not known."""
        return rows_of(self.people["agent_id"], table["agent_id"]), rows_of(self.skus["sku_id"], table["sku_id"])


def read_inputs(night: Night) -> AffinityInputs:
    """Select, store and hold what the choice model is learnt from."""
    settings, engine = night.settings.matching, night.engine
    first = night.as_of_date - timedelta(days=settings.posts_days)
    return AffinityInputs(
        people=select_and_store(engine, "int_agent_personas"),
        posts=_posts(night, first),
        skus=select_and_store(engine, "int_agent_skus"),
        outcomes=select_and_store(
            engine, "int_agent_sku_outcomes", as_of_date=night.as_of_date, history_days=settings.history_days
        ),
        scored=engine.select("int_scored_skus"),
        first=first,
        last=settings.posts_days,
    )


def _posts(night: Night, first: date) -> pa.Table:
    parameters: dict[str, Any] = {
        "as_of_date": night.as_of_date,
        "posts_before": first,
        "post_sells_days": POST_SELLS_DAYS,
        "pool_days": POOL_DAYS,
        "sampled_skus": SAMPLED_SKUS,
    }
    for stem in POST_CHAIN[:-1]:
        night.engine.materialise(stem, **parameters)
    return select_and_store(night.engine, POST_CHAIN[-1], **parameters)


def posted_sets(inputs: AffinityInputs) -> tuple[PostedSets, PostHistory]:
    """Return the posted rows of known agents and SKUs, one occasion an agent and day, and when they were posted."""
    posts, agent, sku = _known_posts(inputs)
    day = _days_after(inputs.first, posts, "posted_on")
    is_recorded = np.asarray(pc.equal(posts["basis"], "chat"))
    new = (np.diff(agent, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0)
    posted = PostedSets(np.cumsum(new) - 1, agent, sku, doubles(posts, "ordered_units"), doubles(posts, "stands_for"))
    unrecorded_from = _first_days(inputs)
    unrecorded_from[agent[is_recorded]] = inputs.last + 1
    return posted, PostHistory(
        day=day[new],
        is_recorded=is_recorded[new],
        unrecorded_from=unrecorded_from,
        slots=integers(inputs.people, "daily_slots"),
        members=doubles(inputs.people, "members"),
        last=inputs.last,
    )


def _known_posts(inputs: AffinityInputs) -> tuple[pa.Table, Ints, Ints]:
    """Posts of known agents and SKUs with their rows, by agent, day, SKU, basis and units."""
    agent, sku = inputs.pairs(inputs.posts)
    basis = rows_of(pc.unique(inputs.posts["basis"]).sort(), inputs.posts["basis"])
    keys = (doubles(inputs.posts, "ordered_units"), basis, sku, _days_after(inputs.first, inputs.posts, "posted_on"))
    order = np.lexsort((*keys, agent))
    order = order[(agent[order] >= 0) & (sku[order] >= 0)]
    return inputs.posts.take(pa.array(order)), agent[order], sku[order]


def _days_after(first: date, table: pa.Table, column: str) -> Ints:
    dates = table[column].to_numpy().astype("datetime64[D]")
    return np.asarray((dates - np.datetime64(first)).astype(np.int64))


def _first_days(inputs: AffinityInputs) -> Ints:
    """First day from which each active agent posts if no post of hers is known; after the last day if she paused."""
    joined = inputs.people["active_since"].to_numpy().astype("datetime64[D]")
    days = (joined - np.datetime64(inputs.first)).astype(np.float64)
    last = inputs.last
    return np.asarray(np.clip(np.where(np.isnat(joined), last + 1, days), 1, last + 1), dtype=np.int64)


def order_days(night: Night, inputs: AffinityInputs) -> OrderDays:
    """Return the days on which known agents' groups ordered known SKUs."""
    rows = night.engine.select("int_ordered_days")
    agent, sku = inputs.pairs(rows)
    known, day = (agent >= 0) & (sku >= 0), _days_after(inputs.first, rows, "ordered_on")
    return OrderDays(agent[known], sku[known], day[known], night.settings.matching.history_days)


def mean_line_units(night: Night) -> float:
    """Return the mean size of an order line in units, each line counted by its units; at least 1."""
    rows = night.engine.select("int_line_sizes")
    # Fractions are summed here in a fixed order; the engine's threads would give other last bits each night.
    units, lines, days = (doubles(rows, name) for name in ("ordered_units", "ordered_lines", "days"))
    return max(float(np.sum(days * units**2 / lines) / np.sum(days * units)), 1.0) if len(units) else 1.0


@dataclass(frozen=True)
class OutcomeCells:
    """Delivered cells of agent and SKU: rows, and events beside what the SKU's own rates let expect (units, lines).

    returns, expected_returns: units that were and should have been sent back; faults, expected_faults: lines that had
    and should have had a fault.
    """

    agent: Ints
    sku: Ints
    returns: Floats
    expected_returns: Floats
    faults: Floats
    expected_faults: Floats


def outcome_cells(inputs: AffinityInputs) -> OutcomeCells:
    """Return the cells of known agents and scored SKUs of which something was delivered, by agent and SKU."""
    (agent, sku), scored = inputs.pairs(inputs.outcomes), rows_of(inputs.scored["sku_id"], inputs.outcomes["sku_id"])
    order = np.lexsort((sku, agent))
    delivered = doubles(inputs.outcomes, "delivered_units")
    order = order[((agent >= 0) & (sku >= 0) & (scored >= 0) & (delivered > 0))[order]]
    delivered, scored = delivered[order], scored[order]
    return OutcomeCells(
        agent=agent[order],
        sku=sku[order],
        returns=doubles(inputs.outcomes, "returned_units")[order],
        expected_returns=delivered * doubles(inputs.scored, "return_rate")[scored],
        faults=doubles(inputs.outcomes, "fault_lines")[order],
        expected_faults=delivered * doubles(inputs.scored, "regret_rate")[scored],
    )
