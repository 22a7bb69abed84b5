"""The second way in, against a real PostgreSQL that the test starts and stops."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from adbc_driver_postgresql import dbapi

from tests.support import postgres
from tests.support.drop_folder import DAY, NOW
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import load_sql
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

NUMBERS = itertools.count()
VARIABLE = "XUANPIN_SOURCE_URI"
TABLES = """
create table products (
    sku_id text, title text, category text, supplier_id text, list_price numeric(12, 2), style_tags text[],
    series_tags text[], is_clearance boolean, is_cold_chain boolean, launched_on date, status text, geändert timestamptz
);
create table inventory (sku_id text, as_of_date date, sellable_units bigint);
create table agents (
    agent_id text, joined_on date, status text, price_min numeric, categories_wanted text[],
    categories_excluded text[], style_tags text[], series_tags text[], daily_slots integer, updated_at timestamp
);
create table groups (group_id text, agent_id text, member_count integer, opened_on date, updated_at timestamptz);
create schema shop;
create table shop.order_lines (
    order_line_id text, order_id text, ordered_at timestamptz, agent_id text, group_id text, customer_id bigint,
    sku_id text, quantity integer, unit_price numeric(12, 2), status text,
    delivered_at timestamptz, updated_at timestamptz
);
create table returns (
    return_id text, order_line_id text, requested_at timestamptz, quantity integer, reason_code text,
    refund_amount numeric(12, 2), updated_at timestamptz
);
create table chat_messages (
    message_id text, group_id text, sender_id text, sender_role text, sent_at timestamptz, text text, sku_id text
);
insert into products values (
    'S1', '连衣裙', '女装/连衣裙', 'P1', 199.90, '{法式,通勤}', '{}', false, false, '2026-01-01', 'active',
    '2026-11-19 20:00:00+00'
);
insert into inventory values ('S1', '2026-11-20', 10);
insert into agents values (
    'A1', '2026-01-01', 'active', 50, '{女装}', '{}', '{}', '{}', 5, '2026-11-20 10:00:00'
);
insert into groups values ('G1', 'A1', 80, '2026-01-01', '2026-11-20 10:00:00+08');
"""
SETTINGS = Settings.model_validate(
    {
        "sources": {
            "kind": "postgres",
            "tables": {
                "products": {"columns": {"geändert": "updated_at"}},
                "orders": {"reads": "shop.order_lines", "values": {"status": {"versandt": "shipped"}}},
            },
        }
    }
)


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    missing = postgres.missing_program()
    if missing:
        pytest.skip(missing)
    with postgres.server() as started:
        yield started


class Database:
    """One database of the server, with a home that ingests it."""

    def __init__(self, uri: str, home: Path) -> None:
        self.uri, self.home = uri, Home(home)

    def run(self, sql: str) -> None:
        postgres.run(self.uri, sql)

    def order(self, line: str, stamp: str, status: str = "paid") -> str:
        return (
            f"insert into shop.order_lines values ('{line}', 'O1', '2026-05-01 10:00+08', 'A1', 'G1', 77, 'S1', 2, "
            f"199.90, '{status}', null, '{stamp}')"
        )

    def night(self, settings: Settings = SETTINGS) -> tuple[int, int]:
        engine = open_home(self.home, threads=1)
        try:
            return ingest(Night(engine, settings, self.home, DAY, None, NOW))
        finally:
            engine.close()

    def query(self, sql: str) -> list[dict[str, Any]]:
        engine = open_home(self.home, threads=1)
        try:
            found: list[dict[str, Any]] = engine.query(sql).to_pylist()
            return found
        finally:
            engine.close()


@pytest.fixture
def database(server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    name = f"shop{next(NUMBERS)}"
    postgres.run(server.uri(), f"create database {name}")
    found = Database(server.uri(name), tmp_path / "home")
    found.run(TABLES)
    found.run(found.order("L1", "2026-11-20 10:00+08", "versandt"))
    monkeypatch.setenv(VARIABLE, found.uri)
    return found


def test_the_tables_of_a_database_become_source_rows(database: Database) -> None:
    assert database.night() == (5, 5)
    (product,) = database.query("select * from source.products")
    assert product["list_price"] == Decimal("199.90")
    assert product["style_tags"] == ["法式", "通勤"]
    assert product["updated_at"] == datetime(2026, 11, 20, 4, 0), "20:00 UTC is 04:00 of the next day in Beijing"
    (order,) = database.query("select * from source.orders")
    assert (order["customer_id"], order["status"], order["quantity"]) == ("77", "shipped", 2)
    assert database.query("select updated_at from source.agents") == [{"updated_at": datetime(2026, 11, 20, 10)}]


def test_columns_are_told_in_order_and_without_those_that_were_dropped(database: Database) -> None:
    database.run('create table "Odd Name" (gone text, b numeric(12, 2), a timestamptz)')
    database.run('alter table "Odd Name" drop column gone')
    with dbapi.connect(database.uri) as connection, connection.cursor() as cursor:
        cursor.execute(load_sql("postgres_columns").text, parameters=['"Odd Name"'])
        assert cursor.fetchall() == [("b", "numeric"), ("a", "timestamp with time zone")]
        cursor.execute(load_sql("postgres_columns").text, parameters=["missing"])
        assert cursor.fetchall() == []


def test_the_next_night_reads_what_changed_and_a_late_commit_is_not_lost(database: Database) -> None:
    database.run(";".join(database.order(f"old{n}", "2026-06-01 10:00+08") for n in range(20)))
    assert database.night() == (25, 25)
    assert database.night() == (1, 0), "only the overlap is read again, and nothing in it is new"
    database.run(database.order("late", "2026-11-19 10:00+08"))
    database.run(database.order("L1", "2026-11-21 09:00+08", "delivered"))
    read, admitted = database.night()
    assert admitted == 2
    assert read == 3, "two new rows and the overlap, not the twenty of June"


def test_a_stamp_in_the_future_hides_no_later_row(database: Database) -> None:
    database.run(database.order("future", "2026-11-22 20:00+08"))
    database.night()
    database.run(database.order("next", "2026-11-22 01:00+08"))
    database.night()
    found = database.query("select order_line_id from source.orders order by 1")
    assert "next" in [row["order_line_id"] for row in found]


def test_a_time_without_end_is_missing_or_set_aside_and_never_wraps_round(database: Database) -> None:
    times = ("infinity", "-infinity", "20000-01-01", "0300-01-01 BC")
    for place, time in enumerate(times):
        database.run(database.order(f"late{place}", "2026-11-20 10:00+08"))
        database.run(f"update shop.order_lines set delivered_at = '{time}' where order_line_id = 'late{place}'")
    assert database.night() == (9, 9)
    delivered = "select distinct delivered_at from source.orders where order_line_id like 'late%'"
    assert database.query(delivered) == [{"delivered_at": None}]
    for place, time in enumerate(times[:3]):
        database.run(database.order(f"never{place}", time))
    database.run("insert into inventory values ('S1', 'infinity', 3), ('S1', '-infinity', 4)")
    database.night(SETTINGS.model_copy(update={"ingest": SETTINGS.ingest.model_copy(update={"bad_share": 1.0})}))
    set_aside = database.query("select key, rules, row ->> '$.updated_at' as stamp from ops.quarantine order by key")
    assert [(row["key"], row["rules"]) for row in set_aside if row["stamp"] is None] == [
        ("S1|0001-01-01", ["as_of_date_implausible"]),
        ("S1|9999-12-31", ["as_of_date_implausible"]),
    ]
    assert {(row["key"], row["stamp"][:4]) for row in set_aside if row["stamp"]} == {
        ("never0", "9999"), ("never1", "0001"), ("never2", "9999"),
    }  # fmt: skip
    database.run(database.order("next", "2026-11-21 10:00+08"))
    database.night(SETTINGS.model_copy(update={"ingest": SETTINGS.ingest.model_copy(update={"bad_share": 1.0})}))
    assert database.query("select * from source.orders where order_line_id = 'next'")


def test_a_missing_table_is_named(database: Database) -> None:
    database.run("drop table groups")
    with pytest.raises(InputRefused, match="source table groups is missing: the source database has no table groups"):
        database.night()


def test_a_database_that_does_not_answer_is_refused_without_its_address(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://shop:secret@/none?host=/nowhere")
    with pytest.raises(InputRefused, match="the source database in XUANPIN_SOURCE_URI cannot be read") as refusal:
        database.night()
    assert "secret" not in str(refusal.value)


def test_a_night_without_a_connection_says_which_variable_to_set(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(UsageError, match="XUANPIN_SOURCE_URI is not set"):
        database.night()
