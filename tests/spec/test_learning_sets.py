"""What a sentiment model learns from: the newest words of customers, and what became of the lines they spoke of."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.support.night_tables import put_table, rows_of, selected
from xuanpin.pipelines.engine.protocol import Engine

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12)
AHEAD = date(9999, 12, 31)


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


BUYER: dict[str, Any] = {"customer_id": "C1", "valid_from": ago(9)}


def learning_texts(
    engine: Engine, most: int, buyer: dict[str, Any] | None = None, fewest: int = 1, labelled: Sequence[str] = ()
) -> Any:
    put_table(engine, "history.order_line_timeline", "customer_id varchar, valid_from date", {**BUYER, **(buyer or {})})
    columns = (
        "message_id varchar, known_on date, sender_id varchar, sender_role varchar, sent_at timestamp, "
        "row_hash varchar, text varchar"
    )
    put_table(
        engine,
        "source.chat_messages",
        columns,
        {"message_id": "M2", "text": "older words", "known_on": ago(3)},
        {"message_id": "M2", "text": "newer words", "sent_at": NOON + timedelta(hours=1)},
        {"message_id": "M1", "text": "要是比这好。as new"},
        {"message_id": "M3", "text": "要是好。old", "known_on": ago(9)},
        {"message_id": "M4", "text": "a seller's", "sender_role": "agent"},
        {"message_id": "M6", "text": "taken back"},
        {"message_id": "M6", "text": "〔撤回〕", "sender_role": "assistant", "sender_id": "withdrawn"},
        {"message_id": "M5", "text": "not known yet", "known_on": ago(-1)},
        {"message_id": "M0", "text": "a stranger's", "sender_id": "U1"},
        known_on=DAY,
        sender_id="C1",
        sender_role="customer",
        sent_at=NOON,
        row_hash="h",
    )
    cut: dict[str, Any] = {
        "quoted_pattern": "「[^」]*」",
        **{f"quoted_signs_{number}_pattern": "「[^」]*」" for number in (1, 2, 3)},
        "aside_pattern": "要是[^。]*。",
        **{f"aside_signs_{number}_pattern": "要是[^。]*。" for number in (1, 2, 3)},
        "compared_pattern": "比这",
        "traditional_pattern": "[見價]",
        "traditional": "見價",
        "simplified": "见价",
    }
    cut |= {"fewest_texts": fewest, "labelled": list(labelled)}
    engine.materialise("int_learning_texts", as_of_date=DAY, most_texts=most, **cut)
    return engine.read("night.int_learning_texts")["text"].to_pylist()


def test_int_learning_texts_are_the_newest_words_of_customers_oldest_first(engine: Engine) -> None:
    assert learning_texts(engine, 9) == ["old", "要是比这好。as new", "newer words"]
    assert learning_texts(engine, 2) == ["要是比这好。as new", "newer words"]
    assert learning_texts(engine, 1) == ["要是比这好。as new"]


def test_days_that_teach_are_those_of_any_version_of_what_is_learnt_from(engine: Engine) -> None:
    learning_texts(engine, 2)
    days = [{"known_on": ago(number), "newest_seq": number} for number in range(10)]
    columns = "known_on date, newest_seq bigint, model_version varchar, reading_version varchar"
    put_table(engine, "night.int_stale_days", columns, *days, model_version="m", reading_version="r")
    assert selected(engine, "int_teaching_days") == [(ago(3), 3, "m", "r"), (ago(0), 0, "m", "r")]


@pytest.mark.parametrize(
    ("own", "teaches"),
    [
        pytest.param({}, False, id="buyers are known, and she is none"),
        pytest.param({"buyer": {"customer_id": "U1"}}, True, id="she has ordered"),
        pytest.param({"buyer": {"customer_id": "C9"}}, True, id="no writer is known as a buyer"),
        pytest.param({"buyer": {"valid_from": ago(-1)}}, True, id="none is known yet"),
        pytest.param({"fewest": 3}, False, id="buyers have said enough"),
        pytest.param({"fewest": 4}, True, id="they have said too little"),
        pytest.param({"labelled": ["M7", "M0"]}, True, id="a merchandiser has labelled it"),
    ],
)
def test_int_learning_texts_a_stranger_teaches_only_where_buyers_say_too_little(
    engine: Engine, own: dict[str, Any], teaches: bool
) -> None:
    assert ("a stranger's" in learning_texts(engine, 9, **own)) is teaches


@pytest.mark.parametrize(
    ("mention", "line", "expected"),
    [
        pytest.param({}, {}, [1], id="kept for the days it takes"),
        pytest.param({}, {"delivered_on": ago(20)}, [], id="delivered too lately to tell"),
        pytest.param({}, {"return_requested_on": ago(5)}, [], id="sent back for no fault tells nothing"),
        pytest.param({}, {"return_requested_on": ago(5), "fault_requested_on": ago(5)}, [0], id="sent back for one"),
        pytest.param({}, {"delivered_on": ago(2), "fault_requested_on": ago(1)}, [0], id="a fault tells at once"),
        pytest.param({"kind": "question"}, {}, [], id="not feedback"),
        pytest.param({"attribution_confidence": 0.59}, {}, [], id="a line that she may not mean"),
        pytest.param({"known_on": ago(-1)}, {}, [], id="said later"),
        pytest.param({}, {"valid_from": ago(-1)}, [], id="a state of later"),
        pytest.param({}, {"valid_to": DAY}, [], id="a state that is over"),
        pytest.param({"order_line_id": "L9"}, {}, [], id="no such line"),
        pytest.param({}, {"is_sale": False}, [], id="a gift, which nobody sends back"),
    ],
)
def test_int_learning_outcomes_a_line_kept_or_sent_back_says_what_its_buyer_meant(
    engine: Engine, mention: dict[str, Any], line: dict[str, Any], expected: list[int] | list[Any]
) -> None:
    columns = "message_id varchar, known_on date, order_line_id varchar, kind varchar, attribution_confidence double"
    said = {"known_on": DAY, "order_line_id": "L1", "kind": "feedback", "attribution_confidence": 0.6}
    put_table(engine, "history.mentions", columns, {"message_id": "M1", **said, **mention})
    columns = (
        "order_line_id varchar, valid_from date, valid_to date, delivered_on date, return_requested_on date, "
        "fault_requested_on date, is_sale boolean"
    )
    state: dict[str, Any] = {
        "order_line_id": "L1",
        "valid_from": ago(40),
        "valid_to": AHEAD,
        "delivered_on": ago(21),
        "is_sale": True,
    }
    put_table(engine, "history.order_line_timeline", columns, {**state, **line})
    engine.materialise("int_learning_outcomes", as_of_date=DAY, kept_days=21, complaint_confidence=0.6)
    assert [kept for (kept,) in rows_of(engine, "night.int_learning_outcomes", "was_kept")] == expected


def test_int_learning_outcomes_one_fault_among_several_lines_decides(engine: Engine) -> None:
    columns = "message_id varchar, known_on date, order_line_id varchar, kind varchar, attribution_confidence double"
    rows = [{"message_id": "M1", "order_line_id": line} for line in ("L1", "L2")]
    put_table(engine, "history.mentions", columns, *rows, known_on=DAY, kind="feedback", attribution_confidence=1.0)
    columns = (
        "order_line_id varchar, valid_from date, valid_to date, delivered_on date, return_requested_on date, "
        "fault_requested_on date, is_sale boolean"
    )
    lines: list[dict[str, Any]] = [{"order_line_id": "L1"}, {"order_line_id": "L2", "fault_requested_on": ago(5)}]
    state: dict[str, Any] = {"valid_from": ago(40), "valid_to": AHEAD, "delivered_on": ago(30), "is_sale": True}
    put_table(engine, "history.order_line_timeline", columns, *lines, **state)
    engine.materialise("int_learning_outcomes", as_of_date=DAY, kept_days=21, complaint_confidence=0.6)
    assert rows_of(engine, "night.int_learning_outcomes", "message_id, was_kept") == [("M1", 0)]
