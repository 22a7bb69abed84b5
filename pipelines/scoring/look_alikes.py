"""Find the accounts alike that make up the regrets of a SKU: together they are few witnesses."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.risk.look_alikes import ALIKE_CORRELATION, FEWEST_ALIKE, KIND, find_alike, suspect_kinds
from xuanpin.pipelines.context import Night

COUNTS = ["alike", "buyers", "platform_alike", "platform_buyers", "tests"]
KINDS = pa.schema(
    [
        ("sku_id", pa.string()),
        ("period", pa.int32()),
        ("first_week", pa.int32()),
        ("account_size", pa.int32()),
        ("since_on", pa.date32()),
        ("alike", pa.int64()),
        ("buyers", pa.int64()),
        ("platform_share", pa.float64()),
        ("is_found", pa.bool_()),
    ]
)
EITHER = (0, 1)
SHIFTS = [
    *({"period": a, "first_week": b, "account_size": c} for a, b, c in product(EITHER, EITHER, EITHER)),
    *({"period": a, "first_week": -1, "account_size": 0} for a in EITHER),
]
"""Kinds that an account is of: its period, first week and size, each or its neighbour, and its size in any week."""


def find_look_alikes(night: Night) -> pd.DataFrame:
    """Find the kinds of account that a SKU's regrets come from, one row each, as the findings of bursts are described.

    Each has sku_id, `first` and `last` period, buyers `observed` and `expected`, and `lines`: all who regret it.
    Reads night.int_sale_lines, int_buyers and int_sku_numbers. Writes night.int_regretting_buyers, int_alike_kinds
    (candidates, and which were found) and int_alike_buyers.
    """
    night.engine.materialise("int_regretting_buyers")
    counts = night.engine.select("int_alike_counts", fewest=FEWEST_ALIKE, shifts=SHIFTS).to_pandas()
    kinds = suspect_kinds(counts.astype(dict.fromkeys(COUNTS, np.float64))).assign(is_found=False)
    night.engine.store("night.int_alike_kinds", _stored(kinds))
    if len(kinds):
        content = night.engine.select("int_content_buyers").to_pandas()
        kinds = kinds.merge(content, on=KIND, how="left", validate="one_to_one")
        kinds["is_found"] = find_alike(kinds)
        night.engine.store("night.int_alike_kinds", _stored(kinds))
    night.engine.materialise("int_alike_buyers", correlation=ALIKE_CORRELATION)
    return _described(kinds[kinds["is_found"]])


def _described(kinds: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sku_id": kinds["sku_id"],
            "first": kinds["period"] - 1,
            "last": kinds["period"],
            "observed": kinds["alike"],
            "expected": kinds["platform_share"] * kinds["buyers"],
            "lines": kinds["buyers"],
        }
    )


def _stored(kinds: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(kinds[KINDS.names], preserve_index=False).cast(KINDS)
