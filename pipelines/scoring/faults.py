"""Attribute regrets to who caused them, and take the lines of outlier sources out of what judges the SKUs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Codes, Flags, Floats
from xuanpin.models.risk.fault_attribution import (
    EXTERNAL_FACTORS,
    FACTORS,
    AttributedLines,
    Effect,
    attributable_shares,
    expected_outcomes,
    fit_effects,
    on_grid,
    outlier_lines,
    regret_of_agents,
)
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.witnesses import read_new_weight

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
AGENT_REGRETS = pa.schema([("agent_id", pa.string()), ("added_regret", pa.float64())])
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
    """Hold recent lines in numbers of few bytes, arrays of shape (lines,): there are millions of them.

    `codes` are the level codes of each factor (-1 unknown); a customer's is her key, others are numbers in the order of
    ids. `age_days`, `regret_days` (-1 where not regretted), `damaged` and `thousandths` of its weight are those of
    int_attributed_lines; `shown_share` is that of regrets that show by its age, `category` its SKU's code. `skus` are
    the ids behind the codes of SKUs, `suppliers` the codes of theirs, `weeks` is how many weeks the lines span.
    """

    codes: dict[str, Codes]
    age_days: Codes
    regret_days: Codes
    category: Codes
    shown_share: Floats
    damaged: Flags
    thousandths: Codes
    skus: pa.ChunkedArray
    suppliers: Codes
    weeks: int

    @property
    def regretted(self) -> Flags:
        """Return whether each line is regretted so far."""
        return np.asarray(self.regret_days >= 0)

    def expected(self, outcome: Flags) -> Floats:
        """Return the `outcome` (flags) expected by tonight of each line, shape (lines,)."""
        return expected_outcomes(self.shown_share, self.category, outcome)

    @property
    def owners(self) -> dict[str, Codes]:
        """Return the code of each SKU's supplier, and of each week's carrier."""
        weeks = np.arange(int(self.codes["carrier_week"].max(initial=-1)) + 1, dtype=np.int32)
        return {"sku": self.suppliers, "carrier_week": weeks // self.weeks}

    def factors(self, names: tuple[str, ...]) -> dict[str, Codes]:
        """Return the level codes of the factors in `names`, each of shape (lines,)."""
        return {name: self.codes[name] for name in names}


def attribute_faults(night: Night) -> StepCount:
    """Find the outlier sources of regret, attribute each SKU's regrets, and add up what judges the SKUs.

    Reads night.int_sale_lines, int_sku_daily and other tables of the outcomes step. Writes night.int_outliers (who),
    int_outlier_lines (their lines), int_agent_regret, int_fault_shares, int_exposure and int_sku_evidence.
    Returns lines searched and SKUs with evidence.
    """
    settings = night.settings.scoring
    searched = _search(night)
    night.engine.materialise("int_exposure", as_of_date=night.as_of_date, horizon_days=settings.horizon_days)
    return searched, night.engine.materialise("int_sku_evidence")


def _search(night: Night) -> int:
    """Store what the lines tell; returns how many they are. They are not held longer: no step takes more memory."""
    lines = _read_lines(night, night.settings.scoring.horizon_days)
    effects = fit_effects(lines.factors(FACTORS), lines.owners, lines.regretted, lines.expected(lines.regretted))
    night.engine.store("night.int_outliers", _outliers(night, lines, effects))
    night.engine.store("night.int_outlier_lines", _outlier_lines(lines, effects, night.as_of_date))
    night.engine.store("night.int_agent_regret", _agent_regrets(night, lines, effects))
    night.engine.store("night.int_fault_shares", _shares(lines, effects))
    return len(lines.age_days)


def _read_lines(night: Night, horizon_days: int) -> Lines:
    columns = ["sku_id", "category", "supplier_id", "category_number"]
    catalogue = night.engine.read("night.int_sku_numbers", columns=columns, order_by=["sku_number"])
    searched_from = night.as_of_date - timedelta(days=night.settings.scoring.fault_days)
    table = night.engine.select(
        "int_attributed_lines",
        as_of_date=night.as_of_date,
        first_on=searched_from,
        new_weight=read_new_weight(night),
    )
    numbers = _numbers_of_keys(night)
    codes = {factor: numbers[_numbers(table[f"{factor}_key"])] for factor in ("sku", "carrier", "agent")}
    codes["customer"] = _numbers(table["customer_key"])
    age_days, regret_days = _numbers(table["age_days"]), _numbers(table["regret_days"])
    damaged = np.array(table["is_damaged"].to_numpy(), dtype=np.bool_)
    thousandths = _numbers(table["thousandths"])
    # Its memory is given back only when no column of it is left.
    del table
    curve = _regret_curve(night, horizon_days)
    shown_share = curve[_numbers(catalogue["category_number"])[codes["sku"]], np.minimum(age_days, horizon_days)]
    category, suppliers = (_codes(catalogue[name]) for name in ("category", "supplier_id"))
    # A carrier may be bad always or only one week: its weeks are a factor of their own.
    weeks = int(age_days.max(initial=0)) // 7 + 1
    codes["carrier_week"] = codes["carrier"] * np.int32(weeks)
    codes["carrier_week"] += age_days // 7
    codes["carrier_week"][codes["carrier"] < 0] = -1
    own = category[codes["sku"]], shown_share
    return Lines(codes, age_days, regret_days, *own, damaged, thousandths, catalogue["sku_id"], suppliers, weeks)


def _numbers_of_keys(night: Night) -> Codes:
    """The number of each SKU, agent and carrier by its key; -1 at the end, where the key -1 finds it."""
    named = night.engine.read("night.int_source_numbers", columns=["name_key", "source_number"])
    keys = _numbers(named["name_key"])
    numbers = np.full(int(keys.max(initial=-1)) + 2, -1, dtype=np.int32)
    numbers[keys] = _numbers(named["source_number"])
    return numbers


def _codes(names: pa.ChunkedArray) -> Codes:
    """Codes of names, -1 where there is none."""
    return _numbers(pa.chunked_array([pc.fill_null(names.combine_chunks().dictionary_encode().indices, -1)]))


def _regret_curve(night: Night, horizon_days: int) -> Floats:
    """The share of regrets that show by each day, shape (categories, horizon_days + 1)."""
    columns = ["category_number", "day", "regret_share"]
    table = night.engine.read("night.int_number_curve", columns=columns, order_by=columns[:2])
    category = _numbers(table["category_number"])
    curve = np.zeros((int(category.max(initial=-1)) + 1, horizon_days + 1))
    # Decimals one by one: Arrow's own cast is off by a last digit.
    curve[category, _numbers(table["day"])] = [float(share) for share in table["regret_share"].to_pylist()]
    return on_grid(curve)


def _numbers(column: pa.ChunkedArray) -> Codes:
    """Whole numbers of a column without nulls, in memory of their own."""
    parts = [np.asarray(chunk.to_numpy(), dtype=np.int32) for chunk in column.chunks]
    return np.concatenate([np.zeros(0, np.int32), *parts])


def _outliers(night: Night, lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    """Return who the outlier sources are, by kind, id and first day."""
    fault_days, rows = night.settings.scoring.fault_days, list[dict[str, Any]]()
    for factor in EXTERNAL_FACTORS:
        effect, kind = effects[factor], factor.removesuffix("_week")
        for level in np.flatnonzero(effect.is_outlier):
            number, week = divmod(int(level), lines.weeks) if factor == "carrier_week" else (int(level), None)
            newest, oldest = (week * 7, min(week * 7 + 6, fault_days - 1)) if week is not None else (0, fault_days - 1)
            rows.append(
                {
                    "kind": kind,
                    "number": number,
                    "since_on": night.as_of_date - timedelta(days=oldest),
                    "until_on": night.as_of_date - timedelta(days=newest),
                    "observed": float(effect.observed[level]),
                    "expected": float(effect.expected[level]),
                    "multiplier": float(effect.multiplier[level]),
                }
            )
    names = _level_names(night, rows)
    named = [{**row, "entity_id": names[row["kind"], row["number"]]} for row in rows]
    named.sort(key=lambda row: (row["kind"], row["entity_id"], row["since_on"]))
    return pa.Table.from_pylist(named, schema=OUTLIERS)


def _agent_regrets(night: Night, lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    """Return what the couriers and promises of each agent add to her customers' regrets, where that is anything and
    settings count it."""
    if not night.settings.matching.agent_regrets:
        return AGENT_REGRETS.empty_table()
    factors = lines.factors(EXTERNAL_FACTORS)
    added = regret_of_agents(effects, factors, lines.expected(lines.regretted), lines.shown_share)
    found = np.flatnonzero(added > 0.0)
    names = _level_names(night, [{"kind": "agent", "number": int(number)} for number in found])
    rows = [{"agent_id": names["agent", number], "added_regret": float(added[number])} for number in found.tolist()]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["agent_id"])), schema=AGENT_REGRETS)


def _level_names(night: Night, rows: list[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Return the ids behind the kinds and codes of `rows`."""
    asked = sorted({(str(row["kind"]), int(row["number"])) for row in rows})
    # A list without entries would have no type.
    levels = [{"kind": kind, "number": number} for kind, number in (("nobody", -1), *asked)]
    found = night.engine.select("int_level_names", levels=levels).to_pylist()
    return {(row["kind"], row["level_number"]): row["entity_id"] for row in found}


