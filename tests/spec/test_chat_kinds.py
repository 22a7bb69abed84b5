"""What each kind of message in an archive becomes: words, a card, a version without words, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from tests.support.chat_archives import CARD, QUOTE, ROOM, RULES, chatlog, read_text
from xuanpin.pipelines.ingest.formats.chats.contents import understood
from xuanpin.pipelines.ingest.formats.chats.kinds import kind_of
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage

GOODS = "pages/goods/detail.html?goods_id=S1001&from=share"
SHARED = CARD.format(title="超好吃的草莓", app="优选商城", path=GOODS.replace("&", "&amp;"))
VOICE = '<msg><voicemsg voicelength="2303"/>{heard}</msg>'
APP = "<msg><appmsg><title>{title}</title><type>{kind}</type></appmsg></msg>"
CHAIN = "#接龙\n草莓 29.9\n\n1. 阿芳 1份\n2. 小美 2份"
REVOKED = (
    '<sysmsg type="revokemsg"><revokemsg><newmsgid>6000000000000000001</newmsgid>'
    '<replacemsg><![CDATA["小美" 撤回了一条消息]]></replacemsg></revokemsg></sysmsg>'
)
NOTHING: tuple[str, str | None] = ("", None)

KINDS: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "text": ({"content": "很甜"}, "很甜", None),
    "a quote in XML": ({"type": 49, "content": QUOTE.format(said="我也是", quoted="1", words="坏")}, "我也是", None),
    "a quote as PyWxDump writes it": ({"type": "引用", "content": "我也是\n\n[引用](2026)小花:坏了"}, "我也是", None),
    "a quote as WeFlow writes it": ({"type": "引用消息", "content": "我也是[引用 小花：坏了]"}, "我也是", None),
    "a quote as chatlog writes it": ({"content": "> 小花 12:00\n> 坏了\n我也是"}, "我也是", None),
    "a quote as phones copy it": ({"type": "引用", "content": "「小花：坏了」\n- - - - - -\n我也是"}, "我也是", None),
    "an order chain": ({"content": CHAIN}, CHAIN, None),
    "an order chain of the program": ({"type": 49, "content": APP.format(kind=53, title=CHAIN)}, CHAIN, None),
    "an order chain without its word": (
        {"type": 49, "content": APP.format(kind=53, title="草莓")}, "#接龙\n草莓", None,
    ),
    "a voice with what it says": (
        {"type": 34, "content": VOICE.format(heard='<voicetrans transtext="草莓很甜"/>')}, "草莓很甜", None,
    ),
    "a voice with what it says, in words": (
        {"type": "语音", "content": "语音时长：2.30秒\n翻译结果：草莓很甜"}, "草莓很甜", None,
    ),
    "a voice with what it says, by its label": ({"content": "[语音转文字] 草莓很甜"}, "草莓很甜", None),
    "a voice": ({"type": 34, "content": VOICE.format(heard="")}, None, None),
    "a voice, in words": ({"type": "语音", "content": "语音时长：2.30秒"}, None, None),
    "a voice, by its file": ({"content": "[语音](http://127.0.0.1:5030/voice/1)"}, None, None),
    "a customer's card": ({"type": 49, "content": SHARED}, "", "S1001"),
    "a customer's card of another shop": ({"type": 49, "content": SHARED.replace("S1001", "X9")}, None, None),
    "a customer's order list": (
        {"type": 49, "content": CARD.format(title="草莓团", app="快团团", path="pages/a")}, "接龙", None,
    ),
    "a card, in words": ({"content": f"[小程序|超好吃的草莓](https://shop.example/{GOODS})"}, "", "S1001"),
    "a card of which the tool tells nothing": ({"type": "分享的小程序", "content": "分享的小程序"}, None, None),
    "a picture": ({"type": 3, "content": "<msg><img/></msg>"}, None, None),
    "a picture, in words": ({"content": "[图片]"}, None, None),
    "a face is text": ({"content": "[捂脸]"}, "[捂脸]", None),
    "a sticker": ({"type": 47, "content": "<msg><emoji/></msg>"}, None, None),
    "a video": ({"type": 43}, None, None),
    "a place": ({"type": 48}, None, None),
    "a contact": ({"type": 42}, None, None),
    "a call": ({"type": 50}, None, None),
    "a file": ({"type": 49, "subType": 6}, None, None),
    "a transfer": ({"type": 49, "content": APP.format(kind=2000, title="微信转账")}, None, None),
    "a red packet": ({"type": 436207665, "subType": 2001}, None, None),
    "a forwarded chat": ({"type": 49, "content": APP.format(kind=19, title="群聊的聊天记录")}, None, None),
    "a nudge": ({"type": 10000, "content": '"小美" 拍了拍 "小花"'}, None, None),
    "who joined": ({"type": 10000, "content": '"小美"邀请"小花"加入了群聊'}, None, None),
    "a withdrawn message": ({"type": 10000, "content": '"小花" 撤回了一条消息'}, None, None),
    "blank": ({"content": " \n"}, None, None),
    "an unknown kind": ({"type": 777, "content": "?"}, None, None),
    "WeChat 4 keeps two numbers in one": ({"type": 57 * 2**32 + 49, "content": "我也是"}, "我也是", None),
    "text with brackets": ({"content": "<3 草莓 <b>甜</b>"}, "<3 草莓 <b>甜</b>", None),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_customers_message_becomes(kind: str, tmp_path: Path) -> None:
    message, text, sku_id = KINDS[kind]
    rows, told = read_text(tmp_path, chatlog({"content": "", **message}))

    assert [(row["text"], row["sku_id"], row["fault"]) for row in rows] == [(text, sku_id, None)] * (text is not None)
    assert told.total() == (text is None)


def test_an_agents_card_is_a_post_of_its_sku_by_its_title(tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, chatlog({"type": 49, "content": SHARED, "isSelf": True, "sender": "wxid_owner"}))

    assert [(row["sender_role"], row["text"], row["sku_id"]) for row in rows] == [("agent", "超好吃的草莓", "S1001")]


@pytest.mark.parametrize(
    "address",
    [
        "pages/item/index?itemId=S1001",
        "pages/a?scene=goods_id%253DS1001",
        "https://shop.example/goods/S1001.html",
        "pages/a?our=S1001&goods_id=S1002",
    ],
)
def test_the_sku_of_a_card_is_found_in_its_address(address: str, tmp_path: Path) -> None:
    card = CARD.format(title="草莓", app="", path=address.replace("&", "&amp;"))
    rows, _ = read_text(tmp_path, chatlog({"type": 49, "content": card}), replace(RULES, card_sku=("our",)))

    assert rows[0]["sku_id"] == "S1001"


@pytest.mark.parametrize(
    "content",
    [
        "<msg><appmsg><title>甜</title><type>57",
        '<!DOCTYPE msg [<!ENTITY a "甜">]><msg><appmsg><title>&a;</title><type>57</type></appmsg></msg>',
        "<msg>" + "<a>" * 50 + "</a>" * 50 + "</msg>",
    ],
)
def test_broken_xml_is_a_fault_of_its_row(content: str, tmp_path: Path) -> None:
    if content.startswith("<!"):
        content = f"<?xml version='1.0'?>{content}"
    rows, _ = read_text(tmp_path, chatlog({"type": 49, "content": content}, {"content": "很甜"}))

    assert [row["fault"] for row in rows] == ["broken_xml", None]


def test_a_withdrawn_message_gets_a_newer_version_without_words(tmp_path: Path) -> None:
    rows, _ = read_text(
        tmp_path,
        chatlog(
            {"content": "草莓坏了"},
            {"content": "很甜", "sender": "wxid_b", "senderName": "小花"},
            {"type": 10000, "content": '"小美" 撤回了一条消息', "time": "2026-11-20T12:01:30+08:00"},
            {"type": 10000, "content": '"小花" 撤回了一条消息', "time": "2026-11-20T12:02:30+08:00"},
        ),
    )

    taken_back = rows[2:]
    assert [(row["message_id"], row["sender_role"], row["sent_at"]) for row in taken_back] == [
        (rows[0]["message_id"], "assistant", "2026-11-20 12:01:31+08:00")
    ]


def test_a_withdrawal_names_its_message_by_the_servers_id(tmp_path: Path) -> None:
    rows, _ = read_text(tmp_path, chatlog({"type": 10002, "content": REVOKED}))

    assert [(row["message_id"], row["text"]) for row in rows] == [("6000000000000000001", "〔撤回〕")]


def test_agents_and_assistants_are_known_by_settings(tmp_path: Path) -> None:
    named = {"wxid_c": "A1", "小丽": "A2"}
    rules = replace(RULES, agents=named, assistants=frozenset({"wxid_bot"}), known_agents=frozenset({"A7"}))
    rows, _ = read_text(
        tmp_path,
        chatlog(
            {"sender": "wxid_c"}, {"senderName": "小丽", "sender": "x"}, {"sender": "wxid_bot"}, {"sender": "A7"}, {}
        ),
        rules,
    )

    assert [(row["sender_role"], row["sender_id"]) for row in rows] == [
        ("agent", "A1"), ("agent", "A2"), ("assistant", "wxid_bot"), ("agent", "A7"), ("customer", "wxid_a"),
    ]  # fmt: skip


def test_private_chats_are_not_read(tmp_path: Path) -> None:
    rows, told = read_text(
        tmp_path, chatlog({"talker": "wxid_friend", "isChatRoom": False}, {"talker": "gh_shop"}, {"talker": ROOM})
    )

    assert [row["group_id"] for row in rows] == [ROOM]
    assert told["messages of private chats"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 200_000,
        "a" + " " * 200_000 + "b",
        "[引用 " * 50_000,
        "「" * 200_000,
        "<a" * 100_000,
        "(" * 200_000,
        "\n「" * 99_999,
    ],
    ids=["lines", "blanks", "quotes", "corners", "tags", "brackets", "answers"],
)
@pytest.mark.parametrize("kind", [1, "引用", "链接", "语音", 10000])
def test_no_text_takes_long_to_read(text: str, kind: int | str) -> None:
    began = process_time()
    understood(ChatMessage(1, content=text, kind=kind_of(str(kind))))

    assert process_time() - began < 1
