"""What the slates of agents hold together: sums over their matches that do not depend on any order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Array, Flags, Floats
from xuanpin.pipelines.matching.quotes import decimals

PLACES = 9
"""Decimal places in which the figures of matches are added up: sums of whole numbers are exact."""
SUMMED = ("fit", "expected_kept_units", "expected_units", "expected_regrets", "expected_landmines", "acceptance")
SLATES = pa.schema(
    [
        ("agent_id", pa.string()),
        ("matches_given", pa.int64()),
        *((name, pa.float64()) for name in (*SUMMED, "chosen_net_units")),
    ]
)
"""A row for each agent who has matches: how many, and the sums over them."""


def slate_rows(agent_ids: pa.Array, filled: Flags, summed: Mapping[str, Array], chosen: Floats) -> pa.Table:
    """Return the rows of night.int_agent_slates.

    `agent_ids` names the agents, `filled` (agents × places) says where there is a match, `summed` has the columns of
    SUMMED for these, and `chosen` the net units that the assignment counted, 0 for what chance or the agent chose.
    """
    given, columns = np.count_nonzero(filled, axis=1), {**summed, "chosen_net_units": chosen}
    sums = {name: _sum(np.where(filled, values, 0.0)) for name, values in columns.items()}
    told = pa.table({"agent_id": agent_ids, "matches_given": given, **sums}).select(SLATES.names).cast(SLATES)
    return told.filter(pa.array(given > 0))


def _sum(values: Floats) -> Floats:
    return np.asarray(decimals(values, PLACES).sum(axis=1) / 10.0**PLACES)
