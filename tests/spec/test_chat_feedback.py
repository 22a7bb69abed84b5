"""What feedback reads in an archive of chats: opinions of those who have them, and of what they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.chat_archives import CARD, QUOTE, RULES, chatlog, read_text
from tests.support.chat_world import at, mentions, message, open_world, order

OWNER = {"isSelf": True, "sender": "wxid_owner", "senderName": "团长"}
POST = CARD.format(title="丹东99红颜奶油草莓 29.9", app="优选商城", path="pages/a?goods_id=S1&amp;x=1")
SHARED = CARD.format(title="超甜的草莓，吃完还要回购", app="优选商城", path="pages/a?goods_id=S1&amp;x=1")
RULES_HERE = replace(RULES, skus=frozenset({"S1", "S2"}))


def said(archive: list[dict[str, str | None]]) -> list[dict[str, Any]]:
    """The rows of an archive as chat_messages has them, in group G1."""
    rows = []
    for row in archive:
        sent = datetime.fromisoformat(row["sent_at"] or "").replace(tzinfo=None)
        told = message(row["message_id"] or "", row["sender_id"] or "", row["text"] or "", sent)
        kept = ("sender_role", "sku_id", "reply_to_message_id")
        rows.append({**told, **{name: row[name] for name in kept}, "row_hash": str(row)})
    return rows


def test_only_opinions_count_and_each_is_of_its_sku(tmp_path: Path) -> None:
    noon = "2026-11-21T12:{:02d}:00+08:00"
    posted = {**OWNER, "time": noon.format(0), "type": 49, "content": POST}
    post = read_text(tmp_path, chatlog(posted), RULES_HERE)[0][0]["message_id"]
    quote = QUOTE.format(said="收到了，坏了好几个，太差了", quoted="6000000000000000001", words="很甜很好吃，推荐")
    archive, _ = read_text(
        tmp_path,
        chatlog(
            posted,
            {"time": noon.format(1), "type": 49, "content": SHARED, "sender": "wxid_b"},
            {"time": noon.format(2), "type": 49, "content": quote, "sender": "wxid_c"},
            {"time": noon.format(3), "content": "#接龙\n草莓\n1. 阿芳 1份\n2. 小花 2份", "sender": "wxid_d"},
            {"time": noon.format(4), "content": "收到了，烂了一半，气死", "sender": "wxid_e", "senderName": "小五"},
            {"time": noon.format(5), "type": 10000, "content": '"小五" 撤回了一条消息'},
        ),
        RULES_HERE,
    )
    rows = said(archive)
    rows[2]["reply_to_message_id"] = post
    bought = [order("L1", "wxid_c", "S2", at(9)), order("L2", "wxid_e", "S1", at(9))]
    found = mentions(open_world(tmp_path, bought, rows))

    kinds = [(found[row["message_id"]]["kind"], found[row["message_id"]]["sku_id"]) for row in rows[:5]]
    assert kinds == [("promotion", "S1"), ("other", "S1"), ("feedback", "S1"), ("order", "S1"), ("other", None)]
    assert found[rows[2]["message_id"]]["attribution"] == "reply"
    assert found[rows[2]["message_id"]]["satisfaction"] < 0.5
    assert {row["message_id"] for row in rows} == {*found}
