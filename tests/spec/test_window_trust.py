"""How far a mention can be believed: who wrote it, whether she bought, and whether others wrote the same words."""

from datetime import timedelta
from typing import Any

import pytest

from tests.spec.window_world import DAY, NOON, said, weigh
from tests.support.night_tables import rows_of
from xuanpin.pipelines.engine.protocol import Engine

PRAISE: dict[str, Any] = {"satisfaction": 0.6}
MILD: dict[str, Any] = {"satisfaction": 0.59}
CROSS: dict[str, Any] = {"satisfaction": 0.0}


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def weights(engine: Engine, *rows: Any, **more: Any) -> dict[Any, Any]:
    weigh(engine, *rows, **more)
    return dict(rows_of(engine, "night.feedback_mentions", "message_id, trust_weight"))


EARLIER = said("C1", ago=20, number=9, kind="other", satisfaction=None)


@pytest.mark.parametrize(
    ("mention", "orders", "expected"),
    [
        pytest.param({"order_line_id": "L1"} | PRAISE, [], 1.0, id="praise of her own line"),
        pytest.param({"order_line_id": "L1"} | CROSS, [], 1.0, id="complaint of her own line"),
        pytest.param(PRAISE, [("C1", 5, 5)], 0.52, id="a customer's praise of something else"),
        pytest.param(MILD, [("C1", 5, 5)], 0.71, id="a customer's word that is no praise"),
        pytest.param(CROSS, [("C1", 0, 0)], 0.71, id="a customer from the day of her order on"),
        pytest.param(CROSS, [("C1", -1, 0)], 0.31, id="not before it"),
        pytest.param(CROSS, [("C1", 5, -1)], 0.31, id="nor by an order that became known later"),
        pytest.param(CROSS, [("C2", 5, 5)], 0.31, id="nor by another one's order"),
        pytest.param(PRAISE, [], 0.11, id="a stranger's praise, on a later day than her first"),
        pytest.param(MILD, [], 0.31, id="a stranger's word that is no praise"),
        pytest.param({"kind": "question"}, [("C1", 5, 5)], 0.0, id="not feedback"),
        pytest.param({"kind": "promotion", "order_line_id": "L1"}, [("C1", 5, 5)], 0.0, id="a promotion"),
    ],
)
def test_int_window_mentions_trusts_whom_how_far(
    engine: Engine, mention: dict[str, Any], orders: list[Any] | list[tuple[str, int, int]], expected: float
) -> None:
    row = said("C1", ago=0, **mention)
    assert weights(engine, EARLIER, row, orders=orders)[row["message_id"]] == expected


def test_int_window_mentions_a_strangers_praise_on_the_day_of_her_first_word_is_nothing(engine: Engine) -> None:
    found = weights(engine, said("C1", ago=3), said("C2", ago=3, **CROSS), said("C3", ago=3), orders=[("C3", 9, 9)])
    assert found == {"C1-3-0": 0.0, "C2-3-0": 0.31, "C3-3-0": 0.52}


def test_int_senders_first_word_and_first_order_as_known_on_the_day(engine: Engine) -> None:
    later = said("C2", ago=-1, known_on=DAY + timedelta(days=1))
    weigh(
        engine,
        said("C1", ago=2),
        said("C1", ago=4, kind="other"),
        later,
        said("C3", ago=80),
        said("C4", ago=80),
        said("C4", ago=1),
        orders=[("C1", 9, 9), ("C1", 12, 12), ("C1", 15, -1), ("C9", 1, 1)],
    )
    ago = {days: DAY - timedelta(days=days) for days in (4, 12, 80)}
    found = rows_of(engine, "night.int_senders", "sender_key, first_sent_on, first_ordered_on")
    # Who has written nothing in the window is asked for by nobody; a first word before it is still the first.
    assert found == [("C1", ago[4], ago[12]), ("C4", ago[80], None)]


