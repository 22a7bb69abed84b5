"""Turns assigned slates into rows: rank, fit and what each match is expected to sell beside the rest of its slate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from xuanpin.models.arrays import Codes, Flags, Floats, Ints, Singles
from xuanpin.models.matching.assignment import Assignment
from xuanpin.models.matching.market import agent_blocks
from xuanpin.models.matching.slate import at_columns
from xuanpin.models.matching.taken_sets import expected_units
from xuanpin.models.sparse_rows import row_cells
from xuanpin.pipelines.matching.inputs import LEAST_UNITS, MatchProblem, Seen
from xuanpin.pipelines.matching.reasons import REASONS, reasons_of
from xuanpin.pipelines.matching.slates import SLATES, slate_rows

MATCHES = pa.schema(
    [
        ("agent_id", pa.string()),
        ("match_rank", pa.int32()),
        ("sku_id", pa.string()),
        ("fit", pa.float64()),
        ("expected_kept_units", pa.float64()),
        ("units_reserved", pa.int64()),
        ("propensity", pa.float64()),
        ("reasons", REASONS),
        ("acceptance", pa.float64()),
    ]
)


class Matched(NamedTuple):
    """Rows of night.agent_matches, best first within an agent (`matches`), and of int_agent_slates (`slates`)."""

    matches: pa.Table
    slates: pa.Table


NOTHING = Matched(MATCHES.empty_table(), SLATES.empty_table())


@dataclass(frozen=True)
class _Sets:
    """Whole slates of a block of agents, exploration and own picks included: SKU column or -1, units taken, propensity
    or NaN, and whether she proposed it (`own`)."""

    sku: Ints
    taken: Singles
    propensity: Floats
    own: Flags


NEEDS = pa.schema(
    [
        ("agent_id", pa.string()),
        ("slots_asked", pa.int32()),
        ("permitted_skus", pa.int64()),
        ("stocked_skus", pa.int64()),
        ("permitted_at_any_risk", pa.int64()),
        ("unkept_skus", pa.int64()),
    ]
)


def match_rows(problem: MatchProblem, assignment: Assignment) -> Matched:
    """Return what is told of the slates of all agents."""
    blocks = agent_blocks(len(assignment.sku))
    parts = [block_matches(problem, assignment, rows, problem.seen(rows))[0] for rows in blocks]
    return Matched(*map(pa.concat_tables, zip(NOTHING, *parts, strict=True)))


def matches_given(problem: MatchProblem, assignment: Assignment) -> int:
    """Return how many rows match_rows has: what was assigned, what chance drew and what agents proposed."""
    return int((assignment.sku >= 0).sum() + problem.draws.counts.sum() + problem.picks.counts.sum())


def reserved_units(problem: MatchProblem, assignment: Assignment) -> Ints:
    """Return the units of each SKU that all matches reserve, as match_rows says it match by match."""
    reserved = np.zeros(len(problem.stock), np.int64)
    for rows in agent_blocks(len(assignment.sku)):
        sets = _with_draws(problem, assignment, rows)
        filled = sets.sku >= 0
        reserved += np.bincount(sets.sku[filled], _whole_units(sets.taken[filled]), len(reserved)).astype(np.int64)
    return reserved


def _whole_units(taken: Singles) -> Ints:
    return np.maximum(np.floor(taken), LEAST_UNITS).astype(np.int64)


def agent_needs(problem: MatchProblem) -> pa.Table:
    """Return one row per active agent: slots asked, SKUs of the list that her rules permit, and those with stock.

    For an agent with a highest landmine probability also those that her other rules permit; null for others.
    unkept_skus are those that all her other rules permit and that do not keep until her groups have picked them up.
    """
    permitted, in_stock, unkept = [], [], []
    anyhow = replace(problem.scores, perishing=None)
    for rows in agent_blocks(len(problem.lineup.slots)):
        allowed = problem.scores.allowed(rows)
        kept_out = 0 if problem.scores.perishing is None else (anyhow.allowed(rows) & ~allowed).sum(axis=1)
        unkept.append(np.broadcast_to(kept_out, len(rows)))
        permitted.append(allowed.sum(axis=1))
        in_stock.append((allowed & ((problem.stock > 0) | problem.picked(rows))).sum(axis=1))
    empty = [np.zeros(0, np.int64)]
    return pa.table(
        {
            "agent_id": problem.lineup.agent_ids,
            "slots_asked": problem.lineup.slots.astype(np.int32),
            "permitted_skus": np.concatenate(permitted or empty).astype(np.int64),
            "stocked_skus": np.concatenate(in_stock or empty).astype(np.int64),
            "permitted_at_any_risk": _permitted_at_any_risk(problem),
            "unkept_skus": np.concatenate(unkept or empty).astype(np.int64),
        }
    )


def _permitted_at_any_risk(problem: MatchProblem) -> pa.Array:
    asks = np.isfinite(problem.scores.agents.max_landmine_probability)
    permitted = np.zeros(len(asks), np.int64)
    for block in agent_blocks(len(asks)):
        rows = block[asks[block]]
        permitted[rows] = problem.scores.allowed_at_any_risk(rows).sum(axis=1)
    return pa.array(permitted, mask=~asks)


def _with_draws(problem: MatchProblem, assignment: Assignment, rows: Ints) -> _Sets:
    """Slates as they were assigned, beside what chance drew and what agents proposed."""
    chosen = assignment.sku[rows].astype(np.int64)
    drawn, propensity = _beside(problem.draws.propensity, rows)
    picked, units = _beside(problem.picks.units, rows)
    given = [
        np.where(sku >= 0, amount, 0).astype(np.float32) for sku, amount in ((drawn, LEAST_UNITS), (picked, units))
    ]
    return _Sets(
        sku=np.hstack([chosen, drawn, picked]),
        taken=np.hstack([assignment.taken[rows], *given]),
        propensity=np.hstack([np.full(chosen.shape, np.nan), propensity, np.full(picked.shape, np.nan)]),
        own=np.hstack([np.zeros((len(rows), chosen.shape[1] + drawn.shape[1]), np.bool_), picked >= 0]),
    )


def _beside(matrix: sp.csr_array, rows: Ints) -> tuple[Ints, Floats]:
    """SKU columns of the cells of the `rows` of a matrix, -1 to the right of them, and their values, NaN there."""
    place, values = row_cells(matrix, rows)
    row, sku = np.divmod(place, matrix.shape[1])
    counts = np.bincount(row, minlength=len(rows))
    nth = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = (len(rows), int(counts.max(initial=0)))
    column, value = np.full(shape, -1, np.int64), np.full(shape, np.nan)
    column[row, nth], value[row, nth] = sku, values
    return column, value


def block_matches(problem: MatchProblem, assignment: Assignment, rows: Ints, seen: Seen) -> tuple[Matched, Codes]:
    """Return what is told of the slates of the agents at `rows`, of whom `seen` are the scores, and the rank of each
    match: agents × SKUs, 0 where a SKU is no match."""
    scores, sets = problem.scores, _with_draws(problem, assignment, rows)
    filled, at = sets.sku >= 0, np.maximum(sets.sku, 0)
    own, taken, close = (at_columns(values, at) for values in (seen.own, seen.taken, seen.close))
    returned, regretted = scores.rates(rows, close, at)
    attraction = np.where(filled, scores.attraction(own, at), 0).astype(np.float64)
    taken, visits = np.where(sets.own, 1.0, taken.astype(np.float64)), scores.agents.visits[rows].astype(np.float64)
    # What is not set aside cannot be promised.
    units = np.minimum(expected_units(visits, attraction, taken), sets.taken)
    drawn = attraction * taken
    assigned = np.minimum(visits[:, None] * drawn / (1.0 + drawn.sum(axis=1, keepdims=True)), sets.taken)
    net = np.where(filled, assigned * scores.value_at(returned, regretted, at), -np.inf)
    is_drawn = ~np.isnan(sets.propensity)
    told = {
        "fit": 1.0 / (1.0 + np.exp(-own.astype(np.float64))),
        "expected_kept_units": units * (1.0 - returned),
        "acceptance": taken,
    }
    order = np.lexsort((sets.sku, -net, is_drawn, ~filled), axis=1)
    row, place = np.nonzero(at_columns(filled, order))
    cells = (row, order[row, place])
    sku, rank = sets.sku[cells], np.zeros(seen.own.shape, np.int32)
    rank[row, sku] = place + 1
    agent_ids = problem.lineup.agent_ids.take(pa.array(rows))
    columns = {name: values[cells] for name, values in told.items()}
    matches = {
        "agent_id": agent_ids.take(pa.array(row)),
        "match_rank": (place + 1).astype(np.int32),
        "sku_id": problem.lineup.sku_ids.take(pa.array(sku)),
        "units_reserved": _whole_units(sets.taken[cells]),
        "propensity": pa.array(sets.propensity[cells], mask=~is_drawn[cells]),
        "reasons": reasons_of(problem, rows, (row, sku), columns["expected_kept_units"],
                              propensity=sets.propensity[cells], own=sets.own[cells]),
    }  # fmt: skip
    summed = told | {
        "expected_units": units,
        "expected_regrets": units * regretted,
        "expected_landmines": scores.skus.landmine_probability[at],
    }
    slates = slate_rows(agent_ids, filled, summed, np.where(is_drawn | sets.own, 0.0, net))
    return Matched(pa.table({name: (matches | columns)[name] for name in MATCHES.names}, schema=MATCHES), slates), rank
