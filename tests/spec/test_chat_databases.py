"""Archives that are databases: each program's tables, and that nothing but the platform's groups is read of them."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.chat_archives import QUOTE, ROOM, RULES, rows_of
from tests.support.drop_folder import Platform
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.chats.databases import database_archive
from xuanpin.pipelines.ingest.formats.chats.packed import BrokenCellError, sender_of, unpacked_block
from xuanpin.pipelines.ingest.formats.chats.recognition import ChatArchive, chat_archive_of
from xuanpin.pipelines.settings import Settings

NOON = 1795147200
FRIEND = "wxid_friend"
ANSWER = QUOTE.format(said="我的也是", quoted="6000000000000000002", words="坏了")
SIGNED = -1446744073709551614
"""17000000000000000002 less 2^64, as a database with a sign has it."""


def block(content: bytes) -> bytes:
    """An LZ4 block of literals alone."""
    rest = len(content) - 15
    return bytes([0xF0, *[255] * (rest // 255), rest % 255]) + content


def record(account: str) -> bytes:
    """The record beside a message of WeChat 3 that names its sender."""
    inner = b"\x08\x01\x12" + bytes([len(account)]) + account.encode()
    return b"\x0a\x02\x08\x10" + b"\x1a" + bytes([len(inner)]) + inner


def key(room: str) -> str:
    return hashlib.md5(room.encode(), usedforsecurity=False).hexdigest()


def database(folder: Path, *tables: tuple[str, str, list[tuple[Any, ...]]]) -> Path:
    """A database of tables, each with its columns and rows."""
    file = folder / "archive.db"
    with closing(sqlite3.connect(file)) as made:
        for name, columns, rows in tables:
            made.execute(f'create table "{name}" ({columns})')
            for row in rows:
                made.execute(f'insert into "{name}" values ({", ".join("?" * len(row))})', row)
        made.commit()
    return file


WECHAT_3 = (
    "MSG",
    "localId, MsgSvrID, Type, SubType, IsSender, CreateTime, StrTalker, StrContent, CompressContent, BytesExtra",
    [
        (1, 6000000000000000001, 1, 0, 1, NOON - 60, ROOM, "草莓到了", None, None),
        (2, 6000000000000000002, 1, 0, 0, NOON, ROOM, "收到了，坏了", None, record("wxid_a")),
        (3, 6000000000000000003, 49, 57, 0, NOON + 9, ROOM, "", block(ANSWER.encode()), record("wxid_b")),
        (4, 6000000000000000004, 1, 0, 0, NOON, FRIEND, "今晚吃什么", None, None),
        (5, 6000000000000000005, 1, 0, 0, NOON, "777@chatroom", "家里的群", None, record("wxid_mum")),
    ],
)
CONTACTS = ("Contact", "UserName, Alias, Remark, NickName", [("wxid_a", "", "王姐", "小美")])
ANDROID = (
    "message",
    "msgId, msgSvrId, type, isSend, createTime, talker, content",
    [
        (1, 6000000000000000001, 1, 1, (NOON - 60) * 1000, ROOM, "草莓到了"),
        (2, 6000000000000000002, 1, 0, NOON * 1000, ROOM, "wxid_a:\n收到了，坏了"),
        (3, 6000000000000000003, 822083633, 0, (NOON + 9) * 1000, ROOM, f"wxid_b:\n{ANSWER}"),
        (4, 6000000000000000004, 1, 0, NOON * 1000, FRIEND, "今晚吃什么"),
    ],
)
WECHAT_4 = (
    f"Msg_{key(ROOM)}",
    "local_id, server_id, local_type, real_sender_id, create_time, status, message_content",
    [
        (1, 6000000000000000001, 1, 1, NOON - 60, 2, "草莓到了"),
        (2, 6000000000000000002, 1, 2, NOON, 3, "wxid_a:\n收到了，坏了"),
        (3, 6000000000000000003, 57 * 2**32 + 49, 3, NOON + 9, 3, pa.compress(ANSWER.encode(), "zstd", asbytes=True)),
    ],
)
NAMES = ("Name2Id", "user_name", [("wxid_owner",), ("wxid_a",), ("wxid_b",), (ROOM,)])
IPHONE = (
    f"Chat_{key(ROOM)}",
    "TableVer, MesLocalID, MesSvrID, CreateTime, Message, Status, ImgStatus, Type, Des",
    [
        (1, 1, 6000000000000000001, NOON - 60, "草莓到了", 3, 1, 1, 0),
        (1, 2, 6000000000000000002, NOON, "wxid_a:\n收到了，坏了", 3, 1, 1, 1),
        (1, 3, 6000000000000000003, NOON + 9, f"wxid_b:\n{ANSWER}", 3, 1, 49, 1),
    ],
)
MAC = (
    f"Chat_{key(ROOM)}",
    "mesLocalID, mesSvrID, msgCreateTime, msgContent, msgStatus, messageType, mesDes",
    [
        (1, 6000000000000000001, NOON - 60, "草莓到了", 3, 1, 0),
        (2, 6000000000000000002, NOON, "wxid_a:\n收到了，坏了", 3, 1, 1),
        (3, 6000000000000000003, NOON + 9, f"wxid_b:\n{ANSWER}", 3, 49, 1),
    ],
)
STORES: dict[str, list[tuple[str, str, list[tuple[Any, ...]]]]] = {
    "WeChat 3": [WECHAT_3, CONTACTS],
    "Android": [ANDROID],
    "WeChat 4": [WECHAT_4, NAMES],
    "iPhone": [IPHONE],
    "Mac": [MAC],
}


def read(file: Path) -> tuple[list[dict[str, str | None]], Counter[str]]:
    return rows_of(database_archive(Drop("chat_messages", file.name, file, 0, ""), file, RULES), RULES)


@pytest.mark.parametrize("store", STORES)
def test_every_program_keeps_the_same_conversation(store: str, tmp_path: Path) -> None:
    rows, _ = read(database(tmp_path, *STORES[store]))

    assert [(row["group_id"], row["sender_role"], row["sent_at"], row["text"]) for row in rows] == [
        (ROOM, "agent", "2026-11-20 11:59:00+08:00", "草莓到了"),
        (ROOM, "customer", "2026-11-20 12:00:00+08:00", "收到了，坏了"),
        (ROOM, "customer", "2026-11-20 12:00:09+08:00", "我的也是"),
    ]
    assert [row["sender_id"] for row in rows[1:]] == ["wxid_a", "wxid_b"]
    assert rows[2]["reply_to_message_id"] == rows[1]["message_id"] == "6000000000000000002"


def test_only_the_platforms_groups_are_read(tmp_path: Path) -> None:
    rows, told = read(database(tmp_path, WECHAT_3))

    assert {row["group_id"] for row in rows} == {ROOM}
    assert told["messages of private chats"] == 1
    assert told["messages of rooms that are no groups of the platform"] == 1


def test_names_of_contacts_are_read_for_redaction(tmp_path: Path) -> None:
    rows, _ = read(database(tmp_path, WECHAT_3, CONTACTS).rename(tmp_path / "no UTF-8 \udcb6.db"))

    assert rows[1]["sender_name"] == "王姐\n小美"


def test_a_database_without_a_group_of_the_platform_is_refused_with_its_rooms(tmp_path: Path) -> None:
    file = database(tmp_path, WECHAT_3)
    with pytest.raises(InputRefused, match=r"holds 2 rooms, none of which .* such as 20011@chatroom, 777@chatroom"):
        database_archive(Drop("chat_messages", "a.db", file, 0, ""), file, replace(RULES, groups=frozenset()))


def test_an_id_with_a_sign_is_the_one_that_quotes_name(tmp_path: Path) -> None:
    signed = (WECHAT_3[0], WECHAT_3[1], [(2, SIGNED, 1, 0, 0, NOON, ROOM, "坏了", None, record("wxid_a"))])
    rows, _ = read(database(tmp_path, signed))

    assert rows[0]["message_id"] == "17000000000000000002"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (random.Random(1).randbytes(8192), "is encrypted"),
        (b"SQLite format 3\0" + b"\0" * 4080, "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_read_is_refused_with_the_cure(content: bytes, problem: str, tmp_path: Path) -> None:
    found = Platform(tmp_path, Settings()).begun()
    found.write("chat_messages", "MSG0.db", content)
    with pytest.raises(InputRefused, match=rf"chat_messages/MSG0.db {problem}|MSG0.db is an SQLite database that"):
        found.night()


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    file = database(tmp_path, ("orders", "id", [(1,)]))
    with pytest.raises(InputRefused, match="without messages of a chat program"):
        read(file)


def test_a_night_reads_a_database_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    tables = {"chat_messages": {"values": {"group_id": {ROOM: "G1"}}}}
    found = Platform(tmp_path / "night", Settings.model_validate({"sources": {"tables": tables}})).begun()
    content = database(tmp_path, WECHAT_3).read_bytes()
    file = found.write("chat_messages", "merge_all.db", content)
    found.write("chat_messages", "merge_all.db-wal", b"")

    assert found.night() == (3, 3)
    assert file.read_bytes() == content


def test_a_block_repeats_what_stands_before() -> None:
    assert unpacked_block(b"\x30abc\x03\x00") == b"abcabca"


@pytest.mark.parametrize("broken", [b"\x30ab", b"\x30abc\x09\x00", b"\xf0", b"\x30abc\x03"])
def test_a_broken_block_is_no_text(broken: bytes) -> None:
    with pytest.raises(BrokenCellError):
        unpacked_block(broken)


@pytest.mark.parametrize("broken", [b"\x1a", b"\x1a\x09ab", b"\xff" * 20, b"", None])
def test_a_broken_record_names_nobody(broken: bytes | None) -> None:
    assert sender_of(broken) == ""


def test_connect_is_told_the_rooms_of_a_database(tmp_path: Path) -> None:
    assert chat_archive_of(database(tmp_path, WECHAT_3)) == ChatArchive("WeChatMsg", (ROOM, "777@chatroom"), 5)
