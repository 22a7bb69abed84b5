"""What each agent is shown beside her matches: SKUs of the list that she could post instead of one of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Codes, Ints
from xuanpin.models.choosing import choose
from xuanpin.models.matching.alternates import Swaps, best_alternates
from xuanpin.models.matching.slate import at_columns
from xuanpin.pipelines.matching.inputs import MatchProblem, Seen
from xuanpin.pipelines.matching.reasons import REASONS, reasons_of

ALTERNATES = pa.schema(
    [
        ("agent_id", pa.string()),
        ("alternate_rank", pa.int32()),
        ("sku_id", pa.string()),
        ("fit", pa.float64()),
        ("acceptance", pa.float64()),
        ("expected_kept_units", pa.float64()),
        ("reasons", REASONS),
    ]
)


def units_left(problem: MatchProblem, reserved: Ints) -> Ints:
    """Return the units of each SKU beside those that matches have `reserved`."""
    # What agents proposed is reserved already; a SKU on trial is for those who did.
    return np.where(problem.picks.closed, 0, problem.lineup.stock - reserved)


def block_alternates(problem: MatchProblem, rows: Ints, seen: Seen, rank: Codes, left: Ints) -> pa.Table:
    """Return one row per alternate of the agents at `rows`, best first within an agent; measures as in
    night.agent_alternates.

    `seen` are the scores of these agents, `rank` is that of their matches (see block_matches), which they are not
    offered again, and `left` is what units_left says.
    """
    most, scores = problem.settings.alternates, problem.scores
    if not most:
        return ALTERNATES.empty_table()
    close, own = seen.close, seen.own
    swaps = _swaps(problem, rows, seen, rank, left)
    found = best_alternates(swaps, most)
    row, place = np.nonzero(found.sku >= 0)
    sku = found.sku[row, place]
    at = np.maximum(found.sku, 0)
    returned, _ = scores.rates(rows, at_columns(close, at), at)
    kept = (found.units.astype(np.float64) * (1.0 - returned))[row, place]
    return pa.table(
        {
            "agent_id": problem.lineup.agent_ids.take(pa.array(rows[row])),
            "alternate_rank": (place + 1).astype(np.int32),
            "sku_id": problem.lineup.sku_ids.take(pa.array(sku)),
            "fit": 1.0 / (1.0 + np.exp(-own[row, sku].astype(np.float64))),
            "acceptance": swaps.acceptance[row, sku].astype(np.float64),
            "expected_kept_units": kept,
            "reasons": reasons_of(problem, rows, (row, sku), kept),
        },
        schema=ALTERNATES,
    )


def _swaps(problem: MatchProblem, rows: Ints, seen: Seen, rank: Codes, left: Ints) -> Swaps:
    """Beside each agent's slate but for her last match."""
    scores = problem.scores
    posted, unit_value = scores.attraction(seen.own), scores.unit_value(rows, seen.close)
    is_rest = (rank > 0) & (rank < rank.max(axis=1, keepdims=True))
    rest = choose(is_rest, posted * seen.taken, np.float32(0))
    load = np.asarray(1 + rest.sum(axis=1), dtype=np.float32)
    return Swaps(
        visits=scores.agents.visits[rows],
        load=load,
        earning=np.asarray((rest * unit_value).sum(axis=1) / load, dtype=np.float32),
        attraction=posted,
        acceptance=seen.taken,
        unit_value=unit_value,
        allowed=scores.allowed(rows) & (rank == 0),
        left=left,
    )
