"""Rules of tomorrow's list, each on a few SKUs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.selection_night import decision, listed_skus, night_of, skus
from xuanpin.pipelines.contracts.reason_codes import codes_of, parse_reason, reason_sentence
from xuanpin.pipelines.errors import OutputCheckFailed

PLAIN: dict[str, Any] = {"explore_share": 0.0, "clearance_share": 0.0, "price_bands": 1}


def test_best_value_first(tmp_path: Path) -> None:
    with night_of(tmp_path, skus(6), list_size=3, **PLAIN) as night:
        assert listed_skus(night) == ["S00", "S01", "S02"]
        assert decision(night, "S03")["decision_code"] == "low_value"


GATED = {
    "is_gated": True,
    "landmine_probability": 0.5,
    "score_reasons": [
        "over_landmine_cap:landmine_probability=0.5,cap=0.3,regret_rate=0.09,regret_rate_lower=0.05,"
        "regret_rate_upper=0.15,landmine_ceiling=0.06,clean_lines=40"
    ],
}


def test_every_reason_can_be_read_in_both_languages(tmp_path: Path) -> None:
    rows = skus(14)
    rows[0] |= {"sellable_units": 0}
    rows[1] |= GATED
    rows[3] |= {"spu_id": "U1"}
    rows[4] |= {"spu_id": "U1"}
    rows[5] |= GATED
    rows[6] |= {"landmine_probability": 0.25}
    rows[13] |= {"score": -0.2, "unit_value": -0.1}
    overrides = [{"sku_id": "S02", "action": "ban"}, {"sku_id": "S05", "action": "pin", "override_id": "O2"}]
    with night_of(tmp_path, rows, overrides=overrides, list_size=4, **PLAIN) as night:
        listed_skus(night)
        seen = night.engine.query("select decision_code, reasons from night.sku_scorecard").to_pylist()
    assert {row["decision_code"] for row in seen} == {
        "out_of_stock", "over_landmine_cap", "banned_by_override", "duplicate_of", "listed_core", "pin_unapproved",
        "promise_full", "low_value", "no_value",
    }  # fmt: skip
    for row in seen:
        assert {parse_reason(reason)[0] for reason in row["reasons"]} <= set(codes_of("sku_scorecard"))
        assert all(reason_sentence(reason, language) for reason in row["reasons"] for language in ("zh", "en"))
        assert row["decision_code"] == row["reasons"][0].partition(":")[0]


def test_bans_out_of_stock_and_gated_goods_never_enter(tmp_path: Path) -> None:
    rows = skus(6)
    rows[0] |= {"sellable_units": 0}
    rows[1] |= GATED
    overrides: list[dict[str, Any]] = [
        {"sku_id": "S02", "action": "ban"},
        {"sku_id": "S02", "action": "pin", "override_id": "O2"},
        {"sku_id": "S03", "action": "ban", "override_id": "O3", "ends_on": date(2026, 11, 21)},
    ]
    with night_of(tmp_path, rows, overrides=overrides, list_size=6, **PLAIN) as night:
        assert listed_skus(night) == ["S03", "S04", "S05"]
        assert [decision(night, sku)["decision_code"] for sku in ("S00", "S01", "S02")] == [
            "out_of_stock", "over_landmine_cap", "banned_by_override",
        ]  # fmt: skip
        facts = night.engine.query("select listed, short_code from night.assortment_certificate").to_pylist()
        assert facts == [{"listed": 3, "short_code": "too_few_safe_skus"}]


def test_a_pin_enters_whatever_its_value(tmp_path: Path) -> None:
    pin = {"sku_id": "S05", "action": "pin"}
    with night_of(tmp_path, skus(6), overrides=[pin], list_size=3, **PLAIN) as night:
        assert listed_skus(night) == ["S00", "S01", "S05"]
        row = night.engine.query("select role, reasons from night.sku_list where sku_id = 'S05'").to_pylist()[0]
    assert row["role"] == "pinned"
    assert row["reasons"][1] == "pinned_by_override:override_id=O1"


@pytest.mark.parametrize(
    ("approved_by", "code"), [(None, "pin_unapproved"), ("王采", "pin_unapproved"), ("李核", "listed_pinned")]
)
def test_a_pin_over_the_gate_needs_a_second_person(tmp_path: Path, approved_by: str | None, code: str) -> None:
    rows = skus(40)
    rows[39] |= GATED
    pin = {"sku_id": "S39", "action": "pin", "approved_by": approved_by}
    with night_of(tmp_path, rows, overrides=[pin], list_size=20, **PLAIN) as night:
        chosen = listed_skus(night)
        assert decision(night, "S39")["decision_code"] == code
        pins = night.engine.query("select value, slack from night.assortment_rules where rule = 'pin:S39'").to_pylist()
    assert ("S39" in chosen) == (code == "listed_pinned")
    assert pins == [{"value": float("S39" in chosen), "slack": float("S39" not in chosen)}]


def test_a_pin_of_goods_that_are_no_candidates_is_said(tmp_path: Path) -> None:
    pin = {"sku_id": "GONE", "action": "pin"}
    with night_of(tmp_path, skus(4), overrides=[pin], list_size=2, **PLAIN) as night:
        listed_skus(night)
        pins = night.engine.query("select tier, slack from night.assortment_rules where rule = 'pin:GONE'").to_pylist()
    assert pins == [{"tier": "hard", "slack": 1.0}]


def test_the_expected_share_of_landmines_stays_within_the_promise(tmp_path: Path) -> None:
    rows = [row | {"landmine_probability": 0.06 if i < 10 else 0.049} for i, row in enumerate(skus(70))]
    with night_of(tmp_path, rows, list_size=60, **PLAIN) as night:
        chosen = listed_skus(night)
        share = night.engine.query("select avg(landmine_probability) as share from night.sku_list").to_pylist()[0]
        assert decision(night, "S09")["decision_code"] == "promise_full"
    # Sixty places at 5 % leave room for 5 SKUs at .06 beside 55 at .049: 5 x .01 <= 55 x .001.
    assert len(chosen) == 60
    assert chosen[4:6] == ["S04", "S10"]
    assert share["share"] <= 0.05


def test_the_promise_shortens_the_list_rather_than_break(tmp_path: Path) -> None:
    rows = [row | {"landmine_probability": 0.02 if i < 20 else 0.25} for i, row in enumerate(skus(60))]
    with night_of(tmp_path, rows, list_size=50, **PLAIN) as night:
        # 20 x .03 of room takes 3 SKUs at .25. Without them no more than one landmine had 94 %, for 13 % of the value.
        assert len(listed_skus(night)) == 23
        facts = night.engine.query("select short_code, promise_held from night.assortment_certificate").to_pylist()
    assert facts == [{"short_code": "promise_full", "promise_held": 0.05}]


def test_a_first_night_on_priors_alone_still_has_a_list_and_says_what_it_promises(tmp_path: Path) -> None:
    rows = [
        row | {"landmine_probability": 0.10 + i / 1000, "prior_only": True, "evidence_orders": 0}
        for i, row in enumerate(skus(60))
    ]
    with night_of(tmp_path, rows, list_size=50, list_floor=20) as night:
        assert len(listed_skus(night)) >= 20
        roles = night.engine.query("select distinct role from night.sku_list")["role"].to_pylist()
        rule = night.engine.query("select * from night.assortment_rules where rule = 'promise'").to_pylist()[0]
        share = night.engine.query("select avg(landmine_probability) as p from night.sku_list").to_pylist()[0]["p"]
        said = night.engine.query("select distinct promise, promise_bound, can_promise from night.sku_list")
    assert roles == ["explore"]
    assert share == pytest.approx(0.1095, abs=1e-6)
    # 20 SKUs at .11: five landmines or fewer with 95 % confidence.
    assert said.to_pylist() == [{"promise": 0.05, "promise_bound": 0.25, "can_promise": False}]
    assert (rule["bound"], rule["value"], rule["slack"]) == (0.05, 0.25, 0.2)


def test_a_first_night_is_not_filled_up_with_near_duplicates_of_the_safest(tmp_path: Path) -> None:
    rows = [
        row | {"landmine_probability": 0.10 + i / 1000, "prior_only": True, "spu_id": "SPU" if i < 8 else None}
        for i, row in enumerate(skus(40))
    ]
    with night_of(tmp_path, rows, list_size=50, list_floor=20) as night:
        listed = listed_skus(night)
        broken = night.engine.query("select rule from night.assortment_rules where tier = 'rule' and slack > 0")
    assert len(listed) == 20
    assert len({"S00", "S01", "S02", "S03", "S04", "S05", "S06", "S07"} & set(listed)) == 1
    assert broken.num_rows == 0


def test_without_leave_to_relax_the_first_night_has_no_list_rather_than_break_its_promise(tmp_path: Path) -> None:
    rows = skus(30, landmine_probability=0.1, prior_only=True)
    with (
        night_of(tmp_path, rows, list_size=20, allow_relaxed=False) as night,
        pytest.raises(OutputCheckFailed, match="promise_full: 30"),
    ):
        listed_skus(night)


def test_no_supplier_takes_more_than_its_share(tmp_path: Path) -> None:
    rows = [row | {"supplier_id": "P-A" if i < 6 else row["supplier_id"]} for i, row in enumerate(skus(40))]
    with night_of(tmp_path, rows, list_size=10, supplier_max_share=0.2, **PLAIN) as night:
        chosen = listed_skus(night)
        assert chosen[:2] == ["S00", "S01"]
        assert not {"S02", "S03", "S04", "S05"} & set(chosen)
        assert decision(night, "S02")["reasons"][0].startswith("supplier_cap:")
        assert "supplier_id=P-A" in decision(night, "S02")["reasons"][0]


def test_pins_beyond_a_cap_name_the_rule_and_by_how_much(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [row | {"supplier_id": "SP1152" if i < 4 else row["supplier_id"]} for i, row in enumerate(skus(40))]
    pins = [{"sku_id": f"S0{i}", "action": "pin", "override_id": f"O{i}"} for i in range(4)]
    with night_of(tmp_path, rows, overrides=pins, list_size=20, **PLAIN) as night:
        listed_skus(night)
        rule = night.engine.query("select * from night.assortment_rules where rule = 'supplier:SP1152'").to_pylist()[0]
    assert (rule["bound"], rule["value"], rule["slack"], rule["tier"]) == (2.0, 4.0, 2.0, "rule")
    assert "supplier:SP1152: 2 over" in caplog.text


def test_a_conflict_of_rules_is_refused_by_name_unless_settings_allow_it(tmp_path: Path) -> None:
    rows = [row | {"supplier_id": "SP1152" if i < 4 else row["supplier_id"]} for i, row in enumerate(skus(40))]
    pins = [{"sku_id": f"S0{i}", "action": "pin", "override_id": f"O{i}"} for i in range(4)]
    with (
        night_of(tmp_path, rows, overrides=pins, list_size=20, allow_relaxed=False, **PLAIN) as night,
        pytest.raises(OutputCheckFailed, match="supplier:SP1152: 2 over"),
    ):
        listed_skus(night)


def test_more_pins_than_places_are_refused_by_name(tmp_path: Path) -> None:
    pins = [{"sku_id": f"S0{i}", "action": "pin", "override_id": f"O{i}"} for i in range(4)]
    with (
        night_of(tmp_path, skus(9), overrides=pins, list_size=3, **PLAIN) as night,
        pytest.raises(OutputCheckFailed, match="list_size: 1 over"),
    ):
        listed_skus(night)


def test_near_duplicates_take_one_place(tmp_path: Path) -> None:
    rows = skus(8)
    rows[1] |= {"spu_id": "U1"}
    rows[0] |= {"spu_id": "U1"}
    rows[3] |= {"title": "【新款】真丝 衬衫"}
    rows[2] |= {"title": "新款真丝衬衫！"}
    with night_of(tmp_path, rows, list_size=4, **PLAIN) as night:
        assert listed_skus(night) == ["S00", "S02", "S04", "S05"]
        assert decision(night, "S01")["reasons"][0].startswith("duplicate_of:sku_id=S00")
        assert decision(night, "S03")["reasons"][0].startswith("duplicate_of:sku_id=S02")


def test_reserved_places_for_new_and_clearance_goods(tmp_path: Path) -> None:
    rows = skus(40)
    for i in (3, 20, 21, 22):
        rows[i] |= {"prior_only": True, "evidence_orders": 0}
    rows[2] |= {"evidence_orders": 9, "witnesses": 9.0}
    rows[0] |= {"prior_only": True}
    rows[30] |= {"is_clearance": True}
    with night_of(tmp_path, rows, list_size=20, explore_share=0.1, clearance_share=0.05, price_bands=1) as night:
        listed_skus(night)
        roles = night.engine.query("select role, sku_id from night.sku_list order by sku_id").to_pylist()
        assert decision(night, "S03")["decision_code"] == "explore_full"
    assert [row["sku_id"] for row in roles if row["role"] == "explore"] == ["S00", "S02"]
    assert [row["sku_id"] for row in roles if row["role"] == "clearance"] == ["S30"]


def test_cold_chain_and_category_limits(tmp_path: Path) -> None:
    rows = [row | {"is_cold_chain": i < 5} for i, row in enumerate(skus(20))]
    for i in (5, 6, 7):
        rows[i] |= {"category": "生鲜/水果"}
    rows[15] |= {"category": "母婴/奶粉"}
    limits: dict[str, Any] = {
        "cold_chain_max": 2,
        "category_max": {"生鲜": 1},
        "category_min": {"母婴": 1},
        "category_max_share": 1.0,
    }
    with night_of(tmp_path, rows, list_size=6, **limits, **PLAIN) as night:
        assert listed_skus(night) == ["S00", "S01", "S05", "S08", "S09", "S15"]
        assert decision(night, "S02")["decision_code"] == "cold_chain_full"
        assert decision(night, "S06")["decision_code"] == "category_max"


def test_most_of_the_last_list_stays(tmp_path: Path) -> None:
    history = [(date(2026, 11, day), f"S{i}") for day in (19, 20, 21) for i in range(10, 20)]
    history += [(date(2026, 11, 18), "S10"), (date(2026, 11, 16), "S10")]
    with night_of(tmp_path, skus(20), listed=history, list_size=10, max_change_share=0.3, **PLAIN) as night:
        assert listed_skus(night) == ["S00", "S01", "S02", *(f"S{i}" for i in range(10, 17))]
        assert decision(night, "S10")["days_on_list"] == 4
        assert decision(night, "S11")["days_on_list"] == 3
        assert decision(night, "S00")["days_on_list"] == 0


def test_every_segment_finds_its_own_goods(tmp_path: Path) -> None:
    demand = [(1, f"S0{i}", 2.0 - i / 10) for i in range(8)] + [(2, f"S1{i}", 1.0 - i / 100) for i in range(8)]
    segments = [(1, 50, 150), (2, 50, 150)]
    with night_of(tmp_path, skus(20), demand=demand, segments=segments, list_size=6, **PLAIN) as night:
        assert listed_skus(night) == ["S00", "S01", "S02", "S10", "S11", "S12"]
        kept = night.engine.query("select sku_id, expected_kept_units from night.sku_list").to_pylist()
        rules = night.engine.query("select rule, bound, value from night.assortment_rules where tier = 'segment'")
    assert all(row["expected_kept_units"] > 0 for row in kept)
    assert rules.to_pylist() == [
        {"rule": "segment:1", "bound": 3.0, "value": 3.0},
        {"rule": "segment:2", "bound": 3.0, "value": 3.0},
    ]


def test_goods_with_little_stock_count_for_the_agents_they_can_serve(tmp_path: Path) -> None:
    rows = skus(6, score=1.0)
    rows[0] |= {"sellable_units": 3}
    demand = [(1, "S00", 2.0), (1, "S01", 1.9), (1, "S02", 1.8)]
    with night_of(tmp_path, rows, demand=demand, segments=[(1, 100, 200)], list_size=2, **PLAIN) as night:
        assert listed_skus(night) == ["S01", "S02"]


def test_the_needed_score_is_enough(tmp_path: Path) -> None:
    rows = [row | {"supplier_id": "P-A" if i < 6 else row["supplier_id"]} for i, row in enumerate(skus(30))]
    for losing in ("S25", "S04"):
        with night_of(tmp_path / losing, rows, list_size=10, supplier_max_share=0.2, **PLAIN) as night:
            assert losing not in listed_skus(night)
            values = parse_reason(decision(night, losing)["reasons"][0])[1]
        raised = [row | {"score": float(values["needed_score"])} if row["sku_id"] == losing else row for row in rows]
        with night_of(tmp_path / f"{losing}-raised", raised, list_size=10, supplier_max_share=0.2, **PLAIN) as night:
            assert losing in listed_skus(night)


def test_the_needed_stock_is_enough_where_stock_is_what_a_sku_lacks(tmp_path: Path) -> None:
    rows = skus(30, demand_per_post=4.0)
    rows[2] |= {"sellable_units": 1}
    with night_of(tmp_path / "short", rows, list_size=10, **PLAIN) as night:
        assert "S02" not in listed_skus(night)
        code, values = parse_reason(decision(night, "S02")["reasons"][0])
        assert decision(night, "S15")["decision_code"] == "low_value"
    assert code == "low_stock" and values["sellable_units"] == "1" and float(values["place_units"]) == 4.0
    rows[2] |= {"sellable_units": int(values["needed_units"])}
    with night_of(tmp_path / "enough", rows, list_size=10, **PLAIN) as night:
        assert "S02" in listed_skus(night)


def test_the_needed_probability_is_enough(tmp_path: Path) -> None:
    rows = [row | {"landmine_probability": 0.25 if i < 10 else 0.02} for i, row in enumerate(skus(40))]
    with night_of(tmp_path / "before", rows, list_size=20, **PLAIN) as night:
        listed_skus(night)
        values = parse_reason(decision(night, "S06")["reasons"][0])[1]
    rows[6] |= {"landmine_probability": float(values["needed_probability"])}
    with night_of(tmp_path / "after", rows, list_size=20, **PLAIN) as night:
        assert "S06" in listed_skus(night)


def test_reserves_are_safe_ordered_and_no_twins(tmp_path: Path) -> None:
    rows = skus(12)
    rows[0] |= {"spu_id": "U1"}
    rows[5] |= {"spu_id": "U1"}
    rows[6] |= {"landmine_probability": 0.2}
    with night_of(tmp_path, rows, list_size=4, **PLAIN) as night:
        listed_skus(night)
        reserves = night.engine.query("select sku_id from night.reserves order by reserve_rank")["sku_id"].to_pylist()
    assert reserves == ["S04", "S07"]


def test_without_candidates_there_is_no_list(tmp_path: Path) -> None:
    with (
        night_of(tmp_path, [], list_size=4) as night,
        pytest.raises(OutputCheckFailed, match="no SKU of the catalogue is active, launched"),
    ):
        listed_skus(night)


def test_the_same_night_gives_the_same_tables(tmp_path: Path) -> None:
    demand = [(s, f"S{i:02d}", 1.0 + (i * s) % 7) for s in (1, 2, 3) for i in range(30)]
    tables = []
    for attempt in ("one", "two"):
        rows = skus(40) if attempt == "one" else skus(40)[::-1]
        with night_of(tmp_path / attempt, rows, demand=demand, segments=[(1, 9, 50), (2, 5, 30), (3, 2, 8)]) as night:
            listed_skus(night)
            names = ("sku_list", "sku_scorecard", "assortment_rules", "assortment_certificate", "reserves")
            tables.append([night.engine.query(f"select * from night.{name} order by all") for name in names])
    assert tables[0] == tables[1]
