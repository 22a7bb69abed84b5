"""What stands of agents' doubts tonight, and what became of the SKUs that they doubted or took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import pytest

from tests.support.night_tables import AS_OF, ago, rows, selected, stored, table
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine

ANSWERS = "list_date date, agent_id varchar, sku_id varchar, answer varchar, reason_code varchar, updated_at timestamp"
DOUBT, TAKEN, OTHER = ("declined", "doubt_quality"), ("accepted", None), ("declined", "price")
Said = tuple[int, str, str, tuple[str, str | None]]


@pytest.fixture
def engine() -> Iterator[Engine]:
    """S1 is V1's, S2 and S3 are V2's, all of one category; half of the regrets show at once, all after ten days."""
    opened = open_memory()
    columns = "sku_id varchar, category varchar, supplier_id varchar, sku_number integer, category_number integer"
    skus = [("S1", "c", "V1", 0, 0), ("S2", "c", "V2", 1, 0), ("S3", "c", "V2", 2, 0)]
    table(opened, "night.int_sku_numbers", columns, skus)
    curve = [(0, day, 0.5 if day < 10 else 1.0) for day in range(181)]
    table(opened, "night.int_number_curve", "category_number integer, day integer, regret_share decimal(9, 8)", curve)
    columns = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines decimal(18, 3)"
    table(opened, "night.int_witnessed_outcomes", columns)
    columns = "sku_id varchar, delivered_on date, regret_days integer, lines decimal(18, 3)"
    table(opened, "night.int_outlier_lines", columns)
    columns = "sku_number integer, category_number integer, age_days integer, delivered_lines decimal(18, 3)"
    table(opened, "night.int_delivery_days", columns)
    table(opened, "history.predictions", "list_date date, sku_id varchar, landmine_probability double")
    table(opened, "night.int_agent_daily", "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint")
    outcomes = "sku_id varchar, said_on date, lines double, bad decimal(9, 8), is_judged boolean"
    table(opened, "night.int_vote_outcomes", outcomes)
    yield opened
    opened.close()


def answers(engine: Engine, *said: Said) -> None:
    """Store answers (days ago, agent, SKU, answer), each given on the evening before its list date; keep the votes."""
    given = [(ago(days - 1), who, sku, *what, datetime.combine(ago(days), time(21))) for days, who, sku, what in said]
    table(engine, "night.stg_match_answers", ANSWERS, given)
    engine.materialise("int_quality_votes", first_on=ago(180), period_days=28)
    engine.materialise("int_last_words", standing_after=ago(28))


def votes(engine: Engine, *said: Said) -> list[tuple[Any, ...]]:
    """The votes among these answers: agent, SKU, whether it is a doubt, and the day of which it is."""
    answers(engine, *said)
    found = engine.read("night.int_quality_votes", order_by=("agent_id", "sku_id", "period"))
    return [(row["agent_id"], row["sku_id"], row["is_doubt"], row["said_on"]) for row in found.to_pylist()]


# A period of the calendar began thirty days ago.
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([(9, DOUBT), (5, DOUBT)], [(True, 9)], id="one vote a SKU: her first doubt"),
        pytest.param([(9, TAKEN), (5, DOUBT)], [(True, 5)], id="a doubt after all"),
        pytest.param([(9, DOUBT), (5, TAKEN)], [(True, 9)], id="the doubt is judged, though she took it later"),
        pytest.param([(9, TAKEN), (5, TAKEN), (50, DOUBT)], [(True, 50), (False, 9)], id="taken in another period"),
        pytest.param([(31, DOUBT), (30, DOUBT)], [(True, 31), (True, 30)], id="periods are the calendar's"),
        pytest.param([(9, DOUBT), (5, OTHER)], [(True, 9)], id="declined for another reason: no vote"),
    ],
)
def test_one_agent_has_one_vote_a_sku_and_period(
    engine: Engine, said: list[Any], expected: list[tuple[bool, int]]
) -> None:
    found = votes(engine, *((day, "A1", "S1", what) for day, what in said))
    assert found == [("A1", "S1", is_doubt, ago(day)) for is_doubt, day in expected]


def test_an_answer_of_long_ago_and_agents_who_never_doubt_are_left_out(engine: Engine) -> None:
    assert votes(engine, (180, "A1", "S1", DOUBT), (5, "A2", "S1", TAKEN)) == []


def test_a_sku_that_the_catalogue_does_not_describe_yet_waits(engine: Engine) -> None:
    assert [vote[1] for vote in votes(engine, (5, "A1", "S9", DOUBT), (5, "A1", "S1", DOUBT))] == ["S1"]


@pytest.mark.parametrize(
    ("said", "is_doubt", "since"),
    [
        pytest.param([(5, DOUBT)], True, 5, id="a doubt stands from the day on which it was said"),
        pytest.param([(5, DOUBT), (2, DOUBT)], True, 5, id="said again it is as old as it was"),
        pytest.param([(40, DOUBT), (5, DOUBT)], True, 5, id="one that had lapsed begins anew"),
        pytest.param([(28, DOUBT)], None, 0, id="four weeks later it no longer stands"),
        pytest.param([(5, DOUBT), (2, TAKEN)], False, 2, id="who takes it doubts no more"),
        pytest.param([(9, TAKEN), (5, DOUBT)], True, 5, id="the last word stands"),
        pytest.param([(5, DOUBT), (2, OTHER)], None, 0, id="declined for another reason: no doubt"),
    ],
)
def test_her_last_word_stands(engine: Engine, said: list[Any], is_doubt: bool | None, since: int) -> None:
    answers(engine, *((day, "A1", "S1", what) for day, what in said))
    expected = [] if is_doubt is None else [("A1", "S1", is_doubt, ago(since))]
    assert stored(engine, "night.int_last_words") == expected


def results(engine: Engine) -> list[tuple[Any, ...]]:
    dates: dict[str, Any] = {"as_of_date": AS_OF, "first_on": ago(180)}
    return selected(engine, "int_vote_results", horizon_days=180, judged_days=28, **dates)


def test_a_vote_is_judged_by_what_was_delivered_in_the_four_weeks_after_it(engine: Engine) -> None:
    answers(engine, (40, "A1", "S1", DOUBT))
    columns = "sku_number integer, category_number integer, age_days integer, delivered_lines decimal(18, 3)"
    days = [(0, 0, 40, 100), (0, 0, 39, 10), (0, 0, 12, 4), (0, 0, 11, 50), (1, 0, 39, 7)]
    table(engine, "night.int_delivery_days", columns, days)
    columns = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines decimal(18, 3)"
    outcomes = [("regret", "S1", ago(40), 3, 9), ("regret", "S1", ago(39), 3, 2), ("return", "S1", ago(39), 3, 5)]
    table(engine, "night.int_witnessed_outcomes", columns, outcomes)
    columns = "sku_id varchar, delivered_on date, regret_days integer, lines decimal(18, 3)"
    table(engine, "night.int_outlier_lines", columns, [("S1", ago(39), 3, 1), ("S1", ago(39), None, 1)])
    predictions = [(ago(40), "S1", 0.07), (ago(39), "S1", 0.5)]
    table(engine, "history.predictions", "list_date date, sku_id varchar, landmine_probability double", predictions)
    assert results(engine) == [("S1", ago(40), 12.0, 1.0, 0.07)]


def test_young_lines_count_by_the_share_of_regrets_that_has_shown(engine: Engine) -> None:
    answers(engine, (9, "A1", "S1", DOUBT))
    columns = "sku_number integer, category_number integer, age_days integer, delivered_lines decimal(18, 3)"
    table(engine, "night.int_delivery_days", columns, [(0, 0, 8, 10)])
    assert results(engine) == [("S1", ago(9), 5.0, 0.0, None)]


def judged(engine: Engine, *outcomes: tuple[str, int, str, bool]) -> None:
    """Outcomes of votes: SKU, days ago, probability that it was bad, whether it can be judged."""
    columns = "sku_id varchar, said_on date, lines double, bad decimal(9, 8), is_judged boolean"
    given = [(sku, ago(days), 8.0, float(bad), is_judged) for sku, days, bad, is_judged in outcomes]
    table(engine, "night.int_vote_outcomes", columns, given)


def test_a_record_counts_doubts_and_taken_skus_by_what_they_turned_out_to_be(engine: Engine) -> None:
    answers(engine, (50, "A1", "S1", DOUBT), (50, "A1", "S2", TAKEN), (50, "A1", "S3", DOUBT), (50, "A2", "S2", DOUBT))
    judged(engine, ("S1", 50, "0.9", True), ("S2", 50, "0.25", True), ("S3", 50, "0.9", False))
    assert selected(engine, "int_vote_records") == [
        ("A1", 0.9, 0.25, pytest.approx(0.1), 0.75, 1, 1),
        ("A2", 0.25, 0.0, 0.75, 0.0, 1, 0),
    ]


def test_skus_of_one_bad_batch_are_one_thing_to_know(engine: Engine) -> None:
    answers(engine, *((50, "A1", sku, DOUBT) for sku in ("S1", "S2", "S3")), (5, "A1", "S2", DOUBT))
    judged(engine, *((sku, 50, "0.9", True) for sku in ("S1", "S2", "S3")), ("S2", 5, "0.5", True))
    named = selected(engine, "int_named_batches", "agent_id", "supplier_id")
    assert named == [("A1", "V1"), ("A1", "V2"), ("A1", "V2")]


def standing(engine: Engine) -> list[tuple[Any, ...]]:
    given: dict[str, Any] = {"sales_after": ago(56), "pushed_share": 0.5, "fewest_units": 20}
    return rows(engine, "int_standing_votes", **given)


def test_who_took_it_speaks_against_a_doubt_only_from_the_first_doubt_on(engine: Engine) -> None:
    answers(
        engine,
        (5, "A1", "S1", DOUBT),
        *((day, who, "S1", TAKEN) for day, who in ((6, "A2"), (5, "A3"), (3, "A4"))),
        *((20, who, "S2", DOUBT) for who in ("A2", "A3")),
        (3, "A2", "S3", TAKEN),
    )
    judged(engine, *(("S1", day, "0.5", True) for day in (3, 5, 6)), ("S2", 20, "0.5", True))
    assert [row for row in standing(engine) if row[1] != "S2"] == [
        ("A1", "S1", True, ago(5), 8.0, False),
        ("A3", "S1", False, ago(5), 8.0, False),
    ]


@pytest.mark.parametrize(
    ("own", "has_stake"),
    [
        pytest.param(20, True, id="she lives by the rival of S2 and S3"),
        pytest.param(19, False, id="she sells too little of the category to live by it"),
    ],
)
def test_who_lives_by_one_supplier_has_a_stake_in_her_rivals(engine: Engine, own: int, has_stake: bool) -> None:
    answers(engine, (5, "A1", "S2", DOUBT), (5, "A1", "S3", DOUBT), (5, "A1", "S1", DOUBT), (5, "A2", "S3", DOUBT))
    judged(engine, *((sku, 5, "0.5", True) for sku in ("S1", "S2", "S3")))
    sales = [("A1", "S1", ago(9), own), ("A2", "S2", ago(9), 60), ("A1", "S2", ago(56), 90)]
    columns = "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint"
    table(engine, "night.int_agent_daily", columns, sales)
    assert {row[:2]: row[5] for row in standing(engine)} == {
        ("A1", "S1"): False, ("A1", "S2"): has_stake, ("A1", "S3"): has_stake, ("A2", "S3"): False,
    }  # fmt: skip


def test_selling_what_everybody_sells_is_no_stake(engine: Engine) -> None:
    answers(engine, (5, "A1", "S2", DOUBT))
    judged(engine, ("S2", 5, "0.5", True))
    sales = [("A1", "S1", ago(9), 20), ("A2", "S1", ago(9), 30), ("A2", "S2", ago(9), 30)]
    columns = "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint"
    table(engine, "night.int_agent_daily", columns, sales)
    assert [row[5] for row in standing(engine)] == [False]
