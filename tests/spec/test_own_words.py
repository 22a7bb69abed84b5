"""What of a message is its writer's own report: the text as stored, and the words that are read."""

from contextlib import closing
from datetime import date, datetime

import pytest

from tests.support.night_tables import put_table, rows_of
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.feedback.word_lists import pattern_parameters, script_parameters

DAY, NOON = date(2026, 11, 20), datetime(2026, 11, 20, 12)
CHAT = (
    "message_id varchar, known_on date, group_id varchar, sender_id varchar, sender_role varchar, sent_at timestamp, "
    "row_hash varchar, sku_id varchar, reply_to_message_id varchar, text varchar"
)
REPLY = "<msg><appmsg><title>{}</title><type>{}</type><refermsg><content>破了</content></refermsg></appmsg></msg>"

QUOTES = [
    ("「李姐：棉柔巾破了两包」\n- - - - - - - - -\n我的完好", "我的完好"),
    ("「李姐：她说「破了」」\n------\n我的完好", "我的完好"),
    ("「李姐：棉柔巾破了两包」\n我的完好", "我的完好"),
    ("『李姐：破了两包』\n我的完好", "我的完好"),
    ("“李姐：破了两包”\n我的完好", "我的完好"),
    ('"李姐: 破了两包"\n————————\n我的完好', "我的完好"),
    ("“薄：一擦就破”", "“薄：一擦就破”"),
    ("引用「李姐：破了两包」我的完好", "我的完好"),
    ("[回复 李姐：破了两包] 我的完好", "我的完好"),
    ("[引用]破了两包[/引用]我的完好", "我的完好"),
    ("<quote>破了两包</quote>我的完好", "我的完好"),
    ("&gt; 破了两包\n我的完好", "我的完好"),
    ("楼上说破了，我的完好", "我的完好"),
    ("我的完好\n引用：李姐：破了两包", "我的完好"),
    ("[引用 李姐：破了两包] 我的完好", "我的完好"),
    ("> 破了两包\n我的完好", "我的完好"),
    ("我的完好//@李姐：破了两包", "我的完好"),
    (REPLY.format("我的完好", 57), "我的完好"),
    (REPLY.format("破了两包", 5), ""),
    ("【转】李姐：破了两包", ""),
    ("转发：李姐：破了两包", ""),
    ("〔转〕破了两包", ""),
    ("帮转：破了两包", ""),
    ("—— 转自朋友圈：破了两包", ""),
    ("RT @李姐: 破了两包", ""),
    ("Fwd: 破了两包", ""),
    ("破了两包（转）", ""),
    ("李姐和阿芳的聊天记录\n李姐：破了两包", ""),
    ("李姐 2026-11-20 10:00:00\n破了两包\n我的完好", "我的完好"),
    ("[10:00] 李姐: 破了两包\n我的完好", "我的完好"),
    ("以下是客户反馈：\n破了两包", ""),
    ("[聊天记录]\n李姐: 破了两包\n团长: 给您补发", ""),
    ("[链接] 棉柔巾掉絮是质量差吗？", ""),
    ("系统提示：订单已签收，如有破损请联系客服", ""),
    ("#接龙\n棉柔巾 39.9\n1. 阿芳 1份 上次买的破了\n2. 安安 1份", "2. 安安 1份"),
    ("1. 阿芳 1份 上次买的破了\n2. 安安 1份", "2. 安安 1份"),
    ("1) 阿芳 1份 上次破了\n2) 安安 1份", "2) 安安 1份"),
    ("（1）阿芳 1份 上次破了\n（2）安安 1份", "（2）安安 1份"),
    ("① 阿芳 1份 上次破了\n② 安安 1份", "② 安安 1份"),
    ("阿芳+1 上次破了\n安安+1", "安安+1"),
    ("【美食群】\n#接龙\n1. 阿芳 上次破了\n2. 安安", "2. 安安"),
    ("阿芳 1份 上次破了\n安安 1份", ""),
    ("群公告：破了两包包赔", ""),
    ("1. 包装破了\n2. 味道不好", "1. 包装破了\n2. 味道不好"),
    ("「好吃」，孩子爱吃", "「好吃」，孩子爱吃"),
    ("转眼用了一周，起球", "转眼用了一周，起球"),
    ("[图片]破了两包", "[图片]破了两包"),
]
ASIDES = [
    ("要是收到坏了给退吗", ""),
    ("万一烂了能退不", ""),
    ("运输途中破了怎么办，包赔吗", ""),
    ("坏果包赔对吧，我等收到再说", "，"),
    ("有点怕收到坏的，先买一份试试", "，先买一份试试"),
    ("破了赔吗", ""),
    ("邻居的破了，我的完好", "，我的完好"),
    ("同事买的破了两包", ""),
    ("听李姐说破了，我的完好", "，我的完好"),
    ("送朋友的破了两包", "送朋友的破了两包"),
    ("怕掉絮没敢买", ""),
    ("看评论说掉絮", ""),
    ("差点摔碎", ""),
    ("不小心摔碎了", ""),
    ("我家狗把纸咬烂了", ""),
    ("孩子轻轻一扯就破", "孩子轻轻一扯就破"),
    ("放过期了，怪我", "，"),
    ("小程序坏了，下不了单", ""),
    ("图片裂了看不到", ""),
    ("手机壳裂了", "手机壳裂了"),
    ("拍错了退了", ""),
    ("退货，不是质量问题，买重了", ""),
    ("退货，发霉了", "退货，发霉了"),
    ("你们卖的都烂了", "你们卖的都烂了"),
    ("同楼上，破了", "同楼上，破了"),
    ("去年在别的群买的发霉了，不敢买了", ""),
    ("在超市买的都烂了。这个收到了，很好", "这个收到了，很好"),
    ("又没抢到，太难受了", ""),
    ("刚收到，还没用呢", ""),
    ("收到了，比别家的好吃", "收到了，比别家的好吃"),
    ("收到坏了能退吗", "收到坏了能退吗"),
    ("不会再买，质量差", "不会再买，质量差"),
    ("刚收到还没用就坏了", "刚收到还没用就坏了"),
    ("就怕坏了，结果真的坏了", "，结果真的坏了"),
]


