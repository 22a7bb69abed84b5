"""Old things go when settings say so, and one person can be forgotten everywhere but in sums."""

import csv
import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.retention.erasure import forget
from xuanpin.pipelines.retention.retention import tidy
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    return Home(shutil.copytree(published.root, tmp_path / "home"))


def opened(home: Home, now: datetime = NOW, **retention: Any) -> Any:
    return open_night(RunRequest(LAST_DAY, home, None, Settings.model_validate({"retention": retention}), now))


def everything(engine: Engine) -> dict[Any, Any]:
    """Every text value of every table of the warehouse, and every number of rows."""
    tables = engine.query(
        "select schema_name || '.' || table_name as name from duckdb_tables() where not temporary order by 1"
    )["name"].to_pylist()
    return {table: engine.query(f"select cast(to_json(t) as varchar) as j from {table} as t")["j"] for table in tables}


@pytest.fixture
def customer(home: Home) -> Any:
    """A customer who ordered, sent something back, was quoted, labelled and quarantined."""
    with opened(home) as night:
        row = night.engine.query(
            "select m.sender_key as id, m.message_id, c.text from history.mentions as m "
            "join source.chat_messages as c using (message_id) join source.orders as o on o.customer_id = m.sender_key "
            "join source.returns as r on o.order_line_id = r.order_line_id "
            "where m.sku_id is not null and length(c.text) > 4 order by m.sent_at desc, m.message_id limit 1"
        ).to_pylist()[0]
        night.engine.execute(
            "insert into ops.quarantine by name select 'orders' as table_name, 'L0' as key, ['x'] as rules, "
            "$row as row, 'rejected' as state, 'f' as drop_path, 1 as drop_seq",
            row=json.dumps({"customer_id": row["id"], "order_line_id": "L0"}),
        )
        night.engine.execute("insert into ops.known_names values ('欧阳小花')")
    home.labels.mkdir()
    with (home.labels / "labels.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(
            [["message_id", "label", "labelled_on"], [row["message_id"], "满意", LAST_DAY], ["other", "满意", LAST_DAY]]
        )
    page = run_store.run_folder(home, run_store.require_run(home)) / "report.html"
    page.write_text(page.read_text(encoding="utf-8") + f"<blockquote>{row['text']}</blockquote>", encoding="utf-8")
    return row


def test_a_forgotten_customer_is_nowhere_but_in_sums(home: Home, customer: Any) -> None:
    with opened(home) as night:
        before = night.engine.query("select count(*) as n, sum(delivered_units) as d from history.daily_sku_outcomes")
        lines = night.engine.query("select count(*) as n from source.orders")["n"][0].as_py()
        receipt = forget(night, customer["id"], "欧阳小花")
        texts = everything(night.engine)
        after = night.engine.query("select count(*) as n, sum(delivered_units) as d from history.daily_sku_outcomes")
        assert night.engine.query("select count(*) as n from source.orders")["n"][0].as_py() == lines
    for table, values in texts.items():
        for value in values.to_pylist():
            assert f'"{customer["id"]}"' not in value, table
            assert f'"{customer["message_id"]}"' not in value or "reply_to" in value, table
            assert "欧阳小花" not in value, table
    assert after.equals(before)
    for run in run_store.current_runs(home):
        assert (
            customer["message_id"] not in run_store.read_table(home, run, "feedback_mentions")["message_id"].to_pylist()
        )
        folder = run_store.run_folder(home, run)
        assert customer["text"] not in [
            part.partition("<")[0] for part in (folder / "report.html").read_text(encoding="utf-8").split(">")
        ]
        counts = run_store.manifest(home, run)["row_counts"]
        assert counts["feedback_mentions"] == pq.read_metadata(folder / "feedback_mentions.parquet").num_rows
    assert customer["message_id"] not in (home.labels / "labels.csv").read_text(encoding="utf-8")
    assert "other" in (home.labels / "labels.csv").read_text(encoding="utf-8")
    (kept,) = home.reviews.glob("forget-*.json")
    assert json.loads(kept.read_text(encoding="utf-8")) == receipt
    assert customer["id"] not in kept.read_text(encoding="utf-8")
    assert receipt["rows"]["source.orders"] >= 1
    assert receipt["rows"]["source.chat_messages"] >= 1


