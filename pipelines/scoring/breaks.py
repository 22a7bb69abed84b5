"""Date the breaks behind the alarms, and estimate by how much the SKUs of alarmed suppliers have become worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.cusum import Expectation, RateChange, find_break, supplier_lifts, unchanged
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.drift_inputs import DriftInputs
from xuanpin.pipelines.scoring.evidence import doubles

MOVED_BY = {"return": ("return",), "regret": ("regret", "complaint")}
"""Metrics whose alarms move a rate: a complaint is one way to regret."""


def date_breaks(
    inputs: DriftInputs,
    findings: pd.DataFrame,
    skus: pd.Series[str],
    of_groups: Mapping[str, Expectation],
    weakest: float,
) -> dict[str, RateChange]:
    """Find since when each SKU that ever raised an alarm is worse, by the rate that the alarm moves.

    `inputs` are the daily counts, `findings` has one row an alarm, `of_groups` has one prior mean a group. The changes
    keep the order of `skus`; a new regime's prior is worth at most `weakest` lines.
    """
    return {
        moved: _breaks(inputs, findings[findings["metric"].isin(by)], moved, skus, of_groups[moved], weakest)
        for moved, by in MOVED_BY.items()
    }


def lift_suppliers(
    night: Night,
    inputs: DriftInputs,
    findings: pd.DataFrame,
    evidence: pd.DataFrame,
    changes: Mapping[str, RateChange],
    expected: Mapping[str, Expectation],
) -> dict[str, RateChange]:
    """Add to `changes` the lift of the SKUs whose supplier raised an alarm lately.

    `night` runs the SQL, `findings` has one row an alarm. `expected` has one mean a SKU in the order of `evidence`,
    which the changes keep; `inputs` give the first day.
    """
    members = night.engine.select(
        "int_supplier_members",
        as_of_date=night.as_of_date,
        horizon_days=night.settings.scoring.horizon_days,
        alarms=_supplier_alarms(inputs, findings),
    ).to_pandas()
    return {
        moved: replace(change, lift=_lift(members[members["metric"] == moved], evidence, change, expected[moved]))
        for moved, change in changes.items()
    }


def _breaks(
    inputs: DriftInputs,
    found: pd.DataFrame,
    moved: str,
    skus: pd.Series[str],
    expectation: Expectation,
    weakest: float,
) -> RateChange:
    change, row_of = unchanged(len(skus)), pd.Index(skus)
    raised = found.loc[found["level"] == "sku", "entity_id"].unique()
    is_raised = (inputs.groups["level"] == "sku") & inputs.groups["entity_id"].isin(raised)
    for group in np.flatnonzero(is_raised.to_numpy()):
        row = row_of.get_loc(inputs.groups["entity_id"].iloc[group])
        since, events, exposure = _break_of(inputs, int(group), moved, expectation, weakest)
        if since >= 0:
            change.is_changed[row], change.since[row] = True, since
            change.events[row], change.exposure[row] = events, exposure
    return change


def _break_of(
    inputs: DriftInputs, group: int, moved: str, expectation: Expectation, weakest: float
) -> tuple[int, float, float]:
    block = np.array([group])
    # Tonight an older line is more mature: its share of the curve depends on its age now.
    share = inputs.curves[str(inputs.groups["category"].iloc[group]), moved][::-1]
    since, events, exposure = find_break(
        inputs.dense(block, inputs.outcomes, f"{moved}_caused"),
        inputs.delivered(block, moved) * share,
        expectation.mean[block],
        expectation.strength,
        weakest,
    )
    return int(since[0]), float(events[0]), float(exposure[0])


def _supplier_alarms(inputs: DriftInputs, findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return since when each supplier with a recent alarm is worse, by the rate that the alarm moves."""
    recent = findings[(findings["level"] == "supplier") & findings["is_recent"]]
    rows: list[dict[str, Any]] = []
    for moved, by in MOVED_BY.items():
        starts = recent[recent["metric"].isin(by)].groupby("entity_id", sort=True)["start"].min()
        rows += [
            {"metric": moved, "supplier_id": supplier, "since_on": inputs.first_on + timedelta(days=int(start))}
            for supplier, start in starts.items()
        ]
    return rows


def _lift(members: pd.DataFrame, evidence: pd.DataFrame, change: RateChange, expected: Expectation) -> Floats:
    """Return the lift of every SKU; one with a break of its own explains its regrets itself and lifts no others."""
    row = pd.Index(evidence["sku_id"]).get_indexer(members["sku_id"])
    steady = ~change.is_changed[row]
    rest, mean = members[steady], expected.mean[row[steady]]
    suppliers, names = pd.factorize(rest["supplier_id"], sort=True)
    lifts = supplier_lifts(
        suppliers.astype(np.int64),
        (doubles(rest, "events_before"), doubles(rest, "exposure_before")),
        (doubles(rest, "events_since"), doubles(rest, "exposure_since")),
        Expectation(mean, expected.strength),
    )
    return evidence["supplier_id"].map(dict(zip(names, lifts, strict=True))).fillna(1.0).to_numpy(np.float64)
