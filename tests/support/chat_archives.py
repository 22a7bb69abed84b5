"""Tiny archives of chats for tests: what tools write, and what becomes of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.chats.archives import Archive, room_of_path
from xuanpin.pipelines.ingest.formats.chats.messages import Rules
from xuanpin.pipelines.ingest.formats.chats.recognition import text_archive
from xuanpin.pipelines.ingest.formats.chats.rows import COLUMNS, ChatRows, with_room

ROOM = "20011@chatroom"
RULES = Rules(groups=frozenset({ROOM}), skus=frozenset({"S1001", "S1002"}))
QUOTE = (
    "<msg><appmsg><title>{said}</title><type>57</type><refermsg><type>1</type><svrid>{quoted}</svrid>"
    "<fromusr>20011@chatroom</fromusr><chatusr>wxid_b</chatusr><content>{words}</content></refermsg></appmsg></msg>"
)
CARD = (
    "<msg><appmsg><title>{title}</title><type>33</type><url>https://shop.example/x</url>"
    "<sourcedisplayname>{app}</sourcedisplayname><weappinfo><pagepath>{path}</pagepath></weappinfo></appmsg></msg>"
)


def read_file(file: Path, rules: Rules = RULES, path: str = "") -> tuple[list[dict[str, str | None]], Counter[str]]:
    """The rows that a UTF-8 archive gives, by column, with `fault`, and what is left out."""
    archive = text_archive(Drop("chat_messages", file.name, file, 0, ""), file)
    assert archive is not None
    return rows_of(archive, rules, path or file.name)


def rows_of(archive: Archive, rules: Rules, path: str = "") -> tuple[list[dict[str, str | None]], Counter[str]]:
    """The same of an archive that was opened."""
    told: Counter[str] = Counter()
    rows = ChatRows(rules, told, is_strict=archive.has_many)
    records = rows.records(with_room(archive.read(), room_of_path(path)))
    empty: list[str | None] = [None] * len(COLUMNS)
    return [
        dict(zip(COLUMNS, record.fields or empty, strict=True)) | {"fault": record.fault} for record in records
    ], told


def read_text(
    folder: Path, text: str, rules: Rules = RULES, name: str = "a.csv"
) -> tuple[list[dict[str, str | None]], Counter[str]]:
    """The same of a text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read_file(file, rules)


def chatlog(*messages: Mapping[str, Any]) -> str:
    """A list of messages as chatlog writes it, each with what is not given of a customer's text of noon."""
    base = {
        "seq": 1700000000000,
        "time": "2026-11-20T12:00:00+08:00",
        "talker": ROOM,
        "talkerName": "一群",
        "isChatRoom": True,
        "sender": "wxid_a",
        "senderName": "小美",
        "isSelf": False,
        "type": 1,
        "subType": 0,
        "content": "收到了，很甜",
    }
    return json.dumps([{**base, **message} for message in messages], ensure_ascii=False, indent=1)
