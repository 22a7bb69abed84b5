"""What is told of a SKU's score: its verdict with the numbers behind it, and what else speaks for or against it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from xuanpin.models.risk.cusum import RateChange, unchanged
from xuanpin.pipelines.contracts.reason_codes import parse_reason
from xuanpin.pipelines.scoring.score_reasons import score_reasons
from xuanpin.pipelines.settings.deciding import ScoringSettings

FIRST_ON = date(2026, 9, 1)
PLAIN: dict[str, Any] = {
    "is_gated": False, "landmine_probability": 0.01, "regret_rate": 0.03, "regret_rate_lower": 0.02,
    "regret_rate_upper": 0.05, "landmine_ceiling": 0.1, "clean_lines_needed": 0, "evidence_orders": 200,
    "prior_only": False, "changed_alone": 0.01, "changed_with_supplier": 0.01, "fault_agent": np.nan,
    "cluster_chance": 0.1, "cluster_days": 6, "cluster_regrets": 3.0,
    "doubt_count": 0, "doubts_judged": 0, "doubts_right": 0,
    "fault_logistics": np.nan, "fault_customer": np.nan, "demand_per_post": 2.0, "unit_value": 0.7,
    "shelf_hours": np.nan, "waited_hours": np.nan, "spoilage_rate": np.nan, "spoilage_upper": np.nan,
    "spoilage_added": np.nan,
    "return_rate": 0.1, "happy_if_kept": 0.8, "kin_by": "", "kin_sku_id": "", "kin_lines": 0, "kin_regret_rate": 0.0,
}  # fmt: skip


def told(*skus: dict[str, Any], changes: dict[str, RateChange] | None = None) -> list[dict[str, dict[str, str]]]:
    """Code → values of the reasons of each SKU, in their order; a SKU names what is not as usual."""
    steady = {metric: unchanged(len(skus)) for metric in ("return", "regret")}
    estimates = pd.DataFrame([PLAIN | own for own in skus])
    found = score_reasons(estimates, steady | (changes or {}), FIRST_ON, ScoringSettings(landmine_cap=0.2))
    return [dict(map(parse_reason, reasons)) for reasons in found]


def test_the_verdict_comes_first_and_what_a_post_is_worth_last() -> None:
    (quiet,) = told({})
    assert list(quiet) == ["under_landmine_cap", "post_value"]
    assert quiet["under_landmine_cap"] == {
        "landmine_probability": "0.0100", "cap": "0.2", "regret_rate": "0.0300", "regret_rate_lower": "0.0200",
        "regret_rate_upper": "0.0500", "landmine_ceiling": "0.1000", "lines": "200",
    }  # fmt: skip
    assert quiet["post_value"] == {"units": "2.000", "unit_value": "0.700", "kept": "0.9000", "happy": "0.8000"}


def test_a_gated_sku_is_told_how_many_clean_lines_would_free_it() -> None:
    (gated,) = told({"is_gated": True, "clean_lines_needed": 40})
    assert next(iter(gated)) == "over_landmine_cap"
    assert gated["over_landmine_cap"]["clean_lines"] == "40"


def test_doubts_are_told_with_how_often_their_agents_were_right() -> None:
    (doubted,) = told({"doubt_count": 3, "doubts_judged": 9, "doubts_right": 7})
    assert doubted["doubted_by"] == {"agents": "3", "right": "7", "judged": "9"}


@pytest.mark.parametrize(
    ("own", "is_told"),
    [({"cluster_chance": 0.81}, True), ({"cluster_chance": 0.8}, False), ({"is_gated": True}, False)],
)
def test_a_few_more_regrets_than_usual_are_a_question_to_the_agents(own: dict[str, Any], is_told: bool) -> None:
    (found,) = told({"cluster_chance": 0.9} | own)
    assert ("ask_agents" in found) == is_told
    if is_told:
        assert found["ask_agents"] == {"regrets": "3.0", "days": "6", "chance": "0.810"}


def test_what_perishes_is_told_with_its_hours_and_what_spoils() -> None:
    fresh = {"shelf_hours": 72.0, "waited_hours": 19.6, "spoilage_rate": 0.031, "spoilage_upper": 0.06}
    plain, perishing = told({}, fresh | {"spoilage_added": 0.004})
    assert "spoilage" not in plain
    numbers = {"hours": "20", "keeps": "72", "rate": "0.0310", "upper": "0.0600", "added": "0.0040"}
    assert perishing["spoilage"] == numbers


def test_a_rate_that_rests_on_the_prior_alone_says_so() -> None:
    known, new = told({}, {"prior_only": True, "regret_rate": 0.04})
    assert "rests_on_prior" not in known
    assert new["rests_on_prior"] == {"prior": "0.0400"}


def test_a_sku_that_inherits_a_past_says_whose_and_not_that_it_rests_on_its_kind() -> None:
    past = {"kin_by": "title", "kin_sku_id": "S1,红=2", "kin_lines": 120, "kin_regret_rate": 0.41}
    (heir,) = told({"prior_only": True, **past})
    assert heir["history_of"] == {"sku": "S1，红＝2", "by": "title", "lines": "120", "regret_rate": "0.4100"}
    assert "rests_on_prior" not in heir


@pytest.mark.parametrize(
    ("alone", "with_supplier", "chance"),
    [
        pytest.param(0.5, 0.5, "0.750", id="either of the two"),
        pytest.param(0.0, 0.25, "0.250", id="with its supplier"),
        pytest.param(0.1, 0.0, None, id="exactly a tenth is not told"),
        pytest.param(0.05, 0.05, None, id="both together stay below a tenth"),
    ],
)
def test_a_change_that_is_likely_enough_is_told_with_its_chance(
    alone: float, with_supplier: float, chance: str | None
) -> None:
    (sku,) = told({"changed_alone": alone, "changed_with_supplier": with_supplier})
    assert sku.get("may_have_turned", {}).get("chance") == chance


@pytest.mark.parametrize(
    ("column", "cause"), [("agent", "agent"), ("logistics", "logistics"), ("customer", "customer")]
)
def test_another_cause_is_named_where_it_has_more_than_half_of_the_regrets(column: str, cause: str) -> None:
    half, more = told({f"fault_{column}": 0.5}, {f"fault_{column}": 0.51})
    assert "fault_elsewhere" not in half
    assert more["fault_elsewhere"] == {"cause": cause, "share": "0.510"}


def test_a_break_is_told_of_its_own_sku_with_its_day_and_evidence() -> None:
    change = unchanged(2)
    change.is_changed[1], change.since[1], change.events[1], change.exposure[1] = True, 30, 6.0, 41.25
    first, second = told({}, {}, changes={"regret": change})
    assert "regret_changed" not in first
    assert second["regret_changed"] == {"since": "2026-10-01", "events": "6", "lines": "41.2"}


def test_only_a_supplier_that_became_worse_lifts_its_skus() -> None:
    change = unchanged(3)
    change.lift[:] = 1.0, 1.25, 0.8
    same, worse, better = told({}, {}, {}, changes={"regret": change})
    assert worse["supplier_regret_up"] == {"lift": "1.250"}
    assert "supplier_regret_up" not in same | better
