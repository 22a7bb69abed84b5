"""What each agent asks of a number that each SKU has, compared by rank: a quarter of the time of comparing numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Array, Flags, Floats, Ints


@dataclass(frozen=True)
class Limit:
    """Ranks such that the number of a SKU meets what an agent asks just where its rank (`own`, a SKU each) is not below
    hers (`least`, an agent each)."""

    own: Array
    least: Array

    def met(self, rows: Ints) -> Flags:
        """Return whether the number of each SKU is what the agents at `rows` ask at least: agents × SKUs."""
        return np.greater_equal(self.own[None, :], self.least[rows, None], order="C")


def limit_of(values: Floats, least: Floats) -> Limit:
    """Return the limit that the `values` of SKUs meet where they are at least what each agent asks (`least`).

    What is not a number meets nothing. For a highest number give both with the other sign.
    """
    ranked = np.sort(values[~np.isnan(values)])
    kind = np.int16 if len(ranked) < np.iinfo(np.int16).max else np.int32
    own = np.where(np.isnan(values), -1, np.searchsorted(ranked, values))
    return Limit(own.astype(kind), np.searchsorted(ranked, least).astype(kind))
