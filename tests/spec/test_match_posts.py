"""On how many days an agent was given a SKU and could be seen to post it, and on how many she did."""

from typing import Any

from tests.support.night_tables import AS_OF, ago, selected, table
from xuanpin.pipelines.engine.protocol import Engine

ANSWERS = "list_date date, agent_id varchar, sku_id varchar, answer varchar, reason_code varchar"


def found(
    engine: Engine,
    matched: list[tuple[Any, ...]],
    posts: list[tuple[Any, ...]],
    answers: list[tuple[Any, ...]] | None = None,
) -> list[Any]:
    table(engine, "history.matched", "list_date date, agent_id varchar, sku_id varchar", matched)
    table(engine, "history.posts", "posted_on date, agent_id varchar, group_id varchar, sku_id varchar", posts)
    table(engine, "night.sku_list", "sku_id varchar", [("S1",), ("S2",), ("S3",)])
    table(engine, "night.stg_match_answers", ANSWERS, answers or [])
    engine.materialise("int_answer_history", as_of_date=AS_OF, answered_after=ago(60))
    return selected(engine, "int_match_posts", matched_after=ago(14))


def test_silence_counts_on_days_with_posts_of_hers_and_of_the_sku(warehouse: Engine) -> None:
    given = [(ago(day), who, sku) for day in (0, 1, 2) for who in ("A1", "A2") for sku in ("S1", "S2")]
    seen = [(ago(day), "A1", "G1", "S1") for day in (0, 1, 2)]
    seen += [(ago(0), "A2", "G2", "S2"), (ago(1), "A2", "G2", "S1"), (ago(1), "A2", "G3", "S1")]
    # S2 was posted by nobody before today: it may have been sold out. A2 was silent two days ago.
    assert found(warehouse, given, seen) == [
        ("A1", "S1", 3, 3),
        ("A1", "S2", 1, 0),
        ("A2", "S1", 2, 1),
        ("A2", "S2", 1, 1),
    ]


def test_only_the_last_weeks_and_skus_of_the_list_count(warehouse: Engine) -> None:
    given = [(ago(14), "A1", "S1"), (ago(13), "A1", "S3"), (ago(0), "A1", "S9"), (ago(-1), "A1", "S1")]
    seen = [(day, "A1", "G1", sku) for day, _, sku in given]
    assert found(warehouse, given, seen) == [("A1", "S3", 1, 1)]


def test_without_posts_in_the_chat_nothing_is_known(warehouse: Engine) -> None:
    assert found(warehouse, [(ago(1), "A1", "S1")], []) == []


def test_a_day_on_which_she_declined_is_no_silence_and_one_on_which_she_took_it_is_a_post(warehouse: Engine) -> None:
    given = [(ago(day), "A1", "S1") for day in (0, 1, 2)]
    seen = [(ago(day), agent, "G1", sku) for day in (0, 1, 2) for agent, sku in (("A1", "S2"), ("A2", "S1"))]
    said = [(ago(0), "A1", "S1", "declined", "style"), (ago(1), "A1", "S1", "accepted", None)]
    assert found(warehouse, given, seen, said) == [("A1", "S1", 2, 1)]
