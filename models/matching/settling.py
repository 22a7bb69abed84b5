"""Settles the slates of a block of agents at given prices: no other agent matters, so it runs anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from xuanpin.models.arrays import Singles
from xuanpin.models.matching.slate import Block, Slates, additive_slates, set_aware_slates, slate_bound, stock_per_slot


@dataclass(frozen=True)
class Settled:
    """Slates of a block, agents × slots: SKU column or -1 where open.

    taken: units of stock that each match takes, 0 where open; gain: what it was chosen by; bound: what the block adds
    to that of an assignment, in net kept units.
    """

    sku: NDArray[np.int16]
    taken: Singles
    gain: Singles
    bound: float


def settle_block(block: Block, shared: sp.csr_array, price: Singles, *, set_aware: bool = True) -> Settled:
    """Choose the best slates of a block at the `price` of each SKU, per unit of stock.

    `shared` (agents × SKUs) holds what earlier neighbours leave of the attraction of what they post, 0-1, an entry for
    each neighbour. `set_aware`: whether slates are chosen as sets or SKU by SKU.
    """
    part = _weakened(block, shared)
    chosen = choose_slates(part, price, set_aware=set_aware)
    bound = slate_bound(block, chosen, price)
    return Settled(chosen.sku.astype(np.int16), stock_per_slot(part, chosen), chosen.gain, bound)


def choose_slates(block: Block, price: Singles, *, set_aware: bool) -> Slates:
    """Return the best slates of a block at the `price` of each SKU, per unit of stock; `set_aware` as settle_block."""
    return set_aware_slates(block, price) if set_aware else additive_slates(block, price)


def _weakened(block: Block, shared: sp.csr_array) -> Block:
    """Lower the attraction of SKUs that neighbours post already."""
    if shared.nnz == 0:
        return block
    attraction = block.attraction.copy()
    row = np.repeat(np.arange(len(block.visits)), np.diff(shared.indptr))
    np.multiply.at(attraction, (row, shared.indices), shared.data)
    return replace(block, attraction=attraction)


def posted_by_neighbours(links: sp.csr_array, sku: NDArray[np.int16], skus: int) -> sp.csr_array:
    """Return the `shared` of settle_block for the agents of some rows of neighbours (`links`, agents × all agents).

    `sku` (all agents × slots) holds the SKU columns that are settled, -1 where none; there are so many `skus`.
    """
    row = np.repeat(np.arange(links.shape[0]), np.diff(links.indptr))
    posted = sku[links.indices]
    link, place = np.nonzero(posted >= 0)
    ends = np.concatenate([[0], np.cumsum(np.bincount(row[link], minlength=links.shape[0]))])
    # Entries of one cell stay apart: they are multiplied, not added.
    return sp.csr_array(
        (1.0 - links.data[link], posted[link, place].astype(np.int32), ends), shape=(links.shape[0], skus)
    )
