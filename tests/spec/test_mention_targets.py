"""What a customer's message is and speaks of, once its words have been read: sure links first, ties name no SKU."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.support.night_tables import put_table, rows_of
from xuanpin.pipelines.engine.protocol import Engine

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12)

MESSAGES = (
    "message_no bigint, message_id varchar, known_on date, group_id varchar, agent_id varchar, sender_key varchar, "
    "sender_role varchar, sent_at timestamp, sent_on date, row_hash varchar, card_sku_id varchar, has_receipt boolean, "
    "has_question boolean, has_order_words boolean, is_greeting boolean, is_notice boolean, is_from_seller boolean, "
    "has_danger boolean"
)
READINGS = (
    "message_no bigint, part integer, voted_sku_id varchar, vote_confidence double, is_vote_on_own_order boolean, "
    "guessed_sku_id varchar, guess_confidence double, satisfaction double, is_discontent boolean, "
    "aspects struct(aspect varchar, polarity double)[], is_about_goods boolean, calibrated boolean, "
    "model_version varchar, fingerprint_a bigint, fingerprint_b bigint"
)
LINKS = "message_no bigint, reply_sku_id varchar, last_sku_id varchar"
TARGETS = (
    "message_no bigint, part integer, kind varchar, sku_id varchar, attribution varchar, "
    "attribution_confidence double, has_own_order boolean, is_danger boolean"
)
LINES = "message_no bigint, order_line_id varchar, sku_id varchar, delivered_at timestamp"
SIGNS = ("has_receipt", "has_question", "has_order_words", "is_greeting", "is_notice", "has_danger")
ASPECTS = [{"aspect": "quality", "polarity": 0.1}]

CARD = {"card_sku_id": "S1"}
REPLY = {"reply_sku_id": "S2"}
OWN_VOTE = {"voted_sku_id": "S3", "vote_confidence": 0.8, "is_vote_on_own_order": True}
VOTE = {"voted_sku_id": "S4", "vote_confidence": 0.7, "is_vote_on_own_order": False}
GUESS = {"guessed_sku_id": "S5", "guess_confidence": 0.6}
LAST = {"last_sku_id": "S6"}
WISH = {"has_question": True}
ORDER = {"has_order_words": True}
RECEIPT = {"has_receipt": True}
DANGER = {"has_danger": True, "has_receipt": True}
CROSS = {"is_discontent": True}
GLAD = {"satisfaction": 0.9}


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def materialise_targets(engine: Engine) -> None:
    engine.materialise(
        "int_mention_targets",
        into="temp",
        guess_from=0.5,
        clear_opinion=0.35,
        lukewarm=0.55,
        card_confidence=0.99,
        reply_confidence=0.97,
        last_post_confidence=0.35,
    )


def target(engine: Engine, *signs: Any) -> Any:
    """The row of int_mention_targets of one message with these signs, as (kind, SKU, way, confidence)."""
    cells = {name: value for sign in signs for name, value in sign.items()}

    def of(columns: Any, **more: Any) -> dict[Any, Any]:
        return {name: value for name, value in cells.items() if f"{name} " in columns} | {"message_no": 1} | more

    put_table(engine, "night.int_mention_messages", MESSAGES, of(MESSAGES), **dict.fromkeys(SIGNS, False))
    reading: dict[str, Any] = {"part": 0, "satisfaction": 0.5, "is_discontent": False, "aspects": []}
    put_table(engine, "night.int_mention_readings", READINGS, of(READINGS), **reading)
    put_table(engine, "temp.int_mention_links", LINKS, of(LINKS))
    materialise_targets(engine)
    columns = "kind, sku_id, attribution, attribution_confidence"
    (found,) = rows_of(engine, "temp.int_mention_targets", columns)
    return found


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        pytest.param([CARD, REPLY, OWN_VOTE, GUESS, LAST], ("S1", "card", 0.99), id="a card before all"),
        pytest.param([REPLY, OWN_VOTE, GUESS, LAST], ("S2", "reply", 0.97), id="then what it answers"),
        pytest.param([OWN_VOTE, GUESS, LAST], ("S3", "own_order", 0.8), id="then a title that she was delivered"),
        pytest.param([VOTE, GUESS, LAST], ("S4", "title", 0.7), id="or any title of the group"),
        pytest.param([GUESS, LAST], ("S5", "own_order", 0.6), id="then the line she most likely speaks of"),
        pytest.param([LAST], ("S6", "recency", 0.35), id="the last post, of one who was delivered nothing"),
        pytest.param([], (None, "none", 0.0), id="nothing"),
        pytest.param([GUESS, {"guess_confidence": 0.49}], (None, "none", 0.0), id="a guess below the bar: none"),
        pytest.param([GUESS, {"guess_confidence": 0.5}], ("S5", "own_order", 0.5), id="a guess at the bar"),
        pytest.param(
            [GUESS, {"guess_confidence": 0.1}, LAST], (None, "none", 0.0), id="a buyer's message: no last post either"
        ),
        pytest.param([GUESS, WISH], (None, "none", 0.0), id="a question is about what she has not got"),
        pytest.param([GUESS, ORDER], (None, "none", 0.0), id="so are order words"),
        pytest.param([GUESS, WISH, RECEIPT], ("S5", "own_order", 0.6), id="unless she tells of a receipt"),
        pytest.param([VOTE, WISH], ("S4", "title", 0.7), id="a question may name a title"),
    ],
)
def test_int_mention_targets_takes_the_surest_link(
    engine: Engine, signs: Sequence[Any], expected: tuple[str, str, float] | tuple[None, str, float]
) -> None:
    assert target(engine, *signs)[1:] == expected


@pytest.mark.parametrize(
    ("signs", "kind"),
    [
        pytest.param([RECEIPT], "feedback", id="a receipt is feedback, however mild"),
        pytest.param([RECEIPT, {"satisfaction": None}], "other", id="but not without a reading"),
        pytest.param([RECEIPT, {"is_greeting": True}], "other", id="a greeting is nothing else"),
        pytest.param([{"is_notice": True}, GUESS, VOTE], "other", id="a notice neither"),
        pytest.param([RECEIPT, {"is_notice": True}], "feedback", id="but a receipt that looks like a notice counts"),
        pytest.param([ORDER, GUESS, VOTE], "order", id="order words"),
        pytest.param([ORDER, WISH], "order", id="an order that asks is an order"),
        pytest.param([ORDER, RECEIPT], "feedback", id="receipt beats order"),
        pytest.param([ORDER, GUESS, VOTE, CROSS], "feedback", id="nobody orders again what was bad"),
        pytest.param([ORDER, VOTE, CROSS], "order", id="who has none only finds it dear"),
        pytest.param([DANGER, ORDER, WISH], "feedback", id="a danger, whatever else is asked"),
        pytest.param([DANGER, {"is_notice": True, "satisfaction": None}], "feedback", id="a danger without a reading"),
        pytest.param([WISH, GUESS, VOTE], "question", id="question"),
        pytest.param([WISH, RECEIPT], "question", id="a question of one who received it is one"),
        pytest.param([WISH, {"is_discontent": True}], "question", id="a cross question too"),
        pytest.param([WISH, RECEIPT, {"is_discontent": True}], "feedback", id="both together are a complaint"),
        pytest.param([GUESS], "other", id="a buyer's small talk"),
        pytest.param([GUESS, VOTE], "feedback", id="a buyer who names a title"),
        pytest.param([GUESS, CARD], "feedback", id="who sends a card"),
        pytest.param([GUESS, REPLY], "feedback", id="who answers a post"),
        pytest.param([GUESS, {"aspects": ASPECTS}], "feedback", id="who speaks of an aspect"),
        pytest.param([GUESS, {"satisfaction": 0.85}], "feedback", id="who is clearly content"),
        pytest.param([GUESS, {"satisfaction": 0.15}], "feedback", id="or clearly not"),
        pytest.param([GUESS, {"satisfaction": 0.84}], "other", id="not clearly enough"),
        pytest.param([GUESS, {"satisfaction": 0.55}], "feedback", id="who calls it neither good nor bad"),
        pytest.param([VOTE, GLAD, {"aspects": ASPECTS}], "other", id="one who was delivered nothing: just talk"),
        pytest.param([LAST, GLAD, CARD], "other", id="even with a card"),
    ],
)
def test_int_mention_targets_says_what_kind_a_message_is(engine: Engine, signs: Sequence[Any], kind: str) -> None:
    assert target(engine, *signs)[0] == kind


def mentions(
    engine: Engine,
    targets: list[Any],
    *,
    reading: Mapping[str, Any] | None = None,
    lines: Sequence[Any] = (),
    sellers: Sequence[Any] = (),
    stale: date = DAY,
) -> Any:
    """Rows of int_mentions for message 1 (a customer's) and 2 (a seller's), where the day `stale` is read."""
    put_table(engine, "night.int_stale_days", "known_on date", {"known_on": stale})
    people = [
        {"message_no": 1, "message_id": "M1", "sender_key": "C1", "sender_role": "customer"},
        {"message_no": 2, "message_id": "P2", "sender_key": "A1", "sender_role": "agent"},
    ]
    whole: dict[str, Any] = {
        "known_on": DAY,
        "group_id": "G1",
        "agent_id": "A1",
        "sent_at": NOON,
        "sent_on": DAY,
        "row_hash": "h",
    }
    put_table(engine, "night.int_mention_messages", MESSAGES, *people, **whole)
    common: dict[str, Any] = {
        "part": 0, "kind": "feedback", "sku_id": "S1", "attribution": "card", "attribution_confidence": 0.99,
        "has_own_order": True, "is_danger": False,
    }  # fmt: skip
    put_table(engine, "temp.int_mention_targets", TARGETS, *targets, message_no=1, **common)
    put_table(engine, "temp.int_seller_targets", TARGETS, *sellers, message_no=2, **common)
    read: dict[str, Any] = {
        "message_no": 1, "satisfaction": 0.1, "is_discontent": True, "aspects": ASPECTS, "is_about_goods": True,
        "calibrated": True, "model_version": "m1", "fingerprint_a": 7, "fingerprint_b": 8,
    }  # fmt: skip
    parts = [{"part": row.get("part", 0)} for row in targets]
    put_table(engine, "night.int_mention_readings", READINGS, *parts, **(read | dict(reading or {})))
    put_table(engine, "night.int_mention_lines", LINES, *lines, message_no=1, delivered_at=NOON)
    engine.materialise("int_mentions", into="temp")
    return engine.query("select * from temp.int_mentions order by message_id, part").to_pylist()


def test_int_mentions_a_row_carries_who_said_what_of_which_sku(engine: Engine) -> None:
    customer, seller = mentions(engine, [{}], sellers=[{"kind": "promotion", "has_own_order": False}])
    assert customer == {
        "message_id": "M1", "known_on": DAY, "row_hash": "h", "group_id": "G1", "agent_id": "A1", "sender_key": "C1",
        "sender_role": "customer", "sent_at": NOON, "sent_on": DAY, "sku_id": "S1", "kind": "feedback",
        "satisfaction": 0.1, "aspects": ASPECTS, "attribution": "card", "attribution_confidence": 0.99,
        "order_line_id": None, "is_complaint": True, "calibrated": True, "model_version": "m1", "has_own_order": True,
        "fingerprint_a": 7, "fingerprint_b": 8, "part": 0, "is_danger": None,
    }  # fmt: skip
    assert (seller["message_id"], seller["kind"], seller["sku_id"]) == ("P2", "promotion", "S1")
    assert [seller[name] for name in ("satisfaction", "aspects", "model_version", "fingerprint_a")] == [None] * 4
    assert seller["is_complaint"] is False and seller["calibrated"] is False


def test_int_mentions_leaves_out_days_that_were_gathered_to_be_read_later(engine: Engine) -> None:
    assert mentions(engine, [{}], sellers=[{}], stale=DAY - timedelta(days=1)) == []


def test_int_mentions_each_part_keeps_its_own_reading_and_line(engine: Engine) -> None:
    lines = [{"order_line_id": "L1", "sku_id": "S1"}, {"order_line_id": "L2", "sku_id": "S2"}]
    rows = mentions(engine, [{}, {"part": 1, "sku_id": "S2"}], lines=lines)
    assert [(row["part"], row["sku_id"], row["order_line_id"]) for row in rows] == [(0, "S1", "L1"), (1, "S2", "L2")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, (0.1, True), id="discontent feedback on a SKU"),
        pytest.param({"kind": "question"}, (None, False), id="a question complains of nothing"),
        pytest.param({"sku_id": None}, (0.1, False), id="nobody knows of what"),
        pytest.param({"is_discontent": False}, (0.1, False), id="not discontent"),
        pytest.param({"is_about_goods": False}, (0.1, False), id="of the courier"),
    ],
)
def test_int_mentions_what_is_a_complaint(
    engine: Engine,
    change: dict[str, Any],
    expected: tuple[float, bool] | tuple[None, bool],
) -> None:
    is_read = set(change) <= {"is_discontent", "is_about_goods"}
    (row,) = mentions(engine, [{} if is_read else change], reading=change if is_read else {})
    assert (row["satisfaction"], row["is_complaint"]) == expected


def test_int_mentions_feedback_on_the_courier_is_of_no_sku(engine: Engine) -> None:
    lines = [{"order_line_id": "L1", "sku_id": "S1"}]
    for kind, is_about_goods, sku in (("feedback", True, "S1"), ("feedback", False, None), ("question", False, "S1")):
        (row,) = mentions(engine, [{"kind": kind}], reading={"is_about_goods": is_about_goods}, lines=lines)
        assert row["sku_id"] == sku and (row["order_line_id"] is None) == (sku is None)


@pytest.mark.parametrize("skus", [("S1", "S2"), ("S1", "S1")])
def test_int_mentions_a_message_speaks_once_of_each_sku_and_once_of_none(engine: Engine, skus: tuple[str, str]) -> None:
    """Two goods are named, and of both only the courier and the shop are judged: one row, the least content."""
    targets = [{"part": part, "sku_id": sku} for part, sku in enumerate(skus)]
    (row,) = mentions(engine, targets, reading={"is_about_goods": False})
    assert (row["sku_id"], row["part"], row["is_complaint"]) == (None, 0, False)
    rows = mentions(engine, targets)
    assert sorted(row["sku_id"] for row in rows) == sorted(set(skus))


def test_int_mentions_names_the_newest_line_of_that_sku_and_of_equal_ones_the_first(engine: Engine) -> None:
    lines = [
        {"order_line_id": "L1", "sku_id": "S1", "delivered_at": NOON - timedelta(days=9)},
        {"order_line_id": "L3", "sku_id": "S1"},
        {"order_line_id": "L2", "sku_id": "S1"},
        {"order_line_id": "L0", "sku_id": "S2", "delivered_at": NOON + timedelta(days=1)},
    ]
    (row,) = mentions(engine, [{}], lines=lines)
    assert row["order_line_id"] == "L2"
    (row,) = mentions(engine, [{"sku_id": None}], lines=lines)
    assert row["order_line_id"] is None


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param({}, (0.0, True), id="a danger leaves nobody content"),
        pytest.param({"satisfaction": 0.9, "is_discontent": False}, (0.0, True), id="whatever else is said"),
        pytest.param({"satisfaction": None, "is_about_goods": False}, (0.0, True), id="or not read"),
    ],
)
def test_int_mentions_a_danger_is_a_complaint(engine: Engine, reading: Any, expected: tuple[float, bool]) -> None:
    (row,) = mentions(engine, [{"is_danger": True}], reading=reading)
    assert (row["satisfaction"], row["is_complaint"], row["is_danger"]) == (*expected, True)


def test_int_mention_targets_a_danger_is_in_the_part_that_is_least_content(engine: Engine) -> None:
    put_table(engine, "night.int_mention_messages", MESSAGES, DANGER | {"message_no": 1}, **dict.fromkeys(SIGNS, False))
    parts: list[dict[str, Any]] = [
        {"part": 0, "satisfaction": 0.9},
        {"part": 1, "satisfaction": 0.2},
        {"part": 2, "satisfaction": None},
    ]
    put_table(engine, "night.int_mention_readings", READINGS, *parts, message_no=1, is_discontent=False, aspects=[])
    put_table(engine, "temp.int_mention_links", LINKS)
    materialise_targets(engine)
    assert rows_of(engine, "temp.int_mention_targets", "part, is_danger") == [(0, False), (1, True), (2, False)]
