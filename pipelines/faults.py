"""Splits regrets by who caused them: the goods, the supplier, the agent, the carrier or the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.fault import Effect, blame, fit_effects
from pipelines.night import Night

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Goods first: what they explain is not left for others to be blamed for.
FACTORS = ("supplier", "sku", "carrier", "agent", "customer")
OUTSIDERS = ("carrier", "agent", "customer")
CULPRITS = pa.schema(
    [
        ("kind", pa.string()),
        ("entity_id", pa.string()),
        ("since_on", pa.date32()),
        ("until_on", pa.date32()),
        ("observed", pa.float64()),
        ("expected", pa.float64()),
        ("multiplier", pa.float64()),
    ]
)
CULPRIT_LINES = pa.schema(
    [("sku_id", pa.string()), ("delivered_on", pa.date32()), ("extra_lines", pa.decimal128(18, 6))]
)
SHARES = pa.schema([("sku_id", pa.string()), *((f"fault_{name}", pa.float64()) for name in
                   ("sku", "supplier", "agent", "logistics", "customer"))])


@dataclass(frozen=True)
class Lines:
    """Recent lines in the order of their ids: level codes of each factor and the names behind the codes."""

    table: pa.Table
    codes: dict[str, Ints]
    names: dict[str, list[str]]


def split_faults(night: Night) -> None:
    """Find proven culprits and write what they cost each SKU (night.int_culprit_lines) and who is to blame (int_fault_shares)."""
    settings = night.settings.scoring
    first_on = night.as_of_date - timedelta(days=settings.fault_days)
    night.engine.materialise(
        "int_fault_lines", as_of_date=night.as_of_date, first_on=first_on, horizon_days=settings.horizon_days
    )
    lines = _read_lines(night)
    regretted = lines.table["is_regretted"].to_numpy().astype(np.float64)
    expected = _expected_by_category(lines, regretted)
    effects = fit_effects(lines.codes, regretted, expected)
    night.engine.store("night.int_culprits", _culprits(night, lines, effects))
    night.engine.store("night.int_culprit_lines", _culprit_lines(lines, effects))
    night.engine.store("night.int_fault_shares", _shares(lines, effects, regretted))


def _read_lines(night: Night) -> Lines:
    table = night.engine.query("select * from night.int_fault_lines order by order_line_id")
    codes, names = {}, {}
    for factor in ("category", *FACTORS):
        column = table["category" if factor == "category" else f"{factor}_id"].combine_chunks().dictionary_encode()
        codes[factor] = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        names[factor] = column.dictionary.to_pylist()
    return Lines(table, codes, names)
