"""What perishes between the close of an agent's orders and pick-up: what keeps, what sells in time, what spoils."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from xuanpin.models.arrays import BY_AGENT, Flags, Floats, Ints, Singles

LEAST_SHARE = 1e-3
"""Least share of a day's sales (0-1) before a cut-off; keeps logarithms finite."""


@dataclass(frozen=True)
class Perishing:
    """Agents and SKUs in the order of a scorer's rows and columns.

    shelf_hours (SKUs): hours that each keeps after the close of orders, infinite for what does not perish; needed_hours
    (agents): hours that a SKU must keep for her groups; before_cutoff (agents): share (0-1) of a day's sales that her
    groups make before their orders close; level (agents): her row of `spoilage` (levels × SKUs), which is how much more
    of each SKU spoils at such waiting than its rates say already, 0 for what does not perish.
    """

    shelf_hours: Floats
    needed_hours: Floats = field(metadata=BY_AGENT)
    before_cutoff: Singles = field(metadata=BY_AGENT)
    level: Ints = field(metadata=BY_AGENT)
    spoilage: Singles

    @property
    def perishes(self) -> Flags:
        """Whether each SKU perishes."""
        return np.isfinite(self.shelf_hours)

    def of_skus(self, rows: Ints) -> Perishing:
        """Return the same for some SKUs alone; rows: their columns here."""
        return replace(self, shelf_hours=self.shelf_hours[rows], spoilage=self.spoilage[:, rows])

    def keeps(self, rows: Ints) -> Flags:
        """Return what keeps until the groups of the agents at `rows` have picked it up: agents × SKUs."""
        return np.asarray(self.shelf_hours[None, :] >= self.needed_hours[rows, None])

    def log_share(self, rows: Ints) -> Singles:
        """Return the log of the share of its day's sales that each SKU can make with the agents at `rows`: agents ×
        SKUs."""
        share = np.log(np.maximum(self.before_cutoff[rows], np.float32(LEAST_SHARE)))
        return np.asarray(np.where(self.perishes[None, :], share[:, None], np.float32(0)), dtype=np.float32)

    def added(self, rows: Ints, sku: Ints | None = None) -> Singles:
        """Return what spoilage adds to the return and regret rates for the agents at `rows`; sku: columns, agents ×
        places, where only those are asked for."""
        level = self.level[rows]
        return self.spoilage[level] if sku is None else self.spoilage[level[:, None], sku]
