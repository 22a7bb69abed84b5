"""One export as recognition sees it: headers, profiles of their columns and the rows behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xuanpin.pipelines.connect.findings import Export
from xuanpin.pipelines.connect.recognition.values import Profile, profile, tidy

_AMOUNT = re.compile(r"(?:[¥￥$€£₹]|rmb|cny|rs\.?)?\s*([+-]?\d+(?:\.\d*)?)\s*(?:元|件|个|份)?")
"""A number with a currency before it or a unit behind it."""


@dataclass(frozen=True)
class Sample:
    """An `export` with the profile of each of its columns."""

    export: Export
    profiles: tuple[Profile, ...]

    @classmethod
    def of(cls, export: Export) -> Sample:
        """Look at the values of each column of an `export`."""
        width = len(export.headers)
        if all(len(row) == width for row in export.rows):
            columns = [list(column) for column in zip(*export.rows, strict=True)] or [[] for _ in range(width)]
            return cls(export, tuple(map(profile, columns)))
        return cls(export, tuple(profile([_cell(row, at) for row in export.rows]) for at in range(width)))

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of the export, in order."""
        return self.export.headers

    def cells(self, at: int) -> list[str]:
        """Return the tidy cells of the column number `at`, one a row, '' where there is nothing."""
        return [tidy(_cell(row, at)) for row in self.export.rows]

    def numbers(self, at: int) -> list[float | None]:
        """Return the cells of the column number `at` as numbers, None where a cell is none."""
        return [number(text) for text in self.cells(at)]

    def values(self, at: int) -> frozenset[str]:
        """Return the different values of the column number `at`."""
        return frozenset(self.profiles[at].counts)


def number(text: str) -> float | None:
    """Return a written amount (`text`) as a number, None where it is none."""
    found = _AMOUNT.fullmatch(text.replace(",", ""))
    return None if found is None else float(found.group(1))


def _cell(row: tuple[str | None, ...], at: int) -> str | None:
    return row[at] if at < len(row) else None
