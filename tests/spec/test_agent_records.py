"""What an agent is told of herself: lines kept and sent back, voices, and how what she declined has turned out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from tests.support.night_tables import AS_OF, FOR_EVER, ago, facts, put_table, table
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.scoring.agent_records import JUDGED_LINES, LEAST_CUSTOMERS, RECORD_DAYS

LINES = (
    "agent_id varchar, sku_id varchar, customer_id varchar, ordered_on date, delivered_on date, returned_units bigint, "
    "is_sale boolean, valid_from date, valid_to date"
)
MENTIONS = (
    "agent_id varchar, sku_id varchar, sender_key varchar, sent_on date, sent_at timestamp, message_id varchar, "
    "kind varchar, satisfaction double, trust_weight double"
)
SCORES = (
    "sku_id varchar, landmine_probability double, regret_rate double, landmine_ceiling double, evidence_orders bigint"
)
GOOD: dict[str, Any] = {
    "landmine_probability": 0.02,
    "regret_rate": 0.03,
    "landmine_ceiling": 0.1,
    "evidence_orders": 50,
}
OLD = {"valid_from": ago(60), "valid_to": FOR_EVER}
FIVE = range(LEAST_CUSTOMERS)


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    """A1 was matched with S1 on each of the last thirty list dates; nothing else is known."""
    days = [(ago(day), "A1", "S1") for day in range(30)]
    table(warehouse, "history.matched", "list_date date, agent_id varchar, sku_id varchar", days)
    put_table(warehouse, "history.order_line_timeline", LINES)
    put_table(warehouse, "night.int_window_mentions", MENTIONS)
    table(warehouse, "night.int_danger_holds", "sku_id varchar")
    risks(warehouse)
    answers(warehouse)
    scored(warehouse, S1=GOOD)
    return warehouse


def risks(engine: Engine, *rows: Sequence[Any]) -> None:
    """Landmine probabilities of published scorecards: (list date, SKU, probability)."""
    table(engine, "history.predictions", "list_date date, sku_id varchar, landmine_probability double", rows)


def answers(engine: Engine, *rows: Sequence[Any]) -> None:
    """What agents said: (list date, agent, SKU, answer)."""
    table(engine, "night.stg_match_answers", "list_date date, agent_id varchar, sku_id varchar, answer varchar", rows)


def scored(engine: Engine, **skus: dict[str, Any]) -> None:
    put_table(engine, "night.sku_scores", SCORES, *({"sku_id": sku} | row for sku, row in skus.items()))


def ordered(engine: Engine, *lines: dict[str, Any]) -> None:
    """Lines of A1's customers for S1, ordered three days ago and delivered since, but for what a line says."""
    usual = {"agent_id": "A1", "sku_id": "S1", "ordered_on": ago(3), "delivered_on": ago(1), "returned_units": 0}
    put_table(engine, "history.order_line_timeline", LINES, *lines, **usual, is_sale=True, **OLD)


def said(engine: Engine, *messages: dict[str, Any]) -> None:
    """Trusted feedback of yesterday on S1 in A1's groups, but for what a message says."""
    usual = {"agent_id": "A1", "sku_id": "S1", "sent_on": ago(1), "kind": "feedback", "trust_weight": 1.0}
    filled = [
        {"message_id": f"M{place:02}", "sent_at": datetime.combine(ago(1), time(9)) + timedelta(minutes=place)} | row
        for place, row in enumerate(messages)
    ]
    put_table(engine, "night.int_window_mentions", MENTIONS, *filled, **usual)


def record(engine: Engine) -> dict[str, Any]:
    """What is told of A1; empty where nothing is."""
    found = facts(
        engine,
        "int_agent_records",
        "agent_id",
        as_of_date=AS_OF,
        told_after=ago(RECORD_DAYS),
        least_customers=LEAST_CUSTOMERS,
        judged_lines=JUDGED_LINES,
        trusted_from=0.5,
        landmine_cap=0.3,
    )
    assert set(found) <= {"A1"}
    own: dict[str, Any] = found.get("A1", {})
    return {name: count for name, count in own.items() if count is not None}