def planted(root: Path, *needles: str) -> dict[str, list[str]]:
    """The files below a folder whose bytes hold one of the needles, packed texts unpacked where Parquet packs them."""
    found: dict[str, list[str]] = {}
    for path in root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content += str(pq.read_table(path, partitioning=None).to_pylist()).encode()
            if hit := [needle for needle in needles if needle.encode() in content]:
                found[path.relative_to(root).as_posix()] = hit
    return found


SECRET_TEXTS = ("我的'暗号'是ZXQWV\"JKLPO\"", "他们说ZXQWVMNBVC很好")


def test_nothing_of_her_is_left_in_any_byte_of_the_home(home: Home, customer: Any) -> None:
    with opened(home) as night:
        engine = night.engine
        for nth, text in enumerate(SECRET_TEXTS * 400):
            engine.execute(
                "insert into source.chat_messages by name select * replace ($text as text, $id as message_id) "
                "from source.chat_messages where message_id = $model",
                text=f"{text}{nth}",
                id=f"FORGETME{nth}",
                model=customer["message_id"],
            )
        engine.execute("insert into ops.known_names values ('诸葛暗号')")
    page = run_store.run_folder(home, run_store.require_run(home)) / "report.html"
    escaped = "我的&#39;暗号&#39;是ZXQWV&#34;JKLPO&#34;0"
    before_redaction = '<blockquote lang="zh-CN" data-message="FORGETME7">诸葛暗号说不好</blockquote>'
    others = '<blockquote lang="zh-CN" data-message="KEPT">别人说好</blockquote>'
    planted_page = f"<blockquote>{escaped}</blockquote>{before_redaction}{others}"
    page.write_text(page.read_text(encoding="utf-8") + planted_page, encoding="utf-8")
    (home.labels / ".labels.csv.partial").write_text("FORGETME1,满意\n", encoding="utf-8")
    (home.root / "warehouse.duckdb.spill").mkdir()
    (home.root / "warehouse.duckdb.spill" / "left").write_text("ZXQWV", encoding="utf-8")
    for left in (".deleted/0/report.html", ".ready/published.duckdb"):
        (home.published / left).parent.mkdir(parents=True)
        (home.published / left).write_text("ZXQWV", encoding="utf-8")
    (home.replay / "home").mkdir(parents=True)
    (home.replay / "home" / "warehouse.duckdb").write_text("ZXQWV", encoding="utf-8")
    assert list((home.published / "changes").rglob("*.parquet")), "the feed is among the files"
    needles = ("ZXQWV", "FORGETME", "诸葛暗号", customer["id"])
    before = planted(home.root, *needles)
    assert len(before) > 4 and {"ZXQWV", "FORGETME", "诸葛暗号"} <= set(before["warehouse.duckdb"])
    with opened(home) as night:
        forget(night, customer["id"], "诸葛暗号")
        assert night.engine.query("select count(*) as n from source.orders")["n"][0].as_py() > 0
        assert planted(home.root, *needles) == {}
    assert planted(home.root, *needles) == {}
    assert others in page.read_text(encoding="utf-8")


def test_a_warehouse_written_anew_is_the_same(home: Home) -> None:
    shape = "select schema_name, table_name, sql from duckdb_tables() where not temporary order by all"
    with opened(home) as night:
        rows, tables = everything(night.engine), night.engine.query(shape)
        night.engine.rewrite()
        assert night.engine.query(shape).equals(tables)
        assert all(found.equals(rows[name]) for name, found in everything(night.engine).items())
        night.engine.store("night.after", tables)
    assert not list(home.root.glob("warehouse.duckdb.*"))


def test_a_copy_that_fails_leaves_the_warehouse_as_it_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(home) as night:
        rows = everything(night.engine)
        monkeypatch.setattr(os, "replace", _full_disk)
        with pytest.raises(OSError, match="No space"):
            night.engine.rewrite()
        monkeypatch.undo()
        assert all(found.equals(rows[name]) for name, found in everything(night.engine).items())
    with opened(home):
        assert not list(home.root.glob("warehouse.duckdb.rewritten*"))


