"""Compare our earlier predictions with what has happened since, for all SKUs and for those that were listed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.evaluation.reliability import reliability
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.agent_records import count_agent_records
from xuanpin.pipelines.scoring.content_bins import content_bins
from xuanpin.pipelines.scoring.detection import read_detection
from xuanpin.pipelines.scoring.monitoring import monitor_predictions
from xuanpin.pipelines.scoring.promise_audit import audit_promise
from xuanpin.pipelines.scoring.promise_grounds import judge_grounds

CALIBRATION = pa.schema(
    [
        ("metric", pa.string()),
        ("bin", pa.int32()),
        ("predicted", pa.float64()),
        ("observed", pa.float64()),
        ("n", pa.int64()),
    ]
)
RATES = {
    "return_rate": ("return_rate", "returned_lines", "return_exposure"),
    "regret_rate": ("regret_rate", "regretted_lines", "regret_exposure"),
}
"""Columns of a metric: the prediction, what happened, and of how many lines."""
FEWEST_LANDMINE_LINES = 30.0
"""Lines below which a SKU's own rate does not show on which side of the ceiling it is."""


DOUBT_DAYS = 7
"""Nights on which people are shown a report of danger that holds no SKU: a week, so that a weekend hides none."""


def calibrate(night: Night) -> StepCount:
    """Compare earlier predictions with outcomes by tenths of the evidence, and monitor them; `n` is lines or SKUs.

    Reads history.predictions, listed, matched, posts and order_line_timeline, night.stg_match_answers, int_sku_daily,
    int_complaints, int_window_mentions and what the steps outcomes, faults, rates and changes have written. Writes
    night.int_predictions_due, int_promise_audit, int_promise_grounds (whether a promise can be stated),
    int_agent_records (what came of what agents recommended and declined), calibration and alarms: those of the changes
    step, those of our own predictions, promise and inputs, and one for each SKU that is held for danger. Returns
    predictions judged and bins.
    Metrics that end in `_listed` look only at SKUs that were listed: choosing the best looking ones makes them look
    better than they are, which shows here. Empty until an earlier list date has outcomes.
    """
    settings = night.settings.scoring
    judged = night.engine.select(
        "int_predictions_due",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=settings.calibration_days),
        horizon_days=settings.horizon_days,
    )
    night.engine.store("night.int_predictions_due", judged)
    due = judged.to_pandas()
    # Predictions are of true rates, so observed regrets are corrected as the rates were.
    observed = due["regretted_lines"].to_numpy(np.float64), due["regret_exposure"].to_numpy(np.float64)
    due["regretted_lines"] = read_detection(night).regrets.corrected(*observed)
    bins = calibration_bins(due) + content_bins(night)
    night.engine.store("night.calibration", pa.Table.from_pylist(bins, schema=CALIBRATION))
    drift = night.engine.read("night.int_drift_alarms")
    monitored = monitor_predictions(night, pd.DataFrame(bins, columns=CALIBRATION.names))
    ours = pa.Table.from_pylist(monitored + audit_promise(night), schema=drift.schema)
    witnesses, dangers = night.engine.read("night.int_witness_alarms"), _danger_alarms(night)
    parts = [drift, *(part.cast(drift.schema) for part in (witnesses, ours, dangers))]
    night.engine.store("night.alarms", pa.concat_tables(parts))
    judge_grounds(night)
    count_agent_records(night)
    return len(due), len(bins)


def _danger_alarms(night: Night) -> pa.Table:
    """Hold the SKUs that a credible report of danger keeps off the list until people have looked: one alarm each.

    Reports that hold nothing, because nobody can tell which SKU they mean, are an alarm on the chat for some nights.
    """
    accounts = night.settings.feedback.danger_accounts
    night.engine.materialise("int_danger_holds", list_date=night.list_date, danger_accounts=accounts)
    first_on = night.as_of_date - timedelta(days=DOUBT_DAYS - 1)
    night.engine.materialise("int_danger_doubts", first_on=first_on)
    return night.engine.select("int_danger_alarms")


def calibration_bins(due: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of night.calibration for the predictions in `due`, rows of int_predictions_due."""
    rows: list[dict[str, object]] = []
    for suffix, held in (("", due), ("_listed", due[due["is_listed"].to_numpy(bool)])):
        for metric, (predicted, events, trials) in RATES.items():
            rows += _bins(f"{metric}{suffix}", held, predicted, events, trials)
        rows += _bins(f"landmine{suffix}", _landmines(held), "predicted", "is_landmine", "skus")
    return rows


def _landmines(due: pd.DataFrame) -> pd.DataFrame:
    """Return one row a SKU with enough lines since: its mean prediction, and whether regrets exceeded its ceiling."""
    columns = ["landmine_probability", "regret_exposure", "regretted_lines", "landmine_ceiling"]
    weighed = due[columns].assign(predicted=due["landmine_probability"] * due["regret_exposure"])
    total = weighed.groupby(due["sku_id"], sort=True).agg(
        predicted=("predicted", "sum"),
        lines=("regret_exposure", "sum"),
        events=("regretted_lines", "sum"),
        ceiling=("landmine_ceiling", "max"),
    )
    total = total[total["lines"] >= FEWEST_LANDMINE_LINES]
    is_landmine = (total["events"] > total["ceiling"] * total["lines"]).astype(float)
    return pd.DataFrame(
        {"predicted": total["predicted"] / total["lines"], "is_landmine": is_landmine, "skus": 1.0}, index=total.index
    )


def _bins(metric: str, held: pd.DataFrame, predicted: str, events: str, trials: str) -> list[dict[str, object]]:
    weight = held[trials].to_numpy(np.float64)
    if not np.any(weight > 0.0):
        return []
    bins = reliability(held[predicted].to_numpy(np.float64), held[events].to_numpy(np.float64), weight)
    return [
        {
            "metric": metric,
            "bin": int(number),
            "predicted": float(guess),
            # Thinned exposure may be smaller than what has shown by chance; a share is published as a share.
            "observed": float(min(max(seen, 0.0), 1.0)),
            "n": round(float(mass)),
        }
        for number, guess, seen, mass in zip(bins.bins, bins.predicted, bins.observed, bins.trials, strict=True)
    ]
