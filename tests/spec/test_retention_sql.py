"""What a home lets go of: rows older than a day, and one person everywhere."""

import json

import pytest

from tests.support.night_tables import AS_OF, ago, selected, stored, table
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.retention.retention import DAILY_TABLES, blank_words, delete_days

MESSAGES = "message_id varchar, sender_id varchar, sender_role varchar, text varchar, known_on date"


def test_an_order_line_is_old_when_its_newest_version_is(warehouse: Engine) -> None:
    versions = [("L1", ago(9)), ("L1", ago(5)), ("L2", ago(9)), ("L3", ago(5)), ("L4", ago(6))]
    table(warehouse, "source.orders", "order_line_id varchar, known_on date", versions)
    assert sorted(selected(warehouse, "old_order_lines", "order_line_id", before=ago(5))) == ["L2", "L4"]


def test_who_bought_what_goes_is_judged_by_what_is_left(warehouse: Engine) -> None:
    states = [("L1", "C1", ago(9)), ("L1", "C2", ago(8)), ("L2", "C2", ago(7)), ("L3", "C3", ago(9))]
    columns = "order_line_id varchar, customer_id varchar, valid_from date"
    table(warehouse, "history.order_line_timeline", columns, states)
    table(warehouse, "temp.old_order_lines", "order_line_id varchar", [("L1",), ("L2",)])
    assert sorted(selected(warehouse, "buyers_of_old_lines")) == [("C1", ago(9)), ("C2", ago(8))]


@pytest.mark.parametrize("name", DAILY_TABLES)
def test_rows_from_before_a_day_go_and_that_day_stays(warehouse: Engine, name: str) -> None:
    table(warehouse, name, "number integer, known_on date", [(1, ago(6)), (2, ago(5)), (3, ago(0))])
    assert delete_days(warehouse, name, ago(5)) == 1
    assert stored(warehouse, name, "number") == [2, 3]


def test_the_newest_stock_count_of_a_sku_stays_however_old(warehouse: Engine) -> None:
    counts = [("S1", ago(9), ago(9)), ("S1", ago(8), ago(8)), ("S2", ago(9), ago(9)), ("S2", ago(2), ago(2)),
              ("S2", ago(1), ago(1))]  # fmt: skip
    table(warehouse, "source.inventory", "sku_id varchar, as_of_date date, known_on date", counts)
    assert warehouse.run("old_stock_counts", before=ago(2)) == 2
    assert stored(warehouse, "source.inventory", "sku_id", "as_of_date") == [
        ("S1", ago(8)),
        ("S2", ago(2)),
        ("S2", ago(1)),
    ]


def test_old_messages_lose_their_words_once(warehouse: Engine) -> None:
    words = [("M1", "甜", ago(6)), ("M2", "", ago(6)), ("M3", "酸", ago(5))]
    table(warehouse, "source.chat_messages", "message_id varchar, text varchar, known_on date", words)
    assert blank_words(warehouse, ago(5)) == 1
    assert stored(warehouse, "source.chat_messages", "message_id", "text") == [("M1", ""), ("M2", ""), ("M3", "酸")]
    assert blank_words(warehouse, ago(5)) == 0


def test_only_what_a_customer_wrote_is_hers(warehouse: Engine) -> None:
    rows = [
        ("M1", "C1", "customer", "甜", AS_OF),
        ("M2", "C1", "agent", "甜", AS_OF),
        ("M3", "C2", "customer", "甜", AS_OF),
    ]
    table(warehouse, "source.chat_messages", MESSAGES, rows)
    assert selected(warehouse, "forgotten_messages", customer_id="C1") == [("M1", "甜", AS_OF)]


def test_every_line_that_she_ever_ordered_is_hers_once(warehouse: Engine) -> None:
    versions = [("L1", "C1"), ("L1", "C1"), ("L2", "C2"), ("L3", "C1"), ("L3", "C2")]
    table(warehouse, "source.orders", "order_line_id varchar, customer_id varchar", versions)
    assert sorted(selected(warehouse, "forgotten_lines", "order_line_id", customer_id="C1")) == ["L1", "L3"]


def test_numbered_messages_are_found_by_who_sent_them(warehouse: Engine) -> None:
    rows = [(1, "C1"), (2, "C2"), (3, "C1"), (4, None)]
    table(warehouse, "night.int_mention_messages", "message_no bigint, sender_key varchar", rows)
    assert sorted(selected(warehouse, "forgotten_numbers", "message_no", customer_id="C1")) == [1, 3]


def test_a_row_set_aside_goes_when_it_names_her_or_her_line(warehouse: Engine) -> None:
    table(warehouse, "night.lines", "order_line_id varchar", [("L1",)])
    warehouse.store("temp.forgotten_lines", warehouse.read("night.lines"))
    rows = {
        "customer": {"customer_id": "C1"},
        "sender": {"sender_id": "C1"},
        "line": {"order_line_id": "L1"},
        "other": {"customer_id": "C2", "order_line_id": "L2"},
        "none": {"sku_id": "C1"},
    }
    table(
        warehouse, "ops.quarantine", "key varchar, row varchar", [(key, json.dumps(row)) for key, row in rows.items()]
    )
    assert warehouse.run("forgotten_quarantine", customer_id="C1") == 3
    assert stored(warehouse, "ops.quarantine", "key") == ["other", "none"]


def test_what_she_wrote_about_a_return_goes_and_the_return_stays(warehouse: Engine) -> None:
    table(warehouse, "night.lines", "order_line_id varchar", [("L1",), ("L2",)])
    warehouse.store("temp.forgotten_lines", warehouse.read("night.lines"))
    rows = [("R1", "L1", "坏了"), ("R2", "L2", None), ("R3", "L3", "坏了")]
    table(warehouse, "source.returns", "return_id varchar, order_line_id varchar, comment varchar", rows)
    lines = {"keys": "temp.forgotten_lines", "on": "order_line_id"}
    assert warehouse.overwrite("source.returns", "comment", new=None, **lines) == 1
    assert sorted(stored(warehouse, "source.returns", "return_id", "comment")) == [
        ("R1", None),
        ("R2", None),
        ("R3", "坏了"),
    ]


def test_tables_are_found_by_a_column_in_the_schemas_that_hold_rows_of_people(warehouse: Engine) -> None:
    for name in ("source.orders", "history.mentions", "night.x", "ops.quarantine"):
        table(warehouse, name, "customer_id varchar")
    table(warehouse, "night.y", "sku_id varchar")
    warehouse.execute("create view night.seen as select customer_id from night.x")
    warehouse.store("temp.z", warehouse.read("night.x"))
    found = selected(warehouse, "tables_with", "table_name", column_name="customer_id")
    assert found == ["history.mentions", "night.x", "source.orders"]
