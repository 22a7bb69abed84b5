"""How exports write the hour at which a group's orders close and how long a SKU keeps, and what is read of it."""

from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.casts import cast_column

CUTOFF = load_contract("groups").column("cutoff_time")
SHELF_LIFE = load_contract("products").column("shelf_life_days")
EVENING = time(20)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(tmp_path_factory.mktemp("clocks") / "warehouse.duckdb", threads=1)
    yield opened
    opened.close()


def read(engine: Engine, column: Column, text: str) -> Any:
    found = engine.query(f"select {cast_column('$text::varchar', 'VARCHAR', column)} as value", text=text)
    return found["value"].to_pylist()[0]


@pytest.mark.parametrize(
    "text",
    [
        "20:00", "20:00:00", "20:00:00.000", " 20：00 ", "２０：００", "8 PM", "8:00 PM", "08:00PM", "8 p.m.",
        "下午8点", "下午 8:00", "晚上8点", "晚8点", "20点", "20时", "20点整", "20点00分", "2026-11-20 20:00",
        "20:00+08:00", "1900-01-01 20:00:00", "2026年11月20日 20:00", "0.833333333333333", "0.8333",
        "8.33333333333333E-1", "12:00Z",
    ],
)  # fmt: skip
def test_the_same_hour_however_it_is_written(engine: Engine, text: str) -> None:
    assert read(engine, CUTOFF, text) == EVENING


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9:30", time(9, 30)),
        ("23:59:59", time(23, 59, 59)),
        ("上午10点半", time(10, 30)),
        ("晚上9点半", time(21, 30)),
        ("每天 21:30 截单", time(21, 30)),
        ("每日晚8点前", EVENING),
        ("每晚20:00", EVENING),
        ("20:00-21:00", None),
        ("半", None),
        ("24:00", time(0)),
        ("00:00", time(0)),
        ("中午12点", time(12)),
        ("0.9791666666666666", time(23, 30)),
        ("20", None),
        ("8", None),
        ("1.5", None),
        ("25:00", None),
        ("20:61", None),
        ("次日8点", None),
        ("晚上", None),
        ("", None),
    ],
)
def test_other_hours_and_what_is_none(engine: Engine, text: str, value: time | None) -> None:
    assert read(engine, CUTOFF, text) == value


@pytest.mark.parametrize(
    ("raw", "raw_type", "value"),
    [
        ("time '20:00'", "TIME", EVENING),
        ("timestamp '1899-12-31 20:00:00'", "TIMESTAMP", EVENING),
        ("timestamptz '2026-11-20 12:00:00+00'", "TIMESTAMP WITH TIME ZONE", EVENING),
        ("0.8333333333333334::double", "DOUBLE", EVENING),
        ("interval 20 hours", "INTERVAL", EVENING),
        ("20", "INTEGER", None),
    ],
)
def test_typed_values(engine: Engine, raw: str, raw_type: str, value: time | None) -> None:
    found = engine.query(f"select {cast_column(raw, raw_type, CUTOFF)} as value")
    assert found["value"].to_pylist() == [value]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("7", 7), ("7.0", 7), ("7天", 7), ("７天", 7), ("7 日", 7), ("7 days", 7), ("1周", 7), ("6个月", 180),
        ("12月", 360), ("2年", 730), ("48小时", 2), ("36小时", 1), ("12小时", 0), ("1.5天", 1), ("0", 0), ("-3", -3),
        ("2.5", None), ("常温", None), ("3-5天", 3), ("3～5 天", 3), ("5-3", None),
        ("冷藏3天", 3), ("保质期：7天", 7), ("3天（冷藏）", 3), ("常温1天冷藏3天", None),
    ],
)  # fmt: skip
def test_how_long_a_sku_keeps(engine: Engine, text: str, days: int | None) -> None:
    assert read(engine, SHELF_LIFE, text) == days


def test_a_group_keeps_its_hour_and_a_sku_its_days_from_drop_to_warehouse(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    platform.drop("groups", "g.csv", row("groups", group_id="G2", cutoff_time="晚上8点", pickup_point_id="P1"))
    platform.drop("products", "p.csv", row("products", sku_id="S2", shelf_life_days="3天"))
    platform.night()
    found = platform.values("select cast(cutoff_time as varchar) from source.groups where pickup_point_id = 'P1'")
    assert found == ["20:00:00"]
    assert platform.values("select shelf_life_days from source.products where sku_id = 'S2'") == [3]


def test_a_wrong_hour_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    platform.drop("groups", "g.csv", row("groups", group_id="G2", cutoff_time="次日8点"))
    with pytest.raises(InputRefused, match=r"cutoff_time.*such as G2.*a time of day such as 20:00"):
        platform.night()
