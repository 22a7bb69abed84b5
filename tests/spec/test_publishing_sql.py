"""A list made from an earlier one: what may stay, why the rest leaves, and how agents' places are filled again."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.support.agent_tables import agent_tables
from tests.support.night_tables import LIST_DATE, ago, promised, selected, stored, table
from xuanpin.pipelines.engine.protocol import Engine

AGENT = (
    "agent_id varchar, status varchar, price_min double, price_max double, min_satisfaction double, "
    "max_landmine_probability double, "
    "categories_excluded varchar[], daily_slots integer, declined_skus varchar[]"
)
OFFERED = {
    "title": "果", "category": "食品/水果", "supplier_id": "V1", "list_price": 10.0, "sellable_units": 9,
    "ban_id": None, "is_pin_approved": False, "danger_reports": None, "danger_since_on": None, "offer_until": None,
    "offer_reason": None,
}  # fmt: skip
GOOD = {"spu_id": "", "title_key": "", "is_cold_chain": False, "role": "core", "reserve_rank": None}
MATCHES = (
    "agent_id varchar, sku_id varchar, match_rank integer, fit double, expected_kept_units double, "
    "units_reserved bigint, propensity double, reasons varchar[], acceptance double"
)


def agents(engine: Engine, *rows: Any) -> None:
    """Rows are ids, or an id with what is not as usual."""
    plain: dict[str, Any] = {"status": "active", "price_min": None, "price_max": None, "min_satisfaction": None,
             "max_landmine_probability": None, "categories_excluded": [], "daily_slots": 2,
             "declined_skus": None}  # fmt: skip
    filled = [plain | (row[1] if isinstance(row, tuple) else {}) for row in rows]
    ids = [row[0] if isinstance(row, tuple) else row for row in rows]
    table(engine, "night.stg_agents", AGENT, [(who, *row.values()) for who, row in zip(ids, filled, strict=True)])


def listed(engine: Engine, *rows: str | tuple[str, dict[str, Any]]) -> None:
    """Rows are SKU ids in list order, or an id with what is not as usual."""
    plain = {"list_price": 10, "satisfaction": 0.8, "category": "食品/水果", "sellable_units": 9, "return_rate": 0.0,
             "landmine_probability": 0.02}  # fmt: skip
    named = [(row if isinstance(row, tuple) else (row, {})) for row in rows]
    lines = [{"sku_id": sku, "list_rank": rank} | plain | own for rank, (sku, own) in enumerate(named, 1)]
    promised(engine, "night.sku_list", "sku_list", lines, regret_rate=0.1)


def swapped(engine: Engine, *rows: tuple[str, str, int]) -> None:
    """What agents have swapped in since: (agent, SKU, units)."""
    columns = "agent_id varchar, sku_id varchar, is_declined boolean, units bigint"
    table(engine, "night.derived_answers", columns, [(who, sku, False, units) for who, sku, units in rows])


def kept_matches(engine: Engine, *rows: tuple[str, str, float, int]) -> None:
    """Matches that still hold: (agent, SKU, fit, units)."""
    lines = [
        (who, sku, rank, fit, 1.0, units, 0.5, ["kept"], 0.75) for rank, (who, sku, fit, units) in enumerate(rows, 1)
    ]
    table(engine, "night.derived_matches_kept", MATCHES, lines)


def exclusions(engine: Engine, *rows: tuple[str, str]) -> None:
    table(engine, "night.derived_exclusions", "agent_id varchar, sku_id varchar", rows)


def test_an_earlier_list_tells_its_places_and_its_risk(warehouse: Engine) -> None:
    said = {"promise_confidence": 0.9, "promise_bound": 0.4, "can_promise": False, "promise_reasons": ["why"]}
    rows = [{"landmine_probability": risk} | said for risk in (0.1, 0.3)]
    promised(warehouse, "history.base_list", "sku_list", rows)
    assert selected(warehouse, "base_promise") == [(2, pytest.approx(0.2), 0.9, 0.4, False, ["why"])]
    promised(warehouse, "history.base_list", "sku_list", [])
    assert selected(warehouse, "base_promise") == [(0, 0.0, None, None, False, None)]


def test_only_asked_skus_that_ever_came_are_known(warehouse: Engine) -> None:
    table(warehouse, "source.products", "sku_id varchar", [("S2",), ("S1",), ("S2",), ("S3",)])
    assert selected(warehouse, "known_skus", "sku_id", asked=["S2", "S1", "S9"]) == ["S1", "S2"]


def test_only_asked_messages_that_are_in_the_chat_are_known(warehouse: Engine) -> None:
    table(warehouse, "source.chat_messages", "message_id varchar", [("M2",), ("M1",), ("M2",), ("M3",)])
    assert selected(warehouse, "known_messages", "message_id", asked=["M2", "M1", "M2", "M9"]) == ["M1", "M2"]
    assert selected(warehouse, "known_messages", "message_id", asked=[]) == []


def test_the_agents_beside_a_run_are_the_active_ones_with_their_rules(warehouse: Engine) -> None:
    agents(warehouse, "A2", ("A1", {"price_max": 20.0, "categories_excluded": ["女装"]}), ("A3", {"status": "paused"}))
    declined = [("A1", "S2"), ("A1", "S1"), ("A3", "S1")]
    table(warehouse, "night.int_standing_refusals", "agent_id varchar, sku_id varchar", declined)
    warehouse.materialise("reserve_agents")
    columns = ("agent_id", "price_max", "categories_excluded", "daily_slots", "declined_skus")
    found = stored(warehouse, "night.reserve_agents", *columns)
    assert found == [("A1", 20.0, ["女装"], 2, ["S1", "S2"]), ("A2", None, [], 2, None)]


def test_the_groups_beside_a_run_are_those_of_active_agents(warehouse: Engine) -> None:
    agents(warehouse, "A2", "A1", ("A3", {"status": "left"}))
    groups = [("G3", "A3", 9), ("G2", "A2", 5), ("G4", "A1", 8), ("G1", "A1", 7), ("G9", "A9", 1)]
    table(warehouse, "night.stg_groups", "group_id varchar, agent_id varchar, member_count integer", groups)
    assert selected(warehouse, "reserve_groups") == [("G1", "A1", 7), ("G4", "A1", 8), ("G2", "A2", 5)]


def test_the_goods_beside_a_run_are_its_list_and_its_reserves_with_the_place_they_would_take(warehouse: Engine) -> None:
    marks = "sku_id varchar, is_new boolean, is_clearance boolean, is_seasonal boolean, spu_id varchar, "
    marks += "title_key varchar, is_cold_chain boolean, shelf_hours bigint"
    goods = [
        ("S1", True, True, True, "P1", "k", True, 72),
        ("S2", True, True, True, None, None, False, None),
        ("S3", False, True, True, None, None, False, None),
        ("S4", False, False, True, None, None, False, None),
        ("S5", False, False, False, None, None, False, None),
        ("S6", False, False, False, None, None, False, None),
    ]
    table(warehouse, "night.int_selection_candidates", marks, goods)
    decisions = [("S1", "listed", "pinned"), *((f"S{number}", "not_listed", None) for number in range(2, 7))]
    table(warehouse, "night.selection_decisions", "sku_id varchar, decision varchar, role varchar", decisions)
    reserves = [(f"S{number}", number) for number in range(2, 6)]
    table(warehouse, "night.reserves", "sku_id varchar, reserve_rank integer", reserves)
    table(warehouse, "night.stg_products", "sku_id varchar, page_url varchar", [("S1", "https://shop.test/1")])
    warehouse.materialise("reserve_skus")
    assert stored(warehouse, "night.reserve_skus") == [
        ("S1", None, "pinned", "P1", "k", True, "https://shop.test/1", True),
        ("S2", 2, "explore", "", "", False, None, False),
        ("S3", 3, "clearance", "", "", False, None, False),
        ("S4", 4, "seasonal", "", "", False, None, False),
        ("S5", 5, "core", "", "", False, None, False),
    ]


def test_what_may_be_offered_carries_its_ban_and_a_pin_that_a_second_person_approved(warehouse: Engine) -> None:
    goods = [(f"S{number}", "果", "食品", "V1", 10, 5, LIST_DATE, None) for number in range(1, 7)]
    columns = "sku_id varchar, title varchar, category varchar, supplier_id varchar, list_price integer, "
    table(
        warehouse,
        "night.int_candidates",
        columns + "sellable_units integer, offer_until date, offer_reason varchar",
        goods,
    )
    day = LIST_DATE
    decisions = [
        ("V9", "S1", "ban", day, None, "王", None),
        ("V1", "S1", "ban", ago(5), day, "王", None),
        ("V2", "S2", "ban", ago(-2), None, "王", None),
        ("V3", "S3", "ban", ago(5), ago(0), "王", None),
        ("V4", "S4", "pin", day, day, "王", "李"),
        ("V8", "S4", "pin", ago(5), None, "王", None),
        ("V5", "S5", "pin", ago(5), None, "王", "王"),
        ("V6", "S6", "pin", ago(5), None, "王", None),
        ("V7", "S6", "ban", ago(5), None, "王", "李"),
    ]
    columns = "override_id varchar, sku_id varchar, action varchar, starts_on date, ends_on date, author varchar, "
    table(warehouse, "night.stg_overrides", columns + "approved_by varchar", decisions)
    columns = "sku_id varchar, reports bigint, since_on date"
    table(warehouse, "night.int_danger_holds", columns, [("S5", 2, ago(3))])
    warehouse.materialise("available_skus", list_date=day)
    asked = ("sku_id", "ban_id", "is_pin_approved", "danger_reports", "danger_since_on")
    assert stored(warehouse, "night.available_skus", *asked) == [
        ("S1", "V1", False, None, None),
        ("S2", None, False, None, None),
        ("S3", None, False, None, None),
        ("S4", None, True, None, None),
        ("S5", None, False, 2, ago(3)),
        ("S6", "V7", False, None, None),
    ]


def test_without_the_warehouse_everything_scored_is_offered_and_pins_stay_approved(warehouse: Engine) -> None:
    scored = [{"sku_id": sku, "sellable_units": 3} for sku in ("S3", "S1", "S2")]
    promised(warehouse, "history.base_scorecard", "sku_scorecard", scored)
    roles = [{"sku_id": "S1", "role": "pinned"}, {"sku_id": "S2", "role": "core"}]
    promised(warehouse, "history.base_list", "sku_list", roles)
    warehouse.materialise("available_before", list_date=LIST_DATE)
    found = stored(warehouse, "night.available_before", "sku_id", "ban_id", "is_pin_approved", "sellable_units")
    assert found == [("S1", None, True, 3), ("S2", None, False, 3), ("S3", None, False, 3)]


@pytest.mark.parametrize(
    ("until", "told"),
    [
        pytest.param(LIST_DATE, ("S1", 3, LIST_DATE, None), id="it holds through its last day"),
        pytest.param(ago(1), ("S1", 0, None, f"offer_ended:until={ago(1)}"), id="it has ended since that night"),
        pytest.param(None, ("S1", 3, None, None), id="there was none"),
    ],
)
def test_without_the_warehouse_an_offer_ends_on_its_day(warehouse: Engine, until: Any, told: tuple[Any, ...]) -> None:
    promised(
        warehouse,
        "history.base_scorecard",
        "sku_scorecard",
        [{"sku_id": "S1", "sellable_units": 3, "offer_until": until}],
    )
    promised(warehouse, "history.base_list", "sku_list", [])
    warehouse.materialise("available_before", list_date=LIST_DATE)
    found = stored(warehouse, "night.available_before", "sku_id", "sellable_units", "offer_until", "offer_reason")
    assert found == [told]


def goods(
    engine: Engine,
    offered: dict[str, Any],
    *,
    risk: Mapping[str, float] | None = None,
    kept: Sequence[Any] = (),
    reserves: Sequence[Any] = (),
    recalls: Sequence[Any] = (),
    days_since: int = 0,
    landmine_cap: float = 0.05,
) -> None:
    """Materialise derived_skus: `offered` SKU → what is not as usual, `risk` SKU → newest landmine probability."""
    risk = risk or {}
    columns = (
        "sku_id varchar, title varchar, category varchar, supplier_id varchar, list_price double, "
        "sellable_units integer, ban_id varchar, is_pin_approved boolean, danger_reports bigint, danger_since_on date, "
        "offer_until date, offer_reason varchar"
    )
    table(engine, "night.offered", columns, [(sku, *(OFFERED | own).values()) for sku, own in offered.items()])
    scored = [{"sku_id": sku, "landmine_probability": risk.get(sku, 0.01)} for sku in offered]
    promised(engine, "history.newest_scores", "sku_scorecard", scored)
    lines = [{"sku_id": sku, "list_rank": rank, "role": "core", "expected_kept_units": 2.0, "reasons": ["kept"]}
             for rank, sku in enumerate(kept, 1)]  # fmt: skip
    promised(engine, "history.base_list", "sku_list", lines)
    before = [{"sku_id": sku, "days_on_list": 4, "expected_kept_units": 1.0, "decision_code": "was"} for sku in offered]
    promised(engine, "history.base_scorecard", "sku_scorecard", before, reasons=["was"])
    columns = "sku_id varchar, reserve_rank integer, role varchar, spu_id varchar, title_key varchar, "
    reserve_rows = [(sku, rank, "explore", "P", "k", True, False) for rank, sku in enumerate(reserves, 1)]
    table(engine, "history.base_skus", columns + "is_cold_chain boolean, is_perishable boolean", reserve_rows)
    table(engine, "history.recalls", "sku_id varchar, recalled_on date", [(sku, LIST_DATE) for sku in recalls])
    engine.materialise("derived_skus", days_since=days_since, landmine_cap=landmine_cap)


def leave_codes(engine: Engine) -> dict[Any, Any]:
    return dict(stored(engine, "night.derived_skus", "sku_id", "leave_code"))


def test_a_sku_leaves_for_the_gravest_of_its_faults(warehouse: Engine) -> None:
    faults = {
        "recalled": {"ban_id": "V1", "sellable_units": 0},
        "banned": {"ban_id": "V1", "sellable_units": 0, "danger_reports": 1},
        "smoking": {"danger_reports": 1, "sellable_units": 0, "is_pin_approved": True},
        "lapsed": {"sellable_units": 0, "offer_reason": "offer_ended:until=2026-11-20"},
        "sold_out": {"sellable_units": 0},
        "risky": {},
        "pinned": {"is_pin_approved": True},
        "at_cap": {},
        "last_unit": {"sellable_units": 1},
    }
    risk = {"recalled": 0.9, "sold_out": 0.9, "risky": 0.0501, "pinned": 0.9, "at_cap": 0.05}
    goods(warehouse, faults, risk=risk, recalls=["recalled"])
    assert leave_codes(warehouse) == {
        "recalled": "recalled",
        "banned": "banned_by_override",
        "smoking": "danger_reported",
        "lapsed": "offer_ended",
        "sold_out": "out_of_stock",
        "risky": "now_over_cap",
        "pinned": None,
        "at_cap": None,
        "last_unit": None,
    }


@pytest.mark.parametrize(("days_since", "days"), [(0, [4, 4]), (1, [5, 0]), (2, [0, 0])])
def test_days_on_the_list_go_on_only_where_the_list_follows_the_next_day(
    warehouse: Engine, days_since: int, days: list[int]
) -> None:
    goods(warehouse, {"S1": {}, "S2": {}}, kept=["S1"], days_since=days_since)
    assert stored(warehouse, "night.derived_skus", "days_on_list") == days


def test_expected_units_are_the_lists_then_the_scorecards(warehouse: Engine) -> None:
    goods(warehouse, {"S1": {}, "S2": {}}, kept=["S1"])
    assert stored(warehouse, "night.derived_skus", "expected_kept_units") == [2.0, 1.0]


def test_a_sku_without_a_score_is_not_offered_and_one_that_is_new_has_no_past(warehouse: Engine) -> None:
    goods(warehouse, {"S1": {}, "S2": {}, "S3": {}})
    warehouse.delete_where("history.base_scorecard", sku_id="S2")
    warehouse.delete_where("history.newest_scores", sku_id="S3")
    warehouse.materialise("derived_skus", days_since=0, landmine_cap=0.05)
    found = stored(warehouse, "night.derived_skus", "sku_id", "expected_kept_units", "base_code")
    assert found == [("S1", 1.0, "was"), ("S2", 0.0, None)]


def test_places_go_to_what_stays_then_to_reserves_in_their_order(warehouse: Engine) -> None:
    skus = ("b", "a", "z", "y", "gone", "other")
    goods(warehouse, {sku: {} for sku in skus}, kept=["b", "gone", "a"], reserves=["z", "y"], recalls=["gone"])
    assert selected(warehouse, "replacement_candidates", "sku_id", "list_rank", "base_role", "reserve_role") == [
        ("b", 1, "core", None),
        ("a", 3, "core", None),
        ("z", None, None, "explore"),
        ("y", None, None, "explore"),
    ]


def test_a_refilled_list_keeps_its_order_and_tells_reserves_by_their_rank(warehouse: Engine) -> None:
    offered = {"b": {}, "a": {"sellable_units": 1}, "z": {}, "y": {}, "not_chosen": {}}
    goods(warehouse, offered, kept=["b", "not_chosen", "a"], reserves=["z", "y"])
    warehouse.execute("update night.derived_skus set return_rate = 0.5")
    table(warehouse, "night.derived_choice", "sku_id varchar", [("y",), ("a",), ("b",), ("z",)])
    said = "promise double, promise_confidence double, promise_bound double, can_promise boolean, "
    said += "promise_reasons varchar[]"
    table(warehouse, "night.derived_promise", said, [(0.05, 0.95, 0.04, True, [])])
    warehouse.materialise("derived_list")
    found = stored(warehouse, "night.derived_list", "list_rank", "sku_id", "role", "expected_kept_units", "reasons")
    assert sorted(found) == [
        (1, "b", "core", 2.0, ["kept"]),
        (2, "a", "core", 0.5, ["kept"]),
        (3, "z", "explore", 1.0, ["listed_reserve:reserve_rank=1"]),
        (4, "y", "explore", 1.0, ["listed_reserve:reserve_rank=2"]),
    ]


def test_the_scorecard_says_why_a_sku_left_or_came(warehouse: Engine) -> None:
    offered: dict[str, dict[str, Any]] = {sku: {} for sku in ("stays", "came", "over", "recall", "promise", "never")}
    offered |= {"ban": {"ban_id": "V7"}, "stock": {"sellable_units": 0}, "lapsed": {"offer_reason": "offer_withdrawn"}}
    kept = ["stays", "over", "recall", "promise", "ban", "stock", "lapsed"]
    goods(warehouse, offered, risk={"over": 0.12345}, kept=kept, reserves=["came"], recalls=["recall"])
    rows = [{"sku_id": sku, "reasons": [f"on {sku}"]} for sku in ("stays", "came")]
    promised(warehouse, "night.sku_list", "sku_list", rows)
    warehouse.materialise("derived_scorecard", landmine_cap=0.05)
    columns = ("sku_id", "decision", "decision_code", "reasons")
    assert sorted(stored(warehouse, "night.derived_scorecard", *columns)) == [
        ("ban", "not_listed", "banned_by_override", ["banned_by_override:override_id=V7"]),
        ("came", "listed", "listed_reserve", ["on came"]),
        ("lapsed", "not_listed", "offer_withdrawn", ["offer_withdrawn"]),
        ("never", "not_listed", "was", ["was"]),
        ("over", "not_listed", "now_over_cap", ["now_over_cap:landmine_probability=0.1235,cap=0.0500"]),
        ("promise", "not_listed", "left_for_promise", ["left_for_promise"]),
        ("recall", "not_listed", "recalled", ["recalled:recalled_on=2026-11-22"]),
        ("stays", "listed", "was", ["on stays"]),
        ("stock", "not_listed", "out_of_stock", ["out_of_stock"]),
    ]


def test_a_sku_that_the_earlier_run_did_not_score_is_not_considered(warehouse: Engine) -> None:
    goods(warehouse, {"S1": {}})
    warehouse.execute("update night.derived_skus set base_code = null, base_scorecard_reasons = null")
    promised(warehouse, "night.sku_list", "sku_list", [])
    warehouse.materialise("derived_scorecard", landmine_cap=0.05)
    found = stored(warehouse, "night.derived_scorecard", "decision_code", "reasons")
    assert found == [("not_considered", ["not_considered"])]


def test_the_next_refill_has_the_list_and_the_reserves_that_are_left(warehouse: Engine) -> None:
    columns = "sku_id varchar, reserve_rank integer, role varchar, spu_id varchar, title_key varchar, "
    reserve_rows = [
        ("was", None, "core", "P1", "k1", True, "https://shop.test/was", False),
        ("came", 1, "explore", "", "", False, None, True),
        ("left", None, "core", "", "", False, None, True),
        ("waits", 2, "core", "", "", False, None, True),
    ]
    table(
        warehouse,
        "history.base_skus",
        columns + "is_cold_chain boolean, page_url varchar, is_perishable boolean",
        reserve_rows,
    )
    promised(warehouse, "night.sku_list", "sku_list", [{"sku_id": "was"}, {"sku_id": "came"}])
    assert selected(warehouse, "reserves_left") == [
        ("came", None, "explore", "", "", False, None, True),
        ("waits", 2, "core", "", "", False, None, True),
        ("was", None, "core", "P1", "k1", True, "https://shop.test/was", False),
    ]


def test_an_excluded_path_excludes_what_lies_below_it_and_no_namesake(warehouse: Engine) -> None:
    agents(
        warehouse, ("A1", {"categories_excluded": ["食品/水果", "食品"]}), ("A2", {"categories_excluded": ["食品/水"]})
    )
    paths = {"S1": "食品/水果", "S2": "食品/水果/苹果", "S3": "食品/肉", "S4": "食品券"}
    listed(warehouse, *((sku, {"category": path}) for sku, path in paths.items()))
    warehouse.materialise("derived_exclusions")
    found = sorted(stored(warehouse, "night.derived_exclusions"))
    assert found == [("A1", "S1"), ("A1", "S2"), ("A1", "S3")]


def test_what_an_agent_declined_does_not_step_in_for_her(warehouse: Engine) -> None:
    agents(warehouse, ("A1", {"declined_skus": ["S2", "S9"]}), "A2")
    listed(warehouse, "S1", "S2")
    warehouse.materialise("derived_exclusions")
    assert stored(warehouse, "night.derived_exclusions") == [("A1", "S2")]


def kept_run(engine: Engine, *rows: tuple[str, str, int, float, int]) -> None:
    """Matches of the earlier run: (agent, SKU, rank, fit, units)."""
    lines = [{"agent_id": who, "sku_id": sku, "match_rank": rank, "fit": fit, "units_reserved": units}
             for who, sku, rank, fit, units in rows]  # fmt: skip
    shared: dict[str, Any] = {"expected_kept_units": 5.0, "propensity": 0.25, "reasons": ["kept"]}
    promised(engine, "history.base_matches", "agent_matches", lines, **shared)


def still_held(engine: Engine, days_since: int = 0) -> dict[Any, Any]:
    engine.materialise("derived_matches_kept", days_since=days_since)
    return {(who, sku): units for who, sku, units in stored(engine, "night.derived_matches_kept", "agent_id", "sku_id",
                                                            "units_reserved")}  # fmt: skip


def test_a_match_is_kept_while_agent_and_sku_still_suit_each_other(warehouse: Engine) -> None:
    rules = {
        "fits": {"price_min": 10.0, "price_max": 10.0, "min_satisfaction": 0.8, "max_landmine_probability": 0.02},
        "dear": {"price_max": 9.9},
        "cheap": {"price_min": 10.1},
        "strict": {"min_satisfaction": 0.81},
        "careful": {"max_landmine_probability": 0.019},
        "paused": {"status": "paused"},
        "excludes": {},
    }
    agents(warehouse, *rules.items())
    listed(warehouse, ("S1", {"sellable_units": 99}))
    exclusions(warehouse, ("excludes", "S1"))
    kept_run(warehouse, *((who, "S1", 1, 0.5, 1) for who in rules), ("fits", "gone", 2, 0.9, 1))
    assert still_held(warehouse) == {("fits", "S1"): 1}


def test_an_agent_keeps_no_more_matches_than_she_has_slots_the_best_ranked_first(warehouse: Engine) -> None:
    agents(warehouse, "A1")
    listed(warehouse, "S1", "S2", "S3")
    exclusions(warehouse)
    kept_run(warehouse, ("A1", "S1", 3, 0.9, 1), ("A1", "S2", 1, 0.1, 1), ("A1", "S3", 2, 0.1, 1))
    assert still_held(warehouse) == {("A1", "S2"): 1, ("A1", "S3"): 1}


def test_todays_stock_goes_to_the_better_fit_and_then_by_agent(warehouse: Engine) -> None:
    agents(warehouse, "A1", "A2", "A3", "A4")
    listed(warehouse, ("S1", {"sellable_units": 5}))
    exclusions(warehouse)
    kept_run(
        warehouse, ("A1", "S1", 1, 0.5, 3), ("A2", "S1", 1, 0.9, 1), ("A3", "S1", 1, 0.5, 3), ("A4", "S1", 1, 0.1, 3)
    )
    assert still_held(warehouse) == {("A2", "S1"): 1, ("A1", "S1"): 3, ("A3", "S1"): 1}
    kept = dict(stored(warehouse, "night.derived_matches_kept", "agent_id", "expected_kept_units"))
    assert kept == {"A2": 5.0, "A1": 4.0, "A3": 1.0}


def test_a_match_for_which_no_unit_is_left_is_not_kept(warehouse: Engine) -> None:
    agents(warehouse, "A1", "A2")
    listed(warehouse, ("S1", {"sellable_units": 3}))
    exclusions(warehouse)
    kept_run(warehouse, ("A1", "S1", 1, 0.9, 3), ("A2", "S1", 1, 0.5, 1))
    assert still_held(warehouse) == {("A1", "S1"): 3}


@pytest.mark.parametrize(("days_since", "propensity"), [(0, 0.25), (1, None)])
def test_chance_is_told_on_its_own_list_date_alone(
    warehouse: Engine, days_since: int, propensity: float | None
) -> None:
    agents(warehouse, "A1")
    listed(warehouse, "S1")
    exclusions(warehouse)
    kept_run(warehouse, ("A1", "S1", 1, 0.5, 1))
    still_held(warehouse, days_since)
    assert stored(warehouse, "night.derived_matches_kept", "propensity") == [propensity]


def summaries(engine: Engine, *rows: Sequence[Any]) -> None:
    """The earlier run's agents: (agent, matches given) with what is not as usual."""
    lines = [{"agent_id": who, "matches_given": given} | own for who, given, own in rows]
    promised(engine, "history.base_summary", "agent_summary", lines, expected_regret_rate=0.5, accepted_last=0.25)
    agent_tables(engine)


