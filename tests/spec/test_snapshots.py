"""Files that are the whole state on their day: which day that is, what is new since, and what has gone."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import NOW, Platform, Row, row
from xuanpin.pipelines.context import BEIJING, Night
from xuanpin.pipelines.history.stood_in import complete_stood_in
from xuanpin.pipelines.ingest.snapshots import dates_in
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole

SNAPSHOTS = Settings.model_validate(
    {"sources": {"tables": {name: {"snapshot": True} for name in ("products", "inventory", "agents", "groups")}}}
)
EARLIEST = SNAPSHOTS.ingest.earliest_day


def product(sku_id: str, price: str = "10.00", **changed: Any) -> Row:
    return row("products", sku_id=sku_id, list_price=price, updated_at=..., launched_on=..., **changed)


def count(sku_id: str, units: int) -> Row:
    return row("inventory", sku_id=sku_id, sellable_units=units, as_of_date=...)


class Shop:
    """A platform whose tables are snapshots; each night takes in what is new and stages it."""

    def __init__(self, root: Path) -> None:
        self.platform = Platform(root, SNAPSHOTS)

    def drop(self, table: str, name: str, *rows: Row) -> Path:
        return self.platform.drop(table, name, *rows)

    def night(self, as_of: date, *tables: str, select: str, now: datetime = NOW) -> list[tuple[Any, ...]]:
        """Take in these tables, stage them as of a day, and return what the select finds."""
        engine = open_home(self.platform.home, threads=1)
        try:
            night = Night(engine, SNAPSHOTS, self.platform.home, as_of, self.platform.sources, now)
            ingest(night, tables)
            for table in ("products", "agents", "inventory", "groups"):
                engine.materialise(f"stg_{table}", as_of_date=as_of)
            complete_stood_in(night)
            return [tuple(found.values()) for found in engine.query(select).to_pylist()]
        finally:
            engine.close()


PRODUCTS = "select sku_id, list_price, launched_on, status from night.stg_products order by sku_id"
STOCK = "select sku_id, sellable_units from night.stg_inventory order by sku_id"
LEDGER = "select table_name, known_on, rows, fingerprint from ops.arrivals order by all"
ROWS = "select sku_id, list_price, launched_on, updated_at, known_on from source.products order by all"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("商品20261128.xlsx", [date(2026, 11, 28)]),
        ("商品 2026-11-28.csv", [date(2026, 11, 28)]),
        ("商品2026年11月28日.csv", [date(2026, 11, 28)]),
        ("2026年1月5日/商品.csv", [date(2026, 1, 5)]),
        ("goods_20261128093015.csv", [date(2026, 11, 28)]),
        ("2026.11.28.csv", [date(2026, 11, 28)]),
        ("11.28.csv", []),
        ("商品.csv", []),
        ("2026-13-40.csv", []),
        ("订单2026112812345678.csv", []),
    ],
)
def test_a_date_in_a_name_has_its_year(name: str, expected: Sequence[date]) -> None:
    assert list(dates_in(name)) == list(expected)


def test_the_first_file_holds_for_every_day_and_a_later_one_from_the_day_before_its_date(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("products", "商品20261118.csv", product("S1"), product("S2"))
    shop.drop("products", "商品20261120.csv", product("S1", "12.00"), product("S2"), product("S3"))
    listed = shop.night(date(2026, 11, 18), "products", select=PRODUCTS)
    assert listed == [("S1", 10, EARLIEST, "active"), ("S2", 10, EARLIEST, "active")]
    listed = shop.night(date(2026, 11, 19), "products", select=PRODUCTS)
    assert listed == [
        ("S1", 12, EARLIEST, "active"),
        ("S2", 10, EARLIEST, "active"),
        ("S3", 10, date(2026, 11, 19), "active"),
    ]


def test_night_by_night_and_all_at_once_give_the_same_rows(tmp_path: Path) -> None:
    first, later = [product("S1"), product("S2")], [product("S1", "12.00"), product("S2"), product("S3")]
    whole, nightly = Shop(tmp_path / "whole"), Shop(tmp_path / "nightly")
    for shop in (whole, nightly):
        shop.drop("products", "商品20261118.csv", *first)
    nightly.night(date(2026, 11, 17), "products", select=ROWS)
    for shop in (whole, nightly):
        shop.drop("products", "商品20261120.csv", *later)
    day = date(2026, 11, 20)
    for select in (ROWS, LEDGER):
        assert nightly.night(day, "products", select=select) == whole.night(day, "products", select=select)


def test_a_file_without_a_date_is_of_the_day_on_which_it_was_written(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("products", "商品20261101.csv", product("S1"))
    shop.night(date(2026, 11, 20), "products", select=ROWS)
    written = datetime(2026, 11, 20, 0, 30, tzinfo=BEIJING).timestamp()
    os.utime(shop.drop("products", "11.28.csv", product("S1", "12.00")), (written, written))
    found = shop.night(date(2026, 11, 20), "products", select=ROWS)
    assert [known_on for *_, known_on in found] == [EARLIEST, date(2026, 11, 19)]


def test_an_archive_of_one_file_has_the_date_of_the_file(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("products", "商品20261101.csv", product("S1"))
    inside = shop.drop("products", "商品20261119.csv", product("S1", "12.00"))
    with zipfile.ZipFile(inside.with_name("商品.zip"), "w") as archive:
        archive.write(inside, inside.name)
    inside.unlink()
    found = shop.night(date(2026, 11, 20), "products", select=ROWS)
    assert [known_on for *_, known_on in found] == [EARLIEST, date(2026, 11, 18)]


def test_a_date_to_come_in_a_name_is_none(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("products", "商品20261101.csv", product("S1"))
    written = datetime(2026, 11, 20, 12, 0, tzinfo=BEIJING).timestamp()
    os.utime(shop.drop("products", "春款20270301.csv", product("S1", "12.00")), (written, written))
    found = shop.night(date(2026, 11, 20), "products", select=ROWS)
    assert [known_on for *_, known_on in found] == [EARLIEST, date(2026, 11, 19)]


def test_what_stands_as_it_once_did_is_read_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for day, price in (("18", "10.00"), ("19", "12.00"), ("20", "10.00")):
        shop.drop("products", f"商品202611{day}.csv", product("S1", price))
    ((_, price, _, _),) = shop.night(date(2026, 11, 19), "products", select=PRODUCTS)
    assert price == 10


def test_a_sku_that_the_newest_file_has_no_more_is_withdrawn_and_without_stock(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("products", "商品20261118.csv", product("S1"), product("S2"))
    shop.drop("products", "商品20261120.csv", product("S1"))
    shop.drop("inventory", "库存20261118.csv", count("S1", 5), count("S2", 7))
    shop.drop("inventory", "库存20261120.csv", count("S1", 4))
    both = "products", "inventory"
    assert [found[-1] for found in shop.night(date(2026, 11, 20), *both, select=PRODUCTS)] == ["active", "withdrawn"]
    assert shop.night(date(2026, 11, 20), *both, select=STOCK) == [("S1", 4), ("S2", 0)]
    assert shop.night(date(2026, 11, 18), *both, select=STOCK) == [("S1", 5), ("S2", 7)]


def test_a_file_of_under_half_of_the_skus_is_no_whole_state(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("products", "商品20261118.csv", product("S1"), product("S2"), product("S3"))
    shop.drop("products", "商品20261120.csv", product("S1"))
    found = shop.night(date(2026, 11, 20), "products", select=PRODUCTS)
    assert [status for *_, status in found] == ["active", "active", "active"]
    shop.drop("inventory", "库存20261118.csv", count("S1", 5), count("S2", 7), count("S3", 7))
    shop.drop("inventory", "库存20261120.csv", count("S1", 4))
    stock = shop.night(date(2026, 11, 20), "products", "inventory", select=STOCK)
    assert stock == [("S1", 4), ("S2", 7), ("S3", 7)]


def test_times_that_an_export_has_are_kept(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for day in ("18", "20"):
        dated = row("products", sku_id=f"S{day}", launched_on="2026-05-01", updated_at=f"2026-11-{day}T09:00:00+08:00")
        shop.drop("products", f"商品202611{day}.csv", dated)
    found = shop.night(date(2026, 11, 20), "products", select=PRODUCTS)
    assert [(launched_on, status) for _, _, launched_on, status in found] == [(date(2026, 5, 1), "active")] * 2
