"""Archives that are web pages, plain text or workbooks give the same conversation as tables do."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from tests.support.chat_archives import ROOM, RULES, read_text, rows_of
from tests.support.drop_folder import Platform
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.chats.books import book_archive
from xuanpin.pipelines.settings import Settings

NOON = 1795147200
OBJECTS = (
    "{{ type:0, text: '2026-11-20 11:59:00',is_send:0,avatar_path:'',timestamp:{post}}},"
    "{{ type:1, text: '草莓到了',is_send:1,avatar_path:'./a.png',timestamp:{post},is_chatroom:1,displayname:'团长'}},"
    "{{ type:1, text: '收到了，\\n\\'很甜\\' &lt;3 }}',is_send:0,avatar_path:'./b.png',timestamp:{noon},is_chatroom:1,"
    "displayname:'小美'}},"
    "{{ type:49, text: '我的坏了',is_send:0,sub_type:57,refer_text: '小美：很甜',avatar_path:'',timestamp:{noon},"
    "is_chatroom:1,displayname:'小花'}},"
    "{{ type:34, text:'./voice/1.mp3',is_send:0,avatar_path:'',voice_to_text:'草莓很甜',timestamp:{noon},"
    "is_chatroom:1,displayname:'小花'}},"
    "{{ type:3, text:'./image/1.png',is_send:0,avatar_path:'',timestamp:{noon},is_chatroom:1,displayname:'小花'}},"
)
MEMOTRACE = (
    "<!DOCTYPE html><html><head><title>一群</title></head><body><script>const chatMessages = [\n"
    + OBJECTS.format(post=NOON - 60, noon=NOON)
    + "\n]; function x() { return { a: 1 }; }</script></body></html>"
)
MEMOTRACE_JSON = (
    "<html><body><script>const chatMessages = "
    + json.dumps(
        [
            {"type": 1, "text": "草莓到了", "extra": {}, "is_send": True, "timestamp": NOON - 60,
             "displayname": "团长"},
            {"type": 1, "text": "收到了，\n'很甜' <3 }", "is_send": False, "timestamp": NOON, "displayname": "小美"},
            {"type": 49, "sub_type": 57, "text": "我的坏了", "is_send": False, "timestamp": NOON,
             "displayname": "小花"},
            {"type": 34, "text": "", "voice_to_text": "草莓很甜", "is_send": False, "timestamp": NOON,
             "displayname": "小花"},
            {"type": 3, "text": "a.png", "is_send": False, "timestamp": NOON, "displayname": "小花"},
            {"type": 10000, "text": "小花加入了群聊", "is_send": False, "timestamp": NOON, "displayname": ""},
        ]
    )
    + ";</script></body></html>"
)  # fmt: skip


def block(side: str, name: str, at: str, text: str, kind: int = 1, quoted: str = "") -> str:
    answered = f'<span class="dont-break-out refermsg msg-text">「{quoted}」</span><br />' if quoted else ""
    return (
        f'<div class="msg chat {side}" msgid="7" msgtype="{kind}"><div class="avatar-box"><img src="a.png"></div>'
        f'<div class="nt-box"><span class="dspname {side}">{name}</span> {at}</div><div class="content-box">'
        f'<div class="triangle"></div>{answered}<span class="dont-break-out msg-text">{text}</span></div></div>'
    )


WECHATEXPORTER = (
    "<!doctype html><html><body>"
    + block("right", "团长", "2026-11-20 11:59:00", "草莓到了")
    + block("left", "小美", "2026-11-20 12:00:00", "收到了，<br />'很甜' &lt;3 }")
    + block("left", "小花", "2026-11-20 12:00:00", "我的坏了", 49, "小美：很甜")
    + block("left", "小花", "2026-11-20 12:00:00", "草莓很甜")
    + block("left", "小花", "2026-11-20 12:00:00", "", 3)
    + '<div class="msg chat-notice" msgid="8"><span class="dont-break-out">小花加入了群聊</span></div>'
    + "</body></html>"
)
SCRIPT = "localStorage.setItem('isUseLocalData', 't')\nconst local_msg_count = 2\nconst local_msg_list = " + json.dumps(
    [
        {"id": 1, "MsgSvrID": "6000000000000000001", "type_name": "文本", "is_sender": 1, "talker": "我",
         "room_name": ROOM, "msg": "草莓到了", "src": "", "extra": {}, "CreateTime": "2026-11-20 11:59:00"},
        {"id": 2, "MsgSvrID": "6000000000000000002", "type_name": "文本", "is_sender": 0, "talker": "wxid_a",
         "room_name": ROOM, "msg": "收到了，\n'很甜' <3 }", "src": "", "extra": {},
         "CreateTime": "2026-11-20 12:00:00"},
    ]
)  # fmt: skip
TIME_FIRST = (
    "2026-11-20 11:59:00 '我'\n草莓到了\n\n2026-11-20 12:00:00 '小美'\n收到了，\n'很甜' <3 }\n\n"
    "2026-11-20 12:00:00 '小花'\n[图片]\n\n"
)
NAME_FIRST = (
    "我 (2026-11-20 11:59:00):草莓到了\n小美 (2026-11-20 12:00:00):收到了，\n'很甜' <3 }\n"
    "系统消息：小花加入了群聊\n小花 (2026-11-20 12:00:00):[Photo]\n"
)
BY_MAIL = (
    "Dear:\n\n      微信群“一群”的聊天记录如下:\n\n—————  2026-11-20  —————\n\n\n我  11:59\n\n草莓到了\n\n"
    "小美  12:00\n\n收到了，\n'很甜' <3 }\n\n小花  12:00\n\n[图片: 1.jpg(请在附件中查看)]\n"
)
CONVERSATION = [
    ("agent", "2026-11-20 11:59:00+08:00", "草莓到了"),
    ("customer", "2026-11-20 12:00:00+08:00", "收到了，\n'很甜' <3 }"),
]
MORE = [
    ("customer", "2026-11-20 12:00:00+08:00", "我的坏了"),
    ("customer", "2026-11-20 12:00:00+08:00", "草莓很甜"),
]
PAGES = {"MemoTrace": MEMOTRACE, "MemoTrace, as JSON": MEMOTRACE_JSON, "WechatExporter": WECHATEXPORTER}
TEXTS = {
    "time first": TIME_FIRST,
    "name first": NAME_FIRST,
    "as WeChat mails it": BY_MAIL,
    "the script beside a page": SCRIPT,
}


def said(rows: list[dict[str, str | None]]) -> list[tuple[str | None, str | None, str | None]]:
    return [(row["sender_role"], row["sent_at"], row["text"]) for row in rows]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_gives_its_conversation_and_leaves_out_what_is_none(page: str, tmp_path: Path) -> None:
    rows, told = read_text(tmp_path, PAGES[page], name="一群.html")

    assert said(rows) == CONVERSATION + MORE
    assert {row["group_id"] for row in rows} == {"一群"}
    assert told == Counter({"pictures": 1, "lines of the chat program": 1})


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_gives_its_conversation(text: str, tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, TEXTS[text], name="一群.txt")

    assert said(rows) == CONVERSATION


def test_a_page_is_the_same_in_pieces_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xuanpin.pipelines.ingest.formats.chats.pages._LOOK", 37)
    for page in PAGES.values():
        rows, _ = read_text(tmp_path, page, name="一群.html")
        assert said(rows) == CONVERSATION + MORE


def test_a_workbook_names_its_room_above_its_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (
        ["会话信息"],
        ["微信ID", ROOM, None, "昵称", "一群"],
        ["导出工具", "WeFlow"],
        ["序号", "时间", "发送者昵称", "发送者微信ID", "发送者备注", "群昵称", "发送者身份", "消息类型", "内容"],
        [1, "2026-11-20 11:59:00", "团长", "wxid_owner", "", "", "我", "文本消息", "草莓到了"],
        [2, "2026-11-20 12:00:00", "小美", "wxid_a", "", "", "小美", "文本消息", "收到了，\n'很甜' <3 }"],
        [3, "2026-11-20 12:00:00", "小花", "wxid_b", "", "", "小花", "图片消息", "[图片]"],
    ):
        book.active.append(row)
    file = tmp_path / "a.xlsx"
    book.save(file)
    archive = book_archive(Drop("chat_messages", "a.xlsx", file, 0, ""), file)
    assert archive is not None
    rows, told = rows_of(archive, RULES)

    assert said(rows) == CONVERSATION and {row["group_id"] for row in rows} == {ROOM}
    assert told == Counter({"pictures": 1})


def test_a_page_that_is_not_known_is_refused_with_the_cure(tmp_path: Path) -> None:
    found = Platform(tmp_path, Settings()).begun()
    found.write("chat_messages", "a.html", "<html><body><p>小美：很甜</p></body></html>".encode())
    with pytest.raises(InputRefused, match=r"a.html is a web page or XML without the table; send CSV"):
        found.night()
