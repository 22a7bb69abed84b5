"""A run that is made from another is named by its rows: every change of a row is another name, and nothing else is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from xuanpin.pipelines.identity import table_digest

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("rank", pa.int32()),
        ("share", pa.float64()),
        ("is_new", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("price", pa.decimal128(12, 2)),
        ("reasons", pa.list_(pa.string())),
        ("aspects", pa.list_(pa.struct([("aspect", pa.string()), ("polarity", pa.float64())]))),
    ]
)
ROWS: list[dict[str, Any]] = [
    {
        "id": "S1",
        "rank": 1,
        "share": 0.5,
        "is_new": True,
        "day": date(2026, 11, 21),
        "at": datetime(2026, 11, 21, 1, 30),
        "price": Decimal("9.90"),
        "reasons": ["a", "bc"],
        "aspects": [{"aspect": "taste", "polarity": 1.0}],
    },
    {"id": "S2", "rank": 0, "share": 0.0, "is_new": False, "reasons": []},
    {"id": None},
]
OTHER: dict[str, Any] = {
    "id": "S",
    "rank": 2,
    "share": 0.25,
    "is_new": False,
    "day": date(2026, 11, 22),
    "at": datetime(2026, 11, 21, 1, 31),
    "price": Decimal("9.91"),
    "reasons": ["ab", "c"],
    "aspects": [{"aspect": "taste", "polarity": None}],
}


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def changed(place: int, **values: Any) -> list[dict[str, Any]]:
    return [{**row, **values} if number == place else row for number, row in enumerate(ROWS)]


@pytest.mark.parametrize("column", OTHER)
def test_another_value_or_none_is_another_name(column: str) -> None:
    name = table_digest(table(ROWS))
    assert table_digest(table(changed(0, **{column: OTHER[column]}))) != name
    assert table_digest(table(changed(0, **{column: None}))) != name


@pytest.mark.parametrize("column", ["rank", "share", "is_new", "reasons"])
def test_nothing_is_not_the_same_as_unknown(column: str) -> None:
    assert table_digest(table(changed(1, **{column: None}))) != table_digest(table(ROWS))


def test_the_order_of_rows_counts_and_texts_do_not_run_together() -> None:
    assert table_digest(table(ROWS[::-1])) != table_digest(table(ROWS))
    first, second = ([{"id": left}, {"id": right}] for left, right in (("ab", "c"), ("a", "bc")))
    assert table_digest(table(first)) != table_digest(table(second))


def test_how_rows_are_stored_does_not_count() -> None:
    whole = table(ROWS)
    parts = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    backwards = whole.select(SCHEMA.names[::-1])
    later = table([*ROWS, *ROWS]).slice(len(ROWS))
    assert {table_digest(rows) for rows in (parts, backwards, later)} == {table_digest(whole)}


def test_a_table_without_rows_has_a_name_of_its_columns() -> None:
    assert table_digest(table([])) == table_digest(pa.concat_tables([table([]), table([])]))
    assert table_digest(table([])) != table_digest(table([]).drop_columns(["id"]))
