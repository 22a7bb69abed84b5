"""Attribute regrets to who caused them, and take the lines of outlier sources out of what judges the SKUs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.fault_attribution import (
    EXTERNAL_FACTORS,
    FACTORS,
    AttributedLines,
    Effect,
    attributable_shares,
    expected_outcomes,
    fit_effects,
    outlier_lines,
)
from xuanpin.pipelines.context import Night, StepCount

OUTLIERS = pa.schema(
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
OUTLIER_LINES = pa.schema(
    [
        ("sku_id", pa.string()),
        ("delivered_on", pa.date32()),
        ("regret_days", pa.int32()),
        ("lines", pa.decimal128(18, 3)),
    ]
)


@dataclass(frozen=True)
class Lines:
    """Hold recent lines in the order of their ids.

    `table` has the columns of int_fault_lines, `codes` the level codes of each factor (-1 unknown), `ids` the ids
    behind the codes; `weeks` is how many weeks the lines span.
    """

    table: pa.Table
    codes: dict[str, Ints]
    ids: dict[str, pa.Array]
    weeks: int

    def floats(self, name: str) -> Floats:
        """Return the column `name` of the lines as numbers, shape (lines,)."""
        return np.asarray(self.table[name].to_numpy(), dtype=np.float64)

    def expected(self, outcome: str) -> Floats:
        """Return the `outcome` (a column of 0 or 1) expected by tonight of each line, shape (lines,)."""
        return expected_outcomes(self.floats("shown_share"), self.codes["category"], self.floats(outcome))

    def factors(self, names: tuple[str, ...]) -> dict[str, Ints]:
        """Return the level codes of the factors in `names`, each of shape (lines,)."""
        return {name: self.codes[name] for name in names}


def attribute_faults(night: Night) -> StepCount:
    """Find the outlier sources of regret, attribute each SKU's regrets, and add up what judges the SKUs.

    Reads history.order_line_timeline, night.int_complaints, int_sku_daily and the tables of the outcomes step. Writes
    night.int_outliers (who), int_outlier_lines (their lines), int_fault_shares, int_exposure and int_sku_evidence.
    Returns lines searched and SKUs with evidence.
    """
    settings = night.settings.scoring
    first_on = night.as_of_date - timedelta(days=settings.fault_days)
    dates: dict[str, Any] = {"as_of_date": night.as_of_date, "horizon_days": settings.horizon_days}
    catalogue = night.engine.read("night.int_sku_numbers", columns=["sku_id", "category", "supplier_id"])
    lines = _read_lines(night.engine.select("int_fault_lines", first_on=first_on, **dates), catalogue)
    effects = fit_effects(lines.factors(FACTORS), lines.floats("is_regretted"), lines.expected("is_regretted"))
    outliers = _outliers(lines, effects, night.as_of_date, settings.fault_days)
    night.engine.store("night.int_outliers", outliers)
    night.engine.store("night.int_outlier_lines", _outlier_lines(lines, effects))
    night.engine.store("night.int_fault_shares", _shares(lines, effects))
    night.engine.materialise("int_exposure", **dates)
    return lines.table.num_rows, night.engine.materialise("int_sku_evidence")


def _read_lines(table: pa.Table, catalogue: pa.Table) -> Lines:
    """Number the levels of each factor in the order of their first lines; those of SKUs are in the `catalogue`."""
    codes, ids = {}, {}
    for factor in ("sku", "carrier", "agent", "customer"):
        codes[factor], ids[factor] = _numbered(table[f"{factor}_id"].combine_chunks())
    own = catalogue.take(pc.index_in(ids["sku"], catalogue["sku_id"]))
    for factor, name in (("category", "category"), ("supplier", "supplier_id")):
        of_sku, ids[factor] = _numbered(own[name].combine_chunks())
        codes[factor] = of_sku[codes["sku"]]
    # A carrier may be bad always or only one week: its weeks are a factor of their own.
    week = table["age_days"].to_numpy().astype(np.int64) // 7
    weeks = int(week.max(initial=0)) + 1
    codes["carrier_week"] = np.where(codes["carrier"] >= 0, codes["carrier"] * weeks + week, -1)
    ids["carrier_week"] = ids["carrier"]
    return Lines(table.drop_columns(["carrier_id", "agent_id", "customer_id"]), codes, ids, weeks)


def _numbered(column: pa.Array) -> tuple[Ints, pa.Array]:
    encoded = column.dictionary_encode()
    return pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary


def _outliers(lines: Lines, effects: dict[str, Effect], as_of_date: date, fault_days: int) -> pa.Table:
    rows = []
    for kind in EXTERNAL_FACTORS:
        effect = effects[kind]
        for level in np.flatnonzero(effect.is_outlier):
            owner, week = divmod(int(level), lines.weeks) if kind == "carrier_week" else (int(level), None)
            newest, oldest = (week * 7, min(week * 7 + 6, fault_days - 1)) if week is not None else (0, fault_days - 1)
            rows.append(
                {
                    "kind": kind.removesuffix("_week"),
                    "entity_id": lines.ids[kind][owner].as_py(),
                    "since_on": as_of_date - timedelta(days=oldest),
                    "until_on": as_of_date - timedelta(days=newest),
                    "observed": float(effect.observed[level]),
                    "expected": float(effect.expected[level]),
                    "multiplier": float(effect.multiplier[level]),
                }
            )
    rows.sort(key=lambda row: (row["kind"], row["entity_id"], row["since_on"]))
    return pa.Table.from_pylist(rows, schema=OUTLIERS)


def _outlier_lines(lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    """Return the lines an outlier source affected, in witnesses by SKU, delivery day and days until regretted."""
    has_outlier = outlier_lines(effects, lines.factors(EXTERNAL_FACTORS))
    keys = ["sku_id", "delivered_on", "regret_days"]
    counted = lines.table.select([*keys, "weight"]).filter(pa.array(has_outlier)).group_by(keys)
    order = [(key, "ascending") for key in keys]
    total = counted.aggregate([("weight", "sum")]).rename_columns({"weight_sum": "lines"})
    return total.select(OUTLIER_LINES.names).sort_by(order).cast(OUTLIER_LINES)


def _shares(lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    """Return the five shares of each SKU that has recent regrets; they sum to 1."""
    judged = AttributedLines(
        sku=lines.codes["sku"],
        supplier=lines.codes["supplier"],
        external=lines.factors(EXTERNAL_FACTORS),
        regretted=lines.floats("is_regretted"),
        damaged=lines.floats("is_damaged"),
        damage_due=lines.expected("is_damaged"),
    )
    shares = attributable_shares(judged, effects, len(lines.ids["sku"]))
    hit = ~np.isnan(shares["sku"])
    columns = {f"fault_{cause}": pa.array(share[hit]) for cause, share in shares.items()}
    return pa.table({"sku_id": lines.ids["sku"].filter(pa.array(hit)), **columns})
