"""Which messages are read, who of their senders sells, and what her posts show."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from tests.support.night_tables import put_table, rows_of
from xuanpin.pipelines.engine.protocol import Engine

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12)
HOUR = timedelta(hours=1)
AHEAD = date(9999, 12, 31)

CHAT = (
    "message_id varchar, known_on date, group_id varchar, sender_id varchar, sender_role varchar, sent_at timestamp, "
    "row_hash varchar, sku_id varchar, reply_to_message_id varchar, text varchar"
)
MESSAGES = (
    "message_no bigint, message_id varchar, known_on date, group_id varchar, agent_id varchar, sender_key varchar, "
    "sent_at timestamp, card_sku_id varchar, reply_to_message_id varchar, is_from_seller boolean"
)
GROUP_POSTS = (
    "message_id varchar, known_on date, group_id varchar, agent_id varchar, sent_at timestamp, sku_id varchar, "
    "title varchar, attribution varchar, confidence double"
)
TITLES = "sku_id varchar, title varchar, valid_from date, valid_to date"
PATTERNS: dict[str, Any] = {
    "receipt_pattern": "收到",
    "rhetorical_pattern": "谁敢",
    **dict.fromkeys(("question_1_pattern", "question_2_pattern", "question_3_pattern"), "多少"),
    "order_pattern": "接龙",
    "notice_pattern": "公告",
    "greeting_pattern": "^早$|^👎$",
    "verdict_pattern": "👎",
    "quoted_pattern": "「[^」]*」",
    **{f"quoted_signs_{number}_pattern": sign for number, sign in enumerate(("「[^」]*」", "引用", "转发"), start=1)},
    "aside_pattern": "要是.*",
    **{f"aside_signs_{number}_pattern": sign for number, sign in enumerate(("万一", "要是", "别家"), start=1)},
    "compared_pattern": "比这",
    "danger_pattern": "冒烟",
    "harmless_pattern": "不冒烟",
    "traditional_pattern": "[見價]",
    "traditional": "見價",
    "simplified": "见价",
}
LED_BY_A1 = (("G1", DAY - timedelta(days=9), "A1"),)
"""Groups as (group, day on which it became known, agent)."""


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def days(count: int) -> timedelta:
    return timedelta(days=count)


def test_int_mention_days_a_day_is_read_again_when_anything_it_saw_came_later(engine: Engine) -> None:
    put_table(
        engine,
        "ops.arrivals",
        "table_name varchar, known_on date, last_drop_seq bigint",
        {"table_name": "chat_messages", "known_on": DAY, "last_drop_seq": 5},
        {"table_name": "chat_messages", "known_on": DAY - days(2), "last_drop_seq": 2},
        {"table_name": "products", "known_on": DAY - days(3), "last_drop_seq": 4},
        {"table_name": "returns", "known_on": DAY, "last_drop_seq": 7},
        {"table_name": "inventory", "known_on": DAY - days(5), "last_drop_seq": 9},
        {"table_name": "groups", "known_on": DAY + days(1), "last_drop_seq": 8},
        {"table_name": "chat_messages", "known_on": DAY + days(1), "last_drop_seq": 8},
    )
    engine.materialise("int_mention_days", as_of_date=DAY)
    assert rows_of(engine, "night.int_mention_days", "known_on, newest_seq") == [(DAY - days(2), 4), (DAY, 7)]


def read_messages(
    engine: Engine,
    *rows: dict[str, Any],
    groups: Sequence[tuple[str, date, str]] = LED_BY_A1,
    stamps: Mapping[str, date] = MappingProxyType({}),
) -> None:
    """Read messages of groups, each version known on a day, and stamped on it but for those of agents in `stamps`."""
    common: dict[str, Any] = {
        "known_on": DAY, "group_id": "G1", "sender_id": "C1", "sender_role": "customer", "sent_at": NOON,
        "row_hash": "h", "text": "收到",
    }  # fmt: skip
    put_table(engine, "source.chat_messages", CHAT, *rows, **common)
    put_table(engine, "night.int_stale_days", "known_on date", {"known_on": DAY})
    columns = "group_id varchar, known_on date, agent_id varchar, updated_at timestamp, row_hash varchar"
    listed = [
        {"group_id": group, "known_on": on, "agent_id": agent, "updated_at": stamps.get(agent, on), "row_hash": agent}
        for group, on, agent in groups
    ]
    put_table(engine, "source.groups", columns, *listed)
    engine.materialise("int_mention_messages", **PATTERNS)


def test_int_mention_messages_a_message_of_a_stale_day_counts_once_in_its_newest_version(engine: Engine) -> None:
    read_messages(
        engine,
        {"message_id": "M1", "text": "早", "sent_at": NOON + HOUR},
        {"message_id": "M1", "text": "收到"},
        {"message_id": "M2", "text": "多少", "row_hash": "a"},
        {"message_id": "M2", "text": "接龙", "row_hash": "b"},
        {"message_id": "M3", "known_on": DAY - days(1)},
    )
    found = rows_of(engine, "night.int_mention_messages", "message_no, message_id, text, sent_on")
    assert found == [(1, "M1", "早", DAY), (2, "M2", "接龙", DAY)]


def test_int_mention_messages_what_two_archives_of_a_room_tell_counts_once(engine: Engine) -> None:
    read_messages(
        engine,
        {"message_id": "chat-1", "text": "收到"},
        {"message_id": "71", "text": "收到"},
        {"message_id": "chat-2", "text": "收到", "sender_id": "C2"},
        {"message_id": "chat-3", "text": "早", "sender_id": "name-1", "sender_role": "agent"},
        {"message_id": "72", "text": "早", "sender_id": "C3", "row_hash": "z"},
        {"message_id": "72", "text": "早", "sender_id": "A3", "sender_role": "agent", "row_hash": "a"},
        {"message_id": "73", "text": "不好", "row_hash": "a"},
        {
            "message_id": "73",
            "text": "〔撤回〕",
            "sender_id": "withdrawn",
            "sender_role": "assistant",
            "sent_at": NOON + HOUR,
        },
    )
    found = rows_of(engine, "night.int_mention_messages", "message_id, sender_key, is_from_seller, text")
    assert found == [
        ("71", "C1", False, "收到"),
        ("72", "A3", True, "早"),
        ("73", "withdrawn", True, "〔撤回〕"),
        ("chat-2", "C2", False, "收到"),
    ]


def test_int_mention_messages_sellers_are_all_but_customers_and_the_groups_own_leader_whatever_her_role(
    engine: Engine,
) -> None:
    read_messages(
        engine,
        {"message_id": "M1", "sender_id": "C1"},
        {"message_id": "M2", "sender_id": "A1"},
        {"message_id": "M3", "sender_id": "X1", "sender_role": "agent"},
        {"message_id": "M4", "sender_id": "X2", "sender_role": "system"},
        {"message_id": "M5", "sender_id": "A2"},
        {"message_id": "M6", "sender_id": "A1", "group_id": "G2"},
        {"message_id": "M7", "sender_id": "A9"},
        {"message_id": "M8", "sender_id": "A4", "group_id": "G3"},
        groups=(
            ("G1", DAY - days(9), "A9"),
            ("G1", DAY, "A1"),
            ("G1", DAY + days(1), "A2"),
            ("G2", DAY, "A2"),
            ("G2", DAY, "A0"),
            ("G3", DAY - days(9), "A3"),
            ("G3", DAY, "A4"),
        ),
        stamps={"A4": DAY - days(30)},
    )
    found = rows_of(engine, "night.int_mention_messages", "message_id, is_from_seller, agent_id")
    assert found == [
        ("M1", False, "A1"),
        ("M2", True, "A1"),
        ("M3", True, "A1"),
        ("M4", True, "A1"),
        ("M5", False, "A1"),
        ("M6", False, "A2"),
        ("M7", False, "A1"),
        ("M8", False, "A3"),
    ]


def test_int_mention_messages_only_a_customers_words_say_what_kind_a_message_is(engine: Engine) -> None:
    texts = ("收到", "多少", "接龙", "公告", "早", "收到多少", "谁敢多少", "👎")
    read_messages(
        engine,
        *({"message_id": f"M{place}", "text": text} for place, text in enumerate(texts)),
        {"message_id": "M9", "text": "收到多少接龙公告", "sender_role": "agent"},
    )
    flags = "has_receipt, has_question, has_order_words, is_notice, is_greeting"
    found = rows_of(engine, "night.int_mention_messages", f"message_id, {flags}")
    assert [row[0] + "".join(" rqong"[place] for place in range(1, 6) if row[place]) for row in found] == [
        "M0r", "M1q", "M2o", "M3n", "M4g", "M5rq", "M6r", "M7", "M9",
    ]  # fmt: skip


def test_int_mention_messages_traditional_script_is_read_as_simplified(engine: Engine) -> None:
    read_messages(engine, {"message_id": "M1", "text": "見公告價"}, {"message_id": "M2", "text": "见"})
    assert rows_of(engine, "night.int_mention_messages", "text, is_notice") == [("见", False), ("见公告价", True)]


def test_int_mention_messages_quotes_and_asides_are_cut_and_a_seller_is_read_whole(engine: Engine) -> None:
    read_messages(
        engine,
        {"message_id": "M1", "text": " 「团长：收到」 多少 "},
        {"message_id": "M2", "text": "「公告」"},
        {"message_id": "M4", "text": "好，要是收到多少"},
        {"message_id": "M3", "text": "「团长：收到」 多少", "sender_role": "agent"},
    )
    found = rows_of(engine, "night.int_mention_messages", "message_id, text, has_receipt, has_question, is_notice")
    assert found == [
        ("M1", "多少", False, True, False),
        ("M2", "", False, False, False),
        ("M3", "「团长：收到」 多少", False, False, False),
        ("M4", "好，", False, True, False),
    ]


def test_int_mention_messages_no_aside_is_cut_where_the_goods_are_compared(engine: Engine) -> None:
    read_messages(engine, {"message_id": "M1", "text": "要是都比这好"}, {"message_id": "M2", "text": "好，要是"})
    assert rows_of(engine, "night.int_mention_messages", "message_id, text") == [("M1", "要是都比这好"), ("M2", "好，")]


def test_int_mention_messages_a_danger_is_heard_whole_and_tells_of_a_receipt(engine: Engine) -> None:
    read_messages(
        engine,
        {"message_id": "M1", "text": "不冒烟"},
        {"message_id": "M2", "text": "以为不冒烟，冒烟了，要是多少"},
        {"message_id": "M3", "text": "「团长：冒烟」 接龙"},
        {"message_id": "M4", "text": "冒烟", "sender_role": "agent"},
    )
    found = rows_of(engine, "night.int_mention_messages", "message_id, text, has_receipt, has_danger")
    assert found == [
        ("M1", "不冒烟", False, False),
        ("M2", "以为不冒烟，冒烟了，要是多少", True, True),
        ("M3", "接龙", False, False),
        ("M4", "冒烟", False, False),
    ]


def test_int_title_versions_a_title_holds_until_the_next_is_known(engine: Engine) -> None:
    columns = "sku_id varchar, known_on date, title varchar, updated_at timestamp, row_hash varchar"
    put_table(
        engine,
        "source.products",
        columns,
        {"sku_id": "S1", "known_on": DAY, "title": "草莓", "updated_at": NOON},
        {"sku_id": "S1", "known_on": DAY, "title": "红颜草莓", "updated_at": NOON + HOUR},
        {"sku_id": "S1", "known_on": DAY + days(3), "title": "奶油草莓", "updated_at": NOON + days(3)},
        {"sku_id": "S2", "known_on": DAY, "title": "小", "updated_at": NOON, "row_hash": "a"},
        {"sku_id": "S2", "known_on": DAY, "title": "大", "updated_at": NOON, "row_hash": "b"},
        row_hash="h",
    )
    engine.materialise("int_title_versions")
    assert rows_of(engine, "night.int_title_versions", "title, valid_from, valid_to") == [
        ("大", DAY, AHEAD),
        ("奶油草莓", DAY + days(3), AHEAD),
        ("红颜草莓", DAY, DAY + days(3)),
    ]


def sellers(engine: Engine, votes: Sequence[Any] = ()) -> None:
    put_table(
        engine,
        "night.int_mention_messages",
        MESSAGES,
        {"message_no": 1, "message_id": "P1", "card_sku_id": "S1"},
        {"message_no": 2, "message_id": "P2"},
        {"message_no": 3, "message_id": "P3"},
        {"message_no": 4, "message_id": "M4", "card_sku_id": "S1", "is_from_seller": False},
        known_on=DAY,
        group_id="G1",
        agent_id="A1",
        sent_at=NOON,
        is_from_seller=True,
    )
    votes = [{"message_no": number, "sku_id": sku, "confidence": sure} for number, sku, sure in votes]
    put_table(engine, "night.int_post_votes", "message_no bigint, sku_id varchar, confidence double", *votes)
    engine.materialise("int_seller_targets", into="temp")


def test_int_seller_targets_a_card_is_sure_a_title_as_sure_as_its_vote_and_anything_else_no_promotion(
    engine: Engine,
) -> None:
    sellers(engine, votes=[(2, "S2", 0.8)])
    columns = "message_no, part, kind, sku_id, attribution, attribution_confidence, has_own_order"
    assert rows_of(engine, "temp.int_seller_targets", columns) == [
        (1, 0, "promotion", "S1", "card", 1.0, False),
        (2, 0, "promotion", "S2", "title", 0.8, False),
        (3, 0, "other", None, "none", 0.0, False),
    ]


def test_int_group_posts_a_post_keeps_the_title_of_its_day(engine: Engine) -> None:
    sellers(engine, votes=[(2, "S2", 0.8)])
    titles = [
        {"sku_id": "S1", "title": "old", "valid_from": DAY - days(9), "valid_to": DAY},
        {"sku_id": "S1", "title": "new", "valid_from": DAY, "valid_to": DAY + days(1)},
        {"sku_id": "S1", "title": "later", "valid_from": DAY + days(1), "valid_to": AHEAD},
    ]
    put_table(engine, "night.int_title_versions", TITLES, *titles)
    engine.materialise("int_group_posts", into="temp")
    found = rows_of(engine, "temp.int_group_posts", "message_id, sku_id, title, attribution, confidence")
    assert found == [("P1", "S1", "new", "card", 1.0), ("P2", "S2", None, "title", 0.8)]


def test_int_posts_counts_the_posts_that_an_agent_made_on_the_days_that_were_read(engine: Engine) -> None:
    put_table(engine, "night.int_stale_days", "known_on date", {"known_on": DAY})
    put_table(
        engine,
        "history.group_posts",
        GROUP_POSTS,
        {"message_id": "P1"},
        {"message_id": "P2"},
        {"message_id": "P3", "group_id": "G2"},
        {"message_id": "P4", "agent_id": None},
        {"message_id": "P5", "known_on": DAY - days(1)},
        **{"known_on": DAY, "group_id": "G1", "agent_id": "A1", "sku_id": "S1"},
    )
    engine.materialise("int_posts", into="temp")
    found = rows_of(engine, "temp.int_posts", "posted_on, agent_id, group_id, sku_id, posts")
    assert found == [(DAY, "A1", "G1", "S1", 2), (DAY, "A1", "G2", "S1", 1)]
