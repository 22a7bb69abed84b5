"""A pin is held against an average place and its category from its start; a ban against its category before it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.reporting.override_outcomes import outcome_key, override_effects

LIST_DATE = date(2026, 11, 22)
AS_OF = LIST_DATE - timedelta(days=1)

TABLES = """
create table night.stg_products (sku_id varchar, title varchar, category varchar);
insert into night.stg_products values ('S1', '苹果', '食品/水果'), ('S2', '梨', '食品/水果'), ('S3', '裙', '女装');
create table night.stg_overrides (
    override_id varchar, sku_id varchar, action varchar, starts_on date, ends_on date, reason varchar, author varchar,
    approved_by varchar, created_at timestamp
);
create table night.sku_list (sku_id varchar, list_rank integer);
insert into night.sku_list values ('S1', 4), ('S3', 1);
create table night.int_selection_pins (sku_id varchar, refusal_code varchar);
create table night.int_danger_holds (sku_id varchar);
create table night.int_sku_daily (sku_id varchar, delivered_on date, delay_days integer, delivered_lines bigint);
create table night.int_sku_outcomes (
    metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines bigint
);
create table night.agent_matches (agent_id varchar, sku_id varchar);
insert into night.agent_matches values ('A1', 'S1'), ('A2', 'S1');
create table history.matched (list_date date, agent_id varchar, sku_id varchar);
create table history.listed (list_date date, sku_id varchar, list_rank integer);
create table history.order_line_timeline (
    sku_id varchar, valid_from date, valid_to date, is_sale boolean, ordered_on date, quantity integer,
    returned_units integer
);
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(tmp_path / "warehouse.duckdb")
    for statement in TABLES.split(";")[:-1]:
        opened.execute(statement)
    yield opened
    opened.close()


def day(ago: int) -> str:
    return f"date '{LIST_DATE - timedelta(days=ago)}'"


def decided(
    engine: Engine, action: str, sku_id: str, starts_ago: int, ends_ago: int | None = None, override_id: str = "V1"
) -> None:
    ends = "null" if ends_ago is None else day(ends_ago)
    engine.execute(
        f"insert into night.stg_overrides values ('{override_id}', '{sku_id}', '{action}', {day(starts_ago)}, {ends}, "
        f"'why', '小陈', null, timestamp '2026-11-01 09:00:00')"
    )


def delivered(engine: Engine, sku_id: str, ago: int, lines: int, regretted: int = 0) -> None:
    engine.execute(f"insert into night.int_sku_daily values ('{sku_id}', {day(ago)}, null, {lines})")
    if regretted:
        engine.execute(f"insert into night.int_sku_outcomes values ('regret', '{sku_id}', {day(ago)}, 3, {regretted})")


def sold(engine: Engine, sku_id: str, ago: int, quantity: int, returned: int = 0, is_sale: str = "true") -> None:
    engine.execute(
        f"insert into history.order_line_timeline values "
        f"('{sku_id}', {day(ago)}, date '9999-12-31', {is_sale}, {day(ago)}, {quantity}, {returned})"
    )


def given(engine: Engine, sku_id: str, ago: int) -> None:
    engine.execute(f"insert into history.matched values ({day(ago)}, 'A1', '{sku_id}'), ({day(ago)}, 'A2', '{sku_id}')")


def judged(engine: Engine) -> dict[Any, Any]:
    for stem in ("report_override_windows", "report_override_sales", "report_overrides"):
        engine.materialise(stem, as_of_date=AS_OF, list_date=LIST_DATE, judged_days=28)
    return {row["override_id"]: row for row in engine.read("night.report_overrides").to_pylist()}


def test_a_pin_counts_from_its_start_and_against_its_category_on_the_same_days(engine: Engine) -> None:
    decided(engine, "pin", "S1", starts_ago=5)
    delivered(engine, "S1", ago=9, lines=50, regretted=20)
    delivered(engine, "S1", ago=4, lines=10, regretted=3)
    delivered(engine, "S2", ago=4, lines=30, regretted=1)
    delivered(engine, "S3", ago=4, lines=99, regretted=90)
    row = judged(engine)["V1"]
    assert (row["delivered_lines"], row["regretted_lines"]) == (10, 3)
    assert (row["category_lines"], row["category_regretted_lines"]) == (40, 4)
    (line,) = override_effects(row)
    assert "2.0 regrets more" in line
    assert outcome_key(row) == "pin_listed"


