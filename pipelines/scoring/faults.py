"""Splits regrets by who caused them: the goods, the supplier, the agent, the carrier or the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.fault_attribution import Effect, blame, fit_effects
from xuanpin.pipelines.context import Night

# Goods first: what they explain is not left for others to be blamed for.
FACTORS = ("supplier", "sku", "carrier", "carrier_week", "agent", "customer")
OUTSIDERS = ("carrier", "carrier_week", "agent", "customer")
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
    [("sku_id", pa.string()), ("delivered_on", pa.date32()), ("regret_days", pa.int32()), ("lines", pa.int64())]
)


@dataclass(frozen=True)
class Lines:
    """Recent lines in the order of their ids: level codes of each factor (-1 unknown) and the ids behind the codes."""

    table: pa.Table
    codes: dict[str, Ints]
    ids: dict[str, pa.Array]
    weeks: int

    def floats(self, name: str) -> Floats:
        """One column of the lines as numbers."""
        return np.asarray(self.table[name].to_numpy(), dtype=np.float64)


def split_faults(night: Night) -> None:
    """Find who causes regrets whatever the goods, and share out the blame for each SKU's regrets.

    Writes night.int_outliers (who), night.int_outlier_lines (their lines) and night.int_fault_shares.
    """
    settings = night.settings.scoring
    first_on = night.as_of_date - timedelta(days=settings.fault_days)
    lines = _read_lines(
        night.engine.select(
            "int_fault_lines", as_of_date=night.as_of_date, first_on=first_on, horizon_days=settings.horizon_days
        )
    )
    factors = {name: lines.codes[name] for name in FACTORS}
    effects = fit_effects(factors, lines.floats("is_regretted"), _expected(lines, "is_regretted"))
    night.engine.store("night.int_outliers", _culprits(night, lines, effects))
    night.engine.store("night.int_outlier_lines", _culprit_lines(lines, effects))
    night.engine.store("night.int_fault_shares", _shares(lines, effects))


def _read_lines(table: pa.Table) -> Lines:
    codes, ids = {}, {}
    for factor in ("category", "supplier", "sku", "carrier", "agent", "customer"):
        column = table["category" if factor == "category" else f"{factor}_id"].combine_chunks()
        encoded = column.dictionary_encode()
        codes[factor] = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        ids[factor] = encoded.dictionary
    # A carrier may be bad always or turn bad one week: its weeks are a factor of their own.
    week = table["age_days"].to_numpy().astype(np.int64) // 7
    weeks = int(week.max(initial=0)) + 1
    codes["carrier_week"] = np.where(codes["carrier"] >= 0, codes["carrier"] * weeks + week, -1)
    ids["carrier_week"] = ids["carrier"]
    return Lines(table, codes, ids, weeks)


def _expected(lines: Lines, outcome: str) -> Floats:
    """Outcomes that a line's category and age lead one to expect by tonight."""
    shown = lines.floats("shown_share")
    category = lines.codes["category"]
    due = np.bincount(category, shown)
    rate = np.bincount(category, lines.floats(outcome)) / np.maximum(due, 1e-12)
    return shown * rate[category]


def _culprits(night: Night, lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    rows = []
    for kind in OUTSIDERS:
        effect = effects[kind]
        for level in np.flatnonzero(effect.is_culprit):
            owner, week = divmod(int(level), lines.weeks) if kind == "carrier_week" else (int(level), None)
            last = night.settings.scoring.fault_days - 1
            newest, oldest = (week * 7, min(week * 7 + 6, last)) if week is not None else (0, last)
            rows.append(
                {
                    "kind": kind.removesuffix("_week"),
                    "entity_id": lines.ids[kind][owner].as_py(),
                    "since_on": night.as_of_date - timedelta(days=oldest),
                    "until_on": night.as_of_date - timedelta(days=newest),
                    "observed": float(effect.observed[level]),
                    "expected": float(effect.expected[level]),
                    "multiplier": float(effect.multiplier[level]),
                }
            )
    rows.sort(key=lambda row: (row["kind"], row["entity_id"], row["since_on"]))
    return pa.Table.from_pylist(rows, schema=CULPRITS)


def _culprit_lines(lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    """Lines that a proven culprit had a hand in, by SKU, day of delivery and days until regretted (null: not yet)."""
    touched = np.zeros(lines.table.num_rows, dtype=bool)
    for kind in OUTSIDERS:
        touched |= np.append(effects[kind].is_culprit, False)[lines.codes[kind]]
    keys = ["sku_id", "delivered_on", "regret_days"]
    counted = lines.table.select(keys).filter(pa.array(touched)).group_by(keys).aggregate([([], "count_all")])
    order = [(key, "ascending") for key in keys]
    return counted.rename_columns({"count_all": "lines"}).select(CULPRIT_LINES.names).sort_by(order).cast(CULPRIT_LINES)


def _shares(lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    """Blame for each SKU's recent regrets; the five shares of a SKU sum to 1, a SKU without regrets has no row."""
    regretted = np.flatnonzero(lines.floats("is_regretted") > 0.0)
    sku = lines.codes["sku"]
    count = len(lines.ids["sku"])
    parts = blame(
        {kind: effects[kind] for kind in OUTSIDERS}, {kind: lines.codes[kind][regretted] for kind in OUTSIDERS}
    )
    total = np.bincount(sku[regretted], minlength=count).astype(np.float64)
    outside = {kind: np.bincount(sku[regretted], parts[kind], count) for kind in OUTSIDERS}
    goods = total - sum(outside.values(), np.zeros(count))
    # Ordinary damage in transit is the carriers'; what a SKU breaks beyond its category is its own.
    due = np.bincount(sku, _expected(lines, "is_damaged"), count)
    damaged = np.bincount(sku, lines.floats("is_damaged"), count)
    transit = np.minimum(goods, np.minimum(due, damaged))
    supplier = np.zeros(count, dtype=np.int64)
    supplier[sku] = lines.codes["supplier"]
    over = np.maximum(effects["supplier"].multiplier[supplier] - 1.0, 0.0)
    own = np.maximum(effects["sku"].multiplier, 1.0)
    by_supplier = (goods - transit) * over / (over + own)
    hit = total > 0.0
    columns = {
        "fault_sku": goods - transit - by_supplier,
        "fault_supplier": by_supplier,
        "fault_agent": outside["agent"],
        "fault_logistics": outside["carrier"] + outside["carrier_week"] + transit,
        "fault_customer": outside["customer"],
    }
    shares = {name: pa.array((value[hit] / total[hit]).astype(np.float64)) for name, value in columns.items()}
    return pa.table({"sku_id": lines.ids["sku"].filter(pa.array(hit)), **shares})
