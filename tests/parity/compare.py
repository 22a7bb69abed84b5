"""Tells how the answer of a cluster differs from DuckDB's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from math import isclose, isfinite
from typing import Any

import pyarrow as pa

TOLERANCE = 1e-12
"""Relative difference that doubles may have: sums are added up in another order, and the last digit of a logarithm
differs. Digits that a decimal has lost are seen."""

Row = tuple[Any, ...]


def difference(expected: pa.Table, found: pa.Table, *, is_ordered: bool) -> str | None:
    """Say how `found` differs from `expected` once it has its types; None where it does not.

    Rows are compared as they stand where they are ordered, else as a multiset.
    """
    if found.column_names != expected.column_names:
        return f"columns {found.column_names} instead of {expected.column_names}"
    try:
        typed = pa.table({one.name: _typed(found[one.name], one.type) for one in expected.schema})
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        return f"types {_types(found, expected)}: {error}"
    if typed.equals(expected) or (not is_ordered and _in_order(typed).equals(_in_order(expected))):
        return None  # which most are, and Python takes a hundred times as long to see it
    rows, others = _rows(expected), _rows(typed)
    if len(rows) != len(others):
        return f"{len(others)} rows instead of {len(rows)}"
    if not is_ordered:
        rows, others = sorted(rows, key=_key), sorted(others, key=_key)
    for place, (row, other) in enumerate(zip(rows, others, strict=True)):
        for name, value, got in zip(expected.column_names, row, other, strict=True):
            if not _same(value, got):
                return f"row {place}, {name}: {got!r} instead of {value!r}"
    return None


def _typed(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    # Times of day are texts on a cluster.
    if pa.types.is_time(kind) and pa.types.is_string(column.type):
        return pa.chunked_array(
            [[None if text is None else time.fromisoformat(text) for text in column.to_pylist()]], kind
        )
    return column.cast(kind)


def _types(found: pa.Table, expected: pa.Table) -> str:
    pairs = zip(found.schema, expected.schema, strict=True)
    return ", ".join(f"{one.name} {one.type} instead of {two.type}" for one, two in pairs if one.type != two.type)


def _in_order(table: pa.Table) -> pa.Table:
    """Return the rows in the order of all columns that have one."""
    keys = [
        (one.name, "ascending") for one in table.schema if not (pa.types.is_nested(one.type) or one.type == pa.null())
    ]
    return table.sort_by(keys) if keys else table


def _rows(table: pa.Table) -> list[Row]:
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns, strict=True)) if columns else []


def _key(row: Row) -> tuple[str, ...]:
    """What rows are put in order by: first by all that is exact, then by doubles without their last digits."""
    exact = [repr(_plain(value)) for value in row if not isinstance(value, float)]
    near = [f"{value:.6e}" for value in row if isinstance(value, float)]
    return (*exact, *near)


def _plain(value: Any) -> Any:
    return sorted(value.items()) if isinstance(value, Mapping) else value


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        both = isfinite(value) and isfinite(other)
        return isclose(value, other, rel_tol=TOLERANCE, abs_tol=1e-12) if both else repr(value) == repr(other)
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        return value.keys() == other.keys() and all(_same(value[name], other[name]) for name in value)
    if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(other, Sequence):
        return len(value) == len(other) and all(map(_same, value, other))
    return bool(value == other) and type(value) is type(other)
