"""Who gets what is left of a SKU, while agents decline matches and swap in alternates: first come, first served."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]
"""An agent and a SKU."""


class FirstServed:
    """Hold the stock of one list date while answers on it are heard in the order in which they are given.

    units: sellable, by SKU; matches: units that each reserves; swaps: units that each alternate would take. A match
    holds what it reserves until it is declined. An alternate, and a match that is taken again, gets what is left of
    what it wants; the units held of a SKU never exceed those that there are.
    """

    def __init__(self, units: Mapping[str, int], matches: Mapping[Pair, int], swaps: Mapping[Pair, int]) -> None:
        self._wanted = {**swaps, **matches}
        self._held, self._matches = dict(matches), matches
        self._left = dict(units)
        for (_, sku), reserved in matches.items():
            self._left[sku] -= reserved

    def offers(self, pair: Pair) -> bool:
        """Return whether the list offers an agent this SKU, as a match or as an alternate."""
        return pair in self._wanted

    def left(self, sku: str) -> int:
        """Return the units of a SKU that nobody holds."""
        return self._left.get(sku, 0)

    def held(self) -> Mapping[Pair, int]:
        """Return the units that each agent holds of each SKU."""
        return self._held

    def swapped(self) -> Mapping[Pair, int]:
        """Return the units that agents hold of SKUs that are no matches of theirs."""
        return {pair: units for pair, units in self._held.items() if pair not in self._matches}

    def hear(self, pair: Pair, is_taken: bool) -> bool:
        """Let an agent take a SKU or leave it; return False where she takes it and no unit is left for her."""
        if pair not in self._wanted:
            return True
        sku = pair[1]
        self._left[sku] += self._held.pop(pair, 0)
        units = min(self._wanted[pair], self._left[sku]) if is_taken else 0
        if units > 0:
            self._held[pair] = units
            self._left[sku] -= units
        return units > 0 or not is_taken
