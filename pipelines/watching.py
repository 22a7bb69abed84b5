"""Watches SKUs, suppliers and categories for changes for the worse, and lets what is found move the rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from models.drift import Alarm, Change, cusum, expected_arrivals, find_break, shown_exposure
from models.return_risk import HierarchicalRate
from pipelines.night import Night
from pipelines.settings import ScoringSettings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METRICS = ("return", "regret", "complaint")
# A complaint is one way to regret, so its alarms move the regret rate.
MOVED_BY = {"return": ("return",), "regret": ("regret", "complaint")}
BLOCK = 4096  # groups held densely at a time; bounds memory, not results
LIFT_PRIOR = 10.0  # expected outcomes that a supplier's alarm must outweigh before it lifts the prior of its goods
ALARMS = pa.schema(
    [
        ("level", pa.string()),
        ("entity_id", pa.string()),
        ("metric", pa.string()),
        ("since_on", pa.date32()),
        ("severity", pa.string()),
        ("evidence", pa.string()),
    ]
)


@dataclass(frozen=True)
class Watch:
    """What is watched: the groups, their days (sorted by group, `first_row` says where each begins) and the delay curves."""

    groups: pd.DataFrame
    days: Mapping[str, npt.NDArray[Any]]
    first_row: Ints
    curves: Mapping[tuple[str, str], Floats]
    first_on: date
    length: int

    def blocks(self, level: str) -> Iterator[Ints]:
        """Group numbers of a level, a block at a time."""
        numbers = np.flatnonzero(self.groups["level"].to_numpy() == level)
        yield from (numbers[at : at + BLOCK] for at in range(0, len(numbers), BLOCK))

    def dense(self, block: Ints, measure: str) -> Floats:
        """One measure of a block of adjoining groups, shape (groups, days)."""
        rows = slice(self.first_row[block[0]], self.first_row[block[-1] + 1])
        table = np.zeros((len(block), self.length))
        table[self.days["group_number"][rows] - block[0], self.days["day"][rows]] = self.days[measure][rows]
        return table

    def delivered(self, block: Ints, metric: str) -> Floats:
        """Lines delivered, shape (groups, days); those of proven culprits weigh more where they cause the regret."""
        lines = self.dense(block, "delivered")
        return lines if metric == "return" else lines + self.dense(block, "extra")

    def exposure(self, block: Ints, metric: str, delivered: Floats) -> Floats:
        """Lines as good as mature by the end of each day, shape (groups, days)."""
        lines = np.zeros_like(delivered)
        categories = self.groups["category"].to_numpy()[block]
        for category in np.unique(categories):
            rows = categories == category
            lines[rows] = shown_exposure(delivered[rows], self.curves[category, metric])
        return lines

    def on(self, day: int) -> date:
        """The calendar date of a day number."""
        return self.first_on + timedelta(days=day)


@dataclass(frozen=True)
class Expectation:
    """What one metric looks like before watching: prior mean of each group and of each SKU, and strength in lines."""

    of_group: Floats
    of_sku: Floats
    strength: float


def find_changes(
    night: Night, watch: Watch, evidence: pd.DataFrame, models: Mapping[str, HierarchicalRate]
) -> dict[str, Change]:
    """Watch SKUs, suppliers and categories; writes night.alarms and returns what the changes do to each rate.

    `models` holds the fitted return and regret hierarchies in the order of `evidence`.
    """
    settings = night.settings.scoring
    expectations = _expectations(watch, evidence, models)
    findings = pd.concat(
        [_watch_metric(watch, metric, expectations[metric], settings.drift_threshold) for metric in METRICS],
        ignore_index=True,
    )
    findings["is_recent"] = findings["day"] >= watch.length - settings.alarm_days
    changes = {
        moved: _change(watch, findings[findings["metric"].isin(by)], moved, evidence, expectations[moved], settings)
        for moved, by in MOVED_BY.items()
    }
    night.engine.store("night.alarms", _alarms(watch, findings, changes, evidence))
    return changes


def read_watch(night: Night) -> Watch:
    """Materialise and read the groups that are watched, their days since the first delivery, and the delay curves."""
    settings = night.settings.scoring
    fewest = int(np.ceil(settings.drift_threshold / np.log(2.0)))
    earliest = night.engine.query("select min(delivered_on) as first_on from night.int_sku_daily")["first_on"][0].as_py()
    first_on: date = earliest or night.as_of_date
    horizon = settings.horizon_days
    night.engine.materialise("int_watch_groups", horizon_days=horizon, fewest_lines=fewest)
    night.engine.materialise("int_watch_days", horizon_days=horizon, first_on=first_on, as_of_date=night.as_of_date)
    groups = night.engine.query("select * from night.int_watch_groups order by group_number").to_pandas()
    days = night.engine.query("select * from night.int_watch_days order by group_number, day")
    columns = {name: days[name].to_numpy() for name in days.column_names}
    length = (night.as_of_date - first_on).days + 1
    first_row = np.searchsorted(columns["group_number"], np.arange(len(groups) + 1, dtype=np.int32))
    return Watch(groups, columns, first_row, _read_curves(night, length), first_on, length)


def _read_curves(night: Night, length: int) -> dict[tuple[str, str], Floats]:
    """Delay curves by category and metric on every age; between two ages that occurred nothing more has shown."""
    shares = ", ".join(f"cast({metric}_share as double) as {metric}" for metric in METRICS)
    table = night.engine.query(f"select category, day, {shares} from night.int_delay_curve order by category, day")
    curves = {}
    for category, rows in table.to_pandas().groupby("category", sort=True):
        place = np.searchsorted(rows["day"].to_numpy(), np.arange(length), side="right") - 1
        for metric in METRICS:
            curves[str(category), metric] = np.where(place >= 0, rows[metric].to_numpy()[np.maximum(place, 0)], 0.0)
    return curves


def _expectations(
    watch: Watch, evidence: pd.DataFrame, models: Mapping[str, HierarchicalRate]
) -> dict[str, Expectation]:
    means = {metric: model.prior_mean_ for metric, model in models.items()}
    strengths = {metric: model.strength_ for metric, model in models.items()}
    # Complaints have no hierarchy of their own: they are the platform's share of all regrets.
    share = float(evidence["complained_lines"].sum()) / max(float(evidence["regretted_lines"].sum()), 1.0)
    means["complaint"], strengths["complaint"] = np.maximum(means["regret"] * share, 1e-6), strengths["regret"]
    groups = watch.groups
    is_sku = groups["level"].to_numpy() == "sku"
    kinds = pd.MultiIndex.from_frame(groups.loc[~is_sku, ["supplier_id", "category"]])
    kind = kinds.get_indexer(pd.MultiIndex.from_frame(evidence[["supplier_id", "category"]]))
    lines = np.where(kind >= 0, evidence["delivered_lines"].to_numpy(np.float64) + 1e-9, 0.0)
    rows = pd.Index(evidence["sku_id"]).get_indexer(groups.loc[is_sku, "sku_id"])
    expectations = {}
    for metric, mean in means.items():
        of_group = np.empty(len(groups))
        of_group[is_sku] = mean[rows]
        place = np.maximum(kind, 0)
        of_group[~is_sku] = np.bincount(place, lines * mean, len(kinds)) / np.bincount(place, lines, len(kinds))
        expectations[metric] = Expectation(of_group, mean, strengths[metric])
    return expectations


def _watch_metric(watch: Watch, metric: str, expectation: Expectation, threshold: float) -> pd.DataFrame:
    """Alarms of one metric at every level, one row each."""
    found = []
    for block in watch.blocks("sku"):
        alarm = cusum(*_arrivals(watch, block, metric, expectation), threshold)
        found.append(_found("sku", watch.groups["sku_id"].to_numpy()[block], metric, alarm))
    for level, column in (("supplier", "supplier_id"), ("category", "category")):
        codes, names = pd.factorize(watch.groups[column], sort=True)
        arrived, expected = np.zeros((len(names), watch.length)), np.zeros((len(names), watch.length))
        for block in watch.blocks("kind"):
            came, due = _arrivals(watch, block, metric, expectation)
            np.add.at(arrived, codes[block], came)
            np.add.at(expected, codes[block], due)
        found.append(_found(level, np.asarray(names), metric, cusum(arrived, expected, threshold)))
    return pd.concat(found, ignore_index=True)


def _arrivals(watch: Watch, block: Ints, metric: str, expectation: Expectation) -> tuple[Floats, Floats]:
    arrived = watch.dense(block, f"{metric}_arrived")
    exposure = watch.exposure(block, metric, watch.delivered(block, metric))
    return arrived, expected_arrivals(exposure, arrived, expectation.of_group[block], expectation.strength)


def _found(level: str, entities: npt.NDArray[Any], metric: str, alarm: Alarm) -> pd.DataFrame:
    raised = alarm.day >= 0
    return pd.DataFrame(
        {
            "level": level,
            "entity_id": entities[raised],
            "metric": metric,
            "day": alarm.day[raised],
            "start": alarm.start[raised],
            "height": alarm.height[raised],
            "observed": alarm.observed[raised],
            "expected": alarm.expected[raised],
        }
    )


def _change(
    watch: Watch,
    findings: pd.DataFrame,
    moved: str,
    evidence: pd.DataFrame,
    expectation: Expectation,
    settings: ScoringSettings,
) -> Change:
    """Break of every SKU that ever raised an alarm, and the lift of goods whose supplier raised one lately."""
    size = len(evidence)
    change = Change(np.zeros(size, dtype=bool), np.zeros(size), np.zeros(size), np.full(size, -1), np.ones(size))
    index = pd.Index(evidence["sku_id"])
    raised = findings.loc[findings["level"] == "sku", "entity_id"].unique()
    for block in watch.blocks("sku"):
        hit = block[np.isin(watch.groups["sku_id"].to_numpy()[block], raised)]
        for group in hit:
            _place_break(change, watch, np.array([group]), moved, index, expectation, settings.changed_prior_lines)
    suppliers = findings[(findings["level"] == "supplier") & findings["is_recent"]]
    for row in suppliers.itertuples():
        own = evidence["supplier_id"].to_numpy() == row.entity_id
        lift = (row.observed + LIFT_PRIOR) / (row.expected + LIFT_PRIOR)
        change.lift[own] = np.maximum(change.lift[own], lift)
    return change


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
        watch.dense(block, f"{moved}_caused"), lines * share, expectation.of_group[block], expectation.strength, weakest
    )
    if since[0] >= 0:
        row = index.get_loc(watch.groups["sku_id"].iloc[block[0]])
        change.is_changed[row], change.since[row] = True, since[0]
        change.events[row], change.exposure[row] = events[0], exposure[0]


def _alarms(
    watch: Watch, findings: pd.DataFrame, changes: Mapping[str, Change], evidence: pd.DataFrame
) -> pa.Table:
    """The alarms raised lately, in the columns of the published table."""
    index = pd.Index(evidence["sku_id"])
    moved = {metric: name for name, metrics in MOVED_BY.items() for metric in metrics}
    rows = []
    for found in findings[findings["is_recent"]].sort_values(["level", "entity_id", "metric"]).itertuples():
        since = int(found.start)
        if found.level == "sku":
            broke = int(changes[moved[found.metric]].since[index.get_loc(found.entity_id)])
            since = broke if broke >= 0 else since
        numbers = f"observed={found.observed:.0f},expected={found.expected:.1f},height={found.height:.1f}"
        rows.append(
            {
                "level": found.level,
                "entity_id": found.entity_id,
                "metric": f"{found.metric}_rate",
                "since_on": watch.on(since),
                "severity": "warning",
                "evidence": f"raised_on={watch.on(int(found.day))},{numbers}",
            }
        )
    return pa.Table.from_pylist(rows, schema=ALARMS)
