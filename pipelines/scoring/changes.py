"""What the changes that were found do to the rates: what counts of a SKU's past, and what a supplier's alarm lifts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.cusum import Change, find_break
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.drift_inputs import Watch

# A complaint is one way to regret, so its alarms move the regret rate.
MOVED_BY = {"return": ("return",), "regret": ("regret", "complaint")}
LIFT_PRIOR = 10.0  # expected outcomes that a supplier's alarm must outweigh before it lifts the prior of its goods
SUPPLIER_ALARMS = pa.schema([("metric", pa.string()), ("supplier_id", pa.string()), ("since_on", pa.date32())])


@dataclass(frozen=True)
class Expectation:
    """What one metric looks like before watching: prior mean of each group and prior strength in lines."""

    mean: Floats
    strength: float


def move_rates(
    night: Night,
    watch: Watch,
    findings: pd.DataFrame,
    evidence: pd.DataFrame,
    expectations: Mapping[str, Expectation],
    prior_means: Mapping[str, Floats],
) -> dict[str, Change]:
    """Break of every SKU that ever raised an alarm, and the lift of goods whose supplier raised one lately.

    `findings` has one row an alarm; `prior_means` are by metric in the order of `evidence`, which the changes keep.
    """
    weakest = night.settings.scoring.changed_prior_lines
    changes = {}
    for moved, by in MOVED_BY.items():
        found = findings[findings["metric"].isin(by)]
        changes[moved] = _breaks(watch, found, moved, evidence, expectations[moved], weakest)
    members = _supplier_members(night, watch, findings)
    for moved, change in changes.items():
        mean = pd.Series(prior_means[moved], index=evidence["sku_id"].to_numpy())
        broken = set(evidence["sku_id"][change.is_changed])
        lifts = _lifts(members[members["metric"] == moved], mean, expectations[moved].strength, broken)
        change.lift[:] = evidence["supplier_id"].map(lifts).fillna(1.0).to_numpy()
    return changes


def _breaks(
    watch: Watch, found: pd.DataFrame, moved: str, evidence: pd.DataFrame, expectation: Expectation, weakest: float
) -> Change:
    size = len(evidence)
    change = Change(np.zeros(size, dtype=bool), np.zeros(size), np.zeros(size), np.full(size, -1), np.ones(size))
    index = pd.Index(evidence["sku_id"])
    raised = found.loc[found["level"] == "sku", "entity_id"].unique()
    is_raised = (watch.groups["level"] == "sku") & watch.groups["entity_id"].isin(raised)
    for group in np.flatnonzero(is_raised.to_numpy()):
        _place_break(change, watch, np.array([group]), moved, index, expectation, weakest)
    return change


def _supplier_members(night: Night, watch: Watch, findings: pd.DataFrame) -> pd.DataFrame:
    """The goods of suppliers with a recent alarm, before and since it began, in night.int_supplier_members."""
    recent = findings[(findings["level"] == "supplier") & findings["is_recent"]]
    rows = []
    for moved, by in MOVED_BY.items():
        starts = recent[recent["metric"].isin(by)].groupby("entity_id", sort=True)["start"].min()
        rows += [
            {"metric": moved, "supplier_id": supplier, "since_on": watch.first_on + timedelta(days=int(start))}
            for supplier, start in starts.items()
        ]
    night.engine.store("night.int_supplier_alarms", pa.Table.from_pylist(rows, schema=SUPPLIER_ALARMS))
    horizon = night.settings.scoring.horizon_days
    night.engine.materialise("int_supplier_members", as_of_date=night.as_of_date, horizon_days=horizon)
    query = "select * from night.int_supplier_members order by metric, sku_id"
    members: pd.DataFrame = night.engine.query(query).to_pandas()
    return members


def _lifts(members: pd.DataFrame, prior_mean: pd.Series, strength: float, broken: set[str]) -> dict[str, float]:
    """How many times worse than themselves a supplier's goods have become; one factor a supplier, at least 1.

    Goods with a break of their own explain their share themselves and are left out.
    """
    rest = members[~members["sku_id"].isin(broken)]
    mean = prior_mean.reindex(rest["sku_id"]).to_numpy(np.float64)
    own = (mean * strength + rest["events_before"]) / (strength + rest["exposure_before"])
    sums = (
        rest.assign(due=own * rest["exposure_since"]).groupby("supplier_id", sort=True)[["events_since", "due"]].sum()
    )
    lift = ((sums["events_since"] + LIFT_PRIOR) / (sums["due"] + LIFT_PRIOR)).clip(lower=1.0)
    return {str(supplier): float(factor) for supplier, factor in lift.items()}


def _place_break(
    change: Change,
    watch: Watch,
    block: Ints,
    moved: str,
    index: pd.Index[str],
    expectation: Expectation,
    weakest: float,
) -> None:
    lines = watch.delivered(block, moved)
    # Tonight an older line is more mature: its share of the curve depends on its age now.
    share = watch.curves[str(watch.groups["category"].iloc[block[0]]), moved][::-1]
    since, events, exposure = find_break(
        watch.dense(block, watch.outcomes, f"{moved}_caused"),
        lines * share,
        expectation.mean[block],
        expectation.strength,
        weakest,
    )
    if since[0] >= 0:
        row = index.get_loc(watch.groups["entity_id"].iloc[block[0]])
        change.is_changed[row], change.since[row] = True, since[0]
        change.events[row], change.exposure[row] = events[0], exposure[0]