def test_a_pins_days_on_the_list_are_held_against_an_average_place(engine: Engine) -> None:
    decided(engine, "pin", "S1", starts_ago=2)
    for sku_id in ("S1", "S2", "S3"):
        engine.execute(f"insert into history.listed values ({day(1)}, '{sku_id}', 1)")
    given(engine, "S1", ago=1)
    sold(engine, "S1", ago=1, quantity=3, returned=1)
    sold(engine, "S2", ago=1, quantity=13)
    sold(engine, "S2", ago=1, quantity=9, is_sale="false")
    sold(engine, "S1", ago=3, quantity=40)
    row = judged(engine)["V1"]
    assert (row["listed_days"], row["listed_kept_units"], row["place_kept_units"]) == (1, 2, 5.0)
    assert row["kept_units"] == 2
    assert "the pin cost 3.0" in override_effects(row)[0]


def test_a_pin_is_not_blamed_for_days_on_which_no_agent_was_given_it(engine: Engine) -> None:
    decided(engine, "pin", "S1", starts_ago=3)
    for ago in (1, 2):
        engine.execute(f"insert into history.listed values ({day(ago)}, 'S1', 1), ({day(ago)}, 'S2', 2)")
        sold(engine, "S2", ago=ago, quantity=10)
    row = judged(engine)["V1"]
    assert (row["listed_days"], row["given_days"], row["place_kept_units"]) == (2, 0, 0.0)
    (line,) = override_effects(row)
    assert "On 2 listed days no agent was matched with it" in line and "cost" not in line
    given(engine, "S1", ago=2)
    row = judged(engine)["V1"]
    assert (row["listed_days"], row["given_days"], row["place_kept_units"]) == (2, 1, 5.0)
    place, unseen = override_effects(row)
    assert "the pin cost 5.0" in place and "On 1 listed day " in unseen


def test_a_pin_that_no_agent_is_given_tonight_says_so(engine: Engine) -> None:
    decided(engine, "pin", "S3", starts_ago=1)
    assert outcome_key(judged(engine)["V1"]) == "pin_unmatched"


def test_a_ban_is_judged_by_the_days_before_it(engine: Engine) -> None:
    decided(engine, "ban", "S2", starts_ago=3)
    delivered(engine, "S2", ago=10, lines=20, regretted=8)
    delivered(engine, "S2", ago=3, lines=7, regretted=7)
    delivered(engine, "S2", ago=2, lines=5, regretted=5)
    delivered(engine, "S2", ago=60, lines=70, regretted=70)
    row = judged(engine)["V1"]
    assert (row["delivered_lines"], row["regretted_lines"]) == (20, 8)
    assert outcome_key(row) == "ban_kept"
    assert "8 of 20" in override_effects(row)[0]


@pytest.mark.parametrize(
    ("starts_ago", "ends_ago", "state"),
    [(-1, None, "to_come"), (0, 0, "in_force"), (5, None, "in_force"), (5, 1, "ended"), (60, 28, "ended")],
)
def test_a_decision_is_to_come_in_force_or_ended(
    engine: Engine, starts_ago: int, ends_ago: int | None, state: str
) -> None:
    decided(engine, "pin", "S1", starts_ago, ends_ago)
    row = judged(engine)["V1"]
    assert row["state"] == state
    if state != "in_force":
        assert outcome_key(row) == f"override_{state}"


def test_what_ended_long_ago_is_not_told_again(engine: Engine) -> None:
    decided(engine, "pin", "S1", starts_ago=60, ends_ago=29)
    assert judged(engine) == {}


def test_a_pin_that_is_not_listed_says_why(engine: Engine) -> None:
    decided(engine, "pin", "S2", starts_ago=1)
    engine.execute("insert into night.int_selection_pins values ('S2', 'out_of_stock')")
    row = judged(engine)["V1"]
    assert outcome_key(row) == "pin_refused"
    assert row["refusal_code"] == "out_of_stock"
    assert "Nothing to judge it by" in override_effects(row)[0]


@pytest.mark.parametrize(("held", "key"), [("S9", "clear_holds"), ("S2", "clear_held")])
def test_a_cleared_hold_says_whether_newer_reports_hold_the_sku_again(engine: Engine, held: str, key: str) -> None:
    decided(engine, "clear", "S2", starts_ago=1)
    engine.execute(f"insert into night.int_danger_holds values ('{held}')")
    row = judged(engine)["V1"]
    assert outcome_key(row) == key
    assert "Nothing to judge it by" in override_effects(row)[0]
