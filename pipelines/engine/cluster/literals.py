"""Writes Python values as literals of Spark SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

_LARGEST_INT = 2**31 - 1


def spark_literal(value: Any) -> str:
    """Write a value as Spark SQL; raises TypeError for one that has no literal.

    `value` is None, a truth value, number, text, date or naive time, or a list, tuple, set or mapping of such.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return _signed(f"{value}L" if abs(value) > _LARGEST_INT else f"{value}")
        case float():
            return _signed(f"{value!r}D") if isfinite(value) else f"CAST('{value}' AS DOUBLE)"
        case Decimal():
            return _signed(f"{value:f}BD")
        case str():
            return _text(value)
        case datetime() if value.tzinfo is None:
            return f"TIMESTAMP_NTZ'{value.isoformat(sep=' ')}'"
        case date() if not isinstance(value, datetime):
            return f"DATE'{value.isoformat()}'"
        case _:
            return _several(value)


def _several(value: Any) -> str:
    match value:
        case list() | tuple():
            return f"ARRAY({', '.join(map(spark_literal, value))})"
        case set() | frozenset():
            return spark_literal(sorted(value))
        case Mapping():
            fields = (f"{spark_literal(name)}, {spark_literal(part)}" for name, part in value.items())
            return f"NAMED_STRUCT({', '.join(fields)})"
        case _:
            raise TypeError(f"a {type(value).__name__} is no parameter of a statement on a cluster")


def _signed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
