"""Reads the last weeks' lines and finds which goods may have turned bad without an alarm having said so yet."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.change_point import STEPS, Recent, Seen, Turned, earlier_turns, find_turned, since_steps
from xuanpin.models.risk.cusum import Change
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.breaks import MOVED_BY
from xuanpin.pipelines.scoring.drift_inputs import Watch
from xuanpin.pipelines.scoring.evidence import codes, doubles


def turned_before(watch: Watch, findings: pd.DataFrame) -> Seen:
    """How many suppliers turned worse before the last weeks, as watching found, among all the weeks they have lived."""
    owner = pd.factorize(watch.groups["entity_id"].where(watch.groups["level"] == "supplier"))[0]
    supplier = owner[watch.deliveries["group_number"]]
    is_known = supplier >= 0
    first = pd.Series(watch.deliveries["day"][is_known]).groupby(supplier[is_known]).min()
    alarms = findings[(findings["level"] == "supplier") & findings["metric"].isin(MOVED_BY["regret"])]
    alarmed = pd.factorize(alarms["entity_id"])[0].astype(np.int64)
    return earlier_turns(first.to_numpy().astype(np.int64), alarmed, alarms["start"].to_numpy(np.int64), watch.length)


def read_recent(night: Night, evidence: pd.DataFrame) -> Recent:
    """Read the regrets of the last weeks by how recent their lines are."""
    ages = np.arange(STEPS[-1])
    places = np.searchsorted(STEPS, ages, side="right")
    seen = night.engine.select(
        "int_recent_regrets",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=int(STEPS[-1])),
        horizon_days=night.settings.scoring.horizon_days,
        steps=[{"age_days": int(age), "step": int(place)} for age, place in zip(ages, places, strict=True)],
    )
    skus, at = seen["sku_number"].to_numpy(), seen["step"].to_numpy()
    return Recent(
        doubles(evidence, "regret_exposure"),
        doubles(evidence, "regretted_lines"),
        *(since_steps(skus, at, seen[name].to_numpy(), len(evidence)) for name in ("exposure", "events")),
    )


def turns_of(
    recent: Recent,
    evidence: pd.DataFrame,
    prior: tuple[Floats, Floats],
    change: Change,
    weakest: float,
    transit_days: float,
    earlier: Seen,
) -> Turned:
    """Chances of a turn in the order of `evidence`, for the `prior` (mean, strength) that each SKU has tonight.

    Goods whose change an alarm has found already are judged by what came since: they have no second turn.
    """
    turned = find_turned(recent, *prior, codes(evidence, "supplier_id"), weakest, transit_days, earlier)
    for chance in (turned.alone, turned.with_supplier):
        chance[change.is_changed] = 0.0
    return turned
