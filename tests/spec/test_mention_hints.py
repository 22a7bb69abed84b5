"""What a message may speak of: posts that its group was shown, lines that its writer was delivered, what it answers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.support.night_tables import put_table, rows_of
from xuanpin.pipelines.engine.protocol import Engine

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12)
HOUR = timedelta(hours=1)
AHEAD = date(9999, 12, 31)

CHAT = "message_id varchar, known_on date, sku_id varchar"
MESSAGES = (
    "message_no bigint, message_id varchar, known_on date, group_id varchar, sender_key varchar, sent_at timestamp, "
    "reply_to_message_id varchar, is_from_seller boolean"
)
GROUP_POSTS = "message_id varchar, known_on date, group_id varchar, sent_at timestamp, sku_id varchar, title varchar"
TITLES = "sku_id varchar, title varchar, valid_from date, valid_to date"


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def days(count: int) -> timedelta:
    return timedelta(days=count)


def test_int_mention_goods_are_what_a_group_was_shown_before_its_messages_and_not_long_ago(engine: Engine) -> None:
    put_table(
        engine,
        "night.int_mention_messages",
        MESSAGES,
        {"group_id": "G1", "sent_at": NOON},
        {"group_id": "G1", "sent_at": NOON + days(2)},
        {"group_id": "G2", "sent_at": NOON, "is_from_seller": True},
        is_from_seller=False,
    )
    put_table(
        engine,
        "history.group_posts",
        GROUP_POSTS,
        {"sku_id": "just before", "sent_at": NOON - HOUR},
        {"sku_id": "with the last", "sent_at": NOON + days(2), "known_on": DAY + days(2)},
        {"sku_id": "after the last", "sent_at": NOON + days(2) + HOUR, "known_on": DAY + days(2)},
        {"sku_id": "seven days", "sent_at": NOON - days(7)},
        {"sku_id": "nearly seven", "sent_at": NOON - days(7) + HOUR},
        {"sku_id": "known later", "sent_at": NOON - HOUR, "known_on": DAY + days(1)},
        {"sku_id": "known too late", "sent_at": NOON - HOUR, "known_on": DAY + days(3)},
        {"sku_id": "no title", "sent_at": NOON - HOUR, "title": None},
        {"sku_id": "not read", "sent_at": NOON - HOUR, "group_id": "G2"},
        group_id="G1",
        known_on=DAY - days(9),
        title="草莓",
    )
    engine.materialise("int_mention_skus", recent_days=7, messages_a_block=10)
    assert rows_of(engine, "night.int_mention_skus", "sku_id, since") == [
        ("just before", NOON - HOUR),
        ("known later", datetime(2026, 11, 21)),
        ("nearly seven", NOON - days(7) + HOUR),
        ("with the last", NOON + days(2)),
    ]


def test_a_post_stands_in_each_block_in_which_a_message_may_mean_it(engine: Engine) -> None:
    messages = [
        {"message_no": number, "group_id": group_id, "sent_at": NOON + days(later)}
        for number, group_id, later in ((1, "G1", 0), (2, "G1", 5), (3, "G2", 5), (4, "G1", 9))
    ]
    put_table(engine, "night.int_mention_messages", MESSAGES, *messages, is_from_seller=False)
    posts = [{"sku_id": "early", "sent_at": NOON - HOUR}, {"sku_id": "late", "sent_at": NOON + days(4)}]
    put_table(engine, "history.group_posts", GROUP_POSTS, *posts, group_id="G1", known_on=DAY, title="草莓")
    engine.materialise("int_mention_skus", recent_days=7, messages_a_block=2)
    assert rows_of(engine, "night.int_mention_skus", "block, sku_id") == [
        (0, "early"),
        (2, "early"),
        (2, "late"),
        (4, "late"),
    ]


def test_int_mention_lines_are_what_the_writer_had_been_delivered_as_known_on_her_day(engine: Engine) -> None:
    put_table(
        engine,
        "night.int_mention_messages",
        MESSAGES,
        {"message_no": 1, "sender_key": "C1", "is_from_seller": False},
        {"message_no": 2, "sender_key": "C2", "is_from_seller": True},
        sent_at=NOON,
        known_on=DAY,
    )
    put_table(
        engine,
        "history.order_line_timeline",
        "order_line_id varchar, customer_id varchar, sku_id varchar, valid_from date, valid_to date, "
        "delivered_at timestamp, status varchar",
        {"order_line_id": "hers"},
        {"order_line_id": "her first minute", "delivered_at": NOON},
        {"order_line_id": "45 days ago", "delivered_at": NOON - days(45)},
        {"order_line_id": "too long ago", "delivered_at": NOON - days(45) - HOUR},
        {"order_line_id": "delivered later", "delivered_at": NOON + HOUR},
        {"order_line_id": "not delivered", "delivered_at": None},
        {"order_line_id": "cancelled", "status": "cancelled"},
        {"order_line_id": "known later", "valid_from": DAY + days(1)},
        {"order_line_id": "no longer so", "valid_to": DAY},
        {"order_line_id": "a stranger's", "customer_id": "C9"},
        {"order_line_id": "the seller's", "customer_id": "C2"},
        customer_id="C1",
        sku_id="S1",
        valid_from=DAY,
        valid_to=AHEAD,
        delivered_at=NOON - days(1),
        status="delivered",
    )
    titles = [
        {"title": "草莓", "valid_from": DAY, "valid_to": DAY + days(1)},
        {"title": "old", "valid_from": DAY - days(1), "valid_to": DAY},
        {"title": "later", "valid_from": DAY + days(1), "valid_to": AHEAD},
        {"title": "another SKU's", "sku_id": "S2", "valid_from": DAY, "valid_to": AHEAD},
    ]
    put_table(engine, "night.int_title_versions", TITLES, *titles, sku_id="S1")
    # Six lines of C1, as known on the day, were delivered in the days that count: with five at most, C1 is no person.
    engine.materialise("int_mention_lines", own_order_days=45, most_own_lines=5, messages_a_block=10)
    assert rows_of(engine, "night.int_mention_lines", "message_no") == []
    engine.materialise("int_mention_lines", own_order_days=45, most_own_lines=6, messages_a_block=10)
    assert rows_of(engine, "night.int_mention_lines", "message_no, order_line_id, title") == [
        (1, "45 days ago", "草莓"),
        (1, "her first minute", "草莓"),
        (1, "hers", "草莓"),
    ]


def links(engine: Engine, messages: list[Any], posts: Sequence[Any], chat: Sequence[Any] = ()) -> dict[Any, Any]:
    """Rows of int_mention_links: message number → (answered SKU, SKU of the last post)."""
    put_table(
        engine,
        "night.int_mention_messages",
        MESSAGES,
        *({"message_id": f"M{row['message_no']}", **row} for row in messages),
        group_id="G1",
        known_on=DAY,
        sent_at=NOON,
        is_from_seller=False,
    )
    put_table(engine, "history.group_posts", GROUP_POSTS, *posts, group_id="G1", known_on=DAY, sent_at=NOON - HOUR)
    put_table(engine, "source.chat_messages", CHAT, *chat, known_on=DAY)
    engine.materialise("int_mention_links", into="temp", as_of_date=DAY, recency_hours=6)
    found = rows_of(engine, "temp.int_mention_links", "message_no, reply_sku_id, last_sku_id")
    return {number: sku_ids for number, *sku_ids in found}


def test_int_mention_links_an_answer_names_the_sku_of_what_it_answers(engine: Engine) -> None:
    found = links(
        engine,
        [
            {"message_no": 1, "reply_to_message_id": "P1"},
            {"message_no": 2, "reply_to_message_id": "P2"},
            {"message_no": 3, "reply_to_message_id": "carded"},
            {"message_no": 4, "reply_to_message_id": "plain"},
            {"message_no": 5, "reply_to_message_id": "late post"},
            {"message_no": 6, "reply_to_message_id": "late card"},
            {"message_no": 7, "reply_to_message_id": "P1", "is_from_seller": True},
            {"message_no": 8, "reply_to_message_id": "today"},
        ],
        [
            {"message_id": "P1", "sku_id": "S1", "sent_at": NOON - days(3), "known_on": DAY - days(3)},
            {"message_id": "P2", "sku_id": "S1", "sent_at": NOON - days(3), "known_on": DAY - days(3)},
            {"message_id": "P2", "sku_id": "S2", "sent_at": NOON - days(3), "known_on": DAY - days(3)},
            {"message_id": "today", "sku_id": "S5"},
            {"message_id": "late post", "sku_id": "S3", "known_on": DAY + days(1)},
        ],
        [
            {"message_id": "carded", "sku_id": "S4"},
            {"message_id": "plain"},
            {"message_id": "late card", "sku_id": "S4", "known_on": DAY + days(1)},
        ],
    )
    answered = {number: reply for number, (reply, _) in found.items()}
    assert answered == {1: "S1", 2: None, 3: "S4", 4: None, 5: None, 6: None, 8: "S5"}


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        pytest.param([("S1", 1), ("S2", 2)], "S1", id="the last post before it"),
        pytest.param([("S1", 1), ("S2", -1)], "S1", id="not one that follows"),
        pytest.param([("S1", 6)], "S1", id="six hours ago still"),
        pytest.param([("S1", 6.1)], None, id="longer ago no more"),
        pytest.param([("S1", 1), ("S2", 1), ("S3", 2)], None, id="two SKUs in one post tie, and hide the one before"),
        pytest.param([("S1", 1, "G2"), ("S2", 2)], "S2", id="each group by itself"),
        pytest.param([("S1", 1, "G1", DAY - days(1)), ("S2", 2)], "S2", id="not a post dated after its own day"),
        pytest.param([("S1", 1, "G1", DAY + days(1)), ("S2", 2)], "S2", id="not a post that became known later"),
    ],
)
def test_int_mention_links_the_last_post_of_the_group_is_a_hint(
    engine: Engine, posts: Sequence[Any], expected: str | None
) -> None:
    rows = [
        {
            "message_id": f"P{hours}{group}",
            "sku_id": sku,
            "sent_at": NOON - hours * HOUR,
            "group_id": group[0] if group else "G1",
            "known_on": group[1] if group[1:] else DAY,
        }
        for sku, hours, *group in posts
    ]
    assert links(engine, [{"message_no": 1}], rows) == {1: [None, expected]}
