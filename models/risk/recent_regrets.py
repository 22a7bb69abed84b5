"""The regrets of the last weeks by the age of their lines, in which changes for the worse are looked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints

CANDIDATE_AGES = np.array([0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48])
"""Days ago on which a rate may have changed; older changes are part of a SKU's history or have raised alarms."""

SMALLEST_LINES = 1e-6
"""Lines below which two sums of the same exposure are equal."""


@dataclass(frozen=True)
class RecentRegrets:
    """Hold the regrets seen so far of each SKU, by the age of their lines.

    `exposure` and `events` are of all lines, shape (skus,). `exposure_since` and `events_since` have shape (skus,
    ages): column k is of lines delivered less than CANDIDATE_AGES[k] days ago, column 0 therefore 0. Exposure is in
    lines, thinned by the delay curve.
    """

    exposure: Floats
    events: Floats
    exposure_since: Floats
    events_since: Floats

    @cached_property
    def oldest(self) -> Ints:
        """Return the first column of each SKU that holds all of its lines, shape (skus,); the number of ages if none.

        A SKU whose lines are all younger than an age has no past from which it could have changed then.
        """
        holds_all = self.exposure_since >= self.exposure[:, None] - SMALLEST_LINES
        return np.where(holds_all.any(axis=1), holds_all.argmax(axis=1), len(CANDIDATE_AGES)).astype(np.int64)


def with_past(oldest: Ints) -> Flags:
    """Return the ages before which a unit had lines, shape (units, ages).

    `oldest` is the first column that holds all of a unit's lines, shape (units,). What is on its way tonight may have
    changed in any case: column 0 always counts.
    """
    return np.asarray(np.arange(len(CANDIDATE_AGES)) < np.maximum(oldest, 1)[:, None], dtype=np.bool_)


def totals_by_age(skus: Ints, ages: Ints, measure: Floats, size: int) -> Floats:
    """Add up a measure of lines younger than each candidate age; shape (size, ages), in the measure's unit.

    Each entry is of one SKU (`skus` holds its row, below `size`) and one interval of CANDIDATE_AGES (`ages` holds its
    column), with its `measure`; the three arrays have one shape.
    """
    table = np.zeros((size, len(CANDIDATE_AGES)))
    table[skus, ages] = measure
    return np.cumsum(table, axis=1)
