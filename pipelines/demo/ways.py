"""Draws how much the people of a lively platform act by more than taste, price and quality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ways:
    """Say how people act beyond taste, price and quality; zeros, as in the plain platform, switch a way off.

    `hearing`: share of trust that a complaint costs each other member of its group. `caution`: utility that a SKU
    loses in a group for a complaint about it (times log1p of what the group remembers). `habit_share` of customers
    buy again what they bought before, whatever it was like, with `habit` more utility. `promotion_rate`: share of days
    with a promotion; it cuts the price of `promotion_share` of the SKUs by up to `deepest_cut`, raises visits by
    `promotion_visits`, and a cut raises utility by `price_pull` per unit of log price. `acceptance`: share of what
    their personas permit that agents would post while they trust the platform; the rest they refuse (see `refusing`).
    """

    hearing: float = 0.0
    caution: float = 0.0
    habit_share: float = 0.0
    habit: float = 0.0
    promotion_rate: float = 0.0
    promotion_share: float = 0.0
    deepest_cut: float = 0.0
    promotion_visits: float = 0.0
    price_pull: float = 0.0
    acceptance: float = 0.0

    @property
    def refuse(self) -> bool:
        """Say whether agents choose among their matches."""
        return self.acceptance > 0.0


PLAIN = Ways()
"""People of the plain platform: taste, price, quality and their own trust decide."""

RANGES: dict[str, tuple[float, float]] = {
    "hearing": (0.003, 0.02),
    "caution": (0.1, 0.6),
    "habit_share": (0.2, 0.6),
    "habit": (0.4, 1.4),
    "promotion_rate": (0.05, 0.2),
    "promotion_share": (0.1, 0.3),
    "deepest_cut": (0.15, 0.4),
    "promotion_visits": (0.05, 0.4),
    "price_pull": (1.5, 3.5),
    "acceptance": (0.55, 0.85),
}
"""The range of each way on lively platforms; a seed draws evenly from it.

At `hearing` .01, a complaint a day costs each other member of the group as much trust in a month as one or two regrets
of her own.
"""


def lively_ways(rng: np.random.Generator) -> Ways:
    """Draw the ways of a lively platform by `rng`."""
    return Ways(**{name: float(rng.uniform(*limits)) for name, limits in RANGES.items()})
