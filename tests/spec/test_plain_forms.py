"""What is written as most exports write it is read alike by the short SQL and by that which reads any form."""

from __future__ import annotations

import pyarrow as pa
import pytest

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.ingest.casts import PLAIN, cast_column, is_plain

COLUMNS = {
    "order_id": ("orders", "S1"),
    "group_id": ("orders", "S1"),
    "text": ("chat_messages", "S1"),
    "ordered_at": ("orders", "2026-11-05 09:00:00"),
    "delivered_at": ("orders", "2026-11-05T09:00:00.5Z"),
    "season_start": ("products", "2026/1/5"),
    "season_end": ("products", "2026-01-05"),
    "quantity": ("orders", "12"),
    "unit_price": ("orders", "12.50"),
    "commission_rate": ("products", "0.125"),
    "shelf_life_days": ("products", "7"),
    "min_satisfaction": ("agents", "0.8"),
}
"""A column of each kind, with its table and a plain text of it."""
TEXTS = (
    "", " ", "S1", " S1", "S1 ", "S 1",
    "Ｓ1", "'S1", '="S1"', "S1\u200b", "null", "NaN", "n/a", "1.0", "007", "-7", "+7",
    "7 ", "7天", "7.0", "7.5", "1,000", "12%", ".5", "99999999999999999999", "1e3", "¥12.50", "12.505", "0.00001",
    "2026-11-05", "2026-13-05", "2026-11-31", "2026/11/5", "2026-11-05 24:00", "2026-11-05 23:59:60", "2026-11-05 9:05",
    "2026-11-05T09:05:06.123456", "2026-11-05 09:05:06+08:00", "2026-11-05 09:05:06-0330", "2026-11-05T24:00:00Z",
    "2026-11-05 09:05 +08:00", "2026年11月5日", "05/11/2026", "20261105", "1762300800", "45966",
    "a\tb", "好吃", "好\x00吃",
)  # fmt: skip


def column(name: str) -> Column:
    """Return the column of COLUMNS with this name."""
    return load_contract(COLUMNS[name][0]).column(name)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_plain_text_is_read_as_any_text_is(name: str) -> None:
    own = column(name)
    reads = {"any": cast_column("t", "VARCHAR", own), "plain": cast_column("t", PLAIN, own), "is": is_plain("t", own)}
    engine = open_memory()
    engine.store("temp.texts", pa.table({"t": [*TEXTS, COLUMNS[name][1]]}))
    asked = ", ".join(f'{sql} as "{key}"' for key, sql in reads.items() if key != "plain")
    found = engine.query(
        f"select t, {asked}, case when {reads['is']} then {reads['plain']} end as plain from temp.texts"
    )
    engine.close()
    plain = [row for row in found.to_pylist() if row["is"]]
    assert COLUMNS[name][1] in [row["t"] for row in plain]
    assert [(row["t"], row["plain"]) for row in plain] == [(row["t"], row["any"]) for row in plain]


def test_other_kinds_of_columns_have_no_short_way() -> None:
    others = [("products", "style_tags"), ("products", "is_clearance"), ("groups", "cutoff_time")]
    assert [is_plain("t", load_contract(table).column(name)) for table, name in others] == [None] * 3
