"""SQL that gives the views of a deployment the reading of times, numbers and goods that columns have."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.ingest.goods import read_goods
from xuanpin.pipelines.ingest.numbers import read_number
from xuanpin.pipelines.ingest.times import read_time

_NUMBER = "DECIMAL(18, 6)"
"""Amounts up to a million millions, shares to the sixth place; exact, unlike a double."""
VIEW_FUNCTIONS: Mapping[str, str] = {
    "read_time": read_time("text"),
    "read_number": read_number("text", _NUMBER, may_be_share=True),
    "read_goods": read_goods("text"),
}
"""Functions of one text by name: what each returns, as an expression of `text`."""


def view_function(name: str) -> str:
    """Write the statement that makes the one of VIEW_FUNCTIONS called `name` known to the views of this connection."""
    return f"create or replace temp macro {name}(text) as {VIEW_FUNCTIONS[name]}"
