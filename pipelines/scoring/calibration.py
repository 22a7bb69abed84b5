"""Holds our earlier predictions against what has happened since, for all goods and for those that were listed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats
from xuanpin.models.evaluation.reliability import reliability
from xuanpin.pipelines.context import Night

CALIBRATION = pa.schema(
    [
        ("metric", pa.string()),
        ("bin", pa.int32()),
        ("predicted", pa.float64()),
        ("observed", pa.float64()),
        ("n", pa.int64()),
    ]
)
# metric: prediction, what happened, of how much
RATES = {
    "return_rate": ("return_rate", "returned_lines", "return_exposure"),
    "regret_rate": ("regret_rate", "regretted_lines", "regret_exposure"),
}
# With fewer lines a SKU's own rate says too little of which side of the ceiling it is on.
FEWEST_LANDMINE_LINES = 30.0


def calibrate(night: Night) -> None:
    """Write night.calibration: predicted and observed by tenths of the evidence, `n` being lines or SKUs.

    Metrics that end in `_listed` look only at goods that were listed: choosing the best looking ones makes them look
    better than they are, and this is where it would show. Empty until an earlier list date has outcomes.
    """
    settings = night.settings.scoring
    night.engine.materialise(
        "int_predictions_due",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=settings.calibration_days),
        horizon_days=settings.horizon_days,
    )
    due = night.engine.query("select * from night.int_predictions_due order by list_date, sku_id").to_pandas()
    due["regretted_lines"] = _true_regrets(night, due)
    rows: list[dict[str, object]] = []
    for suffix, held in (("", due), ("_listed", due[due["is_listed"].to_numpy(bool)])):
        for metric, (predicted, events, trials) in RATES.items():
            rows += _bins(f"{metric}{suffix}", held, predicted, events, trials)
        rows += _bins(f"landmine{suffix}", _landmines(held), "predicted", "is_landmine", "skus")
    night.engine.store("night.calibration", pa.Table.from_pylist(rows, schema=CALIBRATION))


def _true_regrets(night: Night, due: pd.DataFrame) -> Floats:
    """Regrets behind those seen: predictions are of true rates, so what is seen is corrected as the rates were."""
    seeing = night.engine.read("night.int_detection").to_pylist()[0]
    false = seeing["false_rate"] * due["regret_exposure"].to_numpy(np.float64)
    true = (due["regretted_lines"].to_numpy(np.float64) - false) / (seeing["recall"] - seeing["false_rate"])
    return np.asarray(true, dtype=np.float64)


def _landmines(due: pd.DataFrame) -> pd.DataFrame:
    """One row a SKU with enough lines since: its mean prediction, and whether it was regretted above its ceiling."""
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
