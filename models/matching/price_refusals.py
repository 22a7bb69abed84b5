"""How likely a price suits an agent: what she found too dear counts against SKUs that are as dear or dearer.

On the dear side of what her groups usually pay, the price of a SKU is judged by those that she declined as too dear at
this price or below, against those that she took at this price or above; on the cheap side the other way round. Both are
counted on top of what is usual of all agents, so a refusal never counts against a SKU that is less dear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import Array, Flags, Floats, Ints, Singles

USUAL_ANSWERS = 4.0
"""Answers of her own that what is usual of all agents is worth."""


@dataclass(frozen=True)
class PriceAnswers:
    """What agents said of prices: agents × SKUs answered, how often each was `taken`, and `declined` for its price.

    price: log price of each SKU answered; usual: log price that each agent's groups usually pay.
    """

    taken: sp.csr_array
    declined: sp.csr_array
    price: Floats
    usual: Floats

    def suits(self, rows: Ints, price: Floats, expected: Singles) -> Singles:
        """Return the chance, 0-1, that prices (log, one a SKU) suit the agents at `rows`: agents × SKUs.

        `expected` (agents × SKUs) is what is usual of all agents.
        """
        spoke = np.flatnonzero(np.diff(self.taken.indptr)[rows] + np.diff(self.declined.indptr)[rows])
        if not len(spoke):
            return expected
        found, order = expected.copy(), np.argsort(price, kind="stable")
        refused, kept = self._counts(rows[spoke], price[order])
        own = expected[np.ix_(spoke, order)]
        found[np.ix_(spoke, order)] = (kept + np.float32(USUAL_ANSWERS) * own) / (kept + refused + USUAL_ANSWERS)
        return found

    def _counts(self, rows: Ints, level: Floats) -> tuple[Singles, Singles]:
        """SKUs that were refused and taken on the far side of each price level, ascending: agents × levels each."""
        usual, shape = self.usual[rows], (len(rows), len(level))
        above = level[None, :] >= usual[:, None]
        taken, declined = _Entries.of(self.taken[rows]), _Entries.of(self.declined[rows])
        kept = np.where(above, _at_least(taken, self.price, level, shape), _at_most(taken, self.price, level, shape))
        refused = np.zeros(shape, np.float32)
        who, place = np.unique(declined.row, return_inverse=True)
        if len(who):
            is_dear, some = self.price[declined.column] >= usual[declined.row], (len(who), len(level))
            declined = _Entries(place.ravel(), declined.column, declined.count)
            dear = _at_most(declined.where(is_dear), self.price, level, some)
            cheap = _at_least(declined.where(~is_dear), self.price, level, some)
            refused[who] = np.where(above[who], dear, cheap)
        return refused, kept


@dataclass(frozen=True)
class _Entries:
    """Cells of a sparse matrix."""

    row: Ints
    column: Ints
    count: Array

    @classmethod
    def of(cls, cells: sp.csr_array) -> _Entries:
        found = cells.tocoo()
        return cls(found.coords[0].astype(np.int64), found.coords[1].astype(np.int64), found.data)

    def where(self, chosen: Flags) -> _Entries:
        return _Entries(self.row[chosen], self.column[chosen], self.count[chosen])


def _at_most(entries: _Entries, price: Floats, level: Floats, shape: tuple[int, int]) -> Singles:
    """Entries at each of the ascending price levels or below: agents × levels."""
    return _running(entries, np.searchsorted(level, price[entries.column], side="left"), shape)


def _at_least(entries: _Entries, price: Floats, level: Floats, shape: tuple[int, int]) -> Singles:
    """Entries at each of the ascending price levels or above: agents × levels."""
    below = _running(entries, np.searchsorted(level, price[entries.column], side="right"), shape)
    return np.asarray(np.bincount(entries.row, entries.count, shape[0]).astype(np.float32)[:, None] - below)


def _running(entries: _Entries, place: Ints, shape: tuple[int, int]) -> Singles:
    rows, levels = shape
    cells = np.bincount(entries.row * (levels + 1) + place, entries.count, rows * (levels + 1)).astype(np.float32)
    return cells.reshape(rows, levels + 1).cumsum(axis=1, dtype=np.float32)[:, :levels]