def _full_disk(*paths: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_night_after_forgetting_runs_and_the_customer_stays_forgotten(
    home: Home, customer: Any, platform: Platform
) -> None:
    with opened(home) as night:
        forget(night, customer["id"])
    run_night(RunRequest(LAST_DAY, home, platform.sources, Settings(), NOW), steps=STEPS[:5])
    with opened(home) as night:
        found = night.engine.query("select count(*) as n from source.orders where customer_id = $id", id=customer["id"])
        assert found["n"][0].as_py() == 0


def test_she_is_forgotten_in_runs_that_are_not_finished_too(home: Home, customer: Any) -> None:
    run = run_store.run_folder(home, run_store.require_run(home))
    partial = shutil.copytree(run, run.parent / ".partial")
    half = shutil.copytree(run, home.list_dir(LAST_DAY + timedelta(days=9)) / ".partial")
    (half / run_store.MANIFEST).unlink()
    with opened(home) as night:
        forget(night, customer["id"])
    assert not half.exists(), "a night that failed had written so much"
    kept = pq.read_table(partial / "feedback_mentions.parquet")["message_id"].to_pylist()
    assert kept and customer["message_id"] not in kept
    assert customer["text"] not in [
        part.partition("<")[0] for part in (partial / "report.html").read_text(encoding="utf-8").split(">")
    ]


def test_an_erasure_that_was_cut_short_is_ended_and_told_whole(home: Home, customer: Any) -> None:
    with opened(home) as night:
        whole = forget(night, customer["id"])
    (path,) = home.reviews.glob("forget-*.json")
    run_store.replace_json(path, whole | {"state": "under way"})
    with opened(home) as night:
        assert forget(night, customer["id"]) == whole
        with pytest.raises(UsageError, match="nothing of this customer"):
            forget(night, customer["id"])
    assert json.loads(path.read_text(encoding="utf-8")) == whole


def test_nobody_is_forgotten_while_the_labels_cannot_be_read(home: Home, customer: Any) -> None:
    (home.labels / "labels.csv").write_bytes(b"\xff\x00")
    with opened(home) as night, pytest.raises(UsageError, match=r"labels/labels\.csv is set aside.*Nothing was erased"):
        forget(night, customer["id"])
    with opened(home) as night:
        found = night.engine.query("select count(*) as n from source.orders where customer_id = $id", id=customer["id"])
    assert found["n"][0].as_py() > 0


def test_an_unknown_customer_is_said_to_be_unknown(home: Home) -> None:
    with opened(home) as night, pytest.raises(UsageError, match="nothing of this customer"):
        forget(night, "nobody")


def test_what_is_older_than_settings_say_goes_and_current_lists_stay(
    home: Home, fingerprint: Callable[..., dict[str, str]]
) -> None:
    before = fingerprint(home, LIST_DATE)
    (home.list_dir(LIST_DATE) / "run=000000000000").mkdir()
    (home.logs / "xuanpin.log").write_text(
        "2026-01-01 old\n  its second line\n2026-11-21 new\n  its second line\n", encoding="utf-8"
    )
    later = NOW + timedelta(days=500)
    with opened(home, later, history_days=510, chat_days=495, run_days=400, log_days=530) as night:
        first = night.engine.query("select min(known_on) as d from source.chat_messages")["d"][0].as_py()
        gone = tidy(night)
        left = night.engine.query("select min(known_on) as d, max(length(text)) as t from source.chat_messages")
        again = tidy(night)
    assert gone["runs"] >= 1
    assert gone["messages' words"] > 0
    assert gone["source.chat_messages"] > 0
    assert gone["source.orders"] > 0
    assert left["d"][0].as_py() > first
    assert left["t"][0].as_py() == 0
    assert (home.logs / "xuanpin.log").read_text(encoding="utf-8").startswith("2026-11-21 new\n")
    assert [run.list_date for run in run_store.current_runs(home)] == [LIST_DATE.isoformat()]
    assert fingerprint(home, LIST_DATE) == before
    assert not any(again[name] for name in ("runs", "messages' words", "source.orders"))


def test_tidying_a_young_home_deletes_nothing(home: Home) -> None:
    with opened(home) as night:
        assert not any(tidy(night).values())
