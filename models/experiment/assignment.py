"""Who or what is treated on which day: a holdout of agents, or blocks of SKUs that switch between two arms by day.

Arms follow from names by a hash alone, so they are the same on every machine and in every re-run, whoever joins or
leaves in the meantime.
Sources: Bojinov, Simchi-Levi and Zhao, "Design and analysis of switchback experiments", Management Science 69 (2023);
Missault et al., "Robust and efficient multiple-unit switchback experimentation" (2025), for blocks of items that
switch against each other and spend half their days in each arm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints

BLOCKS = 24
"""Blocks of SKUs: five SKUs of a list of 120 in each, and enough blocks to know the spread between them by one pair of
days. Even, so that half of them can be treated."""
PAIR_DAYS = 2
"""Days within which every block is treated once and not treated once; neighbouring days are most alike."""


def unit_draws(units: Iterable[str], salt: str) -> Floats:
    """Return a number in [0, 1) for each of `units` (texts), the same for the same text and `salt`."""
    return np.array([_draw(salt, unit) for unit in units], dtype=np.float64)


def holdout_treated(agents: Iterable[str], experiment: str, share: float) -> Flags:
    """Return which `agents` (ids) are treated where a `share` of them (0-1) is held out of the policy of an
    `experiment`, by its name."""
    return np.asarray(unit_draws(agents, f"holdout:{experiment}") >= share)


def sku_blocks(families: Iterable[str], experiment: str) -> Ints:
    """Return the block (0 to BLOCKS - 1) of each SKU in an `experiment` (its name) by its family: its SPU, or itself
    where it has none (`families`, ids).

    Variants of one SPU take sales from each other, so they switch together.
    """
    return (unit_draws(families, f"block:{experiment}") * BLOCKS).astype(np.int64)


def treated_blocks(experiment: str, day: int) -> Flags:
    """Return which blocks are treated on the `day` of an `experiment` by its name (0 is its first).

    Half of them are on each day. Within each pair of days chance says which half comes first, and then they change
    places: so every block is treated on half of its days, and no day or block differs between the arms.
    """
    pair, place = divmod(day, PAIR_DAYS)
    draws = unit_draws(map(str, range(BLOCKS)), f"pair:{experiment}:{pair}")
    is_first = np.argsort(np.argsort(draws, kind="stable"), kind="stable") < BLOCKS // 2
    return np.asarray(is_first if place == 0 else ~is_first)


def _draw(salt: str, unit: str) -> float:
    digest = hashlib.blake2b(f"{salt}:{unit}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2.0**53
