"""What each agent is shown beside her matches: SKUs of the list that she could post instead of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from xuanpin.models.arrays import Ints, Singles
from xuanpin.models.matching.alternates import Swaps, best_alternates
from xuanpin.models.matching.market import BLOCK_AGENTS, WORKERS, agent_blocks
from xuanpin.models.matching.slate import at_columns
from xuanpin.pipelines.choice_model.columns import integers
from xuanpin.pipelines.matching.inputs import MatchProblem

PART_AGENTS = 256 * BLOCK_AGENTS
"""Agents whose alternates are held in memory together: a million agents have eight million rows."""
SCHEMA = pa.schema(
    [
        ("agent_id", pa.string()),
        ("alternate_rank", pa.int32()),
        ("sku_id", pa.string()),
        ("fit", pa.float64()),
        ("acceptance", pa.float64()),
        ("expected_kept_units", pa.float64()),
        ("style_tag", pa.string()),
        ("series_tag", pa.string()),
        ("wanted_category", pa.string()),
    ]
)


def alternate_parts(problem: MatchProblem, matches: pa.Table) -> Iterator[pa.Table]:
    """Yield one row per alternate, best first within an agent, in parts of PART_AGENTS agents, one part at least.

    Measures are as in night.agent_alternates. `matches` are tonight's rows of match_rows: what they reserve is not
    left, and nobody is offered what she has.
    """
    most = problem.settings.alternates
    if not most or not len(problem.stock) or not len(problem.lineup.slots):
        yield SCHEMA.empty_table()
        return
    sku, units = problem.lineup.sku_rows(matches["sku_id"]), integers(matches, "units_reserved")
    left = units_left(problem, np.bincount(sku, units, len(problem.stock)).astype(np.int64))
    given = _given(problem, matches)

    def block_rows(rows: Ints) -> pa.Table:
        return _block_rows(problem, rows, given[rows], left, most)

    blocks = list(agent_blocks(len(problem.lineup.slots)))
    each = max(1, PART_AGENTS // BLOCK_AGENTS)
    with ThreadPoolExecutor(WORKERS) as pool:
        for first in range(0, len(blocks), each):
            yield pa.concat_tables(list(pool.map(block_rows, blocks[first : first + each])))


def _given(problem: MatchProblem, matches: pa.Table) -> sp.csr_array:
    """Agents × SKUs: the rank of each match; `matches` stand agent by agent in the order of their ranks."""
    lineup, rank = problem.lineup, integers(matches, "match_rank")
    first = np.flatnonzero(rank == 1)
    counts = np.zeros(len(lineup.slots), np.int64)
    counts[lineup.agent_rows(matches["agent_id"].take(pa.array(first)))] = np.diff(np.append(first, len(rank)))
    starts = np.concatenate([[0], np.cumsum(counts)])
    shape = (len(counts), len(problem.stock))
    return sp.csr_array((rank, lineup.sku_rows(matches["sku_id"]), starts), shape=shape)


def units_left(problem: MatchProblem, reserved: Ints) -> Ints:
    """Return the units of each SKU beside those that matches have `reserved`."""
    # What agents proposed is reserved already; a SKU on trial is for those who did.
    return np.where(problem.picks.closed, 0, problem.lineup.stock - reserved)


def block_alternates(problem: MatchProblem, matches: pa.Table, left: Ints) -> pa.Table:
    """Return the rows of alternate_parts for all agents of a problem at once; `matches` are as there, `left` is what
    units_left says."""
    most = problem.settings.alternates
    if not most or not len(problem.stock):
        return SCHEMA.empty_table()
    rows = np.arange(len(problem.lineup.slots))
    return _block_rows(problem, rows, _given(problem, matches), left, most)


def _block_rows(problem: MatchProblem, rows: Ints, given: sp.csr_array, left: Ints, most: int) -> pa.Table:
    scores, rank = problem.scores, given.toarray()
    close = scores.closeness(rows)
    own = scores.own_attraction(rows, close)
    swaps = _swaps(problem, rows, (close, own), rank, left)
    found = best_alternates(swaps, most)
    row, place = np.nonzero(found.sku >= 0)
    sku = found.sku[row, place]
    at = np.maximum(found.sku, 0)
    returned, _ = scores.rates(rows, at_columns(close, at), at)
    return pa.table(
        {
            "agent_id": problem.lineup.agent_ids.take(pa.array(rows[row])),
            "alternate_rank": (place + 1).astype(np.int32),
            "sku_id": problem.lineup.sku_ids.take(pa.array(sku)),
            "fit": 1.0 / (1.0 + np.exp(-own[row, sku].astype(np.float64))),
            "acceptance": swaps.acceptance[row, sku].astype(np.float64),
            "expected_kept_units": (found.units.astype(np.float64) * (1.0 - returned))[row, place],
        }
        | {column: both.first_shared(rows, row, sku) for column, both in problem.lineup.shared_words.items()},
        schema=SCHEMA,
    )


def _swaps(problem: MatchProblem, rows: Ints, own: tuple[Singles, Singles], rank: Ints, left: Ints) -> Swaps:
    """Beside each agent's slate but for her last match; `own` are closeness and own attraction, `rank` her matches."""
    scores = problem.scores
    posted, acceptance = scores.attraction(own[1]), problem.taking.chance(rows, own[0])
    unit_value = scores.unit_value(rows, own[0])
    is_rest = (rank > 0) & (rank < rank.max(axis=1, keepdims=True))
    rest = np.where(is_rest, posted * acceptance, np.float32(0))
    load = np.asarray(1 + rest.sum(axis=1), dtype=np.float32)
    return Swaps(
        visits=scores.agents.visits[rows],
        load=load,
        earning=np.asarray((rest * unit_value).sum(axis=1) / load, dtype=np.float32),
        attraction=posted,
        acceptance=acceptance,
        unit_value=unit_value,
        allowed=scores.allowed(rows) & (rank == 0),
        left=left,
    )