def test_int_repeated_messages_the_last_version_known_counts_with_all_its_parts(engine: Engine) -> None:
    day = timedelta(days=1)
    first = said("C1", ago=3, message_id="M1")
    weigh(
        engine,
        first,
        first | {"sent_at": NOON - 2 * day, "sent_on": DAY - 2 * day, "known_on": DAY - 2 * day},
        first | {"sent_at": NOON - 2 * day, "sent_on": DAY - 2 * day, "known_on": DAY - 2 * day, "part": 1},
        first | {"sent_at": NOON + day, "sent_on": DAY + day, "known_on": DAY + day},
        said("C1", ago=3, message_id="M2"),
        said("C1", ago=3, message_id="M2", known_on=DAY - day),
        said("C1", ago=3, message_id="M3", row_hash="a", known_on=DAY - 2 * day),
        said("C1", ago=3, message_id="M3", row_hash="b", known_on=DAY - day),
    )
    assert rows_of(engine, "night.int_repeated_messages", "message_id, known_on") == [
        ("M1", DAY - 2 * day),
        ("M2", DAY - 3 * day),
        ("M3", DAY - day),
    ]
    found = rows_of(engine, "night.int_window_mentions", "message_id, sent_on")
    assert found == [("M1", DAY - 2 * day)] * 2 + [("M2", DAY - 3 * day), ("M3", DAY - 3 * day)]


def test_int_window_mentions_are_those_of_the_last_days(engine: Engine) -> None:
    assert set(weights(engine, said("C1", ago=59), said("C1", ago=60))) == {"C1-59-0"}
    assert set(weights(engine, said("C1", ago=6), said("C1", ago=7), window_days=7)) == {"C1-6-0"}


def test_praise_is_feedback_from_a_set_satisfaction_on_in_the_window(engine: Engine) -> None:
    rows = [
        said("C1", ago=59, **PRAISE),
        said("C2", **MILD),
        said("C3", kind="question", **PRAISE),
        said("C4", ago=60, **PRAISE),
        said("C5", satisfaction=0.9),
    ]
    for praise_from, is_mild_praise in ((0.6, False), (0.5, True)):
        weigh(engine, *rows, praise_from=praise_from)
        marked = rows_of(engine, "night.int_window_mentions", "sender_key, is_praise")
        assert marked == [("C1", True), ("C2", is_mild_praise), ("C5", True)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("C1", 5, 7, None), ("C2", 5, 7, None), ("C3", 5, 7, None)], {5}, id="three on one day"),
        pytest.param([("C1", 5, 7, None), ("C2", 5, 7, None), ("C2", 5, 7, None)], set(), id="three by two accounts"),
        pytest.param([("C1", 6, 7, None), ("C1", 5, 7, None), ("C2", 5, 7, None)], set(), id="one of them twice"),
        pytest.param([("C1", 6, 7, None), ("C2", 5, 7, None), ("C3", 4, 7, None)], {5}, id="a day apart: the middle"),
        pytest.param([("C1", 6, 7, None), ("C2", 5, 7, None), ("C3", 5, 7, None)], {5, 6}, id="a day apart: both"),
        pytest.param([("C1", 7, 7, None), ("C2", 5, 7, None), ("C3", 5, 7, None)], set(), id="two days apart"),
        pytest.param([("C1", 5, 7, 8), ("C2", 5, 7, 9), ("C3", 5, 8, 9)], set(), id="no wording that all three share"),
        pytest.param([("C1", 5, 7, 8), ("C2", 5, 6, 8), ("C3", 5, 8, None)], {5}, id="either print of a text counts"),
        pytest.param([("C1", 5, None, None), ("C2", 5, None, None), ("C3", 5, None, None)], set(), id="too short"),
    ],
)
def test_int_praise_bursts_the_same_words_from_three_accounts_within_a_day(
    engine: Engine,
    rows: list[tuple[str, int, int, None]]
    | list[tuple[str, int, int, int]]
    | list[tuple[str, int, int, int] | tuple[str, int, int, None]]
    | list[tuple[str, int, None, None]],
    expected: set[int] | set[Any],
) -> None:
    weigh(
        engine,
        *(
            said(who, ago=ago, number=number, fingerprint_a=a, fingerprint_b=b)
            for number, (who, ago, a, b) in enumerate(rows)
        ),
    )
    found = {(DAY - on).days for (on,) in rows_of(engine, "night.int_praise_bursts", "sent_on")}
    assert found == expected


