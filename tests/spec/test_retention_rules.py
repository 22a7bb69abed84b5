"""What tidying lets go of, at the edges of its days, on a warehouse and a published folder of a few rows."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.night_tables import rows_of, table
from tests.support.source_rows import put, schema
from tests.support.tiny_runs import publish, seal
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import published_contracts
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.retention.retention import tidy
from xuanpin.pipelines.settings import Settings

TODAY = date(2026, 11, 22)
KEPT = {"history_days": 400, "chat_days": 100, "run_days": 50, "other_run_days": 10, "log_days": 20}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path), threads=1)
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    yield Night(engine, Settings.model_validate({"retention": KEPT}), Home(tmp_path), ago(1), None, now)
    engine.close()


def test_an_order_line_goes_whole_when_its_newest_version_is_too_old(night: Night) -> None:
    lines = [("OLD", 401), ("EDGE", 400), ("BOTH", 500), ("BOTH", 399)]
    stamps = [
        {"order_line_id": line, "updated_at": datetime(2025, 1, 1), "known_on": ago(days)} for line, days in lines
    ]
    put(night.engine, "orders", [row | {"ordered_at": datetime(2025, 1, 1)} for row in stamps])
    back = {"requested_at": datetime(2025, 1, 1), "updated_at": datetime(2025, 1, 1), "known_on": ago(500)}
    put(night.engine, "returns", [back | {"return_id": f"R-{line}", "order_line_id": line} for line in ("OLD", "BOTH")])
    table(night.engine, "history.order_line_timeline", "order_line_id varchar", [("OLD",), ("BOTH",)])
    gone = tidy(night)
    assert rows_of(night.engine, "source.orders", "order_line_id") == [("BOTH",), ("BOTH",), ("EDGE",)]
    assert rows_of(night.engine, "source.returns", "return_id") == [("R-BOTH",)]
    assert rows_of(night.engine, "history.order_line_timeline") == [("BOTH",)]
    assert (gone["source.orders"], gone["source.returns"]) == (1, 1)


def test_the_newest_count_of_a_good_stays_however_old(night: Night) -> None:
    counts = [("S1", 500), ("S1", 450), ("S2", 401), ("S2", 400), ("S3", 420), ("S3", 10)]
    put(night.engine, "inventory", [{"sku_id": sku, "as_of_date": ago(days)} for sku, days in counts])
    tidy(night)
    assert rows_of(night.engine, "source.inventory", "sku_id", "as_of_date") == [
        ("S1", ago(450)),
        ("S2", ago(400)),
        ("S3", ago(10)),
    ]


def test_words_go_before_their_messages_do(night: Night) -> None:
    plain = {"group_id": "G1", "sender_id": "C1", "sender_role": "customer", "text": "好", "row_hash": "h"}
    messages = [
        plain | {"message_id": f"M{days}", "sent_at": datetime(2025, 1, 1), "known_on": ago(days), "drop_seq": 1}
        for days in (100, 101, 400, 401)
    ]
    night.engine.append("source.chat_messages", pa.Table.from_pylist(messages, schema=schema("chat_messages")))
    gone = tidy(night)
    assert rows_of(night.engine, "source.chat_messages", "message_id", "text") == [
        ("M100", "好"),
        ("M101", ""),
        ("M400", ""),
    ]
    assert (gone["messages' words"], gone["source.chat_messages"]) == (3, 1)


def runs(home: Home) -> list[Any]:
    return sorted(path.parent.name[-10:] + "/" + path.name for path in home.published.glob("list_date=*/run=*"))


def test_runs_that_nobody_sees_go_first_then_whole_list_dates_and_never_the_current_list(night: Night) -> None:
    home = night.home
    for days in (10, 11, 50, 51):
        publish(home, ago(days), f"old{days}")
        publish(home, ago(days), f"cur{days}")
    run_store.await_review(home, seal(home, ago(11), "wait", "pending"))
    publish(home, ago(5), "cur5")
    seal(home, ago(5), "old5")
    _write_empty_tables(home)
    assert tidy(night)["runs"] == 4
    held = {10: ["cur10", "old10"], 11: ["cur11", "wait"], 50: ["cur50"], 5: ["cur5", "old5"]}
    assert runs(home) == sorted(f"{ago(ago_days)}/run={name}" for ago_days, names in held.items() for name in names)
    assert not home.list_dir(ago(51)).exists()


def test_the_list_that_readers_see_stays_when_it_is_the_only_one(night: Night) -> None:
    publish(night.home, ago(300), "only")
    _write_empty_tables(night.home)
    assert tidy(night)["runs"] == 0
    assert run_store.current_run(night.home) is not None


def _write_empty_tables(home: Home) -> None:
    """The published tables that a tiny run leaves out; the readers' database holds them all."""
    for folder in home.published.glob("list_date=*/run=*"):
        for contract in published_contracts():
            path = folder / f"{contract.name}.parquet"
            if not path.exists():
                pq.write_table(contract.arrow_schema().empty_table(), path)


def test_log_lines_go_by_their_day_and_those_without_one_with_the_line_before(night: Night) -> None:
    night.home.logs.mkdir()
    log = night.home.logs / "xuanpin.log"
    log.write_text(f"{ago(21)} old\n  more\n{ago(20)} kept\n  more\n", encoding="utf-8")
    assert tidy(night)["log lines"] == 2
    assert log.read_text(encoding="utf-8") == f"{ago(20)} kept\n  more\n"
    assert tidy(night)["log lines"] == 0


def test_messages_go_when_their_list_date_is_too_old(night: Night) -> None:
    folders = {days: night.home.outbox / f"list_date={ago(days)}" for days in (0, 10, 11, 99)}
    for folder in (*folders.values(), night.home.outbox / "list_date=notes"):
        folder.mkdir(parents=True)
        (folder / "sent.jsonl").touch()
    assert tidy(night)["outboxes"] == 2
    assert [days for days, folder in folders.items() if folder.exists()] == [0, 10]
    assert tidy(night)["outboxes"] == 0
    assert (night.home.outbox / "list_date=notes").exists()


def test_exports_sent_to_the_desk_go_once_nobody_has_touched_them_for_so_long(night: Night) -> None:
    sent = night.home.connect / "exports" / "订单.csv"
    sent.parent.mkdir(parents=True)
    sent.touch()
    for days, deleted in {10: 0, 11: 1, 12: 0}.items():
        stamp = (night.now - timedelta(days=days)).timestamp()
        for path in night.home.connect.rglob("*"):
            os.utime(path, (stamp, stamp))
        assert tidy(night)["exports sent to the desk"] == deleted
        assert night.home.connect.exists() == (days < 11)


def test_months_of_the_audit_log_go_with_the_runs_that_they_decided(night: Night) -> None:
    night.home.logs.mkdir()
    last = ago(night.settings.retention.run_days)
    months = [last.replace(day=1), last.replace(day=1) - timedelta(days=1)]
    for month in months:
        (night.home.logs / f"audit-{month:%Y-%m}.jsonl").touch()
    (night.home.logs / "audit.jsonl").touch()
    assert tidy(night)["months of the audit log"] == 1
    assert sorted(path.name for path in night.home.logs.iterdir()) == [f"audit-{last:%Y-%m}.jsonl", "audit.jsonl"]