def test_only_lost_places_are_open(warehouse: Engine) -> None:
    paused = ("A5", {"status": "paused"})
    agents(warehouse, "A1", ("A2", {"daily_slots": 5}), "A3", ("A4", {"daily_slots": 1}), paused)
    summaries(warehouse, ("A1", 2, {}), ("A2", 3, {}), ("A4", 3, {}), ("A5", 2, {}))
    kept_matches(warehouse, ("A1", "S1", 0.9, 1), ("A1", "S2", 0.4, 1), ("A2", "S1", 0.7, 1), ("A4", "S1", 0.2, 1))
    warehouse.materialise("derived_openings")
    assert sorted(stored(warehouse, "night.derived_openings")) == [
        ("A1", 0, 2, 0.4),
        ("A2", 2, 1, 0.7),
        ("A3", 2, 0, 0.0),
        ("A4", 0, 1, 0.2),
    ]


def openings(engine: Engine, *rows: tuple[str, int, int, float]) -> None:
    columns = "agent_id varchar, open_slots bigint, kept bigint, least_fit double"
    table(engine, "night.derived_openings", columns, rows)


def proposals(engine: Engine, *rows: tuple[str, str, str]) -> None:
    """What the earlier run said of proposals: (agent, SKU, decision)."""
    columns = "agent_id varchar, sku_id varchar, decision varchar, decision_code varchar, reasons varchar[]"
    lines = [(who, sku, said, f"{said}_code", [f"{said}_why"]) for who, sku, said in rows]
    table(engine, "history.base_picks", columns, lines)


