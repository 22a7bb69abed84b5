"""What is read of the chat, by whom, and in which order."""

from datetime import date
from typing import Any

from tests.support.night_tables import AS_OF, ago, rows, selected, table
from xuanpin.pipelines.engine.protocol import Engine

MESSAGES = (
    "message_no bigint, text varchar, group_id varchar, sent_at timestamp, known_on date, is_from_seller boolean, "
    "card_sku_id varchar, has_question boolean, has_order_words boolean, has_receipt boolean"
)
EPOCH = (AS_OF - AS_OF.fromordinal(719163)).days
"""The as-of date in days since 1970-01-01, which is the day 719,163 of the calendar."""


def message(
    number: int,
    *,
    seller: bool = False,
    card: str | None = None,
    question: bool = False,
    order: bool = False,
    receipt: bool = False,
) -> tuple[Any, str, str, str, date, bool, Any, bool, bool, bool]:
    return (number, f"m{number}", "G1", "2026-11-21 10:00:00", AS_OF, seller, card, question, order, receipt)


def test_sellers_are_read_where_no_card_names_the_sku(warehouse: Engine) -> None:
    sellers = [message(number, seller=True) for number in (3, 1, 12)]
    table(warehouse, "night.int_mention_messages", MESSAGES, [*sellers, message(2, seller=True, card="S1"), message(4)])
    found = rows(warehouse, "int_seller_texts", messages_a_block=10)
    assert found == [(0, 1, "m1", EPOCH), (0, 3, "m3", EPOCH), (10, 12, "m12", EPOCH)]


def test_customers_are_read_with_what_is_known_before_their_words(warehouse: Engine) -> None:
    messages = [
        message(4, question=True, receipt=True),
        message(1, question=True),
        message(2, card="S1"),
        message(3, order=True),
        message(5, seller=True),
    ]
    table(warehouse, "night.int_mention_messages", MESSAGES, messages)
    table(warehouse, "night.int_stale_days", "known_on date, model_version varchar", [(AS_OF, "v1"), (ago(1), "v0")])
    table(warehouse, "temp.int_mention_links", "message_no bigint, reply_sku_id varchar", [(3, "S2"), (4, None)])
    wanted = ("message_no", "block", "model_version", "day", "is_linked", "is_wish")
    assert sorted(selected(warehouse, "int_customer_texts", *wanted, messages_a_block=3)) == [
        (1, 0, "v1", EPOCH, False, True),
        (2, 0, "v1", EPOCH, True, False),
        (3, 3, "v1", EPOCH, True, True),
        (4, 3, "v1", EPOCH, False, False),
    ]


def test_of_skus_with_equal_evidence_the_one_first_posted_is_meant_and_then_the_one_first_delivered(
    warehouse: Engine,
) -> None:
    posts = [
        (0, "G2", "S1", "2026-11-20 10:00:00"),
        (0, "G1", "S4", "2026-11-21 10:00:00"),
        (0, "G1", "S3", "2026-11-21 10:00:00"),
        (9, "G1", "S2", "2026-11-20 10:00:00"),
        (9, "G1", "S1", "2026-11-19 10:00:00"),
    ]
    table(warehouse, "night.int_mention_skus", "block bigint, group_id varchar, sku_id varchar, since timestamp", posts)
    lines = [(3, "S7"), (2, "S9"), (2, "S8"), (1, "S1"), (4, None)]
    table(warehouse, "night.int_mention_lines", "message_no bigint, sku_id varchar", lines)
    assert selected(warehouse, "int_named_skus", "sku_id") == ["S1", "S2", "S3", "S4", "S8", "S9", "S7"]


def test_a_title_is_read_from_its_first_day_up_to_the_day_of_the_next(warehouse: Engine) -> None:
    columns = "sku_id varchar, title varchar, valid_from date, valid_to date"
    titles = [("S2", "b", ago(0), ago(-1)), ("S1", None, ago(2), ago(1)), ("S1", "a", ago(1), ago(0))]
    table(warehouse, "night.int_title_versions", columns, titles)
    assert selected(warehouse, "int_title_days") == [("S1", "a", EPOCH - 1, EPOCH), ("S2", "b", EPOCH, EPOCH + 1)]


def test_a_training_reads_texts_by_day_with_what_became_of_their_lines(warehouse: Engine) -> None:
    texts = [("M2", "b", ago(0)), ("M3", "c", ago(1)), ("M1", "a", ago(0))]
    table(warehouse, "night.int_learning_texts", "message_id varchar, text varchar, known_on date", texts)
    outcomes = [("M1", True), ("M2", False), ("M9", True)]
    table(warehouse, "night.int_learning_outcomes", "message_id varchar, was_kept boolean", outcomes)
    assert selected(warehouse, "int_learning_rows") == [("M3", "c", None), ("M1", "a", 1), ("M2", "b", 0)]
