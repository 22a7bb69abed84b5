"""What the affinity step learns from: agents, SKUs, posts with their sales, order days, and outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from xuanpin.models.affinity.affinity_model import SharedTaste
from xuanpin.models.affinity.conditional_logit import PostedSets, cells_of
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.unposted import DatedPosts, with_samples
from xuanpin.models.affinity.visits import PostHistory
from xuanpin.models.arrays import Floats, Ints
from xuanpin.pipelines.choice_model.columns import doubles, integers, rows_of
from xuanpin.pipelines.context import Night

MOST_MATCHED = 2_000_000
"""Matches that count as posts; on larger platforms those of an agent who does not teach count on fewer days."""
POST_SELLS_DAYS = 3
"""Days after a post on which orders of its SKU are still attributed to it; later orders have other causes."""
CALENDAR = date(2000, 1, 1)
"""From here days are counted by which samples of unseen posts move."""
POST_CHAIN = ("int_recorded_posts", "int_choice_days", "int_unposted_sales")
"""Temporary tables from which all that is learnt of posts and orders is selected, each built on the ones before."""


@dataclass(frozen=True)
class AffinityInputs:
    """Rows that the choice model is learnt from, each in the order of its ids.

    `people`, `posts` and `skus` are the rows of int_agent_personas, int_agent_posts and int_agent_skus; posts name
    agents by their row in `people` and SKUs by product_row. `teachers` are the rows in `people` of night.int_teachers;
    `first` is the day that counts as day 0 and `last` the number of the last day.
    """

    people: pa.Table
    teachers: Ints
    posts: pa.Table
    skus: pa.Table
    first: date
    last: int

    def pairs(self, table: pa.Table) -> tuple[Ints, Ints]:
        """Return the agent row and the SKU row of each row of a table, -1 where one is not known."""
        return rows_of(self.people["agent_id"], table["agent_id"]), rows_of(self.skus["sku_id"], table["sku_id"])


def read_inputs(night: Night) -> AffinityInputs:
    """Select what the choice model is learnt from; writes night.int_teachers and the temporary tables of POST_CHAIN."""
    settings, engine = night.settings.matching, night.engine
    first = night.as_of_date - timedelta(days=settings.posts_days)
    window = {"as_of_date": night.as_of_date, "posts_before": first}
    people, teachers = (
        engine.select("int_agent_personas"),
        engine.select("int_teachers", **window, fitted_agents=settings.fitted_agents),
    )
    engine.store("night.int_teachers", teachers)
    return AffinityInputs(
        people=people,
        teachers=rows_of(people["agent_id"], teachers["agent_id"]),
        posts=_posts(night, window),
        skus=engine.select("int_agent_skus"),
        first=first,
        last=settings.posts_days,
    )


def _posts(night: Night, window: dict[str, date]) -> pa.Table:
    engine = night.engine
    parameters: dict[str, Any] = {**window, "post_sells_days": POST_SELLS_DAYS}
    (matched,) = engine.select("int_matched_rows", **parameters)["matched_rows"].to_pylist()
    parameters["every"] = max(1, -(-matched // MOST_MATCHED))
    for stem in POST_CHAIN:
        engine.materialise(stem, into="temp", **parameters)
    return engine.select("int_agent_posts", **parameters)


def posted_sets(inputs: AffinityInputs) -> tuple[PostedSets, PostHistory]:
    """Return the posted rows, one occasion an agent and day, and when they were posted.

    What stands in for posts that nobody recorded has its samples beside it.
    """
    posts = sampled_posts(inputs.posts, inputs.skus, inputs.first)
    new = (np.diff(posts.agent, prepend=-1) != 0) | (np.diff(posts.day, prepend=-1) != 0)
    posted = PostedSets(np.cumsum(new) - 1, posts.agent, posts.sku, posts.units, posts.weight)
    unrecorded_from = _first_days(inputs)
    unrecorded_from[posts.agent[posts.is_recorded]] = inputs.last + 1
    return posted, PostHistory(
        day=posts.day[new],
        is_recorded=posts.is_recorded[new],
        unrecorded_from=unrecorded_from,
        slots=integers(inputs.people, "daily_slots"),
        members=doubles(inputs.people, "members"),
        last=inputs.last,
    )


def sampled_posts(posts: pa.Table, skus: pa.Table, first: date) -> DatedPosts:
    """Return `posts` of `skus` (rows as in AffinityInputs; day 0 is `first`) with their samples."""
    product = integers(skus, "product_row")
    row = np.zeros(int(product.max(initial=-1)) + 1, dtype=np.int64)
    row[product] = np.arange(len(product))
    known = DatedPosts(
        agent=integers(posts, "agent_row"),
        day=_days_after(first, posts, "posted_on"),
        sku=row[integers(posts, "product_row")],
        units=doubles(posts, "ordered_units"),
        weight=np.ones(posts.num_rows),
        is_recorded=np.asarray(posts["is_recorded"], dtype=bool),
        is_sale=np.asarray(posts["is_unposted"], dtype=bool),
    )
    return with_samples(known, integers(skus, "place"), (first - CALENDAR).days)


def _days_after(first: date, table: pa.Table, column: str) -> Ints:
    dates = table[column].to_numpy().astype("datetime64[D]")
    return np.asarray((dates - np.datetime64(first)).astype(np.int64))


def _first_days(inputs: AffinityInputs) -> Ints:
    """First day from which each active agent posts if no post of hers is known; after the last day if she paused."""
    joined = inputs.people["active_since"].to_numpy().astype("datetime64[D]")
    days = (joined - np.datetime64(inputs.first)).astype(np.float64)
    last = inputs.last
    return np.asarray(np.clip(np.where(np.isnat(joined), last + 1, days), 1, last + 1), dtype=np.int64)


def order_days(inputs: AffinityInputs, ordered: pa.Table, history_days: int) -> OrderDays:
    """Return the days on which groups `ordered` known SKUs, rows of int_ordered_days; `history_days` are looked at."""
    agent, sku = inputs.pairs(ordered)
    known, day = (agent >= 0) & (sku >= 0), _days_after(inputs.first, ordered, "ordered_on")
    return OrderDays(agent[known], sku[known], day[known], history_days)


def fresh_orders(inputs: AffinityInputs, orders: pa.Table, history_days: int) -> sp.csr_array:
    """Return on what share of so many `history_days` agents' groups ordered SKUs, agents × SKUs, of `orders`, rows of
    int_posted_orders; a day counts less with its age."""
    agent, sku = inputs.pairs(orders)
    known = (agent >= 0) & (sku >= 0)
    shape, fresh = (inputs.people.num_rows, inputs.skus.num_rows), doubles(orders, "fresh_days")[known]
    return sp.csr_array((fresh / history_days, (agent[known], sku[known])), shape=shape)


def repeat_evidence(posted: PostedSets, fresh: sp.csr_array, taste: SharedTaste) -> Floats:
    """Return the evidence of repeat purchase of each row of `posted`, of `fresh` orders (see `fresh_orders`).

    It is 0 where the agent's groups have not ordered the SKU, or where orders do not count by the `taste`.
    """
    if not taste.repeat_purchase.strength:
        return np.zeros(len(posted.sku))
    return np.asarray(cells_of(fresh, posted.agent, posted.sku) * taste.repeat_weight[posted.sku])


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


def outcome_cells(night: Night, inputs: AffinityInputs) -> OutcomeCells:
    """Return the cells of agents in night.int_teachers and scored SKUs of which something was delivered, by agent and
    SKU."""
    cells = night.engine.select("int_outcome_cells")
    agent, sku = inputs.pairs(cells)
    return OutcomeCells(
        agent=agent,
        sku=sku,
        returns=doubles(cells, "returned_units"),
        expected_returns=doubles(cells, "expected_returns"),
        faults=doubles(cells, "fault_lines"),
        expected_faults=doubles(cells, "expected_faults"),
    )