def listed_demand(engine: Engine, perishable: tuple[str, ...] = (), **per_post: Any) -> None:
    known = [(sku, sku in perishable) for sku in per_post]
    table(engine, "history.base_skus", "sku_id varchar, is_perishable boolean", known)
    table(engine, "night.derived_skus", "sku_id varchar, demand_per_post double", list(per_post.items()))


def test_who_has_least_chooses_first_and_the_best_of_the_list_that_she_may_and_has_not(warehouse: Engine) -> None:
    careful = ("A5", {"max_landmine_probability": 0.01})
    agents(warehouse, "A1", "A2", ("A3", {"price_max": 9.0}), "A4", careful)
    listed(warehouse, "S2", ("S1", {"sellable_units": 4}), "S3")
    listed_demand(warehouse, S1=2.1, S2=0.2, S3=2.0)
    exclusions(warehouse, ("A2", "S3"))
    kept_matches(warehouse, ("A1", "S2", 0.9, 1), ("A4", "S1", 0.9, 3))
    openings(warehouse, ("A1", 1, 1, 0.9), ("A2", 2, 0, 0.0), ("A3", 1, 0, 0.0), ("A4", 0, 1, 0.9),
             ("A5", 1, 0, 0.0))  # fmt: skip
    proposals(warehouse, ("A4", "S3", "matched"), ("A4", "S2", "refused"))
    swapped(warehouse, ("A6", "S2", 3), ("A7", "S2", 1))
    warehouse.materialise("derived_options")
    assert stored(warehouse, "night.derived_options") == [
        ("A2", "S2", 2, 4, 1),
        ("A2", "S1", 2, 1, 3),
        ("A1", "S1", 1, 1, 3),
        ("A1", "S3", 1, 9, 2),
    ]


