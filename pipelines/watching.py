"""Watches SKUs, suppliers and categories for changes for the worse, and lets what is found move the rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from models.drift import Alarm, Change, cusum, expected_arrivals, find_break, shown_exposure
from models.return_risk import HierarchicalRate
from pipelines.night import Night

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
    """What is watched: the groups, their days, the delay curves and what each SKU's kind leads one to expect."""

    groups: pd.DataFrame
    days: Mapping[str, npt.NDArray[np.generic]]
    curves: Mapping[tuple[str, str], Floats]
    first_on: date
    length: int

    def blocks(self, level: str) -> Iterator[Ints]:
        """Group numbers of a level, a block at a time."""
        numbers = np.flatnonzero(self.groups["level"].to_numpy() == level)
        yield from (numbers[at : at + BLOCK] for at in range(0, len(numbers), BLOCK))

    def dense(self, block: Ints, metric: str, measure: str) -> Floats:
        """One measure of a block of groups, shape (groups, days); the numbers of a block are consecutive."""
        inside = (self.days["group_number"] >= block[0]) & (self.days["group_number"] <= block[-1])
        inside &= self.days["metric"] == metric
        table = np.zeros((len(block), self.length))
        table[self.days["group_number"][inside] - block[0], self.days["day"][inside]] = self.days[measure][inside]
        return table

    def delivered(self, block: Ints, metric: str) -> Floats:
        """Lines delivered, shape (groups, days); those of proven culprits weigh more where they cause the regret."""
        lines = self.dense(block, "", "delivered")
        return lines if metric == "return" else lines + self.dense(block, "", "extra")

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
    """What a metric's rates look like before watching: the prior mean of each group and the prior strength in lines."""

    mean: Floats
    strength: float


def find_changes(night: Night, evidence: pd.DataFrame, models: Mapping[str, HierarchicalRate]) -> dict[str, Change]:
    """Watch SKUs, suppliers and categories; writes night.alarms and returns what the changes do to each rate.

    `models` holds the fitted return and regret hierarchies in the order of `evidence`.
    """
    watch = read_watch(night)
    expectations = _expectations(watch, evidence, models)
    settings = night.settings.scoring
    changes = {metric: _no_change(len(evidence)) for metric in MOVED_BY}
    alarms: list[dict[str, object]] = []
    for metric in METRICS:
        skus, sku_alarms = _watch_skus(watch, metric, expectations[metric], settings)
        kinds, kind_alarms = _watch_kinds(watch, metric, expectations[metric], settings)
        alarms += sku_alarms + kind_alarms
        moved = next(name for name, metrics in MOVED_BY.items() if metric in metrics)
        _move(changes[moved], watch, evidence, skus if metric == moved else skus, kinds)
    night.engine.store("night.alarms", pa.Table.from_pylist(alarms, schema=ALARMS))
    return changes
