"""How likely a price suits an agent: what she found too dear counts against SKUs that are as dear or dearer.

On the dear side of what her groups usually pay, the price of a SKU is judged by those that she declined as too dear at
this price or below, against those that she took at this price or above; on the cheap side the other way round. Both are
counted on top of what is usual of all agents, so a refusal never counts against a SKU that is less dear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import BY_AGENT, Flags, Floats, Ints, Singles
from xuanpin.models.choosing import choose
from xuanpin.models.limits import Limit, limit_of
from xuanpin.models.sparse_rows import sparse_rows

USUAL_ANSWERS = np.float32(4.0)
"""Answers of her own that what is usual of all agents is worth."""


@dataclass(frozen=True)
class PriceAnswers:
    """What agents said of prices: agents × SKUs answered, how often each was `taken`, or declined as too `dear` or too
    `cheap`.

    price: log price of each SKU answered; listed: log price of each SKU that is judged; usual: log price that each
    agent's groups usually pay.
    """

    taken: sp.csr_array = field(metadata=BY_AGENT)
    dear: sp.csr_array = field(metadata=BY_AGENT)
    cheap: sp.csr_array = field(metadata=BY_AGENT)
    price: Floats
    listed: Floats
    usual: Floats = field(metadata=BY_AGENT)

    def suits(self, rows: Ints, expected: Singles) -> Singles:
        """Return the chance, 0-1, that the prices of the listed SKUs suit the agents at `rows`: agents × SKUs.

        `expected` (agents × SKUs) is what is usual of all agents.
        """
        above = self._above.met(rows)
        taken = sparse_rows(self.taken, rows)
        kept = choose(above, taken @ self._as_dear, taken @ self._as_cheap)
        total = kept + USUAL_ANSWERS
        some = np.flatnonzero(self._declines[rows])
        if len(some):
            of = rows[some]
            total[some] += choose(above[some], self.dear[of] @ self._as_cheap, self.cheap[of] @ self._as_dear)
        kept += USUAL_ANSWERS * expected
        kept /= total
        return kept

    @cached_property
    def _above(self) -> Limit:
        """Where the listed price is on the dear side."""
        return limit_of(self.listed, self.usual)

    @cached_property
    def _declines(self) -> Flags:
        """Agents who declined anything for its price."""
        return np.asarray(np.diff(self.dear.indptr) + np.diff(self.cheap.indptr) > 0)

    @cached_property
    def _as_dear(self) -> Singles:
        """SKUs answered × SKUs listed: 1 where the answered one is as dear or dearer."""
        return (self.price[:, None] >= self.listed[None, :]).astype(np.float32)

    @cached_property
    def _as_cheap(self) -> Singles:
        """SKUs answered × SKUs listed: 1 where the answered one is as cheap or cheaper."""
        return (self.price[:, None] <= self.listed[None, :]).astype(np.float32)


def price_answers(
    answers: tuple[Ints, Ints], taken: Ints, declined: Ints, price: Floats, listed: Floats, usual: Floats
) -> PriceAnswers:
    """Return what agents said of prices.

    `answers`: agent and SKU of each answer; `taken` and `declined`: the rows of those that she took, and that she
    declined for the price; `price`, `listed` and `usual` as in PriceAnswers.
    """
    agent, sku = answers
    is_dear = price[sku[declined]] >= usual[agent[declined]]

    def counted(rows: Ints) -> sp.csr_array:
        cells = (agent[rows], sku[rows])
        return sp.csr_array((np.ones(len(rows), np.float32), cells), shape=(len(usual), len(price)))

    return PriceAnswers(
        counted(taken), counted(declined[is_dear]), counted(declined[~is_dear]), price, listed, usual
    )  # fmt: skip
