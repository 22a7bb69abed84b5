"""Archives of chats: each tool's layout, small, and the rows that it gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.chat_archives import QUOTE, ROOM, chatlog, read_text
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.formats.chats.recognition import chat_archive_of

SAID, POSTED = "2026-11-20 12:00:00+08:00", "2026-11-20 11:59:00+08:00"
SECONDS = 1795147200
"""2026-11-20 12:00:00 in Beijing."""

WECHATMSG = (
    "\ufefflocalId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\r\n"
    f"7,3,1,0,1,{SECONDS - 60},,草莓到了,2026-11-20 11:59:00,,团长,wxid_owner\r\n"
    f'8,3,1,0,0,{SECONDS},,"收到了，\n很甜",2026-11-20 12:00:00,王姐,小美,wxid_a\r\n'
    f"9,3,3,0,0,{SECONDS},,<msg><img/></msg>,2026-11-20 12:00:00,,小美,wxid_a\r\n"
)
MEMOTRACE = (
    "消息ID,类型,发送人,时间,内容,备注,昵称,更多信息\n"
    "1,文本,我,2026-11-20 11:59:00,草莓到了,,团长,\n"
    '2,文本,小美,2026-11-20 12:00:00,"收到了，\n很甜",,小美,\n'
    "3,图片,小美,2026-11-20 12:00:00,[图片],,小美,\n"
)
PYWXDUMP = (
    "id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime\n"
    f"1,6000000000000000001,文本,1,我,{ROOM},草莓到了,,2026-11-20 11:59:00\n"
    f'2,6000000000000000002,文本,0,wxid_a,{ROOM},"收到了，\n很甜",,2026-11-20 12:00:00\n'
    f"3,6000000000000000003,图片,0,wxid_a,{ROOM},图片,a.jpg,2026-11-20 12:00:00\n"
)
CHATLOG_CSV = (
    "Time,SenderName,Sender,TalkerName,Talker,Content\n"
    f"2026-11-20 11:59:00,团长,我,一群,{ROOM},草莓到了\n"
    f'2026-11-20 12:00:00,小美,wxid_a,一群,{ROOM},"收到了，\n很甜"\n'
    f"2026-11-20 12:00:00,小美,wxid_a,一群,{ROOM},![图片](http://127.0.0.1:5030/image/a)\n"
)
KEEPER = json.dumps(
    [
        {"ts": SECONDS - 59.5, "sender": "团长", "sender_wxid": "wxid_owner", "is_self": True, "msg_type": 1,
         "content": "草莓到了", "conversation_id": ROOM, "server_id": 6000000000000000001},
        {"ts": float(SECONDS), "sender": "小美", "sender_wxid": "wxid_a", "is_self": False, "msg_type": 1,
         "content": "收到了，\n很甜", "conversation_id": ROOM, "server_id": 6000000000000000002},
        {"ts": float(SECONDS), "sender": "小美", "sender_wxid": "wxid_a", "is_self": False, "msg_type": 3,
         "content": "[图片]", "conversation_id": ROOM, "server_id": 6000000000000000003},
    ],
    ensure_ascii=False,
)  # fmt: skip
SESSION = {"wxid": ROOM, "nickname": "一群", "displayName": "一群", "type": "群聊"}
WEFLOW = json.dumps(
    {
        "weflow": {"version": "1.0.3"},
        "session": SESSION | {"avatar": "x" * 200_000},
        "messages": [
            {"localId": 1, "createTime": SECONDS - 60, "type": "文本消息", "localType": 1, "content": "草莓到了",
             "isSend": 1, "senderUsername": "wxid_owner", "senderDisplayName": "团长"},
            {"localId": 2, "createTime": SECONDS, "type": "文本消息", "localType": 1, "content": "收到了，\n很甜",
             "isSend": 0, "senderUsername": "wxid_a", "senderDisplayName": "小美"},
            {"localId": 3, "createTime": SECONDS, "type": "图片消息", "localType": 3, "content": "[图片]",
             "isSend": 0, "senderUsername": "wxid_a", "senderDisplayName": "小美"},
        ],
    },
    ensure_ascii=False,
)  # fmt: skip
COMPACT = json.dumps(
    {
        "messages": [
            {"localId": 1, "createTime": SECONDS - 60, "type": "文本消息", "content": "草莓到了", "isSend": 1,
             "senderID": 1},
            {"localId": 2, "createTime": SECONDS, "type": "文本消息", "content": "收到了，\n很甜", "isSend": 0,
             "senderID": 2},
            {"localId": 3, "createTime": SECONDS, "type": "动画表情", "content": "[表情包]", "isSend": 0,
             "senderID": 2},
        ],
        "senders": [
            {"senderID": 1, "wxid": "wxid_owner", "displayName": "团长"},
            {"senderID": 2, "wxid": "wxid_a", "displayName": "小美"},
        ],
        "session": SESSION,
        "weflow": {"format": "arkme-json"},
    },
    ensure_ascii=False,
)  # fmt: skip
CHATLAB = [
    {"_type": "header", "chatlab": {"version": "0.0.2"},
     "meta": {"name": "一群", "platform": "wechat", "type": "group", "groupId": ROOM, "ownerId": "wxid_owner"}},
    {"_type": "member", "platformId": "wxid_a", "accountName": "小美"},
    {"_type": "message", "sender": "wxid_owner", "accountName": "团长", "timestamp": SECONDS - 60, "type": 0,
     "content": "草莓到了"},
    {"_type": "message", "sender": "wxid_a", "accountName": "小美", "timestamp": SECONDS, "type": 0,
     "content": "收到了，\n很甜"},
    {"_type": "message", "sender": "wxid_a", "accountName": "小美", "timestamp": SECONDS, "type": 1,
     "content": "[图片]"},
]  # fmt: skip
CHATLAB_LINES = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in CHATLAB)
CHATLOG = chatlog(
    {"sender": "wxid_owner", "senderName": "团长", "isSelf": True, "time": POSTED, "content": "草莓到了"},
    {"content": "收到了，\n很甜"},
    {"type": 3, "content": "", "contents": {"md5": "ab"}},
)

WITHIN = json.dumps({"code": 0, "data": {"total": 3, "list": json.loads(CHATLOG)}}, ensure_ascii=False)

LAYOUTS = {
    "WeChatMsg": WECHATMSG,
    "MemoTrace": MEMOTRACE,
    "PyWxDump": PYWXDUMP,
    "chatlog": CHATLOG,
    "chatlog, within an answer": WITHIN,
    "chatlog, as a table": CHATLOG_CSV,
    "chatlog-keeper": KEEPER,
    "WeFlow, EchoTrace": WEFLOW,
    "WeFlow, compact, with its names sorted": COMPACT,
    "ChatLab, a message a line": CHATLAB_LINES,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_owners_post_and_the_customers_words(layout: str, tmp_path: Path) -> None:
    rows, told = read_text(tmp_path, LAYOUTS[layout], name=f"{ROOM}.csv")

    assert [(row["group_id"], row["sender_role"], row["sent_at"], row["text"]) for row in rows] == [
        (ROOM, "agent", POSTED, "草莓到了"),
        (ROOM, "customer", SAID, "收到了，\n很甜"),
    ]
    assert told.total() == 1


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "MemoTrace"])
def test_a_customer_has_her_account_and_names_for_redaction(layout: str, tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, LAYOUTS[layout], name=f"{ROOM}.csv")

    assert rows[1]["sender_id"] == "wxid_a"
    assert "小美" in (rows[1]["sender_name"] or "小美")


def test_a_name_is_not_stored_as_an_id(tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, MEMOTRACE)

    assert rows[1]["sender_id"] == "name-9c9897901418be1da1748964"
    assert rows[1]["sender_name"] == "小美"


def test_two_archives_of_a_room_give_a_message_the_same_id(tmp_path: Path) -> None:
    made = (WECHATMSG, WEFLOW, CHATLOG)
    with_ids = [read_text(tmp_path, text)[0][1]["message_id"] for text in (PYWXDUMP, KEEPER)]
    without = [read_text(tmp_path, text, name=f"{ROOM}.csv")[0][1]["message_id"] for text in made]

    assert with_ids == ["6000000000000000002"] * 2
    assert len({*without}) == 1 and str(without[0]).startswith("chat-")


def test_a_quote_answers_by_the_servers_id_and_keeps_its_senders_words_alone(tmp_path: Path) -> None:
    xml = QUOTE.format(said="我的也坏了", quoted="6000000000000000001", words="草莓都坏了，差评")
    rows, _ = read_text(tmp_path, chatlog({"type": 49, "content": xml}))

    assert (rows[0]["text"], rows[0]["reply_to_message_id"]) == ("我的也坏了", "6000000000000000001")


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in ("WeChatMsg", "MemoTrace")])
def test_connect_is_told_the_room_and_how_much_there_is(layout: str, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text(LAYOUTS[layout], encoding="utf-8")
    found = chat_archive_of(file)

    assert found is not None and (found.rooms, found.messages) == ((ROOM,), 3)


@pytest.mark.parametrize(
    "text", ["sku_id,title\nS1,a\n", '[{"sku_id": "S1"}]', '{"rows": [{"sku_id": "S1"}]}', '{"sku_id": 1}\n', "", "{"]
)
def test_what_is_no_archive_is_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text(text, encoding="utf-8")

    assert chat_archive_of(file) is None


def test_a_document_that_was_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="does not parse as JSON after 2 objects"):
        read_text(tmp_path, WEFLOW[:-60])


def test_an_archive_of_several_chats_that_does_not_tell_them_apart_is_refused(tmp_path: Path) -> None:
    second = WECHATMSG.replace("8,3,1", "8,4,1")
    with pytest.raises(InputRefused, match=r"holds 2 chats and does not say which is which; export the groups"):
        read_text(tmp_path, second, name="messages.csv")


def test_wecoms_own_archive_tells_staff_from_people_outside(tmp_path: Path) -> None:
    base = {"action": "send", "tolist": [], "roomid": "wrA", "msgtime": SECONDS * 1000, "msgtype": "text"}
    card = {"title": "草莓", "displayname": "优选商城", "pagepath": "pages/a?goods_id=S1001"}
    lines = [
        {**base, "msgid": "a_1", "from": "WangCai", "msgtype": "weapp", "weapp": card},
        {**base, "msgid": "b_1", "from": "wmBuyer", "text": {"content": "收到了，坏了"}},
        {**base, "msgid": "b_2", "from": "wmBuyer", "msgtype": "image", "image": {"md5sum": "x"}},
        {**base, "msgid": "c_1", "from": "wbRobot", "text": {"content": "您好"}},
        {**base, "msgid": "d_1", "from": "wmBuyer", "roomid": "", "text": {"content": "在吗"}},
        {**base, "msgid": "b_3", "from": "wmBuyer", "action": "recall", "msgtype": "revoke",
         "revoke": {"pre_msgid": "b_1"}},
    ]  # fmt: skip
    rows, told = read_text(tmp_path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))

    assert [(row["message_id"], row["sender_role"], row["text"], row["sku_id"]) for row in rows] == [
        ("a_1", "agent", "草莓", "S1001"),
        ("b_1", "customer", "收到了，坏了", None),
        ("b_1", "assistant", "〔撤回〕", None),
    ]
    assert told["messages of private chats"] == told["pictures"] == 1


def test_an_older_export_wraps_what_is_said(tmp_path: Path) -> None:
    said = json.dumps({"src": "", "msg": "收到了"}, ensure_ascii=False).replace('"', '""')
    rows, _ = read_text(
        tmp_path,
        f'id,type_name,is_sender,talker,room_name,content,CreateTime\n1,文本,0,wxid_a,{ROOM},"{said}",{SECONDS}\n',
    )

    assert rows[0]["text"] == "收到了"
