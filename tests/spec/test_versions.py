"""Which version of a row a night sees: the newest stamp that was known by then, equal stamps by the greatest hash."""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import rows_of
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.migration import open_home

DAY = date(2026, 3, 10)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_home(Home(tmp_path))
    yield engine
    engine.close()


def at(day: int) -> datetime:
    return datetime(2026, 3, day, 12)


def staged(engine: Engine, stem: str, *columns: str) -> list[tuple[Any, ...]]:
    engine.materialise(stem, as_of_date=DAY)
    return rows_of(engine, f"night.{stem}", *columns)


def test_of_two_settings_of_an_agent_with_one_stamp_the_greatest_hash_wins(engine: Engine) -> None:
    agent = {"agent_id": "A1", "updated_at": at(9)}
    put(engine, "agents", [{**agent, "daily_slots": 1, "row_hash": "b"}, {**agent, "daily_slots": 2, "row_hash": "a"}])
    assert staged(engine, "stg_agents", "agent_id", "daily_slots") == [("A1", 1)]


def test_a_group_belongs_to_the_agent_who_took_it_over_today(engine: Engine) -> None:
    groups = [{"group_id": "G1", "agent_id": f"A{day}", "updated_at": at(day)} for day in (9, 10, 11)]
    put(engine, "groups", groups)
    assert staged(engine, "stg_groups", "group_id", "agent_id") == [("G1", "A10")]


def test_a_groups_orders_close_at_its_hour_or_with_the_day(engine: Engine) -> None:
    hours = {"G1": time(20, 30), "G2": time(0), "G3": None}
    groups = [{"group_id": name, "cutoff_time": hour, "updated_at": at(9)} for name, hour in hours.items()]
    put(engine, "groups", groups)
    assert staged(engine, "stg_groups", "group_id", "cutoff_minute") == [("G1", 1230), ("G2", None), ("G3", None)]


def test_an_override_is_what_was_decided_last(engine: Engine) -> None:
    pin = {"override_id": "O1"}
    versions: list[dict[str, Any]] = [
        {"created_at": at(8)},
        {"created_at": at(9), "ends_on": DAY},
        {"created_at": at(11), "action": "ban"},
    ]
    put(engine, "overrides", [pin | version for version in versions])
    assert staged(engine, "stg_overrides", "action", "ends_on") == [("pin", DAY)]


def test_stock_is_the_newest_count_among_those_that_have_come(engine: Engine) -> None:
    def count(day: Any, units: Any, known: Any) -> dict[Any, Any]:
        return {
            "sku_id": "S1",
            "as_of_date": date(2026, 3, day),
            "sellable_units": units,
            "known_on": date(2026, 3, known),
        }

    put(engine, "inventory", [count(8, 8, 9), count(7, 7, 10), count(9, 9, 11)])
    assert staged(engine, "stg_inventory", "sku_id", "sellable_units") == [("S1", 8)]


def test_a_description_that_comes_late_is_not_the_newest(engine: Engine) -> None:
    late = {"sku_id": "S1", "title": "旧", "updated_at": at(5), "known_on": DAY}
    put(engine, "products", [{"sku_id": "S1", "title": "新", "updated_at": at(8)}, late])
    assert staged(engine, "stg_products", "sku_id", "title") == [("S1", "新")]
