"""Find days whose returns are missing, of the platform or of one supplier, and pass them to the later steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.returns_gap import ReturnsGap, are_withheld, due_share, expected_returns, find_gap
from xuanpin.pipelines.context import Night

HISTORY_DAYS = 270
"""Days before tonight whose deliveries are counted: the returns of the last three months come from the last nine."""
FEWEST_COMPLAINTS = 5
"""Complaints within a supplier's gap without which its goods may simply have become better."""
COMPLAINED_SHARE = 0.5
"""Share of the complaints due, 0-1, that must have come within a supplier's gap: its buyers go on complaining."""
PLATFORM = "platform"
GAPS = pa.schema(
    [
        ("level", pa.string()),
        ("entity_id", pa.string()),
        ("since_on", pa.date32()),
        ("until_on", pa.date32()),
        ("observed", pa.float64()),
        ("expected", pa.float64()),
        ("complaints", pa.float64()),
        ("usual_complaints", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Flow:
    """Hold daily counts of the `entities` of one level: lines `delivered`, `returned` and `complained` of.

    All three have shape (entities, days), tonight's day last.
    """

    entities: list[str]
    delivered: Floats
    returned: Floats
    complained: Floats


@dataclass(frozen=True)
class MissingDays:
    """Hold the days whose returns of the whole platform are missing, from `since_on` to `until_on`; None without."""

    since_on: date | None
    until_on: date | None

    def believed_on(self, as_of_date: date) -> date:
        """Return the last day up to which returns can be believed, `as_of_date` unless they are missing until then."""
        if self.since_on is None or self.until_on != as_of_date:
            return as_of_date
        return self.since_on - timedelta(days=1)


def find_missing_days(night: Night) -> MissingDays:
    """Find gaps of returns and write night.int_returns_gaps, one row each; return the platform's.

    Reads night.int_sku_daily, int_sku_outcomes and stg_products. A supplier's gap counts where the platform has none,
    it lasts until tonight and buyers complain as before: otherwise its SKUs may have become better, or worse since.
    """
    horizon = night.settings.scoring.horizon_days
    rows = night.engine.select(
        "int_return_flow", as_of_date=night.as_of_date, days=HISTORY_DAYS, horizon_days=horizon
    ).to_pandas()
    lags = night.engine.select("int_return_lags", horizon_days=horizon).to_pandas()
    by_lag = {name: _by_lag(lags, name) for name in ("returned", "complained")}
    whole = _gap_of(night, PLATFORM, _flow(rows[rows["level"] == "category"]), by_lag)
    found = [whole] if whole else _supplier_gaps(night, _flow(rows[rows["level"] == "supplier"]), by_lag)
    night.engine.store("night.int_returns_gaps", pa.Table.from_pylist(found, schema=GAPS))
    return MissingDays(whole["since_on"], whole["until_on"]) if whole else MissingDays(None, None)


def read_missing_days(night: Night) -> MissingDays:
    """Read what `find_missing_days` has found for the platform this night."""
    for row in night.engine.read("night.int_returns_gaps").to_pylist():
        if row["level"] == PLATFORM:
            return MissingDays(row["since_on"], row["until_on"])
    return MissingDays(None, None)


def _flow(rows: pd.DataFrame) -> Flow:
    codes, names = pd.factorize(rows["entity_id"], sort=True)
    counts = []
    for name in ("delivered", "returned", "complained"):
        table = np.zeros((len(names), HISTORY_DAYS))
        table[codes, rows["day"].to_numpy()] = rows[name].to_numpy(np.float64)
        counts.append(table)
    return Flow([str(name) for name in names], *counts)


def _by_lag(lags: pd.DataFrame, name: str) -> Floats:
    counts = np.zeros(int(lags["delay_days"].max()) + 1 if len(lags) else 1)
    counts[lags["delay_days"].to_numpy()] = lags[name].to_numpy(np.float64)
    return counts


def _gap_of(night: Night, level: str, flow: Flow, by_lag: Mapping[str, Floats]) -> dict[str, Any] | None:
    """Return the gap of all entities of `flow` together as a row of GAPS, if there is one."""
    due = expected_returns(due_share(flow.delivered, by_lag["returned"]), flow.returned)
    gap = find_gap(flow.returned.sum(axis=0), due)
    if gap is None:
        return None
    said = flow.complained.sum(axis=0)
    usual = expected_returns(due_share(flow.delivered, by_lag["complained"]), flow.complained)
    return _row(night, level, flow, gap, said, usual)


def _row(night: Night, level: str, flow: Flow, gap: ReturnsGap, said: Floats, usual: Floats) -> dict[str, Any]:
    inside = slice(gap.first, gap.last + 1)
    rate = said[: gap.first].sum() / max(float(usual[: gap.first].sum()), 1e-9)
    first_on = night.as_of_date - timedelta(days=HISTORY_DAYS - 1)
    return {
        "level": level,
        "entity_id": flow.entities[0] if level == "supplier" else "returns",
        "since_on": first_on + timedelta(days=gap.first),
        "until_on": first_on + timedelta(days=gap.last),
        "observed": gap.observed,
        "expected": gap.expected,
        "complaints": float(said[inside].sum()),
        "usual_complaints": float(rate * usual[inside].sum()),
    }


def _supplier_gaps(night: Night, flow: Flow, by_lag: Mapping[str, Floats]) -> list[dict[str, Any]]:
    returned, complained = float(flow.returned.sum()), max(float(flow.complained.sum()), 1.0)
    rows = []
    for place, name in enumerate(flow.entities):
        own = slice(place, place + 1)
        one = Flow([name], flow.delivered[own], flow.returned[own], flow.complained[own])
        gap = _gap_of(night, "supplier", one, by_lag)
        if gap and _is_withheld(night, gap):
            rows.append(gap)
        elif are_withheld(float(one.returned.sum()), float(one.complained.sum()), returned / (returned + complained)):
            rows.append(_never(night, one, returned / complained))
    return rows


def _is_withheld(night: Night, gap: Mapping[str, Any]) -> bool:
    fewest = max(FEWEST_COMPLAINTS, COMPLAINED_SHARE * gap["usual_complaints"])
    return bool(gap["until_on"] == night.as_of_date and gap["complaints"] >= fewest)


def _never(night: Night, flow: Flow, per_complaint: float) -> dict[str, Any]:
    """Return the gap of a supplier whose returns never came in: since its first delivery."""
    said, first = flow.complained.sum(axis=0), int(np.flatnonzero(flow.delivered[0])[0])
    gap = ReturnsGap(first, HISTORY_DAYS - 1, float(flow.returned.sum()), per_complaint * float(said.sum()))
    row = _row(night, "supplier", flow, gap, said, said)
    return row | {"usual_complaints": row["complaints"]}
