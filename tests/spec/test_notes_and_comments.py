"""Content platforms: a note is its author's post with the SKU that hangs on it, and its comments answer it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.chat_archives import read_text
from xuanpin.pipelines.connect.connection import connection
from xuanpin.pipelines.connect.recognition.recognising import recognise
from xuanpin.pipelines.connect.understanding import understand

NOTES = (
    "笔记ID,笔记标题,正文,作者ID,发布时间,关联商品ID,曝光量,观看量,点赞数,收藏数,评论数,分享数\n"
    "N1,草莓开箱,颗颗都红,wxid_a7,2026-11-20 10:00:00,S1001,5000,900,30,5,2,1\n"
    "N2,没有挂商品,,wxid_a7,2026-11-20 10:30:00,X9,5000,900,30,5,2,1\n"
)
COMMENTS = (
    "评论ID,笔记ID,用户ID,用户昵称,评论内容,评论时间,点赞数,IP属地,是否作者\n"
    "C1,N1,1674630768,阿麦,收到了，很甜,2026-11-20 12:00:00,1,湖南,否\n"
    "C2,N1,wxid_a7,小美,谢谢支持,2026-11-20 12:01:00,0,湖南,是\n"
    "C3,N1,1674630769,阿花,[图片],2026-11-20 12:02:00,0,湖南,否\n"
)
GATHERED_NOTES = json.dumps(
    [
        {"note_id": "66aa00000000000000000001", "title": "草莓开箱", "desc": "颗颗都红", "time": 1795140000000,
         "user_id": "5f01", "nickname": "小美", "liked_count": "30", "collected_count": "5", "goods_id": "S1001"}
    ],
    ensure_ascii=False,
)  # fmt: skip
GATHERED_COMMENTS = json.dumps(
    [
        {"comment_id": "66ab00000000000000000001", "note_id": "66aa00000000000000000001", "content": "收到了，很甜",
         "create_time": 1795147200000, "user_id": "5f02", "nickname": "阿麦", "parent_comment_id": 0}
    ],
    ensure_ascii=False,
)  # fmt: skip


def test_a_note_is_a_post_of_its_sku_in_a_room_of_its_own(tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, NOTES)

    told = [(row["message_id"], row["group_id"], row["sender_id"], row["sender_role"], row["sku_id"]) for row in rows]
    assert told == [("N1", "N1", "wxid_a7", "agent", "S1001"), ("N2", "N2", "wxid_a7", "agent", None)]
    assert [row["text"] for row in rows] == ["草莓开箱\n颗颗都红", "没有挂商品"]


def test_a_comment_answers_its_note(tmp_path: Path) -> None:
    rows, told = read_text(tmp_path, COMMENTS)

    assert [(row["message_id"], row["reply_to_message_id"], row["sender_role"], row["text"]) for row in rows] == [
        ("C1", "N1", "customer", "收到了，很甜"),
        ("C2", "N1", "agent", "谢谢支持"),
    ]
    assert rows[0]["sender_id"] == "1674630768" and rows[0]["sender_name"] == "阿麦"
    assert told["pictures"] == 1


@pytest.mark.parametrize(("text", "role"), [(GATHERED_NOTES, "agent"), (GATHERED_COMMENTS, "customer")])
def test_what_is_gathered_as_json_is_read_alike(text: str, role: str, tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, text)

    assert [(row["sender_role"], row["group_id"]) for row in rows] == [(role, "66aa00000000000000000001")]


def test_a_comment_without_an_id_gets_one_of_what_it_says(tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, "笔记ID,评论人,评论内容,评论时间\nN1,阿麦,收到了，很甜,2026-11-20 12:00:00\n")

    assert str(rows[0]["message_id"]).startswith("chat-") and rows[0]["reply_to_message_id"] == "N1"
    assert str(rows[0]["sender_id"]).startswith("name-")


def test_connect_lets_notes_be_groups_as_large_as_their_reach(tmp_path: Path) -> None:
    (tmp_path / "笔记数据.csv").write_text(NOTES, encoding="utf-8")
    (tmp_path / "评论.csv").write_text(COMMENTS, encoding="utf-8")
    plans = {plan.table: plan for plan in understand(connection(tmp_path, recognise), {}, is_trusting=True).plans}

    assert set(plans["chat_messages"].group.reads.split("|")) == {"笔记数据*.csv", "评论*.csv"}
    assert plans["groups"].headers == {
        "group_id": "笔记id", "agent_id": "作者id", "opened_on": "发布时间", "member_count": "观看量",
    }  # fmt: skip
