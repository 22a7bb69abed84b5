"""Nights on archives of chats: what is stored of them, how names are kept out, and that a message counts once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_archives import CARD, QUOTE, ROOM, chatlog
from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.settings import Settings

MAPPED = {"values": {"group_id": {ROOM: "G1"}}, "agents": {"wxid_owner": "A1"}}


def platform(folder: Path, **changed: Any) -> Platform:
    """A platform whose room of the archives is its group G1."""
    tables = {"chat_messages": {**MAPPED, **changed}}
    return Platform(folder, Settings.model_validate({"sources": {"tables": tables}})).begun()


def archive(found: Platform, name: str, text: str) -> None:
    """Drop an archive of chats."""
    found.write("chat_messages", name, text.encode())


def test_an_archive_is_a_drop_of_chat_messages(tmp_path: Path) -> None:
    found = platform(tmp_path)
    archive(found, "a.json", chatlog({"content": "草莓到了", "isSelf": True, "sender": "wxid_owner"}, {}, {"type": 3}))

    assert found.night() == (2, 2)
    stored = found.query("select group_id, sender_id, sender_role, text from source.chat_messages order by text")
    assert [tuple(row.values()) for row in stored if row["sender_id"] != "C1"] == [
        ("G1", "wxid_a", "customer", "收到了，很甜"),
        ("G1", "A1", "agent", "草莓到了"),
    ]


def test_nicknames_of_a_chat_are_taken_out_of_its_texts(tmp_path: Path) -> None:
    found = platform(tmp_path)
    archive(found, "a.json", chatlog({"senderName": "欧阳小美"}, {"sender": "wxid_b", "content": "欧阳小美说很甜"}))
    found.night()

    assert found.values("select text from source.chat_messages where sender_id = 'wxid_b'") == ["〔姓名〕说很甜"]
    assert "sender_name" not in found.query("select * from source.chat_messages limit 1")[0]


def test_accounts_are_hashed_where_a_key_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUANPIN_CUSTOMER_KEY", "secret")
    tables = {"chat_messages": MAPPED}
    found = Platform(tmp_path, Settings.model_validate({"sources": {"tables": tables}})).fill("chat_messages")
    archive(found, "a.json", chatlog({}, {"isSelf": True, "sender": "wxid_owner"}))
    found.night()

    senders = found.values("select sender_id from source.chat_messages order by sender_role")
    assert senders[0] == "A1" and len(senders[1]) == 24 and "wxid" not in senders[1]


def test_two_archives_of_a_room_that_overlap_count_a_message_once(tmp_path: Path) -> None:
    found = platform(tmp_path)
    archive(found, "mine.json", chatlog({}, {"content": "第二条", "sender": "wxid_b", "senderName": ""}))
    assert found.night() == (2, 2)
    archive(found, "hers.json", chatlog({"senderName": "美"}, {"content": "第三条", "sender": "wxid_b"}))

    assert found.night() == (1, 1)


def test_broken_xml_is_set_aside_and_says_where(tmp_path: Path) -> None:
    found = platform(tmp_path)
    good = [{"content": f"很甜{number}"} for number in range(200)]
    archive(found, "a.json", chatlog({"type": 49, "content": "<msg><appmsg>"}, *good))
    found.night()

    assert found.query("select rules, drop_row from ops.quarantine") == [{"rules": ["broken_xml"], "drop_row": 1}]


def test_an_archive_of_a_room_that_is_no_group_is_told_with_its_id(tmp_path: Path) -> None:
    found = platform(tmp_path, values={})
    archive(found, "a.json", chatlog({}))
    found.night()

    assert found.values("select rules from ops.quarantine") == [["group_id_unknown"]]


def test_a_mapping_of_an_archives_own_headers_is_still_read(tmp_path: Path) -> None:
    columns = {"MsgSvrID": "message_id", "room_name": "group_id", "talker": "sender_id", "CreateTime": "sent_at"}
    found = platform(
        tmp_path,
        columns={**columns, "msg": "text", "is_sender": "sender_role"},
        values={"sender_role": {"0": "customer", "1": "agent"}},
    )
    header = "id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime"
    archive(found, "a.csv", f"{header}\n1,77,文本,0,wxid_a,G1,很甜,,2026-11-20 12:00:00\n")
    found.night()

    assert found.values("select text from source.chat_messages where message_id = '77'") == ["很甜"]


def test_a_quote_finds_what_it_answers_across_archives(tmp_path: Path) -> None:
    found = platform(tmp_path)
    told = {"ts": 1795147200.0, "sender_wxid": "wxid_a", "is_self": False, "msg_type": 1, "conversation_id": ROOM}
    said = {**told, "content": "草莓坏了", "server_id": 6000000000000000001}
    xml = QUOTE.format(said="我的也是", quoted="6000000000000000001", words="草莓坏了")
    answer = {**told, "content": xml, "server_id": 6000000000000000002, "msg_type": 49}
    archive(found, "a.json", json.dumps([said, answer], ensure_ascii=False))
    found.night()

    linked = (
        "select a.text from source.chat_messages q join source.chat_messages a on q.reply_to_message_id = a.message_id"
    )
    assert found.values(linked) == ["草莓坏了"]


def test_what_stands_beside_an_archive_is_passed_over(tmp_path: Path) -> None:
    found = platform(tmp_path)
    archive(found, "一群/a.json", chatlog({}))
    found.write("chat_messages", "一群/image/1.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 80)
    found.write("chat_messages", "一群/voice/1.mp3", b"ID3\x04" + b"\0" * 80)
    archive(found, "一群/users.json", json.dumps({"wxid_a": {"wxid": "wxid_a", "nickname": "小美", "remark": ""}}))

    assert found.night() == (1, 1)


def test_an_archive_that_is_sent_whole_again_brings_what_is_new_alone(tmp_path: Path) -> None:
    found = platform(tmp_path)
    said = {"sender": "wxid_b", "senderName": "", "content": "欧阳小美说很甜"}
    archive(found, "a.json", chatlog(said))
    found.night()
    archive(found, "a.json", chatlog(said, {"senderName": "欧阳小美", "content": "是的"}))

    assert found.night()[1] == 1
    assert found.values("select text from source.chat_messages where sender_id = 'wxid_b'") == ["〔姓名〕说很甜"]


def test_a_card_that_names_its_sku_later_is_a_newer_row(tmp_path: Path) -> None:
    found = platform(tmp_path)
    card = CARD.format(title="草莓", app="", path="pages/a?goods_id=S7777")
    post = {"type": 49, "content": card, "isSelf": True, "sender": "wxid_owner"}
    archive(found, "a.json", chatlog(post))
    found.night()
    found.drop("products", "new.jsonl", row("products", sku_id="S7777", title="草莓"))
    archive(found, "b.json", chatlog(post, {}))
    found.night()

    assert found.values("select sku_id from source.chat_messages where text = '草莓' order by 1 nulls first") == [
        None,
        "S7777",
    ]


def test_a_room_whose_name_is_a_groups_id_is_that_group(tmp_path: Path) -> None:
    found = platform(tmp_path, values={})
    archive(found, "a.json", chatlog({"talkerName": "G1"}))

    assert found.night() == (1, 1)
