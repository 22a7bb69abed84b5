"""Names, phones and customer ids: where they may be and where they may not."""

import hashlib
import hmac
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.migration import open_home

pytestmark = pytest.mark.whole

NAME, PHONE, KEY = "欧阳小花", "13812345678", "XUANPIN_CUSTOMER_KEY"
ALLOWED = {("ops", "known_names")}


def personal_platform(tmp_path: Path) -> Platform:
    """Good rows, rows that wait and rows that break rules, each with a name and a phone somewhere."""
    platform = Platform(tmp_path).fill()
    said = f"我是{NAME}，电话{PHONE}，裙子很好"
    platform.drop(
        "chat_messages",
        "first.jsonl",
        *[row("chat_messages", message_id=f"M{n}") for n in range(200)],
        row("chat_messages", message_id="said", text=said),
        row("chat_messages", message_id="waits", text=said, sku_id="S9"),
        row("chat_messages", message_id="broken", text=said, sent_at=said),
    )
    platform.drop("returns", "first.csv", row("returns", comment=said))
    platform.drop("orders", "broken.csv", *[row("orders", order_line_id=f"L{n}") for n in range(150)])
    platform.drop("orders", "broken2.csv", row("orders", order_line_id="L999", quantity=f"{NAME} {PHONE}"))
    return platform


def cells(platform: Platform) -> Iterator[Any]:
    """Every value of every table of the warehouse as text, with its table."""
    engine = open_home(platform.home, threads=1)
    tables = engine.query("select schema_name, table_name from duckdb_tables()").to_pylist()
    for table in tables:
        name = (table["schema_name"], table["table_name"])
        for found in engine.read(".".join(name)).to_pylist():
            yield name, " ".join(str(value) for value in found.values())
    engine.close()


