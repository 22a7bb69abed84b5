"""Read the last weeks' lines and infer which SKUs may have changed for the worse without an alarm so far."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.change_frequency import ChangeCount
from xuanpin.models.risk.change_point import ChangePosterior, earlier_changes, infer_changes
from xuanpin.models.risk.cusum import RateChange
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES, RecentRegrets, totals_by_age
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.breaks import MOVED_BY
from xuanpin.pipelines.scoring.drift_inputs import DriftInputs
from xuanpin.pipelines.scoring.evidence import codes, doubles


def changes_before(inputs: DriftInputs, findings: pd.DataFrame) -> ChangeCount:
    """Count the suppliers that changed for the worse before the last weeks, and all their time at risk.

    `inputs` are the daily counts and `findings` the alarms, one row each.
    """
    owner = pd.factorize(inputs.groups["entity_id"].where(inputs.groups["level"] == "supplier"))[0]
    supplier = owner[inputs.deliveries["group_number"]]
    is_known = supplier >= 0
    first = pd.Series(inputs.deliveries["day"][is_known]).groupby(supplier[is_known]).min()
    alarms = findings[(findings["level"] == "supplier") & findings["metric"].isin(MOVED_BY["regret"])]
    alarmed = pd.factorize(alarms["entity_id"])[0].astype(np.int64)
    return earlier_changes(
        first.to_numpy().astype(np.int64), alarmed, alarms["start"].to_numpy(np.int64), inputs.length
    )


def read_recent_regrets(night: Night, evidence: pd.DataFrame) -> RecentRegrets:
    """Read the regrets of the last weeks by the age of their lines, in the order of `evidence`; counts are in lines."""
    ages = np.arange(CANDIDATE_AGES[-1])
    columns = np.searchsorted(CANDIDATE_AGES, ages, side="right")
    seen = night.engine.select(
        "int_recent_regrets",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=int(CANDIDATE_AGES[-1])),
        horizon_days=night.settings.scoring.horizon_days,
        ages=[{"age_days": int(age), "age_column": int(column)} for age, column in zip(ages, columns, strict=True)],
    )
    skus, at = seen["sku_number"].to_numpy(), seen["age_column"].to_numpy()
    return RecentRegrets(
        doubles(evidence, "regret_exposure"),
        doubles(evidence, "regretted_lines"),
        *(totals_by_age(skus, at, seen[name].to_numpy(), len(evidence)) for name in ("exposure", "events")),
    )


def change_posterior(
    recent: RecentRegrets,
    evidence: pd.DataFrame,
    prior: tuple[Floats, Floats],
    change: RateChange,
    weakest: float,
    transit_days: float,
    earlier: ChangeCount,
) -> ChangePosterior:
    """Infer the change of each SKU in the order of `evidence`, for the `prior` (mean, strength) that it has tonight.

    `recent` holds the last weeks' regrets and `earlier` the suppliers' changes before them; a changed SKU's prior is
    worth at most `weakest` lines, and SKUs are `transit_days` on their way. A SKU whose `change` an alarm has found is
    judged by what came since: it has no second change.
    """
    posterior = infer_changes(recent, *prior, codes(evidence, "supplier_id"), weakest, transit_days, earlier)
    for chance in (posterior.alone, posterior.with_supplier):
        chance[change.is_changed] = 0.0
    return posterior
