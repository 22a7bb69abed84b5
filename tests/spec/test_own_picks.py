"""What agents propose: the gate, the few places that a list gives, and what each of them is told."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.perishing import put_perishing
from tests.support.selection_night import decision, found_list, listed_skus, night_of, skus
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import codes_of, parse_reason, reason_sentence

PLAIN: dict[str, Any] = {"explore_share": 0.0, "clearance_share": 0.0, "price_bands": 1, "pick_share": 0.1}
GATED: dict[str, Any] = {
    "is_gated": True,
    "landmine_probability": 0.5,
    "score_reasons": [
        "over_landmine_cap:landmine_probability=0.5,cap=0.3,regret_rate=0.09,regret_rate_lower=0.05,"
        "regret_rate_upper=0.15,landmine_ceiling=0.06,clean_lines=40"
    ],
}


def pick(agent: str, sku: str, hour: int = 9, **other: Any) -> dict[str, Any]:
    return {"agent_id": agent, "sku_id": sku, "updated_at": datetime(2026, 11, 21, hour), **other}


def answers(night: Night) -> dict[tuple[str, str], str]:
    """Run selection; returns the code of each proposal by agent and SKU, when every reason can be read."""
    listed_skus(night)
    rows = night.engine.read("night.int_own_picks").to_pylist()
    for row in rows:
        assert {parse_reason(line)[0] for line in row["reasons"]} <= set(codes_of("pick_answers"))
        assert row["decision_code"] == parse_reason(row["reasons"][0])[0]
        assert all(reason_sentence(line, language) for line in row["reasons"] for language in ("zh", "en"))
    return {(row["agent_id"], row["sku_id"]): row["decision_code"] for row in rows}


def reasons(night: Night, agent: str, sku: str) -> list[str]:
    rows = night.engine.read("night.int_own_picks").to_pylist()
    return next(list(row["reasons"]) for row in rows if (row["agent_id"], row["sku_id"]) == (agent, sku))


@pytest.mark.parametrize(("keeps", "code"), [(42.4, "does_not_keep"), (42.5, "on_list")])
def test_what_does_not_keep_for_her_groups_is_refused_by_its_hours(tmp_path: Path, keeps: float, code: str) -> None:
    people = [{"agent_id": "A1"}, {"agent_id": "A2"}]
    picks = [pick("A1", "S05"), pick("A2", "S05")]
    with night_of(tmp_path, skus(6), agents=people, picks=picks, list_size=6, **PLAIN) as night:
        waiting = [{"agent_id": "A1", "upper_hours": 30.5}, {"agent_id": "A2", "upper_hours": 10.0}]
        put_perishing(night.engine, [{"sku_id": "S05", "shelf_hours": keeps}], waiting)
        assert answers(night) == {("A1", "S05"): code, ("A2", "S05"): "on_list"}
        if code == "does_not_keep":
            assert reasons(night, "A1", "S05") == [f"does_not_keep:keeps={keeps:.0f},needed=43"]


@pytest.mark.parametrize(
    ("person", "goods", "product", "said"),
    [
        ({"status": "paused"}, {}, {}, "agent_inactive"),
        ({"price_min": Decimal("50.01")}, {}, {}, "below_price_band:price=50.00,min=50.01"),
        ({"price_max": Decimal("49.99")}, {}, {}, "above_price_band:price=50.00,max=49.99"),
        ({"min_satisfaction": 0.91}, {}, {}, "below_min_satisfaction:satisfaction=0.9000,min=0.9100"),
        ({"categories_excluded": ["食品", "家居"]}, {}, {}, "excluded_category:category=家居/收纳,excluded=家居"),
        ({"max_landmine_probability": 0.009}, {}, {}, "above_own_limit:landmine_probability=0.0100,max=0.0090"),
        ({}, {"sellable_units": 0}, {}, "out_of_stock"),
        ({}, GATED, {}, GATED["score_reasons"][0]),
        ({}, {"score": -0.1}, {}, "no_value:score=-0.1000"),
        ({}, {"suits_somebody": False}, {}, "suits_no_agent:list_price=50.0000,satisfaction=0.9000"),
        ({}, None, {"status": "withdrawn"}, "not_for_sale:status=withdrawn"),
        ({}, None, {"launched_on": date(2026, 11, 23)}, "not_launched:launched_on=2026-11-23"),
        ({}, None, {"season_start": date(2027, 1, 1)}, "out_of_season:season_start=2027-01-01,season_end=…"),
    ],
)
def test_what_fails_one_rule_is_refused_by_its_name_with_what_would_admit_it(
    tmp_path: Path, person: dict[str, Any], goods: dict[str, Any] | None, product: dict[str, Any], said: str
) -> None:
    rows = skus(6) if goods is None else [*skus(6), *skus(1, **goods, title="自选", supplier_id="P-own")]
    own = "S99"
    if goods is not None:
        rows[-1]["sku_id"] = own
    picks = [pick("A1", own, product=product)]
    with night_of(tmp_path, rows, agents=[{"agent_id": "A1", **person}], picks=picks, list_size=3, **PLAIN) as night:
        assert answers(night) == {("A1", own): said.partition(":")[0]}
        assert reasons(night, "A1", own) == [said]
        assert own not in found_list(night) or person


@pytest.mark.parametrize("person", [
    {"price_min": Decimal("50.00"), "price_max": Decimal("50.00"), "min_satisfaction": 0.9,
     "max_landmine_probability": 0.01, "categories_excluded": ["家", "家居/收纳/箱"]},
])  # fmt: skip
def test_what_meets_her_rules_exactly_passes(tmp_path: Path, person: dict[str, Any]) -> None:
    people = [{"agent_id": "A1", **person}]
    with night_of(tmp_path, skus(6), agents=people, picks=[pick("A1", "S01")], list_size=3, **PLAIN) as night:
        assert answers(night) == {("A1", "S01"): "on_list"}


def test_bans_and_dangers_stop_a_proposal_however_many_ask(tmp_path: Path) -> None:
    people = [{"agent_id": f"A{n}"} for n in range(9)]
    asked = [pick(person["agent_id"], sku) for person in people for sku in ("S00", "S01")]
    overrides = [{"sku_id": "S00", "action": "ban"}]
    with night_of(
        tmp_path, skus(8), overrides=overrides, dangers=["S01"], agents=people, picks=asked, list_size=4, **PLAIN
    ) as night:
        found = answers(night)
        assert {found[person["agent_id"], "S00"] for person in people} == {"banned_by_override"}
        assert {found[person["agent_id"], "S01"] for person in people} == {"danger_reported"}
        assert reasons(night, "A1", "S00") == ["banned_by_override:override_id=O1"]


def test_other_answers_and_other_days_propose_nothing(tmp_path: Path) -> None:
    said = [pick("A1", "S05", list_date=date(2026, 11, 21)), pick("A1", "S04", answer="accepted")]
    with night_of(tmp_path, skus(6), agents=[{"agent_id": "A1"}], picks=said, list_size=3, **PLAIN) as night:
        assert answers(night) == {}


def test_a_proposal_that_passes_takes_the_place_of_the_least_valuable(tmp_path: Path) -> None:
    people = [{"agent_id": "A1"}, {"agent_id": "A2"}]
    with night_of(tmp_path, skus(12), agents=people, picks=[pick("A1", "S09"), pick("A2", "S09")],
                  list_size=5, **PLAIN) as night:  # fmt: skip
        assert answers(night) == {("A1", "S09"): "place_given", ("A2", "S09"): "place_given"}
        assert found_list(night) == ["S00", "S01", "S02", "S03", "S09"]
        assert decision(night, "S09")["reasons"][:2][1] == "proposed_by_agents:agents=2"
        assert decision(night, "S04")["decision_code"] == "low_value"


def test_more_who_ask_come_first_then_more_value(tmp_path: Path) -> None:
    people = [{"agent_id": f"A{n}"} for n in range(4)]
    said = [pick("A0", "S08"), pick("A1", "S09"), pick("A2", "S11"), pick("A3", "S11")]
    with night_of(tmp_path, skus(12), agents=people, picks=said, list_size=8, **PLAIN) as night:
        found = answers(night)
        assert [found[key] for key in (("A0", "S08"), ("A1", "S09"), ("A2", "S11"))] == [
            "no_place", "no_place", "place_given",
        ]  # fmt: skip
        assert reasons(night, "A0", "S08")[0] == "no_place:agents=1,places=1"
        assert parse_reason(reasons(night, "A0", "S08")[1])[0] == "low_value"


@pytest.mark.parametrize(("share", "given"), [(0.0, 0), (0.1, 1), (0.11, 2), (1.0, 4)])
def test_no_more_places_than_the_settings_give(tmp_path: Path, share: float, given: int) -> None:
    people = [{"agent_id": "A1"}]
    said = [pick("A1", f"S{n}") for n in range(10, 14)]
    with night_of(
        tmp_path, skus(14), agents=people, picks=said, list_size=10, **PLAIN | {"pick_share": share}
    ) as night:
        assert list(answers(night).values()).count("place_given") == given
        assert len(found_list(night)) == 10


def test_a_listed_sku_keeps_its_place_from_one_that_as_many_ask_for(tmp_path: Path) -> None:
    people = [{"agent_id": f"A{n}"} for n in range(4)]
    said = [pick("A0", "S03"), pick("A1", "S02"), pick("A2", "S01"), pick("A3", "S07")]
    with night_of(tmp_path, skus(8), agents=people, picks=said, list_size=4, **PLAIN) as night:
        assert set(answers(night).values()) == {"on_list", "place_given"}
        assert found_list(night) == ["S01", "S02", "S03", "S07"]


def test_no_cap_is_broken_for_a_proposal(tmp_path: Path) -> None:
    rows = [row | {"supplier_id": "P-A" if place in (0, 1, 30) else row["supplier_id"]}
            for place, row in enumerate(skus(40))]  # fmt: skip
    people, pins = [{"agent_id": "A1"}], [{"sku_id": f"S0{n}", "action": "pin", "override_id": f"O{n}"} for n in (0, 1)]
    with night_of(tmp_path, rows, overrides=pins, agents=people, picks=[pick("A1", "S30")], list_size=20,
                  supplier_max_share=0.1, **PLAIN) as night:  # fmt: skip
        assert answers(night) == {("A1", "S30"): "no_place"}
        assert reasons(night, "A1", "S30")[1].startswith("low_value:")


def test_the_promise_holds_and_the_riskier_of_the_proposals_give_way(tmp_path: Path) -> None:
    rows = [row | {"landmine_probability": 0.002 if place < 30 else 0.28} for place, row in enumerate(skus(40))]
    rows[29] |= {"landmine_probability": 0.001, "landmine_if_steady": 0.001}
    people = [{"agent_id": "A1", "daily_slots": 9}]
    said = [pick("A1", sku) for sku in ("S29", "S34", "S35", "S36", "S37", "S38")]
    with night_of(tmp_path, rows, agents=people, picks=said, list_size=20, **PLAIN | {"pick_share": 0.3}) as night:
        found = answers(night)
        facts = night.engine.read("night.assortment_certificate").to_pylist()[0]
        assert found["A1", "S29"] == "place_given"
        assert "no_place" in found.values()
        assert facts["listed"] == 20 and facts["promise_bound"] <= facts["promise_asked"]


def test_a_sku_without_evidence_gets_a_place_on_trial_within_the_places_for_new_ones(tmp_path: Path) -> None:
    rows = [row | ({"witnesses": 2.0} if place in (9, 10) else {}) for place, row in enumerate(skus(12))]
    people = [{"agent_id": "A1"}, {"agent_id": "A2"}]
    said = [pick("A1", "S10"), pick("A2", "S09")]
    plain = PLAIN | {"pick_share": 0.4, "explore_share": 0.2}
    with night_of(tmp_path, rows, agents=people, picks=said, list_size=5, **plain) as night:
        assert answers(night) == {("A1", "S10"): "no_place", ("A2", "S09"): "on_list"}
    with night_of(tmp_path / "none", rows, agents=people, picks=said[:1], list_size=5, **plain) as night:
        assert answers(night) == {("A1", "S10"): "trial_place"}
        assert reasons(night, "A1", "S10") == ["trial_place:agents=1"]
        assert decision(night, "S10")["decision_code"] == "listed_explore"


def test_of_more_proposals_than_slots_the_newest_that_pass_count(tmp_path: Path) -> None:
    rows = skus(8)
    rows[7] |= {"sellable_units": 0}
    said = [pick("A1", "S00", 8), pick("A1", "S01", 9), pick("A1", "S02", 10), pick("A1", "S07", 11)]
    with night_of(tmp_path, rows, agents=[{"agent_id": "A1", "daily_slots": 2}], picks=said, list_size=4,
                  **PLAIN) as night:  # fmt: skip
        assert answers(night) == {
            ("A1", "S00"): "over_slots", ("A1", "S01"): "on_list", ("A1", "S02"): "on_list",
            ("A1", "S07"): "out_of_stock",
        }  # fmt: skip


def test_proposals_without_a_place_take_no_slot_from_those_with_one(tmp_path: Path) -> None:
    said = [pick("A1", "S00", 8), pick("A1", "S06", 9), pick("A1", "S07", 10)]
    plain = PLAIN | {"pick_share": 0.0}
    with night_of(tmp_path, skus(8), agents=[{"agent_id": "A1", "daily_slots": 2}], picks=said, list_size=4,
                  **plain) as night:  # fmt: skip
        assert answers(night) == {("A1", "S00"): "on_list", ("A1", "S06"): "no_place", ("A1", "S07"): "no_place"}


def test_an_agent_asks_for_no_more_than_her_slots(tmp_path: Path) -> None:
    people: list[dict[str, Any]] = [
        {"agent_id": "A1", "daily_slots": 1},
        {"agent_id": "A2", "daily_slots": 1},
        {"agent_id": "A3"},
    ]
    said = [pick("A1", "S09", 8), pick("A1", "S01", 9), pick("A2", "S09", 8), pick("A2", "S01", 9), pick("A3", "S08")]
    with night_of(tmp_path, skus(10), agents=people, picks=said, list_size=4, **PLAIN) as night:
        found = answers(night)
        assert (found["A1", "S09"], found["A3", "S08"], found["A1", "S01"]) == ("over_slots", "place_given", "on_list")


def test_a_list_nobody_proposes_for_is_the_same_list(tmp_path: Path) -> None:
    refused = [pick("A1", "S00")]
    people = [{"agent_id": "A1", "price_max": Decimal("1.00")}]
    seen = []
    for folder, said in (("none", []), ("refused", refused)):
        with night_of(tmp_path / folder, skus(20), agents=people, picks=said, list_size=9, **PLAIN) as night:
            listed_skus(night)
            seen.append(night.engine.query("select * from night.sku_scorecard order by sku_id").to_pylist())
    assert seen[0] == seen[1]
