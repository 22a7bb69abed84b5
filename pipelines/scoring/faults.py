"""Attribute regrets to who caused them, and take the lines of outlier sources out of what judges the SKUs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.risk.fault_attribution import (
    EXTERNAL_FACTORS,
    FACTORS,
    AttributedLines,
    Effect,
    attributable_shares,
    fit_effects,
    outlier_lines,
    regret_of_agents,
)
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.fault_lines import FaultLines, read_fault_lines

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
    lines = read_fault_lines(night)
    regretted = lines.is_regretted
    effects = fit_effects(lines.factors(FACTORS), lines.owners, regretted, lines.kinds.expected(regretted))
    night.engine.store("night.int_outliers", _outliers(night, lines, effects))
    night.engine.store("night.int_outlier_lines", _outlier_lines(lines, effects, night.as_of_date))
    night.engine.store("night.int_agent_regret", _agent_regrets(night, lines, effects))
    night.engine.store("night.int_fault_shares", _shares(lines, effects))
    return len(lines.age_days)


def _outliers(night: Night, lines: FaultLines, effects: dict[str, Effect]) -> pa.Table:
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


def _agent_regrets(night: Night, lines: FaultLines, effects: dict[str, Effect]) -> pa.Table:
    """Return what the couriers and promises of each agent add to her customers' regrets, where that is anything and
    settings count it."""
    if not night.settings.matching.agent_regrets:
        return AGENT_REGRETS.empty_table()
    factors = lines.factors(EXTERNAL_FACTORS)
    added = regret_of_agents(effects, factors, lines.kinds.expected(lines.is_regretted), lines.kinds)
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


def _outlier_lines(lines: FaultLines, effects: dict[str, Effect], as_of_date: date) -> pa.Table:
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


def _shares(lines: FaultLines, effects: dict[str, Effect]) -> pa.Table:
    """Return the five shares of each SKU that has recent regrets; they sum to 1."""
    judged = AttributedLines(
        sku=lines.codes["sku"],
        supplier=lines.suppliers[: len(effects["sku"].multiplier)],
        external=lines.factors(EXTERNAL_FACTORS),
        regretted=lines.is_regretted,
        damaged=lines.is_damaged,
        damage_due=lines.kinds.expected(lines.is_damaged),
    )
    shares = attributable_shares(judged, effects, len(effects["sku"].multiplier))
    hit = ~np.isnan(shares["sku"])
    columns = {f"fault_{cause}": pa.array(share[hit]) for cause, share in shares.items()}
    return pa.table({"sku_id": lines.skus.take(pa.array(np.flatnonzero(hit))), **columns})
