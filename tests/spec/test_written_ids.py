"""How ids, numbers, yes and no, and lists come out of spreadsheets, data frames and keyboards, and what is read."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import Engine, open_engine
from xuanpin.pipelines.ingest.casts import cast_column

SKU_ID = load_contract("orders").column("sku_id")
GROUP_ID = load_contract("orders").column("group_id")
TITLE = load_contract("products").column("title")
QUANTITY = load_contract("orders").column("quantity")
UNIT_PRICE = load_contract("orders").column("unit_price")
SATISFACTION = load_contract("agents").column("min_satisfaction")
IS_CLEARANCE = load_contract("products").column("is_clearance")
STYLE_TAGS = load_contract("products").column("style_tags")

SPACES = [*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
UNSEEN = [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(tmp_path_factory.mktemp("ids") / "warehouse.duckdb", threads=1)
    yield opened
    opened.close()


def read(engine: Engine, text: str, column: Column) -> Any:
    """What the text is read as."""
    found = engine.query(f"select {cast_column('$text::varchar', 'VARCHAR', column)} as value", text=text)
    return found["value"].to_pylist()[0]


@pytest.mark.parametrize("code", SPACES)
def test_a_space_at_an_end_is_no_part_of_an_id(engine: Engine, code: int) -> None:
    assert read(engine, f"{chr(code)}S1 a{chr(code)}{chr(code)}", SKU_ID) == "S1 a"


@pytest.mark.parametrize("code", UNSEEN)
def test_a_mark_that_takes_no_room_is_no_part_of_an_id(engine: Engine, code: int) -> None:
    assert read(engine, f"{chr(code)}S{chr(code)}1{chr(code)}", SKU_ID) == "S1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("S1", "S1"),
        ('="S1"', "S1"),
        ("S1\n\nTRUE", "S1 TRUE"),
        ("S1 \r\n a\tb", "S1 a b"),
        ('="00123"', "00123"),
        ("00123\t", "00123"),
        ("\t00123\u00a0", "00123"),
        ("'S1", "S1"),
        ("'S1'", "S1"),
        ('"S1"', "S1"),
        (" '00123 ", "00123"),
        ("20000000123.0", "20000000123"),
        ("20000000123.00", "20000000123"),
        ("1.5", "1.5"),
        ("v1.0", "v1.0"),
        ('{"$oid": "64f0c2ab"}', "64f0c2ab"),
        ("Ｓ１２３", "S123"),
        ("款号-１", "款号-1"),
        ("a'b", "a'b"),
        ("NULL", ""),
        ("None", ""),
        ("nan", ""),
        ("\\N", ""),
        ("", ""),
        ("S1\x07", "S1"),
    ],
)
def test_an_id_is_read_as_its_system_wrote_it(engine: Engine, text: str, value: Any) -> None:
    assert read(engine, text, SKU_ID) == value


@pytest.mark.parametrize("text", ["", " ", "NULL", "nan", "None", "<NA>", "#N/A", "\u200b"])
def test_an_optional_id_that_says_nothing_was_not_given(engine: Engine, text: str) -> None:
    assert read(engine, text, GROUP_ID) is None


@pytest.mark.parametrize(
    ("raw", "raw_type", "value"),
    [
        ("20000000123::double", "DOUBLE", "20000000123"),
        ("9007199254740992::double", "DOUBLE", "9007199254740992"),
        ("9007199254740994::double", "DOUBLE", "9.007199e+15"),
        ("1.5::double", "DOUBLE", "1.5"),
        ("16777216::float", "FLOAT", "16777216"),
        ("123456789::float", "FLOAT", "1.234568e+08"),
        ("'nan'::double", "DOUBLE", None),
        ("123456789012345678::bigint", "BIGINT", "123456789012345678"),
    ],
)
def test_a_number_is_an_id_as_long_as_it_is_exact(engine: Engine, raw: str, raw_type: str, value: Any) -> None:
    found = engine.query(f"select {cast_column(raw, raw_type, GROUP_ID)} as value")
    assert found["value"].to_pylist() == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("真丝\x0b连衣裙\x00", "真丝连衣裙"),
        ("\u2003真丝 连衣裙\u00a0", "真丝 连衣裙"),
        ("真丝\n连衣裙", "真丝\n连衣裙"),
        ("7\ufffe\x9f", "7"),
    ],
)
def test_a_text_has_no_control_characters_and_no_blanks_at_its_ends(engine: Engine, text: str, value: Any) -> None:
    assert read(engine, text, TITLE) == value


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (UNIT_PRICE, "59.9", Decimal("59.90")),
        (UNIT_PRICE, "-59.9", Decimal("-59.90")),
        (UNIT_PRICE, "+59.9", Decimal("59.90")),
        (UNIT_PRICE, "1,234.50", Decimal("1234.50")),
        (UNIT_PRICE, "1,234,567", Decimal("1234567.00")),
        (UNIT_PRICE, "￥59.90", Decimal("59.90")),
        (UNIT_PRICE, "¥ 1,059.90", Decimal("1059.90")),
        (UNIT_PRICE, "59.9元", Decimal("59.90")),
        (UNIT_PRICE, "CNY 59.90", Decimal("59.90")),
        (UNIT_PRICE, "５９．９", Decimal("59.90")),
        (UNIT_PRICE, "1E2", Decimal("100.00")),
        (UNIT_PRICE, '{"$numberDecimal": "59.90"}', Decimal("59.90")),
        (UNIT_PRICE, "1.234,50", None),
        (UNIT_PRICE, "1,23", None),
        (UNIT_PRICE, "1 234.50", None),
        (UNIT_PRICE, "$59.90", None),
        (UNIT_PRICE, "1.5万", None),
        (UNIT_PRICE, "59.9元/件", None),
        (UNIT_PRICE, "12%", None),
        (UNIT_PRICE, "1_000", None),
        (UNIT_PRICE, "0x10", None),
        (UNIT_PRICE, "(1,059.90)", Decimal("-1059.90")),
        (UNIT_PRICE, "（￥59.90）", Decimal("-59.90")),
        (UNIT_PRICE, "¥(59.90)", Decimal("-59.90")),
        (UNIT_PRICE, "-¥59.90", Decimal("-59.90")),
        (UNIT_PRICE, "¥-59.90", Decimal("-59.90")),
        (UNIT_PRICE, "¥1,299.00", Decimal("1299.00")),
        (UNIT_PRICE, "￥１，２９９．００", Decimal("1299.00")),
        (UNIT_PRICE, "CN¥1,299.00", Decimal("1299.00")),
        (UNIT_PRICE, "CNY\u00a01,299.00", Decimal("1299.00")),
        (UNIT_PRICE, "RMB:1299元", Decimal("1299.00")),
        (UNIT_PRICE, "1,299.00 人民币", Decimal("1299.00")),
        (UNIT_PRICE, "1\u202f299.00", Decimal("1299.00")),
        (UNIT_PRICE, "1\u00a0234\u2009567.5", Decimal("1234567.50")),
        (UNIT_PRICE, "\u00a059.90\t", Decimal("59.90")),
        (UNIT_PRICE, '="59.90"', Decimal("59.90")),
        (UNIT_PRICE, "'59.90", Decimal("59.90")),
        (UNIT_PRICE, "\ufeff59.90\u200b", Decimal("59.90")),
        (UNIT_PRICE, "1\u00a023", None),
        (UNIT_PRICE, "(-59.90)", None),
        (UNIT_PRICE, "59.90 59.90", None),
        (UNIT_PRICE, "--", None),
        (SATISFACTION, "８０％", 0.8),
        (UNIT_PRICE, "nan", None),
        (UNIT_PRICE, "inf", None),
        (QUANTITY, "1,200", 1200),
        (QUANTITY, "２", 2),
        (QUANTITY, "2.0", 2),
        (QUANTITY, "2.5", None),
        (QUANTITY, "2件", 2),
        (QUANTITY, "x2", 2),
        (QUANTITY, "×２份", 2),
        (QUANTITY, " 12 pcs\u00a0", 12),
        (QUANTITY, "2箱", None),
        (QUANTITY, "2.5件", None),
        (QUANTITY, "-2件", None),
        (QUANTITY, "2件3条", None),
        (QUANTITY, "99999999999999999999", None),
        (SATISFACTION, "0.8", 0.8),
        (SATISFACTION, "80%", 0.8),
        (SATISFACTION, "12.5 %", 0.125),
        (SATISFACTION, "inf", None),
        (SATISFACTION, "nan", None),
        *((IS_CLEARANCE, text, True) for text in ("true", "TRUE", "T", "yes", "Y", "1", "1.0", "是", "真", "有")),
        *((IS_CLEARANCE, text, False) for text in ("false", "F", "no", "N", "0", "0.0", "否", "假", "无", " 否\u3000")),
        *((IS_CLEARANCE, text, None) for text in ("也许", "2", "真的")),
        (STYLE_TAGS, '["法式", null, ""]', ["法式"]),
        (STYLE_TAGS, "法式||通勤|", ["法式", "通勤"]),
        (STYLE_TAGS, "法式、通勤，显瘦", ["法式", "通勤", "显瘦"]),
        (STYLE_TAGS, "法式; 通勤,显瘦\n百搭", ["法式", "通勤", "显瘦", "百搭"]),
        (STYLE_TAGS, "法式,轻奢|通勤", ["法式,轻奢", "通勤"]),
        (STYLE_TAGS, "女装/连衣裙", ["女装/连衣裙"]),
        (STYLE_TAGS, "['法式', '通勤']", ["法式", "通勤"]),
        (STYLE_TAGS, "[]", []),
        (STYLE_TAGS, "[法式, 通勤]", None),
        (STYLE_TAGS, "{}", ["{}"]),
    ],
)
def test_a_written_value_is_read_or_left_unread(engine: Engine, column: Column, text: str, value: Any) -> None:
    assert read(engine, text, column) == value


@pytest.mark.parametrize(
    ("column", "raw", "raw_type", "value"),
    [
        (STYLE_TAGS, "['法式', null, ' ', ' 通勤 ']", "VARCHAR[]", ["法式", "通勤"]),
        (STYLE_TAGS, "null::varchar[]", "VARCHAR[]", None),
        (STYLE_TAGS, "[1, 2]", "INTEGER[]", ["1", "2"]),
        (UNIT_PRICE, "39.9::double", "DOUBLE", Decimal("39.90")),
        (SATISFACTION, "'inf'::double", "DOUBLE", None),
        (SATISFACTION, "'nan'::float", "FLOAT", None),
        (QUANTITY, "'inf'::double", "DOUBLE", None),
    ],
)
def test_a_typed_value_is_read_or_left_unread(
    engine: Engine, column: Column, raw: str, raw_type: str, value: Any
) -> None:
    found = engine.query(f"select {cast_column(raw, raw_type, column)} as value")
    assert found["value"].to_pylist() == [value]
