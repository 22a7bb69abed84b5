"""Reads the last weeks' lines and finds which goods may have turned bad without an alarm having said so yet."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.change_point import STEPS, Recent, Seen, Turned, find_turned
from xuanpin.models.risk.cusum import Change
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.changes import MOVED_BY
from xuanpin.pipelines.scoring.drift_inputs import Watch


def earlier_turns(watch: Watch, alarms: pd.DataFrame) -> Seen:
    """How many suppliers turned worse before the last weeks, as watching found, among all the weeks they have lived.

    A platform that has seen years without a turn need not fear one like a platform of two months.
    """
    span = int(STEPS[-1])
    before = watch.length - span
    owner = pd.factorize(watch.groups["entity_id"].where(watch.groups["level"] == "supplier"))[0]
    supplier = owner[watch.deliveries["group_number"]]
    first = pd.Series(watch.deliveries["day"][supplier >= 0]).groupby(supplier[supplier >= 0]).min()
    is_turn = (alarms["level"] == "supplier") & alarms["metric"].isin(MOVED_BY["regret"]) & (alarms["start"] < before)
    return Seen(float(alarms.loc[is_turn, "entity_id"].nunique()), float((before - first).clip(lower=0).sum()) / span)


def read_turned(
    night: Night, evidence: pd.DataFrame, mean: Floats, strength: Floats, change: Change, earlier: Seen
) -> Turned:
    """Chances of a turn in the order of `evidence`, for the prior that each SKU has tonight.

    Goods whose change an alarm has found already are judged by what came since: they have no second turn.
    """
    suppliers = pd.factorize(evidence["supplier_id"], sort=True)[0].astype(np.int64)
    weakest = night.settings.scoring.changed_prior_lines
    recent = _read_recent(night, evidence)
    turned = find_turned(recent, mean, strength, suppliers, weakest, _transit_days(night), earlier)
    for chance in (turned.alone, turned.with_supplier):
        chance[change.is_changed] = 0.0
    return turned


def _read_recent(night: Night, evidence: pd.DataFrame) -> Recent:
    ages = np.arange(STEPS[-1])
    steps = {"age_days": ages, "step": np.searchsorted(STEPS, ages, side="right")}
    night.engine.store("night.int_change_ages", pa.table(steps))
    seen = night.engine.select(
        "int_recent_regrets",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=int(STEPS[-1])),
        horizon_days=night.settings.scoring.horizon_days,
    )
    place = seen["sku_number"].to_numpy(), seen["step"].to_numpy()
    return Recent(
        evidence["regret_exposure"].to_numpy(np.float64),
        evidence["regretted_lines"].to_numpy(np.float64),
        *(_since(seen[name].to_numpy(), place, len(evidence)) for name in ("exposure", "events")),
    )


def _since(measure: Floats, place: tuple[Floats, Floats], skus: int) -> Floats:
    table = np.zeros((skus, len(STEPS)))
    table[place] = measure
    return np.cumsum(table, axis=1)


def _transit_days(night: Night) -> float:
    """Mean days from order to delivery: goods sent out since a turn so young have shown nothing to anyone."""
    signs = night.engine.read("night.int_detection_counts").to_pylist()[0]
    return float(signs["transit_days"]) / max(float(signs["lines"]), 1.0)