def test_a_sku_that_sells_nothing_yet_is_wanted_once(warehouse: Engine) -> None:
    agents(warehouse, "A1")
    listed(warehouse, "S1")
    listed_demand(warehouse, S1=0.0)
    exclusions(warehouse)
    kept_matches(warehouse)
    openings(warehouse, ("A1", 1, 0, 0.0))
    proposals(warehouse)
    swapped(warehouse)
    warehouse.materialise("derived_options")
    assert stored(warehouse, "night.derived_options", "sku_id", "wanted_units") == [("S1", 1)]


def test_a_sku_on_trial_for_those_who_proposed_it_steps_in_for_nobody(warehouse: Engine) -> None:
    agents(warehouse, "A1", "A2")
    listed(warehouse, "S1", "S2")
    listed_demand(warehouse, S1=1.0, S2=1.0)
    exclusions(warehouse)
    kept_matches(warehouse)
    openings(warehouse, ("A1", 1, 0, 0.0), ("A2", 1, 0, 0.0))
    proposals(warehouse, ("A1", "S1", "listed_for_trial"))
    swapped(warehouse)
    warehouse.materialise("derived_options")
    assert {row[:2] for row in stored(warehouse, "night.derived_options")} == {("A1", "S2"), ("A2", "S2")}


def test_what_perishes_steps_in_for_nobody_as_its_orders_may_be_closed(warehouse: Engine) -> None:
    agents(warehouse, "A1")
    listed(warehouse, "S1", "S2")
    listed_demand(warehouse, perishable=("S1",), S1=1.0, S2=1.0)
    exclusions(warehouse)
    kept_matches(warehouse)
    openings(warehouse, ("A1", 2, 0, 0.0))
    proposals(warehouse)
    swapped(warehouse)
    warehouse.materialise("derived_options")
    assert [row[:2] for row in stored(warehouse, "night.derived_options")] == [("A1", "S2")]


