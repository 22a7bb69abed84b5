"""Reads the last weeks' lines and finds which goods may have turned bad without an alarm having said so yet."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from models.drift import Change
from models.turning import STEPS, Recent, Turned, find_turned
from pipelines.night import Night

Floats = npt.NDArray[np.float64]


def read_turned(night: Night, evidence: pd.DataFrame, mean: Floats, strength: Floats, change: Change) -> Turned:
    """Chances of a turn in the order of `evidence`, for the prior that each SKU has tonight.

    Goods whose change an alarm has found already are judged by what came since: they have no second turn.
    """
    suppliers = pd.factorize(evidence["supplier_id"], sort=True)[0].astype(np.int64)
    weakest = night.settings.scoring.changed_prior_lines
    turned = find_turned(_read_recent(night, evidence), mean, strength, suppliers, weakest, _transit_days(night))
    for chance in (turned.alone, turned.with_supplier):
        chance[change.is_changed] = 0.0
    return turned


def _read_recent(night: Night, evidence: pd.DataFrame) -> Recent:
    ages = np.arange(STEPS[-1])
    steps = {"age_days": ages, "step": np.searchsorted(STEPS, ages, side="right")}
    night.engine.store("night.int_turn_steps", pa.table(steps))
    night.engine.materialise(
        "int_recent_regrets",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=int(STEPS[-1])),
        horizon_days=night.settings.scoring.horizon_days,
    )
    seen = night.engine.query("select * from night.int_recent_regrets order by sku_number, step")
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
    signs = night.engine.read("night.int_regret_signs").to_pylist()[0]
    return float(signs["transit_days"]) / max(float(signs["lines"]), 1.0)
