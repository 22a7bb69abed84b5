"""What order lines say of tables that a platform does not have: who is there, since when, and how she stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import NOW, Platform, Row, row
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.explained.check import check_text
from xuanpin.pipelines.history.stage import stage
from xuanpin.pipelines.ingest.checking import check_sources
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole

TABLES = ("products", "inventory", "agents", "groups", "orders")
BARE: dict[str, Any] = {name: {"stand_in": "orders"} for name in TABLES[:-1]}
BARE |= {name: {"stand_in": "nothing"} for name in ("returns", "chat_messages")}


def line(number: int, day: int, **more: Any) -> Row:
    """An order line of November, paid on its day."""
    stamp = f"2026-11-{day:02}T10:00:00+08:00"
    known = {"order_line_id": f"L{number}", "order_id": f"O{number}", "ordered_at": stamp, "updated_at": stamp}
    return row("orders", **known | more)


class Shop:
    """A platform that has orders alone."""

    def __init__(self, root: Path, tables: dict[str, Any] | None = None, **assumed: Any) -> None:
        content = {"sources": {"tables": BARE if tables is None else tables}, "assumptions": assumed}
        self.platform = Platform(root, Settings.model_validate(content))
        for table in BARE:
            (self.platform.sources / table).rmdir()

    def drop(self, name: str, *rows: Row) -> None:
        self.platform.drop("orders", name, *rows)

    def night(self, day: int, select: str) -> list[tuple[Any, ...]]:
        """Take in what is new, stage it as of a day of November, and return what the select finds."""
        as_of = date(2026, 11, day)
        engine = open_home(self.platform.home, threads=1)
        try:
            night = Night(engine, self.platform.settings, self.platform.home, as_of, self.platform.sources, NOW)
            ingest(night, TABLES)
            stage(night)
            return [tuple(found.values()) for found in engine.query(select).to_pylist()]
        finally:
            engine.close()


GOODS = "select sku_id, title, category, list_price, launched_on, status from night.stg_products order by sku_id"
AGENTS = "select agent_id, joined_on, status, daily_slots from night.stg_agents order by agent_id"
GROUPS = "select group_id, agent_id, member_count, opened_on from night.stg_groups order by group_id"
STOCK = "select sku_id, as_of_date, sellable_units from night.stg_inventory order by sku_id"
LEDGER = "select table_name, known_on, rows, fingerprint from ops.arrivals order by all"


def day(number: int) -> date:
    return date(2026, 11, number)


def test_a_sku_is_known_from_its_first_line_and_costs_what_it_cost_last(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("1.csv", line(1, 10, unit_price="20.00"), line(2, 12, unit_price="18.00"), line(3, 12, sku_id="S2"))
    assert shop.night(10, GOODS) == [("S1", "S1", "未分类", 20, day(10), "active")]
    assert shop.night(12, GOODS) == [
        ("S1", "S1", "未分类", 18, day(10), "active"),
        ("S2", "S2", "未分类", 199, day(12), "active"),
    ]


def test_what_was_only_given_away_is_not_on_sale_and_a_gift_is_no_price(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("1.csv", line(1, 10, sku_id="GIFT", unit_price="0"), line(2, 10, unit_price="20.00"))
    shop.drop("2.csv", line(3, 11, unit_price="0.01"))
    found = {sku_id: (price, status) for sku_id, _, _, price, _, status in shop.night(11, GOODS)}
    assert found["S1"] == (20, "active")
    assert found["GIFT"][1] == "paused"


def test_who_has_no_orders_for_long_has_left_and_what_sold_long_ago_is_off_sale(tmp_path: Path) -> None:
    shop = Shop(tmp_path, quiet_days=7, agent_slots=9)
    shop.drop("1.csv", line(1, 5), line(2, 5, agent_id="A2", sku_id="S2"), line(3, 12, agent_id="A2", sku_id="S2"))
    assert shop.night(12, AGENTS) == [("A1", day(5), "left", 9), ("A2", day(5), "active", 9)]
    assert [(found[0], found[-1]) for found in shop.night(12, GOODS)] == [("S1", "paused"), ("S2", "active")]
    assert shop.night(11, AGENTS)[0] == ("A1", day(5), "active", 9)


def test_groups_are_as_large_as_they_have_buyers_and_change_hands(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("1.csv", line(1, 10), line(2, 10, customer_id="C2"), line(3, 11), line(4, 12, agent_id="A2"))
    assert shop.night(11, GROUPS) == [("G1", "A1", 2, day(10))]
    assert shop.night(12, GROUPS) == [("G1", "A2", 2, day(10))]


def test_stock_is_judged_by_the_best_day_and_never_under_a_trial(tmp_path: Path) -> None:
    shop = Shop(tmp_path, stock_days=7, stock_ratio=1.5, stock_units=4)
    lines = [line(1, 1, quantity=90), line(2, 9, quantity=2), line(3, 9, quantity=3), line(4, 10, quantity=4)]
    taken_back = {"updated_at": "2026-11-10T12:00:00+08:00", "status": "cancelled"}
    shop.drop("1.csv", *lines, line(5, 9, quantity=20), line(6, 10, sku_id="S2"))
    shop.drop("2.csv", line(5, 9, quantity=20, **taken_back))
    assert shop.night(10, STOCK) == [("S1", day(10), 8), ("S2", day(10), 4)]
    assert shop.night(9, STOCK) == [("S1", day(9), 38)]


def test_a_home_made_anew_has_the_same_rows_as_one_that_grew(tmp_path: Path) -> None:
    grown, anew = Shop(tmp_path / "grown"), Shop(tmp_path / "anew")
    first = [line(1, 10), line(2, 11, agent_id="A2")]
    # The second export holds what the first did, as exports of a month do.
    second = [line(2, 11, agent_id="A2"), line(3, 12, agent_id="A3", group_id="G3", sku_id="S3")]
    for shop in (grown, anew):
        shop.drop("1.csv", *first)
    grown.night(11, LEDGER)
    for shop in (grown, anew):
        shop.drop("2.csv", *second)
    assert grown.night(12, LEDGER) == anew.night(12, LEDGER)


def test_the_tables_own_rows_take_out_what_was_derived(tmp_path: Path) -> None:
    begun, later = Shop(tmp_path / "shop"), BARE | {"agents": {}}
    begun.drop("1.csv", line(1, 10), line(2, 11, agent_id="A2"))
    begun.night(11, AGENTS)
    agents = [row("agents", agent_id=agent, updated_at="2026-01-02T10:00:00+08:00") for agent in ("A1", "A2")]
    begun.platform.drop("agents", "own.jsonl", *agents)
    begun.platform.settings = Shop(tmp_path / "settings", later).platform.settings
    own = begun.night(11, AGENTS)
    assert [slots for *_, slots in own] == [5, 5]
    days = begun.night(11, "select known_on, rows from ops.arrivals where table_name = 'agents'")
    assert days == [(date(2026, 1, 2), 2)]


def test_a_run_for_a_day_sees_nobody_who_came_later(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.drop("1.csv", line(1, 10))
    before = [shop.night(10, select) for select in (GOODS, AGENTS, GROUPS, STOCK)]
    seen = shop.night(10, f"select * from ({LEDGER}) where known_on <= date '2026-11-10'")
    shop.drop("2.csv", line(2, 11, unit_price="1.00", quantity=99), line(3, 11, agent_id="A2", sku_id="S2"))
    assert [shop.night(10, select) for select in (GOODS, AGENTS, GROUPS, STOCK)] == before
    assert shop.night(10, f"select * from ({LEDGER}) where known_on <= date '2026-11-10'") == seen


def test_an_order_is_visible_as_soon_as_without_a_stand_in(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    late = {"ordered_at": "2026-11-08T10:00:00+08:00", "updated_at": "2026-11-12T10:00:00+08:00"}
    shop.drop("1.csv", line(1, 12, **late))
    assert shop.night(12, "select known_on from source.orders") == [(day(12),)]
    assert shop.night(11, AGENTS) == []


def test_without_groups_the_orders_of_a_group_are_read_without_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path, BARE | {"groups": {"stand_in": "nothing"}})
    shop.drop("1.csv", line(1, 10))
    assert shop.night(10, "select agent_id, group_id from source.orders") == [("A1", None)]


def test_one_customer_for_all_lines_is_refused_with_what_to_write(tmp_path: Path) -> None:
    shop = Shop(tmp_path, BARE | {"orders": {"constants": {"customer_id": "C"}}})
    shop.drop("1.csv", line(1, 10, customer_id=...))
    with pytest.raises(UsageError, match="each order a customer of its own"):
        shop.night(10, GOODS)


def test_check_says_what_the_missing_tables_cost(tmp_path: Path) -> None:
    shop = Shop(tmp_path, agent_slots=9)
    shop.drop("1.csv", line(1, 10))
    found = check_sources(shop.platform.sources, shop.platform.settings, NOW)
    told = {entry.table: (entry.files, entry.rows, entry.price is not None) for entry in found if entry.table in BARE}
    assert told["agents"] == told["products"] == (0, 1, True)
    assert told["returns"] == told["inventory"] == (0, 0, True)
    assert "9 places a day" in check_text(found) and not any(entry.refusals for entry in found)