def test_a_proposal_is_told_by_the_matches_that_are_left(warehouse: Engine) -> None:
    said = [("S1", "matched"), ("S2", "listed_for_trial"), ("S3", "refused"), ("S4", "matched"), ("S5", "refused")]
    proposals(warehouse, *(("A1", sku, decision) for sku, decision in said))
    matches = [("A1", "S1"), ("A1", "S2"), ("A1", "S5"), ("A2", "S4")]
    table(warehouse, "night.agent_matches", "agent_id varchar, sku_id varchar", matches)
    warehouse.materialise("derived_picks")
    found = stored(warehouse, "night.derived_picks", "sku_id", "decision", "decision_code", "reasons")
    assert sorted(found) == [
        ("S1", "matched", "matched_code", ["matched_why"]),
        ("S2", "listed_for_trial", "listed_for_trial_code", ["listed_for_trial_why"]),
        ("S3", "refused", "refused_code", ["refused_why"]),
        ("S4", "refused", "pick_left", ["pick_left"]),
        ("S5", "matched", "on_list", ["on_list"]),
    ]


def test_a_place_that_is_filled_again_comes_after_the_kept_ones_at_the_least_fit(warehouse: Engine) -> None:
    listed(warehouse, ("S3", {"return_rate": 0.5}), "S1", "S2")
    kept_matches(warehouse, ("A1", "S2", 0.4, 2), ("A1", "S1", 0.9, 1))
    listed_demand(warehouse, S1=3.0, S3=5.0)
    openings(warehouse, ("A1", 1, 2, 0.4), ("A2", 1, 0, 0.0))
    refills = [("A1", "S3", 9), ("A2", "S1", 9)]
    table(warehouse, "night.derived_refills", "agent_id varchar, sku_id varchar, units_reserved bigint", refills)
    warehouse.materialise("derived_matches")
    columns = ("agent_id", "match_rank", "sku_id", "fit", "expected_kept_units", "units_reserved", "propensity",
               "acceptance")  # fmt: skip
    assert sorted(stored(warehouse, "night.derived_matches", *columns)) == [
        ("A1", 1, "S2", 0.4, 1.0, 2, 0.5, 0.75),
        ("A1", 2, "S1", 0.9, 1.0, 1, 0.5, 0.75),
        ("A1", 3, "S3", 0.4, 2.5, 9, None, None),
        ("A2", 1, "S1", 0.0, 3.0, 9, None, None),
    ]


