"""The inputs of drift detection: groups of SKUs, and what was delivered and came back of them day by day."""

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
from xuanpin.models.risk.cusum import RATE_RATIO, mature_exposure
from xuanpin.pipelines.context import Night

METRICS = ("return", "regret", "complaint")
"""Outcomes whose arrivals are monitored; each has a delay curve."""
BLOCK = 4096
"""Groups held densely at a time; bounds memory, not results."""

Days = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class DriftInputs:
    """Hold the groups, their daily counts and the delay curves.

    `groups` has one row a group in the order of its number. `deliveries` and `outcomes` are columns of counts by group
    and day, sorted by group; `curves` are shares (0-1) by category and metric, one an age in days. Days count from
    `first_on`; `length` is how many there are, tonight's included.
    """

    groups: pd.DataFrame
    deliveries: Days
    outcomes: Days
    curves: Mapping[tuple[str, str], Floats]
    first_on: date
    length: int

    def blocks(self, level: str) -> Iterator[Ints]:
        """Yield the group numbers of a level, a block at a time; the numbers of a level adjoin."""
        numbers = np.flatnonzero(self.groups["level"].to_numpy() == level)
        yield from (numbers[at : at + BLOCK] for at in range(0, len(numbers), BLOCK))

    def dense(self, block: Ints, days: Days, measure: str) -> Floats:
        """Return the column `measure` of `days` for a `block` of group numbers, shape (groups, days)."""
        ends = np.array([block[0], block[-1] + 1], dtype=days["group_number"].dtype)
        rows = slice(*np.searchsorted(days["group_number"], ends))
        table = np.zeros((len(block), self.length))
        table[days["group_number"][rows] - block[0], days["day"][rows]] = days[measure][rows]
        return table

    def delivered(self, block: Ints, metric: str) -> Floats:
        """Return the lines delivered to a `block` that count for a `metric`, shape (groups, days).

        Regrets are not judged by the lines of outlier sources.
        """
        lines = self.dense(block, self.deliveries, "delivered")
        return lines - self.dense(block, self.outcomes, "excused") if metric == "regret" else lines

    def exposure(self, block: Ints, metric: str, delivered: Floats) -> Floats:
        """Return the mature lines among those `delivered` to a `block` by the end of each day, both (groups, days).

        The delay curve is that of the `metric`.
        """
        lines = np.zeros_like(delivered)
        categories = self.groups["category"].to_numpy()[block]
        for category in np.unique(categories):
            rows = categories == category
            lines[rows] = mature_exposure(delivered[rows], self.curves[category, metric])
        return lines

    def on(self, day: int) -> date:
        """Return the calendar date of a day number."""
        return self.first_on + timedelta(days=day)


def read_drift_inputs(night: Night) -> DriftInputs:
    """Choose the groups to monitor; read their days since the first delivery, and the delay curves.

    Writes night.int_drift_groups and int_drift_members.
    """
    settings = night.settings.scoring
    fewest = int(np.ceil(settings.cusum_threshold / np.log(RATE_RATIO)))
    history_before = night.as_of_date - timedelta(days=settings.drift_history_days)
    first = night.engine.select("int_first_delivery", history_before=history_before)
    first_on: date = first["first_on"][0].as_py() or night.as_of_date
    horizon = settings.horizon_days
    outcomes_after = night.as_of_date - timedelta(days=settings.drift_days)
    groups = night.engine.select(
        "int_drift_groups", horizon_days=horizon, fewest_lines=fewest, outcomes_after=outcomes_after
    )
    night.engine.store("night.int_drift_groups", groups)
    night.engine.materialise("int_drift_members")
    days = (night.as_of_date - first_on).days
    outcomes = night.engine.select("int_drift_outcomes", horizon_days=horizon, first_on=first_on, days=days)
    return DriftInputs(
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
    """Return the delay curves by category and metric on every age; between ages that occurred it stays level."""
    curves = {}
    for category, rows in night.engine.select("int_drift_curves").to_pandas().groupby("category", sort=True):
        place = np.searchsorted(rows["day"].to_numpy(), np.arange(length), side="right") - 1
        for metric in METRICS:
            shares = rows[f"{metric}_share"].to_numpy()
            curves[str(category), metric] = np.where(place >= 0, shares[np.maximum(place, 0)], 0.0)
    return curves
