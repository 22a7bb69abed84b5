"""The books of ingest: what came, when a run may see it, what was set aside and what waits."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from tests.support.night_tables import ago, selected, stored, table
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.ingest.quarantine import count_clean

ARRIVALS = "table_name varchar, known_on date, last_drop_seq bigint, rows bigint, fingerprint varchar"
CAME = [
    ("orders", ago(2), 1, 10, "a"),
    ("orders", ago(0), 1, 5, "b"),
    ("orders", ago(1), 4, 7, "c"),
    ("agents", ago(-1), 3, 2, "d"),
]
QUARANTINE = (
    "table_name varchar, key varchar, rules varchar[], row varchar, state varchar, drop_path varchar, drop_seq bigint"
)
REJECTED = pa.schema(
    [
        ("checked_row", pa.int64()),
        ("key", pa.string()),
        ("rules", pa.list_(pa.string())),
        ("row", pa.string()),
        ("drop_path", pa.string()),
        ("drop_row", pa.int64()),
        ("is_bare", pa.bool_()),
    ]
)
SAFE_ROW = pa.schema([("value", pa.string()), ("safe", pa.string())])
CHECKED = pa.schema([("row_key", pa.string()), ("drop_path", pa.string()), ("rules", pa.list_(pa.string()))])


@pytest.fixture
def arrived(warehouse: Engine) -> Engine:
    table(warehouse, "ops.arrivals", ARRIVALS, CAME)
    return warehouse


def passing(engine: Engine, name: str, rows: Sequence[Any], schema: Any) -> None:
    """Replace a temporary table by rows, each a tuple."""
    content = [dict(zip(schema.names, row, strict=True)) for row in rows]
    engine.store(f"temp.{name}", pa.Table.from_pylist(content, schema=schema))


def test_a_run_is_named_after_the_days_that_it_may_see(arrived: Engine) -> None:
    assert selected(arrived, "arrival_fingerprints", as_of_date=ago(0)) == [
        ("orders", ago(2), "a"),
        ("orders", ago(1), "c"),
        ("orders", ago(0), "b"),
    ]


def test_watermarks_tell_the_newest_day_seen_and_the_rows_up_to_it(arrived: Engine) -> None:
    assert selected(arrived, "arrival_watermarks", as_of_date=ago(1)) == [("orders", ago(1), 17)]
    assert selected(arrived, "arrival_watermarks", as_of_date=ago(-1)) == [
        ("agents", ago(-1), 2),
        ("orders", ago(0), 22),
    ]


def test_the_newest_day_of_a_table_counts_unless_it_has_not_come(arrived: Engine) -> None:
    assert selected(arrived, "newest_arrivals", today=ago(-1)) == [("agents", ago(-1)), ("orders", ago(0))]
    assert selected(arrived, "newest_arrivals", today=ago(0)) == [("orders", ago(0))]


def test_the_last_batch_counts_whenever_it_came_and_rows_only_when_seen(arrived: Engine) -> None:
    assert selected(arrived, "seen_arrivals", as_of_date=ago(1)) == [("agents", 3, None, 0), ("orders", 4, ago(1), 17)]


def test_days_that_gained_or_lost_rows_are_written_anew_and_others_stay(arrived: Engine) -> None:
    arrived.store("temp.changed_days", pa.table({"known_on": [ago(2), ago(-1)]}))
    assert arrived.run("stale_arrivals", table_name="orders") == 1
    assert sorted(stored(arrived, "ops.arrivals", "fingerprint")) == ["b", "c", "d"]


def test_the_ledger_of_a_table_is_read_in_the_order_in_which_drops_came(warehouse: Engine) -> None:
    columns = (
        "drop_seq bigint, table_name varchar, path varchar, size bigint, sha256 varchar, stamp varchar, rows bigint"
    )
    drops = [(2, "orders", "b", 1, "h", "s", 1), (2, "orders", "a", 1, "h", "s", 1), (1, "orders", "c", 9, "g", "t", 0),
             (1, "agents", "d", 1, "h", "s", 1)]  # fmt: skip
    table(warehouse, "ops.drops", columns, drops)
    assert selected(warehouse, "drop_ledger", table_name="orders") == [
        ("c", 9, "g", "t"),
        ("a", 1, "h", "s"),
        ("b", 1, "h", "s"),
    ]
    assert selected(warehouse, "newest_drop") == [(2,)]
    table(warehouse, "ops.drops", columns)
    assert selected(warehouse, "newest_drop") == [(None,)]


def test_orders_and_returns_both_bring_the_history_something_new(warehouse: Engine) -> None:
    for name in ("orders", "returns"):
        table(warehouse, f"source.{name}", "drop_seq bigint")
    assert selected(warehouse, "unstaged_batches", staged_seq=-1) == []
    table(warehouse, "source.orders", "drop_seq bigint", [(3,), (2,), (3,)])
    assert selected(warehouse, "unstaged_batches", staged_seq=-1) == [(2, 1), (3, 2)]
    table(warehouse, "source.returns", "drop_seq bigint", [(4,), (3,)])
    assert selected(warehouse, "unstaged_batches", staged_seq=2) == [(3, 3), (4, 1)]


def test_new_names_are_trimmed_told_once_and_never_blank(warehouse: Engine) -> None:
    table(warehouse, "ops.known_names", "name varchar", [("王",)])
    names = [("李 ",), ("李",), (" 王",), ("  ",), (None,), ("赵",)]
    passing(warehouse, "incoming", names, pa.schema([("customer_name", pa.string())]))
    assert sorted(selected(warehouse, "new_names", "name")) == ["李", "赵"]


def test_incoming_rows_are_counted_by_their_drop(warehouse: Engine) -> None:
    passing(warehouse, "incoming", [("a",), ("b",), ("a",)], pa.schema([("drop_path", pa.string())]))
    assert sorted(selected(warehouse, "incoming_drops")) == [("a", 2), ("b", 1)]


def test_only_the_rules_in_question_count_into_a_share(warehouse: Engine) -> None:
    rows = [
        ("K4", "f2", ["a", "b"]),
        ("K3", "f1", ["b", "c"]),
        ("K2", "f0", ["c"]),
        ("K1", "f0", []),
        (None, "f4", ["a"]),
        ("K6", "f9", ["a"]),
        ("K5", "f9", ["b"]),
    ]
    passing(warehouse, "checked", rows, CHECKED)
    count_clean(warehouse)
    found = selected(warehouse, "broken_shares", rules=["a", "b"])
    assert found == [(7, 5, ["a", "b"], ["K3", "K4", "K5"], "f1")]
    assert selected(warehouse, "broken_shares", "bad_rows", "ids", rules=["z"]) == [(0, None)]
    count_clean(warehouse, pa.table({"drop_path": ["f1", "f2"], "rows": [3, 4]}))
    assert selected(warehouse, "broken_shares", "new_rows", "bad_rows", rules=["c"]) == [(14, 2)]


def test_a_rejected_row_is_set_aside_once_under_its_first_drop(warehouse: Engine) -> None:
    rows = [
        ("K2", ["a"], "new", "f3", 4, False),
        ("K2", ["a"], "new", "f2", 9, False),
        ("K2", ["a"], "new", "f2", 7, False),
        ("K0", ["b"], "new", "f9", None, False),
        ("K3", ["a"], "never made safe", "f1", 1, False),
        (None, ["c"], "bare", "f1", 4, True),
        (None, ["c"], "bare", "f2", 3, True),
        (None, ["c"], "bare", "f2", 3, True),
    ]
    reject(warehouse, rows)
    assert selected(warehouse, "rejected_rows", table_name="orders", drop_seq=7) == [
        ("orders", "K0", ["b"], "safe new", "rejected", "f9", 7, None),
        ("orders", "K2", ["a"], "safe new", "rejected", "f2", 7, 7),
        ("orders", None, ["c"], "{}", "rejected", "f1", 7, 4),
        ("orders", None, ["c"], "{}", "rejected", "f2", 7, 3),
    ]


def test_a_row_that_was_set_aside_before_is_left_out(warehouse: Engine) -> None:
    held = [
        ("orders", "K1", ["a"], "safe old", "rejected", "f", 1, 1),
        ("orders", "K9", ["a"], "safe new", "waiting", "f", 1, None),
        ("agents", "K9", ["a"], "safe new", "rejected", "f", 1, None),
        ("orders", None, ["c"], "{}", "rejected", "f1", 1, 3),
        ("orders", None, ["c"], "{}", "rejected", "f0", 1, 4),
    ]
    table(warehouse, "ops.quarantine", f"{QUARANTINE}, drop_row bigint", held)
    rows = [
        ("K1", ["a"], "old", "f2", 1, False),
        ("K2", ["a"], "new", "f3", 4, False),
        (None, ["c"], "bare", "f1", 3, True),
        (None, ["c"], "bare", "f1", 4, True),
        (None, ["c"], "bare", "f0", 3, True),
    ]
    passing(warehouse, "checked", [(key, path, rules) for key, rules, _, path, *_ in rows], CHECKED)
    reject(warehouse, rows)
    assert warehouse.run("known_rejects", table_name="orders") == 2
    assert warehouse.query("select row_key, drop_path from temp.checked order by all").to_pylist() == [
        {"row_key": "K2", "drop_path": "f3"},
        {"row_key": None, "drop_path": "f0"},
        {"row_key": None, "drop_path": "f1"},
    ]
    assert warehouse.run("settled_rejects") == 2
    assert warehouse.query("select drop_path from temp.rejected order by all")["drop_path"].to_pylist() == [
        "f0",
        "f1",
        "f3",
    ]
    assert selected(warehouse, "held_rejects", "table_name", table_name="orders") == ["orders"]
    assert selected(warehouse, "held_rejects", "table_name", table_name="returns") == []


def reject(engine: Engine, rows: Sequence[Any]) -> None:
    """Fill the temporary tables of the rows that break rules, in the order of the checked ones."""
    passing(engine, "rejected", [(place, *row) for place, row in enumerate(rows)], REJECTED)
    safe = [("old", "safe old"), ("new", "safe new"), ("bare", "{}"), ("unused", "safe unused")]
    passing(engine, "safe_row", safe, SAFE_ROW)


def test_waiting_rows_are_counted_by_batch_and_in_all(warehouse: Engine) -> None:
    rows = [("orders", f"K{number}", [f"r{number % 2}"], "", "waiting", "f", 1) for number in (4, 3, 2, 1)]
    rows += [("orders", "K0", ["x"], "", "rejected", "f", 1), ("agents", "K0", ["x"], "", "waiting", "f", 1)]
    table(warehouse, "ops.quarantine", QUARANTINE, rows)
    rows += [("orders", "K9", ["r2"], "", "waiting", "e", 2)]
    table(warehouse, "ops.quarantine", QUARANTINE, rows)
    assert selected(warehouse, "waiting_rows", table_name="orders") == [(5,)]
    assert selected(warehouse, "waiting_rows", "waiting", table_name="returns") == [0]
    assert selected(warehouse, "newly_waiting", table_name="orders", drop_seq=1) == [(4, 5, ["r0", "r1"], "f")]
    assert selected(warehouse, "newly_waiting", table_name="orders", drop_seq=2) == [(1, 5, ["r2"], "e")]
    assert selected(warehouse, "newly_waiting", "waiting", table_name="orders", drop_seq=3) == [0]


def test_tables_of_which_rows_are_set_aside_or_may_have_waited_are_told(warehouse: Engine) -> None:
    aside = [("orders", "K1", ["x"], "", "rejected", "f", 1), ("orders", "K2", ["x"], "", "rejected", "f", 1)]
    table(warehouse, "ops.quarantine", QUARANTINE, [*aside, ("agents", "K3", ["x"], "", "waiting", "f", 1)])
    days = [("orders", ago(0), 1, 9, "a"), ("orders", ago(-1), 1, 9, "b"), ("returns", ago(0), 1, 9, "c")]
    table(warehouse, "ops.arrivals", ARRIVALS, days)
    found = selected(warehouse, "set_aside_tables", as_of_date=ago(0))
    assert found == [("agents", "waiting"), ("orders", "rejected"), ("orders", "waiting")]


def test_the_days_of_admitted_rows_are_told_once(warehouse: Engine) -> None:
    cleaned = ["sku_id"]
    rows = [(ago(1), [], None), (ago(2), [], None), (ago(1), [], cleaned), (ago(3), ["sku_id_unknown"], cleaned)]
    names = pa.list_(pa.string())
    columns = pa.schema([("known_on", pa.date32()), ("unknown", names), ("cleaned_ids", names)])
    passing(warehouse, "resolved", rows, columns)
    assert selected(warehouse, "admitted_days") == [(ago(2), 0), (ago(1), 1)]


@pytest.mark.parametrize(
    ("noted", "came", "told"), [(None, None, None), (None, 0, None), (None, 2, 2), (3, None, 3), (3, 2, 5)]
)
def test_rows_with_cleaned_ids_are_added_to_those_that_came_before(
    warehouse: Engine, noted: int | None, came: int | None, told: int | None
) -> None:
    others = [("orders", ago(2), 1, 9, "b", 7), ("agents", ago(1), 1, 9, "c", 7)]
    arrivals = [("orders", ago(1), 1, 9, "a", noted), *others]
    table(warehouse, "ops.arrivals", f"{ARRIVALS}, cleaned_rows bigint", arrivals)
    passing(
        warehouse, "changes", [(ago(1), came)], pa.schema([("known_on", pa.date32()), ("cleaned_rows", pa.int64())])
    )
    assert selected(warehouse, "changed_days", table_name="orders") == [(ago(1), told)]


def test_cleaned_ids_of_days_in_question_are_told_by_table(warehouse: Engine) -> None:
    arrivals = [
        ("orders", ago(3), 1, 10, "a", 9),
        ("orders", ago(2), 1, 10, "b", 2),
        ("orders", ago(1), 1, 10, "c", None),
        ("orders", ago(0), 1, 10, "d", 3),
        ("orders", ago(-1), 1, 10, "e", 9),
        ("returns", ago(1), 1, 10, "f", None),
        ("chat_messages", ago(1), 1, 4, "g", 6),
    ]
    table(warehouse, "ops.arrivals", f"{ARRIVALS}, cleaned_rows bigint", arrivals)
    found = selected(warehouse, "cleaned_arrivals", since=ago(3), as_of_date=ago(0))
    assert found == [("chat_messages", 4, 4), ("orders", 30, 5)]
