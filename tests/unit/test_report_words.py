"""The report's words: complete in both languages, and the verdict says what asks for a decision."""

import math
import re
import string
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
import pytest

from tests.support.list_risks import risk_of
from xuanpin.models.assortment.constraints import Limits, ListCandidates, list_constraints
from xuanpin.models.assortment.promise import PromiseRule
from xuanpin.pipelines.contracts.reason_codes import codes_of, reason_codes
from xuanpin.pipelines.reporting import card, words
from xuanpin.pipelines.reporting.alarms import alarmed_group
from xuanpin.pipelines.reporting.facts import ReportContent
from xuanpin.pipelines.reporting.findings import change_counts, findings, large_moves
from xuanpin.pipelines.reporting.mix import rule_rows
from xuanpin.pipelines.reporting.outcomes import outcome_summary
from xuanpin.pipelines.reporting.unmatched import unmatched, unmatched_key, unmatched_why
from xuanpin.pipelines.selection.decisions import CAP_CODES

ADMISSION_CODES = (
    "banned_by_override",
    "out_of_stock",
    "twin_of_banned",
    "danger_reported",
    "twin_of_danger",
    "pin_unapproved",
    "over_landmine_cap",
    "suits_no_agent",
    "no_value",
)


def keys(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


def test_every_text_says_the_same_in_both_languages() -> None:
    for key, said in words.texts().items():
        assert set(said) == {"zh", "en"}, key
        assert said["zh"].strip(), key
        assert said["en"].strip(), key
        assert keys(said["zh"]) == keys(said["en"]), key


def test_a_table_has_its_chinese_name_and_the_name_in_the_warehouse() -> None:
    assert words.source_name("orders") == '<span lang="zh-CN">订单行 orders</span><span lang="en">orders</span>'
    assert "elsewhere" in words.source_name("elsewhere")


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_every_severity_and_state_has_a_word(severity: str) -> None:
    assert {f"severity_{severity}", "state_rejected", "state_waiting"} <= words.texts().keys()


def test_a_text_stands_under_one_key_once() -> None:
    keys = re.findall(r"(?m)^(\w+):", words.resource("texts.yaml"))
    assert len(keys) == len(words.texts())


def test_one_of_something_is_no_plural() -> None:
    assert ">1 agent<" in words.text("to_agents", n=1)
    assert ">11 agents<" in words.text("to_agents", n=11)
    assert card._sentence("bought_before:units=1", "en") == "Your groups bought 1 unit of it lately."


def test_every_decision_has_a_short_name() -> None:
    listed = [f"listed_{role}" for role in ("core", "explore", "clearance", "seasonal", "pinned")]
    codes = {*listed, *CAP_CODES.values(), *ADMISSION_CODES, "low_value", "low_stock", "promise_full", "duplicate_of"}
    assert {f"code_{code}" for code in codes} <= words.texts().keys()


def test_every_rule_of_a_list_has_a_name() -> None:
    halves, some = np.repeat(np.array(["a/b", "c"], dtype=object), 4), np.arange(8) < 4
    candidates = ListCandidates(
        halves, halves, halves, halves, np.arange(8.0), np.ones(8), risk_of(np.ones(8)), some, some, some, some, some
    )
    limits = Limits(
        list_size=4,
        landmine_promise=0.05,
        list_floor=1,
        category_max_share=0.0,
        category_min={"a/b": 1},
        category_max={"a/b": 1},
        supplier_max_share=0.0,
        price_bands=2,
        price_band_min_share=1.0,
        cold_chain_max=1,
        explore_share=1.0,
        clearance_share=1.0,
        max_change_share=0.0,
    )
    named = {f"rule_{name.split(':')[0]}" for name in list_constraints(candidates, limits, PromiseRule(0.05)).names}
    assert len(named) == 15
    assert named | {"rule_pin"} <= words.texts().keys()


def test_a_card_can_tell_every_reason_that_an_agent_may_get() -> None:
    told = card._texts()["reasons"]
    for code in (*codes_of("agent_matches"), *codes_of("agent_summary")):
        for language in ("zh", "en"):
            assert keys(told[code][language]) <= reason_codes()[code].keys


def row(rule: str, tier: str = "rule", slack: float = 0.0, value: float = 1.0, price: float = 0.0) -> dict[Any, Any]:
    return {"rule": rule, "tier": tier, "sense": "max", "bound": 1.0, "value": value, "slack": slack, "price": price}


HEADLINE: dict[str, Any] = {
    "short_code": None, "listed": 120, "shortfalls": {}, "left_behind": {}, "agents": 3, "regret_shown": 1.0,
    "can_promise": True,
}  # fmt: skip


def facts(**more: Any) -> ReportContent:
    """What a night reports of which nothing has to be looked at, but for what `more` names."""
    empty: dict[str, Any] = {field.name: [] for field in fields(ReportContent)}
    quiet: dict[str, Any] = {
        "list_date": "2026-11-22",
        "rules": [row("promise", "hard", value=0.02)],
        "headline": HEADLINE,
        "settings": {"assortment": {"list_size": 120}, "scoring": {"landmine_promise": 0.05}},
        "audit": {"is_contradicted": False},
        "checks": [{"check_name": "c", "result": "pass"}],
    }
    return ReportContent(**{**empty, **quiet, **more})


def test_a_quiet_night_asks_for_nothing() -> None:
    assert findings(facts()) == []


PIN = {"action": "pin", "state": "in_force", "list_rank": None, "title": "苹果", "sku_id": "S1"}
GOOD = {
    "title": "苹果", "sku_id": "S1", "has_alarm": False, "cover_days": 5.0, "agents": 2, "suits_somebody": True,
    "doubt_count": 0, "list_rank": 3, "alternate_agents": 2, "sellable_units": 9, "demand_per_post": 1.5,
    "offer_until": None,
}  # fmt: skip

WORSE = {"level": "supplier", "entity_id": "V1", "title": None, "severity": "warning"}
AUDIT = {"is_contradicted": True, "share": 0.09, "lower": 0.06, "stated": 0.02, "tightened_promise": 0.017}


@pytest.mark.parametrize(
    ("night", "key", "is_serious"),
    [
        ({"rules": [row("promise", "hard", slack=0.01, value=0.06)]}, "find_promise", True),
        ({"rules": [row("promise"), row("supplier:V1", slack=2.0)]}, "find_rules", True),
        ({"checks": [{"check_name": "c", "result": "fail"}]}, "find_checks", True),
        ({"overrides": [PIN]}, "find_pins", True),
        ({"audit": AUDIT}, "find_promise_audit", True),
        ({"audit": AUDIT | {"share": 0.04}}, "find_promise_audit", False),
        ({"listed": [{**GOOD, "has_alarm": True}]}, "find_alarmed_skus", False),
        ({"listed": [{**GOOD, "doubt_count": 2}]}, "find_doubted", False),
        ({"listed": [{**GOOD, "cover_days": 0.4}]}, "find_scarce", False),
        ({"listed": [{**GOOD, "offer_until": date(2026, 11, 25)}]}, "find_lapsing", False),
        ({"listed": [{**GOOD, "offer_until": date(2026, 11, 30), "cover_days": None}]}, "find_lapsing", False),
        ({"listed": [{**GOOD, "agents": 0}]}, "find_unmatched", False),
        ({"listed": [{**GOOD, "agents": 0, "suits_somebody": False}]}, "find_unsuited", True),
        ({"listed": [{**GOOD, "agents": 0}], "overrides": [{**PIN, "list_rank": 1}]}, "find_pins_unmatched", False),
        ({"alarms": [WORSE]}, "find_alarms_supplier", False),
        ({"headline": HEADLINE | {"can_promise": False}}, "find_no_grounds", False),
        ({"headline": HEADLINE | {"short_code": "promise_full", "listed": 9}}, "find_short_promise_full", True),
        ({"headline": HEADLINE | {"shortfalls": {"few_permitted": 2}}}, "find_short_agents", False),
        ({"headline": HEADLINE | {"left_behind": {"few_permitted": 2}}}, "find_left_behind", False),
        ({"headline": HEADLINE | {"regret_shown": 0.6}}, "find_young", False),
    ],
)
def test_what_a_merchandiser_has_to_see_is_named_with_its_weight(
    night: dict[str, Any], key: str, is_serious: bool
) -> None:
    (found,) = findings(facts(**night))
    assert (found.key, found.is_serious) == (key, is_serious)
    words.text(found.key, **found.values)


def test_an_offer_that_lasts_until_all_is_sold_is_no_finding() -> None:
    assert findings(facts(listed=[{**GOOD, "offer_until": date(2026, 11, 26)}])) == []


def test_a_weak_sign_is_no_finding() -> None:
    assert findings(facts(alarms=[WORSE | {"severity": "info"}])) == []


def test_what_asks_for_a_decision_comes_first() -> None:
    night = facts(alarms=[WORSE], overrides=[PIN])
    assert [found.is_serious for found in findings(night)] == [True, False]


def test_moves_are_counted_by_code_and_the_farthest_come_first() -> None:
    moves: list[dict[str, Any]] = [
        {"sku_id": "S1", "move": "out", "decision_code": "low_value", "rank_before": 3, "list_rank": None},
        {"sku_id": "S2", "move": "out", "decision_code": None, "rank_before": 4, "list_rank": None},
        {"sku_id": "S3", "move": "out", "decision_code": "low_value", "rank_before": 5, "list_rank": None},
        {"sku_id": "S4", "move": "stayed", "decision_code": "listed_core", "rank_before": 30, "list_rank": 18},
        {"sku_id": "S5", "move": "stayed", "decision_code": "listed_core", "rank_before": 2, "list_rank": 50},
        {"sku_id": "S6", "move": "stayed", "decision_code": "listed_core", "rank_before": 2, "list_rank": 3},
    ]
    assert change_counts(moves) == {"in": [], "out": [("low_value", 2), ("gone", 1)]}
    assert [move["sku_id"] for move in large_moves(moves)] == ["S5", "S4"]


def test_the_rules_shown_are_the_lists_own_and_members_that_bind() -> None:
    rules = [row("list_size"), row("supplier:V1"), row("supplier:V2", price=0.1), row("segment:1", slack=1.0)]
    assert [shown["rule"] for shown in rule_rows(facts(rules=rules))] == ["list_size", "supplier:V2"]


def test_nights_together_weigh_by_their_lines() -> None:
    night: dict[str, Any] = {"units": 10, "returned_units": 1, "expected_by_now": 8.0, "lines": 10.0}
    nights = [
        {**night, "regrets_predicted": 1.0, "regrets_observed": 3.0},
        {**night, "lines": 30.0, "regrets_predicted": 3.0, "regrets_observed": 1.0},
        {**night, "units": None, "lines": None},
    ]
    summary = outcome_summary(nights)
    assert summary is not None
    assert (summary["nights"], summary["kept"], summary["promised"]) == (2, "18", "16")
    assert (summary["predicted"], summary["observed"]) == ("10.0 %", "10.0 %")
    assert outcome_summary([]) is None
    assert outcome_summary([{**nights[0], "lines": 0.3}]) is None, "of a third of a line nothing can be said"


def test_an_interval_stays_inside_its_bar_and_says_its_numbers() -> None:
    drawn = words.interval(0.5, 0.2, 0.9, scale=0.6, ceiling=0.7)
    places = [float(place) for place in re.findall(r"(?:left|right):(\d+)%", drawn)]
    assert all(0 <= place <= 100 and math.isfinite(place) for place in places)
    assert "20.0 % – 90.0 %" in drawn


@pytest.mark.parametrize(
    ("sku", "key"),
    [
        ({"suits_somebody": False, "sellable_units": 1}, "unmatched_forbidden"),
        ({"sellable_units": 1}, "unmatched_stock"),
        ({}, "unmatched_outdone"),
        ({"alternate_agents": 0}, "unmatched_crowded"),
    ],
)
def test_a_listed_sku_without_an_agent_says_why(sku: dict[str, Any], key: str) -> None:
    assert unmatched_key(GOOD | sku) == key
    assert "{" not in unmatched_why(GOOD | sku)


def test_pins_come_first_among_those_without_an_agent() -> None:
    listed = [GOOD | {"sku_id": f"S{rank}", "list_rank": rank, "agents": rank % 2} for rank in range(1, 7)]
    found = unmatched(listed, [PIN | {"sku_id": "S6"}, PIN | {"sku_id": "S4", "state": "ended"}])
    assert [(row["sku_id"], row["is_pinned"]) for row in found] == [("S6", True), ("S2", False), ("S4", False)]


@pytest.mark.parametrize(
    ("subject", "group"),
    [
        ({"level": "supplier", "entity_id": "V1"}, "supplier"),
        ({"level": "category", "entity_id": "食品/水果"}, "category"),
        ({"level": "supplier", "entity_id": "V1", "severity": "info"}, None),
        ({"level": "category", "entity_id": "V1"}, None),
    ],
)
def test_a_listed_sku_of_an_alarmed_group_is_marked(subject: dict[str, Any], group: str | None) -> None:
    sku = GOOD | {"supplier_id": "V1", "category": "食品/水果"}
    assert alarmed_group(sku, [WORSE | {"level": "sku", "entity_id": "V1"}, WORSE | subject]) == group
