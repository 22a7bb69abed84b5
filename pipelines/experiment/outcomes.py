"""Outcomes of the list dates of a trial, as arrays: blocks of SKUs by day, or agents by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.experiment.assignment import BLOCKS, PAIR_DAYS, treated_blocks
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.settings.experiment import BEFORE_DAYS, ExperimentSettings

UNIT_KINDS: Mapping[str, str] = {"switchback": "sku", "holdout": "agent"}
"""What is treated or not, by the kind of the trial."""
SUMS = ("kept_units", "returned_units", "delivered_units", "delivered_lines", "regrets", "complaints")
"""What is counted of sales."""


@dataclass(frozen=True)
class Outcomes:
    """What units (blocks of SKUs, or agents) came to on the days of a trial that can be compared.

    `cells` by what is counted: SUMS, `units` (listed SKUs, or agents), and `recalls` (SKUs withdrawn), each of shape
    (units, days) as `treated`; `before` are sums of the days before the trial, (units,).
    """

    cells: Mapping[str, Floats]
    treated: Flags
    before: Mapping[str, Floats]


def read_outcomes(night: Night, trial: ExperimentSettings, first_on: date, counted_until: date) -> Outcomes:
    """Read what the list dates of a `trial` that began on `first_on` have come to, up to `counted_until`."""
    arms = night.engine.select("int_trial_arms", experiment=trial.name, counted_until=counted_until)
    sums = night.engine.select(
        "int_trial_outcomes",
        unit_kind=UNIT_KINDS[trial.kind],
        outcome_days=trial.outcome_days,
        first_on=first_on - timedelta(days=BEFORE_DAYS),
        counted_until=counted_until,
    )
    days = compared_days(trial, first_on, arms["list_date"].unique().to_pylist())
    units = arms["unit_id"].unique()
    unit, day = _places(arms["unit_id"], units), _places(arms["list_date"], pa.array(days, pa.date32()))
    shape = (len(units), len(days))
    is_there = _sum_up(np.ones(len(unit)), unit, day, shape)
    cells = {"units": is_there, "recalls": _sum_up(_numbers(arms["is_withdrawn"]), unit, day, shape)}
    counted = _counted(sums)
    sold, sold_on = _places(sums["unit_id"], units), _places(sums["ordered_on"], pa.array(days, pa.date32()))
    # What is sold of a SKU on a day on which it was not listed has no arm.
    cells |= {name: is_there * _sum_up(values, sold, sold_on, shape) for name, values in counted.items()}
    if trial.kind == "switchback":
        block = np.zeros(shape[0], np.int64)
        block[unit] = _numbers(arms["block"]).astype(np.int64)
        arms_by_day = [treated_blocks(trial.name, (day - first_on).days) for day in days]
        return Outcomes(_by_block(cells, block), np.array(arms_by_day, np.bool_).reshape(-1, BLOCKS).T, {})
    treated: Flags = _sum_up(_numbers(pc.equal(arms["arm"], "treatment")), unit, day, shape) > 0.0
    return Outcomes(cells, treated, _before(counted, sold, _numbers(pc.less(sums["ordered_on"], first_on)), shape[0]))


def compared_days(trial: ExperimentSettings, first_on: date, days: Iterable[date]) -> list[date]:
    """Return which of the `days` with arms of a `trial` can be compared, in order: all of a holdout, and whole pairs of
    a switchback that began on `first_on`. A day without a list of its own has no arms."""
    known = set(days)
    if trial.kind == "holdout":
        return sorted(known)
    places = {(day - first_on).days // PAIR_DAYS for day in known}
    pairs = [
        [first_on + timedelta(days=PAIR_DAYS * pair + place) for place in range(PAIR_DAYS)] for pair in sorted(places)
    ]
    return [day for pair in pairs if known.issuperset(pair) for day in pair]


def _counted(sums: pa.Table) -> dict[str, Floats]:
    columns = {name: _numbers(sums[name]) for name in SUMS[1:]}
    return {"kept_units": columns["delivered_units"] - columns["returned_units"]} | columns


def _numbers(column: pa.ChunkedArray) -> Floats:
    return np.asarray(pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(), dtype=np.float64)


def _places(column: pa.ChunkedArray, known: pa.Array) -> Ints:
    """The place of each value among the known ones, -1 where it is none of them."""
    return np.asarray(pc.fill_null(pc.index_in(column, known), -1).to_numpy(), dtype=np.int64)


def _sum_up(values: Floats, unit: Ints, day: Ints, shape: tuple[int, int]) -> Floats:
    """Values summed by unit and day; those of no known unit or day are left out."""
    kept = (unit >= 0) & (day >= 0)
    found = np.bincount(unit[kept] * shape[1] + day[kept], values[kept], shape[0] * shape[1])
    return np.asarray(found, dtype=np.float64).reshape(shape)


def _by_block(cells: Mapping[str, Floats], block: Ints) -> dict[str, Floats]:
    found = {}
    for name, values in cells.items():
        found[name] = np.zeros((BLOCKS, values.shape[1]))
        np.add.at(found[name], block, values)
    return found


def _before(counted: Mapping[str, Floats], unit: Ints, is_before: Floats, units: int) -> dict[str, Floats]:
    """Sums of the days before the trial; every agent has as many days, so that `units` tell nothing."""
    kept = unit >= 0
    found = {
        name: np.bincount(unit[kept], (values * is_before)[kept], units).astype(np.float64)
        for name, values in counted.items()
    }
    return found | {"units": np.zeros(units)}