def test_no_name_or_phone_is_in_the_warehouse(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    platform = personal_platform(tmp_path)
    platform.night()
    held = {table for table, text in cells(platform) if NAME in text or PHONE in text}
    assert held == ALLOWED
    assert platform.values("select name from ops.known_names") == [NAME]
    states = platform.values("select state from ops.quarantine order by 1")
    assert states == ["rejected", "rejected", "waiting"]
    assert "〔电话〕" in " ".join(platform.values("select text from source.chat_messages where message_id = 'said'"))
    assert NAME not in caplog.text
    assert PHONE not in caplog.text


def test_a_name_that_becomes_known_later_leaves_what_was_stored_and_no_run_changes(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    late = "诸葛大力"
    platform.drop("chat_messages", "early.jsonl", row("chat_messages", message_id="early", text=f"{late}说裙子很好"))
    platform.drop("returns", "early.csv", row("returns", comment=f"{late}不要了"))
    platform.night()
    arrivals = "select fingerprint from ops.arrivals where table_name in ('chat_messages', 'returns') order by known_on"
    before = platform.values(arrivals)
    platform.drop("orders", "later.jsonl", row("orders", order_line_id="LL", customer_name=late))
    platform.night()
    assert platform.values("select text from source.chat_messages where message_id = 'early'") == ["〔姓名〕说裙子很好"]
    assert platform.values("select comment from source.returns where comment is not null") == ["〔姓名〕不要了"]
    assert platform.values(arrivals) == before
    assert {table for table, text in cells(platform) if late in text} == ALLOWED


def said(platform: Platform, table: str, column: str, key: str) -> dict[str, Any]:
    """What is stored in a column of a source table, by key."""
    found = platform.query(f"select {key} as key, {column} as value from source.{table}")
    return {row["key"]: row["value"] for row in found}


PARTS = {
    "slow": ("C1", "08:00:00", "13700", "13700"),
    "slower": ("C1", "08:30:00", "137000", "137000"),
    "first": ("C1", "10:00:00", "我的13800", "我的〔电话〕"),
    "second": ("C1", "10:03:00", "138000", "〔电话〕"),
    "mine": ("C1", "11:00:00", "13900", "13900"),
    "hers": ("C2", "11:01:00", "139000", "139000"),
}
"""Message → sender, time, what was written, what is stored."""


def test_a_number_sent_in_two_messages_soon_by_one_person_leaves_both(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    rows = [
        row("chat_messages", message_id=key, sender_id=sender, text=text, sent_at=f"2026-11-20T{at}+08:00")
        for key, (sender, at, text, _) in PARTS.items()
    ]
    platform.drop("chat_messages", "parts.jsonl", *reversed(rows))
    platform.night()
    stored = said(platform, "chat_messages", "text", "message_id")
    assert {key: stored[key] for key in PARTS} == {key: left for key, (*_, left) in PARTS.items()}


def test_titles_brands_and_tags_lose_what_can_only_be_personal(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    platform.drop(
        "products",
        "more.jsonl",
        row("products", sku_id="S2", title=f"张姐手工皂 加V：lan_12345 {PHONE}", brand=f"张小姐 {PHONE}"),
        row("products", sku_id="S3", title="iPhone15 256G 199-159", style_tags=["法式", f"打{PHONE}"], series_tags=[]),
    )
    platform.drop("agents", "more.jsonl", row("agents", agent_id="A2", series_tags=[f"微信：{PHONE}", "尾货"]))
    platform.night()
    assert said(platform, "products", "title", "sku_id") == {
        "S1": "真丝连衣裙",
        "S2": "张姐手工皂 加V：〔账号〕 〔电话〕",
        "S3": "iPhone15 256G 199-159",
    }
    assert said(platform, "products", "brand", "sku_id")["S2"] == "张小姐 〔电话〕"
    assert said(platform, "products", "style_tags", "sku_id") == {
        "S1": ["法式"],
        "S2": ["法式"],
        "S3": ["法式", "打〔电话〕"],
    }
    assert said(platform, "agents", "series_tags", "agent_id")["A2"] == ["微信：〔电话〕", "尾货"]


def test_a_decision_loses_personal_data_but_not_who_decided(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    decision = row("overrides", reason=f"{NAME}投诉，电话{PHONE}", author=f"王采 {PHONE}", approved_by=None)
    platform.drop("overrides", "one.jsonl", decision)
    platform.night()
    stored = platform.query("select reason, author, approved_by from source.overrides")
    assert stored == [{"reason": "〔姓名〕投诉，电话〔电话〕", "author": "王采 〔电话〕", "approved_by": None}]


def test_a_row_set_aside_keeps_its_ids_and_its_form(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    line, wrong = "29123456789012345678", f"地址：文三路88号{PHONE}"
    orders = [row("orders", order_line_id=f"L{number}") for number in range(200)]
    platform.drop("orders", "good.jsonl", *orders, row("orders", order_line_id=line, quantity=wrong))
    platform.night()
    kept = platform.query("select row ->> '$.order_line_id' as id, row ->> '$.quantity' as held from ops.quarantine")
    assert kept == [{"id": line, "held": "地址：〔地址〕〔电话〕"}]


def test_no_name_or_phone_is_in_the_warehouse_file(tmp_path: Path) -> None:
    platform = personal_platform(tmp_path)
    platform.drop("orders", "nameless.jsonl", row("orders", order_line_id="LX", customer_name=None))
    platform.night()
    content = platform.home.warehouse.read_bytes()
    assert PHONE.encode() not in content
    assert "裙子很好".encode() in content, "the texts are stored uncompressed enough to be found"
    assert f"我是{NAME}".encode() not in content


def test_a_refusal_quotes_no_row(tmp_path: Path) -> None:
    platform = personal_platform(tmp_path)
    platform.drop(
        "orders", "worse.csv", *[row("orders", order_line_id=f"N{n}", quantity=f"{NAME}{n}") for n in range(9)]
    )
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    text = ""
    error: BaseException | None = refusal.value
    while error:
        text, error = text + str(error), error.__cause__
    assert NAME not in text
    assert PHONE not in text


def test_customers_are_stored_as_keyed_hashes_where_a_key_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "a secret")
    platform = Platform(tmp_path).fill()
    platform.drop(
        "chat_messages", "agent.jsonl", row("chat_messages", message_id="M2", sender_id="A1", sender_role="agent")
    )
    platform.drop("orders", "waits.jsonl", row("orders", order_line_id="L2", sku_id="S2"))
    platform.night()
    platform.drop("products", "late.jsonl", row("products", sku_id="S2"))
    platform.night()
    hashed = set(platform.values("select customer_id from source.orders"))
    expected = hmac.new(b"a secret", b"C1", hashlib.sha256).hexdigest()[:24]
    assert hashed == {expected}, "an order that waited belongs to the same customer"
    senders = platform.query("select sender_role, sender_id from source.chat_messages order by 1")
    assert [entry["sender_id"] for entry in senders] == ["A1", expected], "one customer has one identity everywhere"


def test_without_a_key_customer_ids_stay_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)
    platform = Platform(tmp_path).fill()
    platform.night()
    assert platform.values("select customer_id from source.orders") == ["C1"]


@pytest.mark.parametrize(("first", "then"), [("one", "two"), ("one", None), (None, "two")])
def test_another_key_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str | None, then: str | None
) -> None:
    platform = Platform(tmp_path).fill()
    for key in (first, then):
        if key:
            monkeypatch.setenv(KEY, key)
        else:
            monkeypatch.delenv(KEY, raising=False)
        if key == first:
            platform.night()
    with pytest.raises(UsageError, match="the customer key in XUANPIN_CUSTOMER_KEY is not the one this home was begun"):
        platform.night()
    if first:
        monkeypatch.setenv(KEY, first)
        assert platform.night() == (0, 0)
