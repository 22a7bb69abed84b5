"""What the report shows: which rows, in which order, and the figures at its head."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tests.support.night_tables import AS_OF, FOR_EVER, LIST_DATE, ago, promised, selected, stored, table
from xuanpin.pipelines.engine.protocol import Engine

SCORED: dict[str, Any] = {"decision": "not_listed", "decision_code": "over_landmine_cap", "prior_only": False}
LINES = (
    "agent_id varchar, sku_id varchar, ordered_on date, quantity integer, returned_units integer, is_sale boolean, "
    "valid_from date, valid_to date, delivered_on date"
)


def scorecard(engine: Engine, rows: Sequence[Any]) -> None:
    promised(engine, "night.sku_scorecard", "sku_scorecard", rows, **SCORED)


def line(
    sku_id: str,
    days: int,
    quantity: int = 1,
    returned: int = 0,
    is_sale: bool = True,
    since: int = 9,
    until: date = FOR_EVER,
    agent_id: str = "A1",
    delivered: int | None = None,
) -> Any:
    delivered_on = None if delivered is None else ago(delivered)
    return agent_id, sku_id, ago(days), quantity, returned, is_sale, ago(since), until, delivered_on


def test_a_landmine_is_more_likely_than_not_and_known_by_its_own_outcomes(warehouse: Engine) -> None:
    bad = {"landmine_probability": 0.51, "evidence_orders": 10, "regret_rate": 0.3}
    rows = [
        bad | {"sku_id": "even", "landmine_probability": 0.5},
        bad | {"sku_id": "listed", "decision": "listed"},
        bad | {"sku_id": "guessed", "prior_only": True},
        bad | {"sku_id": "small"},
        bad | {"sku_id": "dear", "evidence_orders": 40},
        bad | {"sku_id": "also_small"},
    ]
    scorecard(warehouse, rows)
    assert selected(warehouse, "report_landmines", "sku_id", shown=9) == ["dear", "also_small", "small"]
    assert selected(warehouse, "report_landmines", "sku_id", shown=1) == ["dear"]


def test_what_nobody_could_admit_missed_nothing(warehouse: Engine) -> None:
    rows = [
        {"sku_id": "close", "score": 0.9},
        {"sku_id": "banned", "score": 1.0, "decision_code": "banned_by_override"},
        {"sku_id": "sold_out", "score": 1.0, "decision_code": "out_of_stock"},
        {"sku_id": "far", "score": 0.1},
        {"sku_id": "listed", "score": 1.0, "decision": "listed"},
    ]
    scorecard(warehouse, rows)
    assert selected(warehouse, "report_near_misses", "sku_id", shown=9) == ["close", "far"]
    assert selected(warehouse, "report_near_misses", "sku_id", shown=1) == ["close"]


def test_matches_are_places_in_the_agents_order_and_lose_their_reasons_beyond_a_number(warehouse: Engine) -> None:
    table(warehouse, "night.sku_list", "sku_id varchar, list_rank integer", [("S1", 1), ("S2", 2)])
    matches = [("A2", "S1", 1, ["why"]), ("A1", "S1", 2, ["why"]), ("A1", "S2", 1, ["why"])]
    table(warehouse, "night.agent_matches", "agent_id varchar, sku_id varchar, match_rank integer, reasons varchar[]",
          matches)  # fmt: skip
    assert selected(warehouse, "report_matches", "agent_id", "list_rank", most=3, shown=3) == [
        ("A1", 2),
        ("A1", 1),
        ("A2", 1),
    ]
    assert selected(warehouse, "report_matches", "reasons", most=3, shown=3) == [["why"]] * 3
    assert selected(warehouse, "report_matches", "reasons", most=2, shown=3) == [None] * 3
    assert selected(warehouse, "report_matches", "reasons", most=2, shown=2) == []


def test_the_sheet_of_matches_has_the_first_agents_whole_and_ends_at_a_number(warehouse: Engine) -> None:
    promised(warehouse, "night.sku_list", "sku_list", [{"sku_id": "S1", "list_rank": 7}, {"sku_id": "S2"}])
    rows = [("A2", 1, "S1", None), ("A1", 2, "S1", 0.1), ("A1", 1, "S2", None), ("A3", 1, "S3", None)]
    named = ("agent_id", "match_rank", "sku_id", "propensity")
    promised(warehouse, "night.agent_matches", "agent_matches", [dict(zip(named, row, strict=True)) for row in rows])
    columns = ("agent_id", "sku_id", "is_trial")
    every = [("A1", "S2", False), ("A1", "S1", True), ("A2", "S1", False)]
    assert selected(warehouse, "report_sheet_matches", *columns, shown=9) == every
    assert selected(warehouse, "report_sheet_matches", *columns, shown=2) == every[:2]


def test_alternates_are_places_on_the_list_while_they_fit_a_page(warehouse: Engine) -> None:
    promised(
        warehouse, "night.sku_list", "sku_list", [{"sku_id": "S1", "list_rank": 7}, {"sku_id": "S2", "list_rank": 2}]
    )
    rows = [("A2", 1, "S1"), ("A1", 2, "S2"), ("A1", 1, "S1")]
    named = ("agent_id", "alternate_rank", "sku_id")
    promised(
        warehouse, "night.agent_alternates", "agent_alternates", [dict(zip(named, row, strict=True)) for row in rows]
    )
    assert selected(warehouse, "report_alternates", shown=3) == [("A1", 7), ("A1", 2), ("A2", 7)]
    assert selected(warehouse, "report_alternates", shown=2) == []


def test_who_is_shortest_is_named_first_and_who_has_enough_not_at_all(warehouse: Engine) -> None:
    agents = [("A1", 5, 5), ("A2", 5, 4), ("A3", 5, 1), ("A4", 3, 2)]
    rows = [{"agent_id": agent, "slots_asked": asked, "matches_given": given} for agent, asked, given in agents]
    promised(warehouse, "night.agent_summary", "agent_summary", rows, shortfall_code="few_permitted")
    assert selected(warehouse, "report_shortfalls", "agent_id", shown=9) == ["A3", "A2", "A4"]
    assert selected(warehouse, "report_shortfalls", "agent_id", shown=1) == ["A3"]


def test_rows_set_aside_are_counted_by_table_state_and_rules(warehouse: Engine) -> None:
    rows = [
        ("orders", "rejected", ["a", "b"]),
        ("orders", "rejected", ["a"]),
        ("orders", "waiting", ["a"]),
        ("agents", "rejected", ["a", "b"]),
        ("orders", "rejected", ["a", "b"]),
    ]
    table(warehouse, "ops.quarantine", "table_name varchar, state varchar, rules varchar[]", rows)
    assert selected(warehouse, "report_quarantine") == [
        ("agents", "rejected", "a, b", 1),
        ("orders", "rejected", "a", 1),
        ("orders", "rejected", "a, b", 2),
        ("orders", "waiting", "a", 1),
    ]


def test_the_headline_counts_each_table_once(warehouse: Engine) -> None:
    said = "short_code varchar, promise_reasons varchar[]"
    table(warehouse, "night.assortment_certificate", said, [("promise_full", ["why"])])
    table(warehouse, "night.report_moves", "move varchar", [("in",), ("in",), ("in",), ("out",), ("stayed",)])
    promised(warehouse, "night.agent_matches", "agent_matches", [{"propensity": 0.1}, {}, {}, {}, {}, {}])
    table(warehouse, "night.int_delay_curve", "regret_share decimal(9, 6)", [(0.25,), (0.75,), (None,)])
    assert warehouse.select("report_headline").to_pylist() == [
        {
            "promise_reasons": ["why"], "moved_in": 3, "moved_out": 1, "trials": 1, "short_code": "promise_full",
            "regret_shown": 0.75,
        }
    ]  # fmt: skip


def changed_list(engine: Engine, kept: str, now: str) -> None:
    """Lists before and after, each a string of SKU letters in order, with a scorecard of every letter."""
    for name, letters in (("history.base_list", kept), ("night.sku_list", now)):
        rows = [{"sku_id": sku, "list_rank": rank, "reasons": [f"on {sku}"]} for rank, sku in enumerate(letters, 1)]
        promised(engine, name, "sku_list", rows)
    scorecard(engine, [{"sku_id": sku, "reasons": [f"about {sku}"]} for sku in sorted(set(kept + now))])


def test_what_left_is_shown_by_its_former_place_and_the_new_scorecard(warehouse: Engine) -> None:
    changed_list(warehouse, kept="dbca", now="ab")
    assert selected(warehouse, "changes_left", "sku_id", "reasons") == [("d", ["about d"]), ("c", ["about c"])]


def test_what_left_and_is_no_candidate_any_more_is_shown_without_a_reason(warehouse: Engine) -> None:
    changed_list(warehouse, kept="da", now="a")
    warehouse.delete_where("night.sku_scorecard", sku_id="d")
    assert selected(warehouse, "changes_left", "sku_id", "reasons") == [("d", None)]


def test_what_entered_is_shown_by_its_new_place_and_its_own_reasons(warehouse: Engine) -> None:
    changed_list(warehouse, kept="ab", now="dbca")
    assert selected(warehouse, "changes_entered", "sku_id", "reasons") == [("d", ["on d"]), ("c", ["on c"])]


def test_a_changed_list_is_described_in_figures(warehouse: Engine) -> None:
    changed_list(warehouse, kept="ab", now="abc")
    promised(warehouse, "night.agent_matches", "agent_matches", [{}, {}, {}, {}])
    table(warehouse, "night.derived_refills", "sku_id varchar", [("c",), ("c",)])
    agents = [{"slots_asked": 3, "matches_given": given} for given in (3, 2, 4)]
    promised(warehouse, "night.agent_summary", "agent_summary", agents)
    assert selected(warehouse, "changes_counts", "listed", "matches", "refilled", "short_agents") == [(3, 4, 2, 1)]


def test_a_listed_sku_is_judged_by_its_cover_its_agents_and_its_alarm(warehouse: Engine) -> None:
    rows = [
        {"sku_id": "S1", "list_rank": 1, "sellable_units": 30, "return_rate": 0.2, "expected_kept_units": 8.0},
        {"sku_id": "S2", "list_rank": 2, "sellable_units": 30, "return_rate": 0.2, "expected_kept_units": 0.0},
        {"sku_id": "unscored", "list_rank": 3},
    ]
    promised(warehouse, "night.sku_list", "sku_list", rows)
    scorecard(warehouse, [{"sku_id": "S1"}, {"sku_id": "S2"}, {"sku_id": "S3"}])
    promised(warehouse, "night.agent_matches", "agent_matches", [{"sku_id": "S1"}, {"sku_id": "S1"}])
    promised(warehouse, "night.agent_alternates", "agent_alternates", [{"sku_id": "S2"}] * 3)
    before = [(ago(2), "S1", 9), (ago(1), "S1", 7), (ago(2), "S2", 3)]
    table(warehouse, "history.listed", "list_date date, sku_id varchar, list_rank integer", before)
    change, weak, watch = ("regret_rate", "warning"), ("return_rate", "info"), ("watch", "info")
    alarms = [("sku", "S2", *change), ("sku", "S2", *watch), ("supplier", "S1", *change), ("sku", "S1", *weak)]
    table(warehouse, "night.alarms", "level varchar, entity_id varchar, metric varchar, severity varchar", alarms)
    goods = [("S1", True, "https://shop.cn/1", None), ("S2", False, None, None), ("S3", True, None, None)]
    columns = "sku_id varchar, is_clearance boolean, page_url varchar, image_url varchar"
    table(warehouse, "night.stg_products", columns, goods)
    news = [("S1", False), ("S2", True), ("S3", True)]
    table(warehouse, "night.int_selection_candidates", "sku_id varchar, is_new boolean", news)
    table(warehouse, "night.int_suited_skus", "sku_id varchar", [("S1",), ("S3",)])
    warehouse.materialise("report_skus")
    found = stored(warehouse, "night.report_skus", "sku_id", "agents", "rank_before", "cover_days", "has_alarm")
    assert found == [("S1", 2, 7, 3.0, False), ("S2", 0, None, None, True)]
    kinds = stored(warehouse, "night.report_skus", "sku_id", "is_clearance", "is_new", "suits_somebody")
    assert kinds == [("S1", True, False, True), ("S2", False, True, False)]
    shown = stored(warehouse, "night.report_skus", "sku_id", "alternate_agents", "page_url")
    assert shown == [("S1", 0, "https://shop.cn/1"), ("S2", 3, None)]


def test_a_move_is_shown_against_the_list_before_alone(warehouse: Engine) -> None:
    rows = [{"sku_id": sku, "list_rank": rank} for rank, sku in enumerate(("new", "same"), 1)]
    promised(warehouse, "night.sku_list", "sku_list", rows)
    before = [(ago(2), "new", 1), (ago(1), "same", 5), (ago(1), "gone", 2), (ago(1), "left", 1)]
    table(warehouse, "history.listed", "list_date date, sku_id varchar, list_rank integer", before)
    scorecard(warehouse, [{"sku_id": sku, "score": 2.0} for sku in ("new", "same", "left")])
    table(warehouse, "night.stg_products", "sku_id varchar, title varchar, category varchar", [("left", "梨", "水果")])
    scores = "sku_id varchar, score double, demand_per_post double, regret_rate double"
    table(warehouse, "night.report_last_scores", scores, [("left", 3.0, 1.0, 0.1)])
    warehouse.materialise("report_moves")
    columns = ("sku_id", "move", "list_rank", "rank_before", "decision_code", "score_before", "title")
    assert stored(warehouse, "night.report_moves", *columns) == [
        ("new", "in", 1, None, "over_landmine_cap", None, None),
        ("left", "out", None, 1, "over_landmine_cap", 3.0, "梨"),
        ("gone", "out", None, 2, None, None, None),
        ("same", "stayed", 2, 5, "over_landmine_cap", None, None),
    ]


def test_sales_of_listed_skus_are_added_up_by_day_as_known(warehouse: Engine) -> None:
    table(warehouse, "night.sku_list", "sku_id varchar", [("S1",)])
    lines = [
        line("S1", 0, quantity=2, since=0),
        line("S1", 0, quantity=3, agent_id="A2"),
        line("S1", 1, is_sale=False),
        line("S1", 1, quantity=7, until=AS_OF),
        line("S1", 1, quantity=5, since=-1),
        line("S1", 3),
        line("S1", 2),
        line("S2", 0),
    ]
    table(warehouse, "history.order_line_timeline", LINES, lines)
    warehouse.materialise("report_sales", as_of_date=AS_OF, first_on=ago(3))
    assert sorted(stored(warehouse, "night.report_sales")) == [("S1", ago(2), 1), ("S1", ago(0), 5)]


def nights(
    engine: Engine,
    *,
    given: Sequence[Any] = (),
    posts: Sequence[Any] = (),
    lines: Sequence[Any] = (),
    due: Sequence[Any] = (),
) -> dict[Any, Any]:
    """The last three list dates by what is reported of each; given and posts are (days ago, agent, SKU)."""
    columns = "list_date date, state varchar, listed bigint, expected_units double, expected_kept_units double"
    promises = [(ago(day), "approved", 2, 5.0, 4.0) for day in (3, 2, 1, 0)]
    table(engine, "night.report_promises", columns, promises)
    matches = [(ago(day), who, sku) for day, who, sku in given]
    table(engine, "history.matched", "list_date date, agent_id varchar, sku_id varchar", matches)
    columns = "posted_on date, agent_id varchar, sku_id varchar, known_on date"
    table(engine, "history.posts", columns, [(ago(day), who, sku, known) for day, who, sku, known in posts])
    table(engine, "history.order_line_timeline", LINES, lines)
    columns = "list_date date, is_listed boolean, regret_rate double, regret_exposure double, regretted_lines double"
    table(engine, "night.int_predictions_due", columns, due)
    rates = [(ago(day), sku, rate) for day in (2, 1, 0) for sku, rate in (("S1", 0.2), ("S2", 0.4))]
    table(engine, "night.report_promised_rates", "list_date date, sku_id varchar, return_rate double", rates)
    table(engine, "night.int_sku_numbers", "sku_id varchar, category_number integer", [("S1", 1), ("S2", 2)])
    shown = [(1, 0, 0.1), (1, 1, 0.5), (1, 2, 1.0), (2, 0, 0.0), (2, 1, 1.0)]
    table(engine, "night.int_number_curve", "category_number integer, day integer, return_share double", shown)
    engine.materialise("report_nights", as_of_date=AS_OF, first_on=ago(3), horizon_days=2)
    return {(AS_OF - row["list_date"]).days: row for row in engine.read("night.report_nights").to_pylist()}


EACH = [(1, "A1", "S1"), (1, "A1", "S2"), (1, "A1", "S3"), (1, "A2", "S1"), (1, "A3", "S1"), (2, "A1", "S1"),
        (0, "A1", "S1"), (3, "A1", "S1")]  # fmt: skip


def test_a_night_shows_how_many_of_its_matches_were_posted_on_their_day(warehouse: Engine) -> None:
    posts = [(1, "A1", "S1", AS_OF), (1, "A1", "S1", ago(1)), (1, "A1", "S2", LIST_DATE), (0, "A2", "S1", AS_OF)]
    found = nights(warehouse, given=EACH, posts=posts)
    assert {day: (row["matches"], row["posted"]) for day, row in found.items()} == {2: (1, 0), 1: (5, 1), 0: (1, 0)}


def test_a_night_shows_what_its_own_matches_sold_on_their_day(warehouse: Engine) -> None:
    lines = [
        line("S1", 1, quantity=3, returned=1),
        line("S1", 1, quantity=2, returned=1),
        line("S1", 1, quantity=4, returned=2, agent_id="A2"),
        line("S1", 1, quantity=9, is_sale=False),
        line("S1", 1, quantity=9, agent_id="A4"),
        line("S4", 1, quantity=9),
        line("S2", 1, quantity=9, until=AS_OF),
        line("S2", 1, quantity=9, since=-1),
        line("S1", 0, quantity=7, since=0),
    ]
    found = nights(warehouse, given=EACH, lines=lines)
    units = {day: (row["units"], row["returned_units"]) for day, row in found.items()}
    assert units == {2: (0, 0), 1: (9, 4), 0: (7, 0)}


def test_of_a_nights_returns_only_those_are_due_that_can_have_shown_by_now(warehouse: Engine) -> None:
    # Of the returns of three units of S1 half can have shown, of the two of S2 all, of what is on its way none.
    lines = [
        line("S1", 1, quantity=3, delivered=1),
        line("S2", 1, quantity=2, delivered=1),
        line("S1", 1, quantity=5, delivered=None),
        line("S1", 2, quantity=5, delivered=9),
    ]
    found = nights(warehouse, given=EACH, lines=lines)
    due = (3 * 0.2 * 0.5 + 2 * 0.4 * 1.0) / (8 * 0.2 + 2 * 0.4)
    assert found[1]["expected_by_now"] == pytest.approx(5.0 - due * (5.0 - 4.0))
    # Older than the horizon everything has shown, and where nothing was sold nothing can have come back.
    assert found[2]["expected_by_now"] == pytest.approx(4.0)
    assert (found[0]["expected_by_now"], found[0]["units"]) == (5.0, 0)


def test_a_night_is_judged_by_the_predictions_of_what_it_listed(warehouse: Engine) -> None:
    due = [(ago(1), True, 0.5, 4.0, 3.0), (ago(1), True, 0.1, 10.0, 2.0), (ago(1), False, 0.9, 9.0, 9.0)]
    found = nights(warehouse, due=due)
    judged = [found[1][name] for name in ("regrets_predicted", "regrets_observed", "lines")]
    assert judged == [3.0, 5.0, 14.0]
    assert found[2]["lines"] is None
    assert found[2]["matches"] is None


def quoted(engine: Engine, mentions: list[tuple[str, str, str, float, float, float]], **limits: Any) -> list[Any]:
    """Texts quoted of S1 and S2 with these mentions; the text of a message is its id, and M9 came after the night."""
    columns = "message_id varchar, sku_id varchar, kind varchar, satisfaction double, trust_weight double, "
    table(engine, "night.int_window_mentions", columns + "attribution_confidence double", mentions)
    messages = [(key, f"{key} says", AS_OF if key != "M9" else LIST_DATE, key) for key in {row[0] for row in mentions}]
    table(engine, "source.chat_messages", "message_id varchar, text varchar, known_on date, row_hash varchar", messages)
    parameters: dict[str, Any] = {"trusted_from": 0.5, "per_sku": 2} | limits
    found = selected(engine, "report_excerpts", as_of_date=AS_OF, sku_ids=["S1", "S2"], **parameters)
    assert all(text == f"{message} says" for _, message, text in found)
    return [(sku, text) for sku, _, text in found]


def test_quotes_are_the_worst_first_and_few_of_each_sku(warehouse: Engine) -> None:
    mentions = [
        ("M1", "S1", "feedback", 0.9, 1.0, 0.9),
        ("M2", "S1", "feedback", 0.1, 1.0, 0.9),
        ("M3", "S1", "feedback", 0.2, 1.0, 0.9),
        ("M4", "S2", "feedback", 0.9, 1.0, 0.9),
        ("M5", "S3", "feedback", 0.1, 1.0, 0.9),
    ]
    expected = [("S1", "M2 says"), ("S1", "M3 says"), ("S2", "M4 says")]
    assert quoted(warehouse, mentions) == expected
    assert quoted(warehouse, mentions, per_sku=1) == [expected[0], expected[2]]


def test_of_equal_judgements_the_surer_link_is_quoted(warehouse: Engine) -> None:
    mentions = [("M1", "S1", "feedback", 0.1, 1.0, 0.6), ("M2", "S1", "feedback", 0.1, 1.0, 0.9)]
    assert quoted(warehouse, mentions, per_sku=1) == [("S1", "M2 says")]


def test_only_trusted_feedback_known_by_the_night_is_quoted(warehouse: Engine) -> None:
    mentions = [
        ("M1", "S1", "question", 0.1, 1.0, 0.9),
        ("M2", "S1", "feedback", 0.1, 0.49, 0.9),
        ("M3", "S1", "feedback", 0.1, 0.5, 0.9),
        ("M9", "S1", "feedback", 0.1, 1.0, 0.9),
    ]
    assert quoted(warehouse, mentions) == [("S1", "M3 says")]
