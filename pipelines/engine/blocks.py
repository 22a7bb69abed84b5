"""Cuts rows that are ordered by a key into blocks of one key each; both engines do it in this way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def runs(keys: pa.Array) -> Iterator[tuple[Any, slice]]:
    """Yield each run of equal neighbours of `keys` as its value and its rows; null equals null."""
    encoded = pc.run_end_encode(keys)
    start = 0
    for value, end in zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True):
        yield value, slice(start, end)
        start = end