GIVEN = (
    "agent_id varchar, sku_id varchar, fit double, expected_kept_units double, units_reserved bigint, acceptance double"
)


def test_who_lost_nothing_keeps_her_figures_and_an_empty_place_says_that_goods_left(warehouse: Engine) -> None:
    agents(warehouse, "same", "lost", "short", "none", ("paused", {"status": "paused"}), "fewer")
    listed(warehouse, ("S1", {"regret_rate": 0.2}), "S2")
    summaries(
        warehouse, ("same", 2, {}), ("lost", 2, {}), ("short", 1, {"shortfall_code": "few_permitted"}), ("fewer", 2, {})
    )
    kept_run(warehouse, ("same", "S1", 1, 0.8, 1), ("same", "S2", 2, 0.6, 1), ("lost", "S1", 1, 0.8, 1),
             ("short", "S1", 1, 0.8, 1), ("fewer", "S1", 1, 0.8, 3), ("fewer", "S2", 2, 0.8, 1))  # fmt: skip
    exclusions(warehouse)
    given = [("same", "S1", 0.8, 3.0, 1), ("same", "S2", 0.6, 1.0, 1), ("lost", "S1", 0.8, 2.0, 1),
             ("short", "S1", 0.8, 2.0, 1), ("fewer", "S1", 0.8, 2.0, 2), ("fewer", "S2", 0.8, 2.0, 1)]  # fmt: skip
    table(warehouse, "night.agent_matches", GIVEN, [(*row, 0.5 if row[1] == "S1" else None) for row in given])
    warehouse.materialise("derived_summary")
    shown = ("agent_id", "matches_given", "shortfall_code", "mean_fit", "expected_kept_units", "expected_regret_rate")
    assert stored(warehouse, "night.derived_summary", *shown) == [
        ("fewer", 2, None, pytest.approx(0.8), 4.0, pytest.approx(0.15)),
        ("lost", 1, "left_the_list", 0.8, 2.0, pytest.approx(0.2)),
        ("none", 0, "left_the_list", None, 0.0, None),
        ("same", 2, None, pytest.approx(0.7), 4.0, 0.5),
        ("short", 1, "few_permitted", 0.8, 2.0, 0.5),
    ]
    told = stored(warehouse, "night.derived_summary", "agent_id", "acceptance", "accepted_last")
    # A SKU that stepped in has no chance of its own; what she took of her last list date stays as it was.
    assert ("fewer", 0.5, 0.25) in told and ("none", None, None) in told


