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


Days = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Watch:
    """What is watched: groups, what was delivered and came back on their days (sorted by group), delay curves."""

    groups: pd.DataFrame
    deliveries: Days
    outcomes: Days
    curves: Mapping[tuple[str, str], Floats]
    first_on: date
    length: int

    def blocks(self, level: str) -> Iterator[Ints]:
        """Group numbers of a level, a block at a time; the numbers of a level adjoin."""
        numbers = np.flatnonzero(self.groups["level"].to_numpy() == level)
        yield from (numbers[at : at + BLOCK] for at in range(0, len(numbers), BLOCK))

    def dense(self, block: Ints, days: Days, measure: str) -> Floats:
        """One measure of a block of groups, shape (groups, days)."""
        ends = np.array([block[0], block[-1] + 1], dtype=days["group_number"].dtype)
        rows = slice(*np.searchsorted(days["group_number"], ends))
        table = np.zeros((len(block), self.length))
        table[days["group_number"][rows] - block[0], days["day"][rows]] = days[measure][rows]
        return table

    def delivered(self, block: Ints, metric: str) -> Floats:
        """Lines delivered, shape (groups, days); regrets are not judged by the lines of proven culprits."""
        lines = self.dense(block, self.deliveries, "delivered")
        return lines - self.dense(block, self.outcomes, "excused") if metric == "regret" else lines

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
    """What one metric looks like before watching: prior mean of each group and prior strength in lines."""

    mean: Floats
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
        [
            _watch_metric(watch, metric, expectations[metric], settings.drift_threshold)
            for metric in METRICS
            if watch.outcomes[f"{metric}_arrived"].any()
        ]
        or [_nothing_found()],
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
    earliest = night.engine.query("select min(delivered_on) as first_on from night.int_sku_daily")["first_on"][
        0
    ].as_py()
    first_on: date = earliest or night.as_of_date
    horizon = settings.horizon_days
    watch_from = night.as_of_date - timedelta(days=settings.watch_days)
    night.engine.materialise("int_watch_groups", horizon_days=horizon, fewest_lines=fewest, watch_from=watch_from)
    night.engine.materialise("int_watch_members")
    night.engine.materialise("int_watch_deliveries", first_on=first_on)
    night.engine.materialise("int_watch_outcomes", horizon_days=horizon, first_on=first_on, as_of_date=night.as_of_date)
    length = (night.as_of_date - first_on).days + 1
    return Watch(
        groups=night.engine.query("select * from night.int_watch_groups order by group_number").to_pandas(),
        deliveries=_read_days(night, "night.int_watch_deliveries"),
        outcomes=_read_days(night, "night.int_watch_outcomes"),
        curves=_read_curves(night, length),
        first_on=first_on,
        length=length,
    )


def _read_days(night: Night, table: str) -> Days:
    rows = night.engine.query(f"select * from {table} order by group_number, day")
    return {name: rows[name].to_numpy() for name in rows.column_names}


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
    return {metric: Expectation(_of_groups(watch, evidence, mean), strengths[metric]) for metric, mean in means.items()}


def _of_groups(watch: Watch, evidence: pd.DataFrame, mean: Floats) -> Floats:
    """Prior mean of each group: its SKUs' means weighted by their lines, shape (groups,)."""
    of_group = np.empty(len(watch.groups))
    lines = evidence["delivered_lines"].to_numpy(np.float64) + 1e-9
    keys = {
        "sku": ["sku_id", "category"],
        "supplier": ["supplier_id", "department"],
        "category": ["category", "category"],
    }
    for level, (entity, pool) in keys.items():
        here = watch.groups["level"].to_numpy() == level
        groups = pd.MultiIndex.from_arrays([watch.groups.loc[here, "entity_id"], watch.groups.loc[here, "category"]])
        place = groups.get_indexer(pd.MultiIndex.from_arrays([evidence[entity], evidence[pool]]))
        member = place >= 0
        total = np.bincount(place[member], lines[member], len(groups))
        of_group[here] = np.bincount(place[member], (lines * mean)[member], len(groups)) / total
    return of_group


def _watch_metric(watch: Watch, metric: str, expectation: Expectation, threshold: float) -> pd.DataFrame:
    """Alarms of one metric at every level, one row each."""
    found = []
    for block in watch.blocks("sku"):
        alarm = cusum(*_arrivals(watch, block, metric, expectation), threshold)
        found.append(_found("sku", watch.groups["entity_id"].to_numpy()[block], metric, alarm))
    for level in ("supplier", "category"):
        inside = watch.groups[watch.groups["level"] == level]
        codes, names = pd.factorize(inside["entity_id"], sort=True)
        arrived, expected = np.zeros((len(names), watch.length)), np.zeros((len(names), watch.length))
        for block in watch.blocks(level):
            came, due = _arrivals(watch, block, metric, expectation)
            np.add.at(arrived, codes[block - inside.index[0]], came)
            np.add.at(expected, codes[block - inside.index[0]], due)
        found.append(_found(level, np.asarray(names), metric, cusum(arrived, expected, threshold)))
    return pd.concat(found, ignore_index=True)


def _arrivals(watch: Watch, block: Ints, metric: str, expectation: Expectation) -> tuple[Floats, Floats]:
    arrived = watch.dense(block, watch.outcomes, f"{metric}_arrived")
    exposure = watch.exposure(block, metric, watch.delivered(block, metric))
    return arrived, expected_arrivals(exposure, arrived, expectation.mean[block], expectation.strength)


def _nothing_found() -> pd.DataFrame:
    none = np.empty(0)
    return _found(
        "sku",
        np.empty(0, dtype=object),
        "regret",
        Alarm(none.astype(np.int64), none.astype(np.int64), none, none, none),
    )


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
    is_raised = (watch.groups["level"] == "sku") & watch.groups["entity_id"].isin(raised)
    for group in np.flatnonzero(is_raised.to_numpy()):
        _place_break(change, watch, np.array([group]), moved, index, expectation, settings.changed_prior_lines)
    suppliers = findings[(findings["level"] == "supplier") & findings["is_recent"]]
    for row in suppliers.to_dict("records"):
        own = evidence["supplier_id"].to_numpy() == row["entity_id"]
        lift = (row["observed"] + LIFT_PRIOR) / (row["expected"] + LIFT_PRIOR)
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


def _alarms(watch: Watch, findings: pd.DataFrame, changes: Mapping[str, Change], evidence: pd.DataFrame) -> pa.Table:
    """The alarms raised lately, in the columns of the published table."""
    place = {sku_id: row for row, sku_id in enumerate(evidence["sku_id"])}
    moved = {metric: name for name, metrics in MOVED_BY.items() for metric in metrics}
    rows = []
    for found in findings[findings["is_recent"]].sort_values(["level", "entity_id", "metric"]).to_dict("records"):
        since = int(found["start"])
        if found["level"] == "sku":
            broke = int(changes[moved[found["metric"]]].since[place[found["entity_id"]]])
            since = broke if broke >= 0 else since
        numbers = f"observed={found['observed']:.0f},expected={found['expected']:.1f},height={found['height']:.1f}"
        rows.append(
            {
                "level": found["level"],
                "entity_id": found["entity_id"],
                "metric": f"{found['metric']}_rate",
                "since_on": watch.on(since),
                "severity": "warning",
                "evidence": f"raised_on={watch.on(int(found['day']))},{numbers}",
            }
        )
    return pa.Table.from_pylist(rows, schema=ALARMS)
