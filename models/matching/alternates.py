"""What an agent could post instead of a match: ranked by what a swap would be worth beside the rest of her slate.

With visits T, the load L of the rest of her slate (buying nothing, 1, and its attraction), r what a visit of that rest
earns, attraction v of a SKU that she posts and u units of it left, a swap sells q = min(T v / (L + v), u). Each unit
sold brings its value w and takes r from the rest, so the worth is the chance that she posts it times q (w - r). A SKU
that would bring less than it takes is no alternate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Ints, Singles
from xuanpin.models.choosing import choose
from xuanpin.models.matching.slate import at_columns, best_columns

LEAST_LEFT = 1
"""Units that must be left of a SKU: an agent can sell what she is offered."""


@dataclass(frozen=True)
class Swaps:
    """Agents × listed SKUs: everything that decides what each agent could post instead of a match.

    visits: per agent and day; load and earning: of the rest of her slate, as in SlateState at no price; attraction: of
    a SKU that she posts, relative to buying nothing (1); acceptance: the chance that she posts it, 0-1; unit_value: net
    kept units per unit sold; allowed: hard persona rules, and not in her slate; left: units left of each SKU.
    """

    visits: Singles
    load: Singles
    earning: Singles
    attraction: Singles
    acceptance: Singles
    unit_value: Singles
    allowed: Flags
    left: Ints


@dataclass(frozen=True)
class Alternates:
    """Agents × places, best first: SKU column or -1 where a place stays empty, and the units that a swap would sell."""

    sku: Ints
    units: Singles


def best_alternates(swaps: Swaps, most: int) -> Alternates:
    """Return up to `most` alternates of each agent; ties go to the SKU that comes first on the list."""
    most = min(most, len(swaps.left))
    if not most:
        empty = np.zeros((len(swaps.visits), 0))
        return Alternates(empty.astype(np.int64), empty.astype(np.float32))
    units = _sold(swaps)
    added = swaps.unit_value - swaps.earning[:, None]
    worth = swaps.acceptance * units
    worth *= added
    choose(_offered(swaps, added), worth, np.float32(-1), out=worth)
    sku = best_columns(worth, most)
    return Alternates(np.where(at_columns(worth, sku) >= 0, sku, -1), at_columns(units, sku))


def _sold(swaps: Swaps) -> Singles:
    sold = swaps.load[:, None] + swaps.attraction
    np.divide(swaps.attraction, sold, out=sold)
    sold *= swaps.visits[:, None]
    return np.asarray(np.minimum(sold, swaps.left.astype(np.float32), out=sold))


def _offered(swaps: Swaps, added: Singles) -> Flags:
    offered = swaps.allowed & (swaps.left >= LEAST_LEFT)
    offered &= added >= 0
    offered &= swaps.unit_value >= 0
    return np.asarray(offered)