def test_the_new_list_tells_who_limits_landmines_what_she_has_and_what_the_limit_costs(warehouse: Engine) -> None:
    limit = {"max_landmine_probability": 0.02}
    agents(warehouse, ("careful", limit), ("picky", limit | {"price_max": 9.0}), "free", ("left_out", limit))
    risks = {"S1": 0.01, "S2": 0.02, "S3": 0.2, "S4": 0.2}
    listed(warehouse, *((sku, {"landmine_probability": risk}) for sku, risk in risks.items()))
    exclusions(warehouse, ("careful", "S4"))
    summaries(warehouse)
    kept_run(warehouse)
    given = [("careful", "S1", 0.8, 3.0, 1), ("careful", "S2", 0.6, 1.0, 1), ("free", "S3", 0.8, 2.0, 1)]
    table(warehouse, "night.agent_matches", GIVEN, [(*row, 0.5 if row[1] == "S1" else None) for row in given])
    warehouse.materialise("derived_summary")
    shown = ("agent_id", "max_landmine_probability", "landmine_share", "any_landmine_probability", "suited_skus")
    assert stored(warehouse, "night.derived_summary", *shown, "suited_skus_at_any_risk") == [
        ("careful", 0.02, pytest.approx(0.015), pytest.approx(0.03), 2, 3),
        ("free", None, pytest.approx(0.2), pytest.approx(0.2), None, None),
        ("left_out", 0.02, None, None, 2, 4),
        ("picky", 0.02, None, None, 0, 0),
    ]