def buyers(count: int, **line: Any) -> list[dict[str, Any]]:
    return [{"customer_id": f"C{number}"} | line for number in range(count)]


def test_lines_of_her_matches_are_kept_or_have_come_back(engine: Engine) -> None:
    ordered(engine, *buyers(5), {"customer_id": "C1", "returned_units": 1}, {"customer_id": "C9", "returned_units": 2})
    assert record(engine) == {"recommended_lines": 7, "kept_lines": 5, "returned_lines": 2}


@pytest.mark.parametrize(
    ("sku", "answer", "counts"),
    [("S1", "declined", False), ("S1", "accepted", True), ("S2", "accepted", True), ("S2", "own_pick", True)],
    ids=["a match that she declined", "one that she took", "what she swapped in", "her own pick"],
)
def test_her_answer_says_what_she_recommended(engine: Engine, sku: str, answer: str, counts: bool) -> None:
    answers(engine, (ago(3), "A1", sku, answer))
    ordered(engine, *buyers(5, sku_id=sku))
    assert ("recommended_lines" in record(engine)) is counts
    table(engine, "history.matched", "list_date date, agent_id varchar, sku_id varchar", [(ago(3), "A1", "S1")])
    said(engine, *({"sender_key": f"C{number}", "satisfaction": 0.9, "sku_id": sku} for number in FIVE))
    assert ("feedback_voices" in record(engine)) is counts
    said(
        engine,
        *({"sender_key": f"C{number}", "satisfaction": 0.9, "sku_id": sku, "sent_on": ago(4)} for number in FIVE),
    )
    assert "feedback_voices" not in record(engine)


def test_lines_of_fewer_than_five_customers_are_not_counted(engine: Engine) -> None:
    ordered(engine, *buyers(4), *buyers(4))
    assert record(engine) == {}
    ordered(engine, *buyers(5))
    assert record(engine)["recommended_lines"] == 5


@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"sku_id": "S2"}, id="a SKU that she was not matched with"),
        pytest.param({"agent_id": "A2"}, id="another agent's group"),
        pytest.param({"ordered_on": ago(RECORD_DAYS)}, id="ordered too long ago"),
        pytest.param({"delivered_on": None}, id="on its way"),
        pytest.param({"delivered_on": AS_OF + timedelta(1)}, id="delivered later"),
        pytest.param({"is_sale": False}, id="a gift or cancelled"),
        pytest.param({"valid_to": AS_OF}, id="what was known before"),
    ],
)
def test_other_lines_say_nothing_of_what_she_recommended(engine: Engine, line: dict[str, Any]) -> None:
    ordered(engine, *buyers(5, **line))
    assert record(engine) == {}
    ordered(engine, *buyers(5), *buyers(1, **line))
    assert record(engine)["recommended_lines"] == 5


def test_a_customers_last_word_on_a_sku_is_a_voice(engine: Engine) -> None:
    happy = [{"sender_key": f"C{number}", "satisfaction": 0.5} for number in FIVE]
    said(engine, *happy, {"sender_key": "C0", "satisfaction": 0.49})
    assert record(engine) == {"feedback_voices": 5, "happy_voices": 4}


def test_the_last_word_of_a_minute_is_that_of_the_last_message(engine: Engine) -> None:
    at = {"sent_at": datetime.combine(ago(1), time(9))}
    said(engine, *({"sender_key": f"C{number}", "satisfaction": sure} | at for sure in (0.1, 0.9) for number in FIVE))
    assert record(engine) == {"feedback_voices": 5, "happy_voices": 5}


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"kind": "question"}, id="a question"),
        pytest.param({"satisfaction": None}, id="neither content nor not"),
        pytest.param({"trust_weight": 0.49}, id="praise that cannot be trusted"),
        pytest.param({"sent_on": ago(30)}, id="before she was matched with it"),
        pytest.param({"sku_id": "S2"}, id="of another SKU"),
        pytest.param({"agent_id": "A2"}, id="in another agent's group"),
        pytest.param({"sender_key": "C1"}, id="by one of four customers"),
    ],
)
def test_other_messages_are_no_voices(engine: Engine, message: dict[str, Any]) -> None:
    usual = {"satisfaction": 0.9}
    said(engine, *({"sender_key": f"C{number}"} | usual for number in range(4)), {"sender_key": "C9"} | usual | message)
    assert record(engine) == {}


