"""What is known of the SKUs that agents were given: what they said, and what they were seen to post."""

from __future__ import annotations

from typing import Any

from tests.support.night_tables import AS_OF, ago, rows_of, selected, table
from xuanpin.pipelines.engine.protocol import Engine

ANSWERS = "list_date date, agent_id varchar, sku_id varchar, answer varchar, reason_code varchar"
POSTS = "posted_on date, agent_id varchar, group_id varchar, sku_id varchar"
KNOWN = ("agent_id", "sku_id", "list_date", "answer", "reason_code", "is_posted", "shown_share")


def history(engine: Engine, given: list[Any], posts: list[Any], answers: list[Any]) -> list[Any]:
    """The history, after matches and posts of (days ago, agent, SKU) and answers of the same with answer and reason."""
    days = [(ago(day), agent, sku) for day, agent, sku in given]
    table(engine, "history.matched", "list_date date, agent_id varchar, sku_id varchar", days)
    table(engine, "history.posts", POSTS, [(ago(day), agent, f"G{agent}", sku) for day, agent, sku in posts])
    said = [(ago(day), agent, sku, answer, reason) for day, agent, sku, answer, reason in answers]
    table(engine, "night.stg_match_answers", ANSWERS, said)
    engine.materialise("int_answer_history", as_of_date=AS_OF, answered_after=ago(60))
    return rows_of(engine, "night.int_answer_history", *KNOWN)


def test_what_is_neither_answered_nor_could_be_seen_is_unknown(warehouse: Engine) -> None:
    given = [(1, "A1", "S1"), (1, "A2", "S1"), (1, "A1", "S3"), (2, "A1", "S1")]
    posts = [(1, "A1", "S2"), (1, "A3", "S1")]
    # A2 was silent that day, S3 was posted by nobody, and two days ago nothing of A1 was seen.
    assert history(warehouse, given, posts, []) == [("A1", "S1", ago(1), None, None, False, None)]


def test_an_answer_is_known_whatever_is_seen(warehouse: Engine) -> None:
    said = [(1, "A1", "S1", "declined", "style"), (1, "A1", "S2", "accepted", None), (2, "A1", "S2", "accepted", None)]
    posts = [(1, "A1", "S2"), (2, "A1", "S9"), (2, "A2", "S2")]
    assert history(warehouse, [(1, "A1", "S1"), (1, "A1", "S2")], posts, said) == [
        ("A1", "S1", ago(1), "declined", "style", None, 0.5),
        ("A1", "S2", ago(2), "accepted", None, False, 0.5),
        ("A1", "S2", ago(1), "accepted", None, True, 0.5),
    ]


def test_own_picks_and_days_out_of_the_window_are_no_answers_to_a_match(warehouse: Engine) -> None:
    said = [(1, "A1", "S1", "own_pick", None), (60, "A1", "S2", "accepted", None), (-1, "A1", "S2", "accepted", None)]
    assert history(warehouse, [], [], said) == []


def evidence(engine: Engine, newest: int = 9) -> list[Any]:
    return selected(engine, "int_answered_rows", "sku_id", "answer", "is_posted", "days_since", newest=newest)


def test_evidence_tells_the_last_post_before_and_leaves_sell_outs_out(warehouse: Engine) -> None:
    said = [(3, "A1", "S1", "accepted", None), (0, "A1", "S1", "declined", "posted_lately")]
    said += [(0, "A1", "S2", "declined", "sold_out_before")]
    history(warehouse, [], [(5, "A1", "S1"), (2, "A1", "S1"), (0, "A1", "S1")], said)
    assert evidence(warehouse) == [("S1", "accepted", None, 2), ("S1", "declined", True, 2)]


def test_what_she_did_of_a_sku_the_last_time_is_told_of_evidence_and_of_tonight(warehouse: Engine) -> None:
    said = [(5, "A1", "S1", "declined", "style"), (3, "A1", "S1", "accepted", None), (1, "A1", "S2", "accepted", None)]
    said += [(0, "A1", "S2", "declined", "sold_out_before")]
    history(warehouse, [(1, "A1", "S1")], [(1, "A1", "S2"), (1, "A2", "S1")], said)
    assert selected(warehouse, "int_answered_rows", "sku_id", "taken_before", newest=9) == [
        ("S1", None),
        ("S1", 0),
        ("S1", 1),
        ("S2", None),
    ]
    table(warehouse, "night.sku_list", "sku_id varchar", [("S1",), ("S2",)])
    assert selected(warehouse, "int_last_outcomes") == [("A1", "S1", 0), ("A1", "S2", 1)]
    table(warehouse, "night.sku_list", "sku_id varchar", [("S2",)])
    assert selected(warehouse, "int_last_outcomes") == [("A1", "S2", 1)]


def test_only_the_newest_rows_of_an_agent_are_evidence(warehouse: Engine) -> None:
    history(warehouse, [], [], [(day, "A1", f"S{day}", "accepted", None) for day in (1, 2, 3)])
    assert evidence(warehouse, newest=2) == [("S2", "accepted", None, None), ("S1", "accepted", None, None)]


def test_what_she_posted_lately_of_the_list_is_told_in_days_before_the_list_date(warehouse: Engine) -> None:
    posts = [(ago(day), "A1", "G1", sku) for day, sku in ((0, "S1"), (3, "S1"), (4, "S2"), (0, "S9"), (14, "S3"))]
    table(warehouse, "history.posts", POSTS, posts)
    table(warehouse, "night.sku_list", "sku_id varchar", [("S1",), ("S2",), ("S3",)])
    found = selected(warehouse, "int_last_posts", list_date=ago(-1), posted_after=ago(14))
    assert found == [("A1", "S1", 1), ("A1", "S2", 5)]


def test_habits_are_what_her_groups_pay_and_what_they_regretted_lately(warehouse: Engine) -> None:
    columns = "agent_id varchar, sku_id varchar, ordered_on date, ordered_units bigint, delivered_units bigint, "
    lines = [("A1", "S1", ago(40), 1, 1, 1), ("A1", "S2", ago(1), 3, 2, 1), ("A2", "S1", ago(28), 0, 4, 2)]
    table(warehouse, "night.int_agent_daily", columns + "fault_lines bigint", lines)
    prices = [("S1", 10), ("S2", 30)]
    table(warehouse, "night.stg_products", "sku_id varchar, list_price decimal(12, 2)", prices)
    found = selected(warehouse, "int_agent_habits", trusted_after=ago(28))
    assert found == [("A1", 25.0, 2, 1), ("A2", None, 0, 0)]
