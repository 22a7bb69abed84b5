"""What is watched for changes: groups of goods, and what was delivered and came back of them day by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.cusum import RATIO, shown_exposure
from xuanpin.pipelines.context import Night

METRICS = ("return", "regret", "complaint")
BLOCK = 4096
"""Groups held densely at a time; bounds memory, not results."""

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


def read_watch(night: Night) -> Watch:
    """Choose the groups that are watched; read their days since the first delivery, and the delay curves.

    Writes night.int_drift_groups and int_drift_members.
    """
    settings = night.settings.scoring
    fewest = int(np.ceil(settings.drift_threshold / np.log(RATIO)))
    earliest = night.engine.query("select min(delivered_on) as first_on from night.int_sku_daily")["first_on"][
        0
    ].as_py()
    first_on: date = earliest or night.as_of_date
    horizon = settings.horizon_days
    watch_from = night.as_of_date - timedelta(days=settings.watch_days)
    groups = night.engine.select("int_drift_groups", horizon_days=horizon, fewest_lines=fewest, watch_from=watch_from)
    night.engine.store("night.int_drift_groups", groups)
    night.engine.materialise("int_drift_members")
    days = (night.as_of_date - first_on).days
    outcomes = night.engine.select("int_drift_outcomes", horizon_days=horizon, first_on=first_on, days=days)
    return Watch(
        groups=groups.to_pandas(),
        deliveries=_arrays(night.engine.select("int_drift_deliveries", days=days)),
        outcomes=_arrays(outcomes),
        curves=_read_curves(night, days + 1),
        first_on=first_on,
        length=days + 1,
    )


def _arrays(rows: pa.Table) -> Days:
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