def verdict(engine: Engine) -> str | None:
    """How the one SKU that A1 declined has turned out: right, fine, open, or None where nothing counts as declined."""
    own = record(engine)
    if not own:
        return None
    assert own["declined_skus"] == 1
    return {(1, 0): "right", (0, 1): "fine", (0, 0): "open"}[own["declined_right"], own["declined_fine"]]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param({}, "fine", id="it does well"),
        pytest.param({"evidence_orders": JUDGED_LINES}, "fine", id="by just enough lines"),
        pytest.param({"evidence_orders": JUDGED_LINES - 1}, "open", id="too few lines"),
        pytest.param({"landmine_probability": 0.31}, "right", id="over the cap"),
        pytest.param({"landmine_probability": 0.3}, "fine", id="at the cap"),
        pytest.param({"regret_rate": 0.11, "evidence_orders": 3}, "right", id="regretted more than it may be"),
        pytest.param({"regret_rate": 0.1}, "fine", id="at the ceiling"),
    ],
)
def test_what_she_declined_is_judged_by_what_is_known_tonight(
    engine: Engine, now: dict[str, Any], expected: str
) -> None:
    answers(engine, (ago(3), "A1", "S1", "declined"))
    scored(engine, S1=GOOD | now)
    assert verdict(engine) == expected


def test_a_sku_held_for_danger_proves_her_right(engine: Engine) -> None:
    answers(engine, (ago(3), "A1", "S1", "declined"))
    table(engine, "night.int_danger_holds", "sku_id varchar", [("S1",)])
    assert verdict(engine) == "right"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([(ago(2), 0.5)], "right", id="the last scorecard after her answer was over the cap"),
        pytest.param([(ago(2), 0.5), (ago(1), 0.1)], "open", id="it had come down again"),
        pytest.param([(ago(3), 0.5)], "open", id="nothing came after her answer"),
        pytest.param([], "open", id="nothing is known"),
    ],
)
def test_a_sku_that_is_offered_no_more_is_judged_by_its_last_scorecard(
    engine: Engine, told: list[tuple[Any, float]], expected: str
) -> None:
    answers(engine, (ago(3), "A1", "S1", "declined"))
    scored(engine)
    risks(engine, *((on, "S1", risk) for on, risk in told))
    assert verdict(engine) == expected


def test_tonights_scores_come_before_earlier_scorecards(engine: Engine) -> None:
    answers(engine, (ago(3), "A1", "S1", "declined"))
    risks(engine, (ago(1), "S1", 0.5))
    assert verdict(engine) == "fine"


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        pytest.param([(ago(3), "accepted")], False, id="she took it"),
        pytest.param([(ago(3), "declined"), (ago(2), "accepted")], False, id="she took it later"),
        pytest.param([(ago(3), "accepted"), (ago(2), "declined")], True, id="she declined it later"),
        pytest.param([(ago(3), "declined"), (ago(2), "declined")], True, id="twice is one SKU"),
        pytest.param([(ago(RECORD_DAYS), "declined")], False, id="too long ago"),
        pytest.param([(ago(RECORD_DAYS - 1), "declined")], True, id="just within"),
        pytest.param([(AS_OF + timedelta(1), "declined")], False, id="for the list of tonight"),
    ],
)
def test_her_last_word_within_the_record_counts(engine: Engine, said: list[tuple[Any, str]], counts: bool) -> None:
    answers(engine, *((on, "A1", "S1", answer) for on, answer in said))
    assert (verdict(engine) is not None) is counts
