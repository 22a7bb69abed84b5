"""Status, explanations, checks and notices are Chinese throughout where Chinese is asked for, and English else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.one_language import strangers
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.contracts.reason_codes import codes_of
from xuanpin.pipelines.desk import texts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.explained.agent import agent_text
from xuanpin.pipelines.explained.check import check_text
from xuanpin.pipelines.explained.notices import delay_notice, failed_steps, failure_notice, missing_notice
from xuanpin.pipelines.explained.sku import sku_text
from xuanpin.pipelines.explained.status import status_text
from xuanpin.pipelines.ingest.checking import TableFindings
from xuanpin.pipelines.ingest.notes import NOTHING_KEPT
from xuanpin.pipelines.missing.prices import price_of
from xuanpin.pipelines.republishing.dangers import held_sentence
from xuanpin.pipelines.republishing.holds import brake_sentence
from xuanpin.pipelines.republishing.reviews import NO_ANSWER
from xuanpin.pipelines.run_store import STATES, reason_of
from xuanpin.pipelines.typed.bilingual import Bilingual, in_both
from xuanpin.pipelines.typed.phrase import Phrase, in_language, joined, phrase

TITLE = "毛衣 <厚>"
SKU: dict[str, Any] = {
    "sku_id": "S2", "title": TITLE, "category": "女装/毛衣", "list_price": "59.00", "list_date": "2026-11-22",
    "decision": "not_listed", "decision_code": "over_landmine_cap", "return_rate": 0.1, "return_rate_lower": 0.05,
    "return_rate_upper": 0.2, "regret_rate": 0.1, "regret_rate_lower": 0.05, "regret_rate_upper": 0.2,
    "landmine_ceiling": 0.3, "landmine_probability": 0.4, "satisfaction": 0.8, "satisfaction_lower": 0.7,
    "evidence_orders": 1, "evidence_messages": 2, "prior_only": True, "sellable_units": 1, "expected_kept_units": 1.5,
    "reasons": [],
}  # fmt: skip
LISTED = SKU | {"decision": "listed", "decision_code": "listed_core", "list_rank": 2, "role": "core", "agents": 1}
OFFER = {key: SKU[key] for key in ("sku_id", "title", "list_price", "reasons")} | {"fit": 0.5}
MATCH, SWAP = OFFER | {"match_rank": 1, "units_reserved": 1}, OFFER | {"alternate_rank": 1, "acceptance": 0.5}
AGENT: dict[str, Any] = {
    "agent_id": "A1", "list_date": "2026-11-22", "slots_asked": 5, "matches_given": 1, "nights_short": 3,
    "shortfall_code": "few_permitted", "recommended_lines": 9, "returned_lines": 1, "feedback_voices": 6,
    "happy_voices": 2, "declined_skus": 3, "declined_right": 1, "declined_fine": 1, "max_landmine_probability": 0.1,
    "suited_skus": 4,
    "suited_skus_at_any_risk": 9, "landmine_share": 0.02, "any_landmine_probability": 0.05, "acceptance": 0.5,
    "accepted_last": 0.4, "matches": [MATCH], "alternates": [SWAP],
    "picks": [OFFER | {"decision": name} for name in load_contract("pick_answers").column("decision").allowed],
}  # fmt: skip
STATUS: dict[str, Any] = {
    "list_date": "2026-11-22", "as_of_date": "2026-11-21", "run_id": "ea28675b76bb", "state": "auto_approved",
    "reason": None, "promise": 0.05, "promise_confidence": 0.95, "promise_bound": 0.05, "can_promise": True,
    "promise_reasons": [], "missing_prices": [price_of("returns")], "audit_bound": 0.03, "differs_now": False,
    "checks": 3, "checks_not_passed": [],
    "row_counts": {"sku_list": 1, "sku_scorecard": 3, "agent_matches": 1, "agent_summary": 1},
    "report": "HOME/report.html", "held_for_danger": [], "held_by_brakes": [], "pending": [], "set_aside": [],
    "trial": None, "not_level": [],
}  # fmt: skip
TRIAL = {"experiment": "“秋天”", "trial_state": "finished", "stopped_by": None, "days_counted": 12}
TROUBLE = {
    "can_promise": False, "checks_not_passed": ["orders.rows", "returns.rows"], "differs_now": None,
    "audit_bound": None, "set_aside": [Bilingual("a.json is", "a.json 已搁置")],
    "held_for_danger": ["S1", "S2", "S3", "S4"], "pending": ["HOME/report.html"],
    "promise_reasons": ["no_promise_returns", "no_promise_days:seen=14,needed=60"],
    "reason": phrase("rejected: {reason}", reason="群聊只导出了一半"),
}  # fmt: skip
BRAKE = {"check_name": "brakes.rows_of_orders", "value": 10.0, "usual": 90.0, "lower_limit": 50.0, "upper_limit": 200.0}
TROUBLED = phrase("your word")
BROKEN = {
    "rows": 1, "rule": "quantity_below_minimum", "first_path": "orders/a.csv", "places": [4], "ids": ["L3"],
    "right": "",
}  # fmt: skip
FOUND = TableFindings(
    "orders", files=1, rows=9, admitted=3, repeated=2, passed_over=["orders/~$a.xlsx"], unfinished=["orders/b.csv"],
    told={"repeated headers": 1, "rows of sums": 2, "sheets": 3}, ignored=["brands"], suggested={"brands": "brand"},
    broken=[BROKEN, BROKEN | {"rows": 3, "places": [4, 5], "ids": []}, BROKEN | {"places": [], "right": TROUBLED}],
    waiting={"waiting": 2, "causes": ["sku_id S404"]}, refusals=[NOTHING_KEPT],
)  # fmt: skip
TEXTS = {
    "sku": sku_text(SKU),
    "listed": sku_text(LISTED),
    "listed for nobody": sku_text(LISTED | {"agents": 0}),
    "agent": agent_text(AGENT),
    "agent who takes": agent_text(AGENT | {"accepted_last": None, "shortfall_code": None, "nights_short": 0}),
    "agent who took": agent_text(AGENT | {"acceptance": None}),
    "status": status_text(STATUS),
    "status in trouble": status_text(STATUS | TROUBLE),
    "a stopped trial": status_text(STATUS | {"trial": TRIAL | {"trial_state": "stopped", "stopped_by": "regret_rate"}}),
    "a trial that is over": status_text(STATUS | {"trial": TRIAL}),
    "status before a change": status_text(STATUS | {"differs_now": True, "held_by_brakes": [held_sentence(["S1"])]}),
    "check": check_text([FOUND]),
    "check of good drops": check_text([TableFindings("orders", files=1, rows=1, admitted=1)]),
    "failure": joined(failure_notice("xuanpin_nightly.match", "asset__1", UsageError(NO_ANSWER)), "\n"),
    "unknown failure": joined(failure_notice("xuanpin_nightly.match", "asset__1", ValueError("secret")), "\n"),
    "delay": joined(delay_notice("xuanpin_nightly", "asset__1"), "\n"),
    "missing": joined(missing_notice(date(2026, 11, 21), Bilingual("no rows", "没有数据")), "\n"),
    "failed steps": failed_steps(["match", "select"]),
    "brake": in_both(brake_sentence, BRAKE),
}
DATA = (
    TITLE, "女装/毛衣", "“秋天”", "群聊只导出了一半", "HOME/", "ea28675b76bb", "match", "select", "brands",
    "ValueError", "quantity_below_minimum", "orders/a.csv", "orders/b.csv", "orders/~$a.xlsx", "xuanpin_nightly",
    "asset__1", "orders.rows", "returns.rows", "[sources.tables.orders] columns", "a.json",
)  # fmt: skip
"""Titles, paths, ids, names of steps, rules, files and kinds of errors, which are the same in both languages."""
GROUNDS = (
    "ask_agents", "doubted_by", "fault_elsewhere", "few_witnesses", "history_of", "listed_reserve", "may_have_turned",
    "pin_over_cap", "pinned_by_override", "post_value", "proposed_by_agents", "regret_changed", "rests_on_prior",
    "return_changed", "spoilage", "supplier_regret_up", "under_landmine_cap",
)  # fmt: skip
"""Codes of reasons that stand beside the deciding one of a SKU that is not listed."""


@pytest.mark.parametrize("name", TEXTS)
def test_a_chinese_text_is_chinese_throughout(name: str) -> None:
    told = in_language(TEXTS[name], "zh")
    assert strangers(told, "zh", DATA) == [], told


@pytest.mark.parametrize("name", TEXTS)
def test_an_english_text_is_english_throughout(name: str) -> None:
    assert strangers(TEXTS[name], "en", DATA) == []


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_run_has_a_chinese_name(state: str) -> None:
    assert strangers(in_language(STATES[state], "zh"), "zh", ()) == []


def test_every_decision_on_a_sku_is_named_in_chinese() -> None:
    for code in set(codes_of("sku_scorecard")) - set(GROUNDS):
        assert strangers(in_language(sku_text(SKU | {"decision_code": code}), "zh"), "zh", DATA) == [], code


def test_a_secret_of_an_unknown_failure_is_not_sent() -> None:
    assert "secret" not in TEXTS["unknown failure"] + in_language(TEXTS["unknown failure"], "zh")


def test_a_text_in_both_languages_is_english_where_nobody_asks() -> None:
    both: Phrase = Bilingual("yes", "是")
    assert (both, in_language(both, "en"), in_language(both, "zh")) == ("yes", "yes", "是")
    assert in_language(phrase("nobody: {x}", x=both), "zh").endswith("是")


def test_the_desk_gives_the_reason_of_a_run_in_the_readers_language() -> None:
    reason = reason_of({"reason": "rejected: 半", "reason_zh": "被驳回：半"})
    assert reason is not None and reason in texts.text("runs_reason", "en", reason=reason)
    assert "被驳回：半" in texts.text("runs_reason", "zh", reason=reason)
    assert in_language(reason_of({"reason": "rejected: 半"}) or "", "zh") == "rejected: 半"
    assert reason_of({"reason": None}) is None


def test_one_unit_is_one_unit() -> None:
    assert "1 of 5 slots filled" in TEXTS["agent"] and "1 unit reserved" in TEXTS["agent"]
    assert "Given to 1 agent\n" in TEXTS["listed"] + "\n"