def test_the_new_list_tells_her_record_as_it_was_and_counts_its_own_short_night(warehouse: Engine) -> None:
    known = {"members": 90, "size_class": 1, "recommended_lines": 9, "declined_skus": 2, "nights_short": 0}
    agents(warehouse, "again", "kept", "new")
    listed(warehouse, "S1")
    exclusions(warehouse)
    summaries(warehouse, ("again", 2, known), ("kept", 2, known))
    agent_tables(warehouse, weakest=[(1, 0.5)], short=[(ago(1), "again", 9), (ago(0), "again", 2), (ago(0), "kept", 3)])
    kept_run(warehouse)
    table(warehouse, "night.agent_matches", GIVEN, [("kept", "S1", 0.8, 3.0, 1, 0.5)])
    warehouse.materialise("derived_summary")
    shown = ("agent_id", "nights_short", "members", "weakest_kept_units", "recommended_lines", "declined_skus")
    assert stored(warehouse, "night.derived_summary", *shown) == [
        ("again", 3, 90, 0.5, 9, 2),
        ("kept", 0, 90, 0.5, 9, 2),
        ("new", 1, None, None, None, None),
    ]
    warehouse.materialise("derived_sizes")
    assert stored(warehouse, "night.derived_sizes") == [("again", 1), ("kept", 1), ("new", None)]
