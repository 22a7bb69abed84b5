"""Tonight's exploration: which slots chance fills with which SKUs of the list, and how likely that was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import BY_AGENT, Flags, Floats, Ints, Seeds
from xuanpin.models.matching.exploration import (
    agent_seeds,
    draw_counts,
    draw_skus,
    draw_trials,
    has_stock_to_explore,
    with_even_draws,
)
from xuanpin.models.matching.market import BLOCK_AGENTS
from xuanpin.pipelines.choice_model.lineup import Lineup
from xuanpin.pipelines.context import Night

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

    propensity: sp.csr_array = field(metadata=BY_AGENT)
    counts: Ints = field(metadata=BY_AGENT)


Drawn = tuple[Ints, Ints, Floats]
"""Rows of agents, columns of SKUs and propensities, one entry a draw."""


def begin_drawing(night: Night, lineup: Lineup, share: Floats) -> Callable[[], Draws]:
    """Return what draws this night's SKUs for each agent, those on trial first; it may run in another thread.

    `lineup` holds the active agents and the SKUs of the list, `share` the part of each agent's slots (0-1) that chance
    fills. No SKU is drawn beyond its stock.
    """
    has_faults, on_trial = _have_recent_faults(night, lineup), _on_trial(night, lineup)
    return lambda: _drawn(lineup, night.list_date, share, has_faults, on_trial)


def _drawn(lineup: Lineup, list_date: date, share: Floats, has_faults: Flags, on_trial: Flags) -> Draws:
    seeds = agent_seeds(lineup.agent_ids.to_numpy(zero_copy_only=False), list_date.isoformat())
    counts = draw_counts(seeds, lineup.slots, share, has_faults)
    shape = (len(lineup.agent_ids), len(lineup.sku_ids))
    found = list(_draw(lineup, seeds, counts, on_trial))
    if not found:
        return Draws(sp.csr_array(shape), np.zeros(shape[0], np.int64))
    row, column, propensity = (np.concatenate(parts) for parts in zip(*found, strict=True))
    kept = within_stock(column, lineup.stock)
    drawn = sp.csr_array((propensity[kept], (row[kept], column[kept])), shape=shape)
    return Draws(drawn, np.diff(drawn.indptr).astype(np.int64))


def _draw(lineup: Lineup, seeds: Seeds, counts: Ints, on_trial: Flags) -> Iterator[Drawn]:
    """Draws of all agents, block by block in the order of their seeds."""
    open_skus = has_stock_to_explore(lineup.stock, int(counts.sum()))
    lucky = np.flatnonzero(counts > 0)
    lucky = lucky[np.argsort(seeds[lucky], kind="stable")]
    untried = on_trial & (lineup.stock > 0)
    for first in range(0, len(lucky), BLOCK_AGENTS):
        rows = lucky[first : first + BLOCK_AGENTS]
        allowed = lineup.scores.allowed(rows)
        drawn = _draw_block(seeds[rows], counts[rows], allowed & open_skus, allowed & untried)
        untried[drawn[1]] = False
        yield rows[drawn[0]], drawn[1], drawn[2]


def _draw_block(seeds: Seeds, counts: Ints, even: Flags, wanted: Flags) -> Drawn:
    """Draws of some agents: a turn for SKUs on trial where there are any for her, the others evenly."""
    turn, column, chances = draw_trials(seeds, even, wanted)
    left, rest, place = counts.copy(), even.copy(), np.full(len(seeds), -1)
    left[turn] -= 1
    rest[turn, column] = False
    row, other, propensity = draw_skus(seeds, left, rest)
    place[turn] = np.arange(len(turn))
    whole, after = with_even_draws(chances, even[turn], left[turn]), place[row] >= 0
    propensity[after] = whole[place[row[after]], other[after]]
    return (
        np.concatenate([turn, row]),
        np.concatenate([column, other]),
        np.concatenate([whole[np.arange(len(turn)), column], propensity]),
    )


def _on_trial(night: Night, lineup: Lineup) -> Flags:
    rows = lineup.sku_rows(night.engine.select("int_trial_skus")["sku_id"])
    return np.isin(np.arange(len(lineup.sku_ids)), rows)


def _have_recent_faults(night: Night, lineup: Lineup) -> Flags:
    """Agents with a group in which faults came lately."""
    groups = night.engine.select(
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
