"""A raw value becomes its contract type or null: times, numbers, lists and texts as exports write them."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.ingest.casts import cast_column

ORDERED_AT = load_contract("orders").column("ordered_at")
LAUNCHED_ON = load_contract("products").column("launched_on")
QUANTITY = load_contract("orders").column("quantity")
LIST_PRICE = load_contract("products").column("list_price")
IS_CLEARANCE = load_contract("products").column("is_clearance")
STYLE_TAGS = load_contract("products").column("style_tags")
SKU_ID = load_contract("products").column("sku_id")
BRAND = load_contract("products").column("brand")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(tmp_path_factory.mktemp("casts") / "warehouse.duckdb", threads=1)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (ORDERED_AT, "2026-11-21 10:00:00", datetime(2026, 11, 21, 10)),
        (ORDERED_AT, "2026-11-21T10:00:00+08:00", datetime(2026, 11, 21, 10)),
        (ORDERED_AT, "2026-11-21T10:00:00+00:00", datetime(2026, 11, 21, 18)),
        (ORDERED_AT, "2026-11-21T16:30:00.250Z", datetime(2026, 11, 22, 0, 30, 0, 250000)),
        (ORDERED_AT, "2026-11-21 10:00:00-05", datetime(2026, 11, 21, 23)),
        (ORDERED_AT, "2026/11/21 9:05", datetime(2026, 11, 21, 9, 5)),
        (ORDERED_AT, "2026-11-21", datetime(2026, 11, 21)),
        (ORDERED_AT, "\t2026-11-21 10:00:00 ", datetime(2026, 11, 21, 10)),
        (ORDERED_AT, "昨天", None),
        (ORDERED_AT, "2026-02-30 10:00:00", None),
        (LAUNCHED_ON, "2026/1/5", date(2026, 1, 5)),
        (LAUNCHED_ON, "2026-01-05 00:00:00", date(2026, 1, 5)),
        (LAUNCHED_ON, "20260105", date(2026, 1, 5)),
        (QUANTITY, "2", 2),
        (QUANTITY, "2.0", 2),
        (QUANTITY, "2.5", None),
        (QUANTITY, "99999999999", None),
        (QUANTITY, "", None),
        (LIST_PRICE, "1299.005", Decimal("1299.01")),
        (LIST_PRICE, "1,299.00", Decimal("1299.00")),
        (LIST_PRICE, "99999999999", None),
        (IS_CLEARANCE, "true", True),
        (IS_CLEARANCE, "0", False),
        (IS_CLEARANCE, "是", True),
        (STYLE_TAGS, "法式|通勤", ["法式", "通勤"]),
        (STYLE_TAGS, ' ["法式", "通勤"]', ["法式", "通勤"]),
        (STYLE_TAGS, "法式", ["法式"]),
        (STYLE_TAGS, "", []),
        (STYLE_TAGS, None, []),
        (STYLE_TAGS, "[法式", None),
        (SKU_ID, "\tS1　", "S1"),
        (SKU_ID, " ", ""),
        (BRAND, " ", None),
    ],
)
def test_text(engine: Engine, column: Column, text: str | None, value: Any) -> None:
    found = engine.query(f"select {cast_column('$text::varchar', 'VARCHAR', column)} as value", text=text)
    assert found["value"].to_pylist() == [value]


@pytest.mark.parametrize(
    ("column", "raw", "raw_type", "value"),
    [
        (ORDERED_AT, "timestamptz '2026-11-21 10:00:00+00'", "TIMESTAMP WITH TIME ZONE", datetime(2026, 11, 21, 18)),
        (ORDERED_AT, "timestamp_ns '2026-11-21 10:00:00'", "TIMESTAMP_NS", datetime(2026, 11, 21, 10)),
        (ORDERED_AT, "date '2026-11-21'", "DATE", datetime(2026, 11, 21)),
        (ORDERED_AT, "1763690400", "BIGINT", datetime(2025, 11, 21, 10)),
        (LAUNCHED_ON, "timestamptz '2026-01-04 17:00:00+00'", "TIMESTAMP WITH TIME ZONE", date(2026, 1, 5)),
        (QUANTITY, "cast(2 as double)", "DOUBLE", 2),
        (QUANTITY, "2.5", "DECIMAL(2,1)", None),
        (QUANTITY, "cast(3 as utinyint)", "UTINYINT", 3),
        (QUANTITY, "true", "BOOLEAN", 1),
        (STYLE_TAGS, "['法式']", "VARCHAR[]", ["法式"]),
        (STYLE_TAGS, "7", "INTEGER", None),
        (SKU_ID, "17850", "BIGINT", "17850"),
    ],
)
def test_typed_values(engine: Engine, column: Column, raw: str, raw_type: str, value: Any) -> None:
    found = engine.query(f"select {cast_column(raw, raw_type, column)} as value")
    assert found["value"].to_pylist() == [value]
