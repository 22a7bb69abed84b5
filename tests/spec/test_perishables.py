"""What waiting means for goods that perish: hours from the close of orders, sales before it, and what spoils."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.night_tables import AS_OF, FOR_EVER, ago, put_table, rows_of, table
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.scoring.perishables import LEVELS, read_perishables, weigh_perishables
from xuanpin.pipelines.settings import Settings

LINES = (
    "order_line_id varchar, valid_from date, valid_to date, sku_id varchar, agent_id varchar, group_id varchar, "
    "ordered_at timestamp, ordered_on date, delivered_at timestamp, delivered_on date, quantity bigint, "
    "return_reason varchar, is_sale boolean"
)
GROUPS = "group_id varchar, agent_id varchar, pickup_point_id varchar, cutoff_minute integer"
EVENING = 20 * 60
CLOCKS: dict[str, Any] = {"longest_days": 30, "waiting_days": 28, "as_of_date": AS_OF}


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    """Strawberries that keep for three days, noodles for a year; one group of each of two agents, the second slow."""
    goods = [("F1", "食品/水果", True, 3), ("N1", "食品/面", False, 365), ("T1", "家居/纸", False, None)]
    table(
        warehouse, "night.stg_products", "sku_id varchar, category varchar, is_cold_chain boolean, shelf_life_days int",
        goods,
    )  # fmt: skip
    table(warehouse, "night.stg_agents", "agent_id varchar, status varchar", [("A1", "active"), ("A2", "active"),
          ("A3", "active"), ("A4", "paused")])  # fmt: skip
    table(warehouse, "night.stg_groups", GROUPS, [("G1", "A1", None, EVENING), ("G2", "A2", "P2", None),
          ("G4", "A4", "P2", EVENING)])  # fmt: skip
    columns = "message_id varchar, known_on date, order_line_id varchar, is_complaint boolean, "
    table(warehouse, "history.mentions", columns + "aspects struct(aspect varchar, polarity double)[]")
    table(warehouse, "night.int_repeated_messages", "message_id varchar, known_on date")
    lines(warehouse)
    return warehouse


def lines(engine: Engine, *rows: dict[str, Any]) -> None:
    usual = {"valid_from": ago(90), "valid_to": FOR_EVER, "sku_id": "F1", "agent_id": "A3", "group_id": "G1",
             "quantity": 1, "is_sale": True}  # fmt: skip
    filled = [
        {"order_line_id": f"L{place}", "ordered_on": row["ordered_at"].date()}
        | ({"delivered_on": row["delivered_at"].date()} if "delivered_at" in row else {})
        | row
        for place, row in enumerate(rows)
    ]
    put_table(engine, "history.order_line_timeline", LINES, *filled, **usual)


def at(days_ago: int, clock: str) -> datetime:
    return datetime.combine(ago(days_ago), time.fromisoformat(clock))


def waited(engine: Engine, **row: Any) -> list[tuple[Any, ...]]:
    lines(engine, row)
    engine.materialise("int_waited_lines", into="temp", learnt_days=90, **CLOCKS)
    return rows_of(engine, "temp.int_waited_lines", "waited_minutes", "is_spoiled")


@pytest.mark.parametrize(
    ("ordered", "delivered", "group", "minutes"),
    [
        ("10:00", "14:00", "G1", 18 * 60),
        ("19:59", "14:00", "G1", 18 * 60),
        ("10:00", "14:00", "G2", 28 * 60),
        ("00:00", "00:00", "G1", 28 * 60),
    ],
    ids=["before the close", "a minute before it", "a group without one: from the order", "days without clocks"],
)
def test_a_line_waits_from_the_close_of_orders_to_its_arrival(
    engine: Engine, ordered: str, delivered: str, group: str, minutes: int
) -> None:
    row = {"ordered_at": at(9, ordered), "delivered_at": at(8, delivered), "group_id": group}
    assert waited(engine, **row) == [(minutes, False)]


@pytest.mark.parametrize(
    ("ordered", "days_later", "delivered", "minutes"),
    [
        ("20:00", 2, "14:00", 18 * 60),
        ("20:00", 1, "09:00", 13 * 60),
        ("21:30", 1, "14:00", 18 * 60),
        ("10:00", 0, "10:40", 40),
        ("21:30", 0, "22:00", 2 * 60),
        ("10:00", -1, "09:00", 0),
    ],
    ids=["for the next close", "taken along with the one it missed", "late and taken along", "brought at once",
         "at once after the close", "a delivery before its order"],
)  # fmt: skip
def test_an_order_after_the_close_waits_for_the_next_one_unless_it_came_before_that(
    engine: Engine, ordered: str, days_later: int, delivered: str, minutes: int
) -> None:
    row = {"ordered_at": at(9, ordered), "delivered_at": at(9 - days_later, delivered)}
    assert waited(engine, **row) == [(minutes, False)]


@pytest.mark.parametrize(
    ("row", "is_seen"),
    [
        ({"is_sale": False}, False),
        ({"delivered_at": datetime.combine(AS_OF + timedelta(days=1), time(9))}, False),
        ({"valid_to": AS_OF}, False),
        ({"ordered_at": at(92, "10:00"), "delivered_at": at(91, "10:00")}, False),
        ({}, True),
    ],
    ids=["a gift", "after the night", "an earlier state", "long ago", "as usual"],
)
def test_only_what_a_night_knows_and_sold_lately_teaches(engine: Engine, row: dict[str, Any], is_seen: bool) -> None:
    usual = {"ordered_at": at(9, "10:00"), "delivered_at": at(8, "14:00")}
    assert len(waited(engine, **(usual | row))) == is_seen


@pytest.mark.parametrize(
    ("reason", "aspect", "polarity", "is_spoiled"),
    [
        ("spoiled", None, 0.0, True),
        ("quality", None, 0.0, False),
        (None, "freshness", -1.0, True),
        (None, "freshness", 1.0, False),
        (None, "delivery", -1.0, False),
    ],
)
def test_spoilage_is_a_return_that_says_so_or_a_complaint_of_freshness(
    engine: Engine, reason: str | None, aspect: str | None, polarity: float, is_spoiled: bool
) -> None:
    if aspect:
        told = [("M1", ago(7), "L0", True, [{"aspect": aspect, "polarity": polarity}])]
        columns = "message_id varchar, known_on date, order_line_id varchar, is_complaint boolean, "
        table(engine, "history.mentions", columns + "aspects struct(aspect varchar, polarity double)[]", told)
    row = {"ordered_at": at(9, "10:00"), "delivered_at": at(8, "14:00"), "return_reason": reason}
    assert waited(engine, **row) == [(18 * 60, is_spoiled)]


def test_where_nothing_perishes_no_line_is_looked_at_and_nothing_is_stored(engine: Engine, tmp_path: Path) -> None:
    engine.execute("update night.stg_products set shelf_life_days = null where sku_id = 'F1'")
    lines(engine, {"ordered_at": at(9, "10:00"), "delivered_at": at(8, "14:00")})
    night = a_night(engine, tmp_path)
    assert weigh_perishables(night, are_returns_seen=True) == 0
    assert rows_of(engine, "night.int_agent_waiting") == rows_of(engine, "night.int_perishables") == []


def test_the_share_of_sales_before_the_close_is_the_groups_own_and_the_platforms_before_that_hour(
    engine: Engine,
) -> None:
    sold = [("G1", "09:00", 30), ("G1", "21:00", 10), ("G2", "21:30", 40), ("G2", "00:00", 500)]
    lines(engine, *({"group_id": g, "ordered_at": at(5, clock), "quantity": n} for g, clock, n in sold))
    found = engine.select("int_group_hours", **CLOCKS).to_pylist()
    assert [(row["agent_id"], row["group_id"], row["units"], row["units_before"]) for row in found] == [
        ("A1", "G1", 40, 30),
        ("A2", "G2", 40, 0),
        ("A3", None, 0, 0),
    ]
    assert [round(row["usual_before"], 3) for row in found] == [0.375, 1.0, 1.0]


def a_night(engine: Engine, folder: Path, **perishables: Any) -> Night:
    settings = Settings.model_validate({"perishables": perishables})
    return Night(engine, settings, Home(folder), AS_OF, None, datetime(2026, 11, 22))


def weighed(
    engine: Engine, folder: Path, slow_hours: int = 50, *, seen: bool = True, **perishables: Any
) -> tuple[Any, Any]:
    """A month in which G1 waited for 18 hours and P2, where orders are on their way at once, for `slow_hours`."""
    sold: list[dict[str, Any]] = []
    for days_ago in range(3, 28):
        sold += [{"ordered_at": at(days_ago, "12:00"), "delivered_at": at(days_ago - 1, "14:00")}] * 3
        came = at(days_ago, "12:00") + timedelta(hours=slow_hours)
        spoiled = {"return_reason": "spoiled"} if days_ago % 5 == 0 else {}
        sold += [{"ordered_at": at(days_ago, "12:00"), "delivered_at": came, "group_id": "G2"} | spoiled] * 3
    lines(engine, *({"order_line_id": f"L{place}"} | row for place, row in enumerate(sold)))
    weigh_perishables(a_night(engine, folder, **perishables), are_returns_seen=seen)
    agents = {row["agent_id"]: row for row in engine.read("night.int_agent_waiting").to_pylist()}
    return agents, engine.read("night.int_perishables").to_pylist()


def test_each_agent_waits_as_her_groups_do_and_one_without_a_group_as_the_platform(
    engine: Engine, tmp_path: Path
) -> None:
    agents, _ = weighed(engine, tmp_path)
    assert agents["A1"]["usual_hours"] == pytest.approx(18, abs=2)
    assert agents["A2"]["usual_hours"] == pytest.approx(50, abs=4)
    assert agents["A1"]["usual_hours"] < agents["A3"]["usual_hours"] < agents["A2"]["usual_hours"]
    assert agents["A1"]["upper_hours"] < agents["A2"]["upper_hours"] < agents["A3"]["upper_hours"]
    assert "A4" not in agents


def test_an_agent_without_a_known_group_waits_as_her_own_orders_do(engine: Engine, tmp_path: Path) -> None:
    rows = [
        {"group_id": group, "ordered_at": at(days_ago, "12:00"), "delivered_at": at(days_ago - 1, clock)}
        for days_ago in range(3, 28)
        for group, clock in (("", "08:00"), ("G2", "22:00"))
    ]
    lines(engine, *({"order_line_id": f"L{place}"} | row for place, row in enumerate(rows)))
    weigh_perishables(a_night(engine, tmp_path), are_returns_seen=True)
    found = {row["agent_id"]: row["usual_hours"] for row in engine.read("night.int_agent_waiting").to_pylist()}
    assert found["A3"] == pytest.approx(20, abs=1.5) and found["A2"] == pytest.approx(34, abs=2.5)


def test_only_what_perishes_within_the_limit_is_weighed_for_those_for_whom_it_keeps(
    engine: Engine, tmp_path: Path
) -> None:
    agents, (fruit,) = weighed(engine, tmp_path, margin_hours=24)
    assert fruit["sku_id"] == "F1" and fruit["shelf_hours"] == 72
    kept = [agent["upper_hours"] + 24 <= 72 for agent in agents.values()]
    assert 0 < sum(kept) < 3 and fruit["agents_share"] == pytest.approx(sum(kept) / 3)
    assert fruit["waited_hours"] == pytest.approx(18, abs=2)
    _, every = weighed(engine, tmp_path, longest_days=400)
    assert [row["sku_id"] for row in every] == ["F1", "N1"]


def test_goods_spoil_more_the_longer_they_wait_and_their_rates_hold_that_of_their_own_past(
    engine: Engine, tmp_path: Path
) -> None:
    agents, (fruit,) = weighed(engine, tmp_path, margin_hours=24)
    assert 0 < fruit["spoilage_rate"] < 0.2 < 1 and fruit["spoilage_rate"] < fruit["spoilage_upper"]
    added = fruit["added_by_level"]
    assert len(added) == LEVELS and added == sorted(added)
    fast, slow = (added[agents[name]["waiting_level"]] for name in ("A1", "A2"))
    # Its past is half fast and half slow: the rates are too high for one and too low for the other.
    assert fast < 0 < slow
    assert fruit["spoilage_added"] == pytest.approx(fast, abs=0.01)


def test_a_platform_without_returns_is_not_taken_to_be_fresh(engine: Engine, tmp_path: Path) -> None:
    _, (learnt,) = weighed(engine, tmp_path, slow_hours=20)
    _, (believed,) = weighed(engine, tmp_path, slow_hours=20, seen=False)
    assert believed["spoilage_upper"] > 3 * believed["spoilage_rate"] > 0
    assert believed["spoilage_rate"] < 0.04 < learnt["spoilage_rate"]
    # Nothing is known beyond the usual, and at the usual nothing is added.
    assert believed["spoilage_added"] == pytest.approx(0.0, abs=0.01)


def test_a_scored_sku_that_does_not_perish_is_told_nothing(engine: Engine, tmp_path: Path) -> None:
    weighed(engine, tmp_path)
    found = read_perishables(a_night(engine, tmp_path), pd.Series(["T1", "F1"]))
    assert found["shelf_hours"].isna().tolist() == [True, False]


def test_a_night_knows_no_line_of_a_later_day(engine: Engine, tmp_path: Path) -> None:
    weighed(engine, tmp_path)
    found = engine.materialise(
        "int_waited_lines", into="temp", learnt_days=90, **CLOCKS | {"as_of_date": date(2026, 8, 1)}
    )
    assert found == 0