def _outlier_lines(lines: Lines, effects: dict[str, Effect], as_of_date: date) -> pa.Table:
    """Return the lines an outlier source affected, in witnesses by SKU, delivery day and days until regretted."""
    touched = np.flatnonzero(outlier_lines(effects, lines.factors(EXTERNAL_FACTORS)))
    delivered = np.datetime64(as_of_date, "D") - lines.age_days[touched].astype("timedelta64[D]")
    regret_days = lines.regret_days[touched]
    keys = {
        "sku_id": lines.skus.take(pa.array(lines.codes["sku"][touched])),
        "delivered_on": pa.array(delivered),
        "regret_days": pa.array(regret_days, mask=regret_days < 0),
    }
    weighed = pa.table({**keys, "lines": lines.thousandths[touched]}).group_by(list(keys)).aggregate([("lines", "sum")])
    total = pc.multiply(weighed["lines_sum"].cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.001")))
    counted = weighed.select(list(keys)).append_column("lines", total).select(OUTLIER_LINES.names)
    return counted.sort_by([(key, "ascending") for key in keys]).cast(OUTLIER_LINES)


def _shares(lines: Lines, effects: dict[str, Effect]) -> pa.Table:
    """Return the five shares of each SKU that has recent regrets; they sum to 1."""
    judged = AttributedLines(
        sku=lines.codes["sku"],
        supplier=lines.suppliers[: len(effects["sku"].multiplier)],
        external=lines.factors(EXTERNAL_FACTORS),
        regretted=lines.regretted,
        damaged=lines.damaged,
        damage_due=lines.expected(lines.damaged),
    )
    shares = attributable_shares(judged, effects, len(effects["sku"].multiplier))
    hit = ~np.isnan(shares["sku"])
    columns = {f"fault_{cause}": pa.array(share[hit]) for cause, share in shares.items()}
    return pa.table({"sku_id": lines.skus.take(pa.array(np.flatnonzero(hit))), **columns})
