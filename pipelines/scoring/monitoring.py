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


def monitor_predictions(night: Night, calibration: pd.DataFrame) -> list[dict[str, Any]]:
    """Return alarms of level source: broken calibration by metric, changed inputs by table.

    `night` gives settings and inputs; `calibration` has the columns of night.calibration.
    """
    return _broken_calibration(night, calibration) + _changed_inputs(night)


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


def _changed_inputs(night: Night) -> list[dict[str, Any]]:
    first_on = night.as_of_date - timedelta(days=WEEK_DAYS * MONITORED_WEEKS)
    weeks = night.engine.select("int_input_weeks", as_of_date=night.as_of_date, first_on=first_on).to_pandas()
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
