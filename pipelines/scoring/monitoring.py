"""Raises an alarm where our own predictions no longer hold, or where an input has changed out of all custom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.pipelines.context import Night

RATES = ("return_rate", "regret_rate", "return_rate_listed", "regret_rate_listed")
SURE = 4.0  # standard errors: four rates a night, one false alarm in a lifetime
FEWEST_WEEKS = 4  # of custom before a week can be out of it
CUSTOM = 2.0  # an input that more than doubles or halves in a week is out of custom
FEWEST_SEEN = 50  # in a usual week; less says nothing by halving


def watch_ourselves(night: Night) -> None:
    """Add what is found to night.alarms, level source: broken calibration by metric, changed inputs by table."""
    night.engine.materialise("int_input_weeks", as_of_date=night.as_of_date)
    alarms = night.engine.read("night.alarms")
    rows = _broken_calibration(night) + _changed_inputs(night)
    night.engine.store("night.alarms", pa.concat_tables([alarms, pa.Table.from_pylist(rows, schema=alarms.schema)]))


def _broken_calibration(night: Night) -> list[dict[str, Any]]:
    settings = night.settings.scoring
    held = night.engine.query("select * from night.calibration order by metric, bin").to_pandas()
    rows = []
    for metric in RATES:
        bins = held[held["metric"] == metric]
        lines = float(bins["n"].sum())
        if lines <= 0.0:
            continue
        predicted = float(np.average(bins["predicted"], weights=bins["n"]))
        observed = float(np.average(bins["observed"], weights=bins["n"]))
        error = float(np.sqrt(np.sum(bins["predicted"] * (1.0 - bins["predicted"]) * bins["n"]))) / lines
        gap = abs(observed - predicted)
        if gap > SURE * error and gap > settings.calibration_gap * predicted:
            evidence = f"predicted={predicted:.4f},observed={observed:.4f},lines={lines:.0f}"
            since_on = night.as_of_date - timedelta(days=settings.calibration_days - 1)
            rows.append(_alarm("predictions", f"calibration_{metric}", since_on, evidence))
    return rows


def _changed_inputs(night: Night) -> list[dict[str, Any]]:
    weeks = night.engine.query("select * from night.int_input_weeks order by table_name, measure, week").to_pandas()
    rows = []
    for (table, measure), seen in weeks.groupby(["table_name", "measure"], sort=True):
        by_week = pd.Series(seen["seen"].to_numpy(), index=seen["week"])
        earlier = by_week[by_week.index > 0]
        usual, recent = float(earlier.median()), float(by_week.get(0, 0.0))
        if len(earlier) < FEWEST_WEEKS or usual < FEWEST_SEEN:
            continue
        if not usual / CUSTOM <= recent <= usual * CUSTOM:
            since_on = night.as_of_date - timedelta(days=6)
            rows.append(_alarm(str(table), str(measure), since_on, f"recent={recent:.0f},usual={usual:.0f}"))
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