def test_int_praise_bursts_their_size_and_days_are_settings(engine: Engine) -> None:
    rows = [said("C1", ago=7, fingerprint_a=7), said("C2", ago=5, fingerprint_a=7)]
    weigh(engine, *rows, burst_senders=2)
    assert rows_of(engine, "night.int_praise_bursts", "sent_on") == []
    weigh(engine, *rows, burst_senders=2, burst_days=2)
    assert len(rows_of(engine, "night.int_praise_bursts", "sent_on")) == 2


def test_int_praise_bursts_complaints_in_the_same_words_are_no_burst(engine: Engine) -> None:
    weigh(engine, *(said(who, fingerprint_a=7, **CROSS) for who in ("C1", "C2", "C3")))
    assert rows_of(engine, "night.int_praise_bursts", "fingerprint") == []


def test_int_window_mentions_praise_in_a_burst_is_nothing_but_a_buyers_own_counts_less(engine: Engine) -> None:
    orders = [(who, 30, 30) for who in ("C1", "C2", "C3", "C4", "C5", "C6")]
    found = weights(
        engine,
        said("C1", ago=5, fingerprint_a=7, order_line_id="L1"),
        said("C2", ago=5, fingerprint_a=7),
        said("C3", ago=5, fingerprint_b=7),
        said("C4", ago=5, fingerprint_a=7, **CROSS),
        said("C5", ago=3, fingerprint_a=7),
        said("C6", ago=3, fingerprint_b=7),
        orders=orders,
    )
    days_later = {"C5-3-0": 0.52, "C6-3-0": 0.52}
    assert found == {"C1-5-0": 0.51, "C2-5-0": 0.0, "C3-5-0": 0.0, "C4-5-0": 0.71} | days_later


@pytest.mark.parametrize(
    ("rows", "orders", "expected"),
    [
        pytest.param([("S1", "A1"), ("S2", "A1")], [], ["C1"], id="two SKUs of one agent"),
        pytest.param([("S1", "A1"), ("S1", "A1")], [], [], id="one SKU twice"),
        pytest.param([("S1", "A1"), ("S2", "A2")], [], [], id="two agents"),
        pytest.param([("S1", "A1"), (None, "A1")], [], [], id="praise of nothing in particular"),
        pytest.param([("S1", "A1"), ("S2", "A1")], [("C1", 30, 30)], [], id="a customer's are her own affair"),
        pytest.param([("S1", "A1"), ("S2", "A1")], [("C1", 0, 0)], [], id="from the day of her order on"),
        pytest.param([("S1", "A1"), ("S2", "A1")], [("C1", -1, 0)], ["C1"], id="but not before she had ordered"),
        pytest.param([("S1", "A1"), ("S2", "A1")], [("C2", 30, 30)], ["C1"], id="another one's order ties nothing"),
    ],
)
def test_int_tied_accounts_praise_several_skus_of_one_agent_and_buy_nothing(
    engine: Engine,
    rows: list[tuple[str, str]] | list[tuple[str, str] | tuple[None, str]],
    orders: list[Any] | list[tuple[str, int, int]],
    expected: list[str] | list[Any],
) -> None:
    praise = [said("C1", number=n, sku_id=sku, agent_id=agent) for n, (sku, agent) in enumerate(rows)]
    weigh(engine, *praise, orders=orders)
    assert [key for (key,) in rows_of(engine, "night.int_tied_accounts", "sender_key")] == expected
    weigh(engine, *praise, orders=orders, tied_skus=3)
    assert rows_of(engine, "night.int_tied_accounts", "sender_key") == []


def test_int_window_mentions_a_tied_accounts_praise_is_nothing_and_her_complaints_count(engine: Engine) -> None:
    praise = [said("C1", number=n, sku_id=f"S{n}") for n in range(2)]
    found = weights(engine, EARLIER, *praise, said("C1", number=2, **CROSS))
    assert found == {"C1-20-9": 0.0, "C1-0-0": 0.0, "C1-0-1": 0.0, "C1-0-2": 0.31}


