"""The lines that faults are sought in, and the lines from which complaint detection is estimated."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from tests.support.judged_lines import judge_lines
from tests.support.night_tables import AS_OF, FOR_EVER, ago, rows, table
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine

TIMELINE = (
    "order_line_id varchar, sku_id varchar, agent_id varchar, group_id varchar, customer_id varchar, "
    "carrier_id varchar, is_sale boolean, ordered_on date, delivered_on date, valid_from date, valid_to date, "
    "return_requested_on date, fault_requested_on date, return_reason varchar"
)
COMPLAINTS = "order_line_id varchar, complained_on date"
NUMBERS = "sku_id varchar, sku_number integer, category_number integer"
NO_BURSTS = "sku_number integer, period integer"
NO_LONE_AGENTS = "sku_number integer, period integer, agent_number integer, agent_weight double"
NOBODY_ALIKE = "sku_id varchar, customer_key integer, buyer_weight double"


def line(
    name: str,
    delivered: int,
    returned: int | None = None,
    fault: int | None = None,
    reason: str | None = None,
    is_sale: bool = True,
    until: date = FOR_EVER,
) -> Any:
    days = [None if day is None else ago(day) for day in (returned, fault)]
    people = ("A1", "G1", "C1", "快递1")
    return name, "S1", *people, is_sale, ago(delivered + 4), ago(delivered), ago(delivered), until, *days, reason


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    table(opened, "night.int_sku_numbers", NUMBERS, [("S1", 0, 7)])
    table(opened, "night.int_complaints", COMPLAINTS)
    table(opened, "night.int_first_time_bursts", NO_BURSTS)
    table(opened, "night.int_lone_agents", NO_LONE_AGENTS)
    table(opened, "night.int_alike_buyers", NOBODY_ALIKE)
    yield opened
    opened.close()


def lines_of(engine: Engine, *lines: Any, complaints: Sequence[Any] = ()) -> Any:
    table(engine, "history.order_line_timeline", TIMELINE, lines)
    table(engine, "night.int_complaints", COMPLAINTS, ((name, ago(day)) for name, day in complaints))
    judge_lines(engine)
    engine.materialise("int_doubted_lines", new_weight=1.0)
    found = engine.select("int_attributed_lines", as_of_date=AS_OF, first_on=ago(60), new_weight=1.0)
    return found.sort_by([("age_days", "descending")]).to_pylist()


@pytest.mark.parametrize(
    ("returned", "fault", "complained", "days"),
    [
        pytest.param(None, None, None, -1, id="kept"),
        pytest.param(3, None, None, -1, id="sent back for its size"),
        pytest.param(3, 3, None, 7, id="sent back for a fault"),
        pytest.param(None, None, 8, 2, id="complained of"),
        pytest.param(3, 3, 8, 2, id="complained of, then sent back"),
        pytest.param(8, 8, 3, 2, id="sent back, then complained of"),
        pytest.param(None, None, 12, 0, id="complained of before delivery"),
        pytest.param(12, 12, None, 0, id="sent back before delivery was noted"),
    ],
)
def test_a_line_is_regretted_at_its_first_sign(
    engine: Engine,
    returned: int | None,
    fault: int | None,
    complained: int | None,
    days: int,
) -> None:
    complaints = [] if complained is None else [("L1", complained)]
    (found,) = lines_of(engine, line("L1", 10, returned, fault), complaints=complaints)
    assert (found["age_days"], found["regret_days"]) == (10, days)


@pytest.mark.parametrize(
    ("reason", "fault", "is_damaged"),
    [("damaged", 3, True), ("spoiled", 3, True), ("quality", 3, False), ("damaged", None, False)],
)
def test_damage_is_a_fault_return_that_says_so(
    engine: Engine, reason: str, fault: int | None, is_damaged: bool
) -> None:
    (found,) = lines_of(engine, line("L1", 10, 3, fault, reason))
    assert found["is_damaged"] == is_damaged


def test_only_recent_delivered_lines_as_they_stand_are_searched(engine: Engine) -> None:
    found = lines_of(
        engine,
        line("L5", 59),
        line("L1", 60),  # the window has ended
        line("L2", 5, is_sale=False),
        line("L3", 5, until=AS_OF),  # superseded
        line("L4", -1),  # delivered tomorrow
        line("L0", 0),
        line("L8", 2),
        line("L6", 1),
    )
    assert [row["age_days"] for row in found] == [59, 2, 1, 0]


def test_lines_of_one_buyer_are_taken_out_as_one_witness(engine: Engine) -> None:
    thousandths = [row["thousandths"] for row in lines_of(engine, *(line(f"L{days}", days) for days in (5, 6, 7)))]
    assert thousandths == [143, 286, 571]


def test_who_delivered_posted_and_bought_is_told_in_keys_that_lead_to_names(engine: Engine) -> None:
    own, last = line("L1", 6), line("L3", 5)
    first, second = lines_of(engine, own, (*last[:2], "A0", "G0", "C0", None, *last[6:]))
    assert second["carrier_key"] == -1
    number = {row["name_key"]: row["source_number"] for row in engine.read("night.int_source_numbers").to_pylist()}
    assert [number[first["agent_key"]], number[second["agent_key"]]] == [1, 0]
    codes = {
        "carrier": number[first["carrier_key"]],
        "agent": number[first["agent_key"]],
        "customer": first["customer_key"],
    }
    levels = [{"kind": kind, "number": code} for kind, code in codes.items()]
    named = {row["kind"]: row["entity_id"] for row in engine.select("int_level_names", levels=levels).to_pylist()}
    assert named == {"carrier": "快递1", "agent": "A1", "customer": "C1"}


COUNTED_LINES = {
    "a fault, written about and complained of": line("F1", 10, 3, 3),
    "a fault, written about without complaint": line("F2", 10, 3, 3),
    "a fault, nothing written": line("F3", 10, 3, 3),
    "a fault, complained of in a message of another kind": line("F4", 10, 3, 3),
    "its size, complained of": line("P1", 10, 3),
    "its size, written about without complaint": line("P2", 10, 3),
    "its size, nothing written": line("P3", 10, 3),
    "kept, complained of": line("K1", 10),
    "kept, written about": line("K2", 10),
    "kept, nothing written": line("K3", 10),
    "too old": line("K4", 180),
    "a gift or cancelled": line("K5", 10, is_sale=False),
    "superseded": line("K6", 10, until=AS_OF),
    "still on its way": line("K7", -1),
}


WINDOW_MENTIONS = "order_line_id varchar, kind varchar, satisfaction double, sent_on date"


def test_lines_are_counted_by_what_came_back_and_what_was_written(engine: Engine) -> None:
    ordered_in_year_26 = (*COUNTED_LINES["kept, nothing written"][:7], date(26, 10, 5))
    ordered_in_year_26 += COUNTED_LINES["kept, nothing written"][8:]
    lines = COUNTED_LINES | {"kept, nothing written": ordered_in_year_26}
    table(engine, "history.order_line_timeline", TIMELINE, lines.values())
    table(engine, "night.int_complaints", COMPLAINTS, ((name, ago(8)) for name in ("F1", "F4", "P1", "K1")))
    # What was said of P2 is happy by its mean, just so; P1 was complained of too.
    said = {"F1": (0.9,), "F2": (0.9,), "P1": (0.9,), "P2": (0.4, 0.8), "K1": (0.2,), "K2": (0.9, 0.9)}
    feedback = [(name, "feedback", score) for name, scores in said.items() for score in scores]
    written = [(*row, ago(7)) for row in (*feedback, ("K3", "question", 0.9), (None, "feedback", 0.9))]
    table(engine, "night.int_window_mentions", WINDOW_MENTIONS, written)
    assert detection_counts(engine, AS_OF) == {
        "lines": 10,
        "fault_lines": 4,
        "only_complained": 2,
        "faults_with_feedback": 2,
        "faults_with_complaint": 1,
        "plain_returns": 3,
        "plain_with_complaint": 1,
        "plain_with_feedback": 1,
        "plain_read_happy": 1,
        "kept_lines": 2,
        "kept_with_feedback": 1,
        "transit_days": 9 * 4 + 180,
    }


def detection_counts(engine: Engine, believed_on: date) -> Any:
    dates = {"as_of_date": AS_OF, "believed_on": believed_on, "first_on": ago(180)}
    (found,) = engine.select("int_detection_counts", **dates, horizon_days=180, happy_from=0.6).to_pylist()
    return found


def test_complaints_whose_returns_are_missing_teach_nothing(engine: Engine) -> None:
    """Returns are believed until nine days ago: what was said or delivered since is left out."""
    lines = [line("F1", 20, 3, 3), line("K1", 20), line("K2", 20), line("K3", 8)]
    table(engine, "history.order_line_timeline", TIMELINE, lines)
    table(engine, "night.int_complaints", COMPLAINTS, [("F1", ago(12)), ("K1", ago(9)), ("K2", ago(8)), ("K3", ago(5))])
    mentions = [(name, "feedback", 0.5, ago(day)) for name, day in (("F1", 12), ("K1", 9), ("K2", 8))]
    table(engine, "night.int_window_mentions", WINDOW_MENTIONS, mentions)
    found = detection_counts(engine, ago(9))
    counts = ("lines", "faults_with_complaint", "only_complained", "kept_lines", "kept_with_feedback")
    assert [found[name] for name in counts] == [3, 1, 1, 1, 0]


GROUP_LINES = (
    "agent_id varchar, group_id varchar, fault_requested_on date, valid_from date, valid_to date, delivered_on date, "
    "is_sale boolean"
)
FAULT_RULE: dict[str, Any] = {"as_of_date": AS_OF, "faults_after": ago(14), "fewest_faults": 2, "fault_ratio": 2.0}


def in_groups(engine: Engine, **groups: Any) -> list[tuple[Any, ...]]:
    """Lines by group: how many, and how many of them were sent back for a fault yesterday."""
    table(
        engine,
        "history.order_line_timeline",
        GROUP_LINES,
        (
            ("A" + group[1:2], group, ago(1) if number < faults else None, ago(9), FOR_EVER, ago(9), True)
            for group, (lines, faults) in groups.items()
            for number in range(lines)
        ),
    )
    return rows(engine, "int_recent_fault_groups", **FAULT_RULE)


@pytest.mark.parametrize(
    ("faults", "faulty"),
    [
        pytest.param(4, [], id="just twice the platform's rate: 10 % of 20 lines"),
        pytest.param(5, [("A1", 1)], id="more than twice"),
    ],
)
def test_a_group_has_recent_faults_at_more_than_twice_the_platforms_rate(
    engine: Engine, faults: int, faulty: list[Any] | list[tuple[str, int]]
) -> None:
    assert in_groups(engine, G1=(20, faults), G2=(180, 20 - faults)) == faulty


def test_one_fault_counts_against_no_group_and_an_agent_counts_each_of_hers(engine: Engine) -> None:
    assert in_groups(engine, G1=(1, 1), G2=(200, 0)) == []
    assert in_groups(engine, G1a=(3, 2), G1b=(3, 2), G1c=(20, 0), G2=(200, 1)) == [("A1", 2)]


def test_faults_of_two_weeks_ago_are_forgiven(engine: Engine) -> None:
    clean = [("A2", "G2", None, ago(9), FOR_EVER, ago(9), True)] * 50
    for asked, delivered, faulty in ((13, 20, [("A1", 1)]), (14, 20, []), (14, 13, [])):
        mine = [("A1", "G1", ago(asked), ago(30), FOR_EVER, ago(delivered), True)] * 3
        table(engine, "history.order_line_timeline", GROUP_LINES, [*mine, *clean])
        assert rows(engine, "int_recent_fault_groups", **FAULT_RULE) == faulty
