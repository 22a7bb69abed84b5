"""Monitor our own predictions against outcomes, and the volume of each input against its last weeks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from xuanpin.models.monitoring import broken_calibration, out_of_custom
from xuanpin.pipelines.context import Night

RATES = ("return_rate", "regret_rate", "return_rate_listed", "regret_rate_listed")
WEEK_DAYS = 7
MONITORED_WEEKS = 9
"""Weeks of an input that are compared, the last one among them: two months, so that a season is no change."""
FEWEST_DELIVERED = 200
"""Lines delivered a week ago or earlier of which some come back by now in any shop that records returns."""


def monitor_predictions(night: Night, calibration: pd.DataFrame) -> list[dict[str, Any]]:
    """Return alarms of level source: broken calibration by metric, missing returns, changed inputs by table.

    `night` gives settings and inputs; `calibration` has the columns of night.calibration. A supplier whose returns are
    missing has an alarm of level supplier.
    """
    first_on = night.as_of_date - timedelta(days=WEEK_DAYS * MONITORED_WEEKS)
    weeks = night.engine.select("int_input_weeks", as_of_date=night.as_of_date, first_on=first_on).to_pandas()
    gaps = [_returns_gap(row) for row in night.engine.read("night.int_returns_gaps").to_pylist()]
    changed = _no_returns(weeks, first_on + timedelta(days=1)) + _changed_inputs(night, weeks)
    # A gap says since when and how many; that the last week is short of returns would be said twice.
    if any(gap["entity_id"] == "returns" for gap in gaps):
        changed = [alarm for alarm in changed if alarm["entity_id"] != "returns"]
    return _broken_calibration(night, calibration) + gaps + changed


def _returns_gap(row: dict[str, Any]) -> dict[str, Any]:
    """Returns that are due and do not come; complaints that go on say that the SKUs are no better for it."""
    numbers = f"observed={row['observed']:.0f},expected={row['expected']:.0f}"
    said = f"complaints={row['complaints']:.0f},usual_complaints={row['usual_complaints']:.0f}"
    alarm = _alarm(row["entity_id"], "returns_gap", row["since_on"], f"until_on={row['until_on']},{numbers},{said}")
    return alarm | ({"level": "supplier"} if row["level"] == "supplier" else {})


def _broken_calibration(night: Night, calibration: pd.DataFrame) -> list[dict[str, Any]]:
    settings = night.settings.scoring
    since_on = night.as_of_date - timedelta(days=settings.calibration_days - 1)
    rows = []
    for metric in RATES:
        bins = calibration[calibration["metric"] == metric].sort_values("bin")
        predicted, observed, lines = (bins[name].to_numpy(np.float64) for name in ("predicted", "observed", "n"))
        held = broken_calibration(predicted, observed, lines, settings.calibration_gap)
        if held is not None:
            evidence = f"predicted={held.predicted:.4f},observed={held.observed:.4f},lines={held.lines:.0f}"
            rows.append(_alarm("predictions", f"calibration_{metric}", since_on, evidence))
    return rows


def _no_returns(weeks: pd.DataFrame, since_on: date) -> list[dict[str, Any]]:
    """A platform whose returns never come in is judged by complaints alone, and should know it."""
    seen = weeks[weeks["week"] > 0].groupby("measure")["seen"].sum()
    if "returned_lines" in weeks["measure"].to_numpy() or seen.get("delivered_lines", 0) < FEWEST_DELIVERED:
        return []
    numbers = f"delivered_lines={seen['delivered_lines']:.0f},complaints={seen.get('complaints', 0):.0f}"
    return [_alarm("returns", "no_returns", since_on, numbers)]


def _changed_inputs(night: Night, weeks: pd.DataFrame) -> list[dict[str, Any]]:
    since_on = night.as_of_date - timedelta(days=WEEK_DAYS - 1)
    rows = []
    for (table, measure), seen in weeks.groupby(["table_name", "measure"], sort=True):
        custom = out_of_custom(seen["week"].to_numpy(np.int64), seen["seen"].to_numpy(np.float64))
        if custom is not None:
            numbers = f"recent={custom.recent:.0f},usual={custom.usual:.0f}"
            rows.append(_alarm(str(table), str(measure), since_on, numbers))
    return rows


def _alarm(entity: str, metric: str, since_on: date, evidence: str) -> dict[str, Any]:
    return {
        "level": "source",
        "entity_id": entity,
        "metric": metric,
        "since_on": since_on,
        "severity": "warning",
        "evidence": evidence,
    }