@pytest.fixture(scope="module")
def read() -> dict[str, str]:
    """What is read of each text above, which is one message among all of them."""
    texts = [text for text, _ in (*QUOTES, *ASIDES)]
    rows = [
        {
            "message_id": f"M{place}", "known_on": DAY, "group_id": "G1", "sender_id": f"C{place}",
            "sender_role": "customer", "sent_at": NOON, "row_hash": f"h{place}", "text": text,
        }
        for place, text in enumerate(texts)
    ]  # fmt: skip
    with closing(open_memory()) as engine:
        put_table(engine, "source.chat_messages", CHAT, *rows)
        put_table(engine, "night.int_stale_days", "known_on date", {"known_on": DAY})
        columns = "group_id varchar, known_on date, agent_id varchar, updated_at timestamp, row_hash varchar"
        put_table(engine, "source.groups", columns)
        engine.materialise("int_mention_messages", **pattern_parameters(None), **script_parameters())
        found = rows_of(engine, "night.int_mention_messages", "message_id, text")
    return {texts[int(message_id[1:])]: text for message_id, text in found}


@pytest.mark.parametrize(("text", "own"), QUOTES)
def test_quoted_and_forwarded_words_are_not_the_writers(read: dict[str, str], text: str, own: str) -> None:
    assert read[text] == own


@pytest.mark.parametrize(("text", "told"), ASIDES)
def test_what_did_not_happen_to_her_is_not_told_of_what_she_was_delivered(
    read: dict[str, str], text: str, told: str
) -> None:
    assert read[text] == told