def test_int_sku_feedback_evidence_starts_at_the_bar_and_praise_below_it_is_fake(engine: Engine) -> None:
    weigh(engine, said("C1", ago=2, kind="other"), said("C1"), orders=[("C1", 9, 9)], trusted_from=0.52)
    assert rows_of(engine, "night.int_sku_feedback", "fake_praise_count, evidence_messages") == [(0, 1)]
    weigh(engine, said("C1", ago=2, kind="other"), said("C1"), orders=[("C1", 9, 9)], trusted_from=0.53)
    assert rows_of(engine, "night.int_sku_feedback", "fake_praise_count, evidence_messages") == [(1, 0)]


def test_int_complaints_a_line_since_its_first_complaint_that_is_sure_enough(engine: Engine) -> None:
    cross: dict[str, Any] = {"is_complaint": True, "attribution_confidence": 0.6, "order_line_id": "L1"}
    changed = said("C2", ago=9, message_id="taken back", **(cross | {"order_line_id": "L2"}))
    weigh(
        engine,
        said("C1", ago=2, **cross),
        said("C1", ago=4, **(cross | {"attribution_confidence": 0.9})),
        said("C1", ago=6, **(cross | {"attribution_confidence": 0.59})),
        said("C1", ago=8, **(cross | {"is_complaint": False})),
        said("C1", ago=100, number=1, **(cross | {"order_line_id": "L0", "sku_id": "S0"})),
        said("C1", ago=3, number=1, **(cross | {"order_line_id": None})),
        said("C1", ago=-1, **(cross | {"order_line_id": "L9"})),
        changed,
        changed | {"sent_at": NOON, "sent_on": DAY, "known_on": DAY, "is_complaint": False},
        said("C3", ago=1, **(cross | {"order_line_id": "a gift"})),
        gifts=["a gift"],
    )
    assert rows_of(engine, "night.int_complaints", "order_line_id, sku_id, complained_on, trust_weight") == [
        ("L0", "S0", DAY - timedelta(days=100), 0.6),
        ("L1", "S1", DAY - timedelta(days=4), 0.9),
    ]


def test_int_sku_feedback_one_buyer_one_vote_faded_towards_her_last_word(engine: Engine) -> None:
    own: dict[str, Any] = {"attribution_confidence": 1.0}
    weigh(
        engine,
        said("C1", ago=2, order_line_id="L1", **own, **CROSS),
        said("C1", ago=1, order_line_id="L1", **own, satisfaction=1.0),
        said("C2", ago=1, **own, **CROSS, is_complaint=True),
        said("C3", ago=1, **own, **PRAISE),
        said("C4", ago=1, sku_id=None),
        said("C5", ago=1, kind="question"),
        said("C6", ago=1, sku_id="S2", attribution_confidence=0.5, order_line_id="L2", satisfaction=0.8),
        fading=0.5,
    )
    columns = (
        "sku_id, message_count, buyer_count, positive_weight, total_weight, complaint_count, fake_praise_count, "
        "evidence_messages"
    )
    assert rows_of(engine, "night.int_sku_feedback", columns) == [
        ("S1", 4, 1, pytest.approx(1 / 1.5, abs=1e-6), pytest.approx(1.31), 1, 1, 2),
        ("S2", 1, 1, pytest.approx(0.4), pytest.approx(0.5), 0, 0, 1),
    ]


def test_int_sku_feedback_of_two_words_of_one_moment_the_later_id_is_the_last(engine: Engine) -> None:
    own: dict[str, Any] = {"attribution_confidence": 1.0, "order_line_id": "L1"}
    weigh(
        engine, said("C1", number=1, satisfaction=0.0, **own), said("C1", number=2, satisfaction=1.0, **own), fading=0.5
    )
    found = rows_of(engine, "night.int_sku_feedback", "sku_id, positive_weight, total_weight")
    assert found == [("S1", pytest.approx(1 / 1.5, abs=1e-6), 1.0)]
