"""SQL that looks at a drop without reading what it means: how many rows it has, and some that lie all over it."""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.engine.names import literal, quoted

RUN = 20
"""Rows in sequence that a sample takes: several whole orders."""


def row_count(relation: str) -> str:
    """Write the question how many rows a `relation` has."""
    return f"select count(*) as n from {relation}"


def spread_rows(relation: str, columns: Sequence[tuple[str, str]], rows: int, most: int) -> str:
    """Write the reading of about `most` rows of a `relation` that has `rows`, as texts in their order.

    They stand in runs, so that rows of one order are seen together. `columns` are its (name, engine type). Blank texts
    are null; a list is written as JSON, as files of JSON have it.
    """
    period = RUN * max(1, -(-rows // most))
    texts = ", ".join(f"{_text(name, kind)} as {quoted(name)}" for name, kind in columns)
    numbered = f"select *, row_number() over () as drop_spot from {relation}"
    return f"select {texts} from ({numbered}) where (drop_spot - 1) % {period:d} < {RUN:d} order by drop_spot"


def _text(name: str, kind: str) -> str:
    is_nested = kind.endswith("[]") or kind.startswith(("STRUCT", "MAP"))
    text = f"cast(to_json({quoted(name)}) as varchar)" if is_nested else f"cast({quoted(name)} as varchar)"
    return f"nullif(trim({text}), {literal('')})"
