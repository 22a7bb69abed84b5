"""What a slate sells when its agent takes each SKU only with some chance: the choice model among what she takes.

Given that she takes s, its sales are T v_s / (1 + v_s + X), X being the attraction of the others that she takes. The
mean over X is expanded to second order about its expectation (the delta method): exact where she takes all, within 1 %
of the mean over all subsets for slates of eight, where the product of attraction and chance is up to 4 % high. Slates
are still chosen by the product: it keeps their value a ratio of sums, and the sets that it chooses lose .1 to .3 %.
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Floats


def expected_units(visits: Floats, attraction: Floats, acceptance: Floats) -> Floats:
    """Return the units expected of each SKU of a slate: agents × slots.

    `visits` per agent and day; `attraction` relative to buying nothing, 0 where a slot is open; `acceptance`, 0-1.
    """
    taken = acceptance * attraction
    spread = taken * (attraction - taken)
    load = 1.0 + attraction + taken.sum(axis=1, keepdims=True) - taken
    variance = spread.sum(axis=1, keepdims=True) - spread
    return np.asarray(visits[:, None] * taken / load * (1.0 + variance / load**2))
