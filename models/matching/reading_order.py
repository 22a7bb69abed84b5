"""The order in which a message reads well: the best first, and no two of a kind after each other where it can be."""

from __future__ import annotations

from collections.abc import Sequence

PRICE_STEP = 1.25
"""Ratio of two prices from which they read as different; what costs a quarter more is another choice."""


def reading_order(categories: Sequence[str], prices: Sequence[float]) -> list[int]:
    """Order the SKUs of one message, given best first; returns their positions as they are to be read.

    The best comes first. After it comes the best of those left whose category differs from the one before; if there is
    none, the best whose price differs by a quarter; if there is none either, the best. `categories` are paths, `prices`
    in yuan, above 0; both have one entry a SKU.
    """
    left, order = list(range(len(categories))), list[int]()
    while left:
        follows = _follower(left, order[-1], categories, prices) if order else left[0]
        order.append(follows)
        left.remove(follows)
    return order


def _follower(left: Sequence[int], before: int, categories: Sequence[str], prices: Sequence[float]) -> int:
    others = (at for at in left if categories[at] != categories[before])
    apart = (at for at in left if _ratio(prices[at], prices[before]) >= PRICE_STEP)
    return next(others, next(apart, left[0]))


def _ratio(price: float, other: float) -> float:
    return max(price, other) / min(price, other)
