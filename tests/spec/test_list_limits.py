"""Limits of tomorrow's list at their edges: shares, groups, bands, reserved places, what is told of it all."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.selection_night import decision, listed_skus, night_of, skus
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import parse_reason
from xuanpin.pipelines.errors import OutputCheckFailed

PLAIN: dict[str, Any] = {"explore_share": 0.0, "clearance_share": 0.0, "price_bands": 1, "category_max_share": 1.0}
FREE: dict[str, Any] = PLAIN | {"supplier_max_share": 1.0}


def of_supplier(count: int, theirs: int) -> list[dict[str, Any]]:
    """Candidates of which the best `theirs` come from one supplier."""
    return [row | {"supplier_id": "P-A" if i < theirs else row["supplier_id"]} for i, row in enumerate(skus(count))]


def listed_of(night: Night, first: int) -> int:
    """How many of the best `first` candidates are listed."""
    return len({f"S{number:02d}" for number in range(first)} & set(listed_skus(night)))


@pytest.mark.parametrize(("theirs", "share", "most"), [(6, 0.25, 3), (6, 0.3, 3), (20, 0.2, 5), (30, 0.2, 8)])
def test_a_supplier_gets_its_share_or_that_which_it_has_of_the_candidates_rounded_up(
    tmp_path: Path, theirs: int, share: float, most: int
) -> None:
    with night_of(tmp_path, of_supplier(40, theirs), list_size=10, supplier_max_share=share, **PLAIN) as night:
        assert listed_of(night, theirs) == most


def test_a_category_share_counts_all_that_lies_below_the_top_category(tmp_path: Path) -> None:
    rows = [row | {"category": f"女装/款{i % 3}" if i < 9 else f"类{i}/款"} for i, row in enumerate(skus(45))]
    limits: dict[str, Any] = FREE | {"category_max_share": 0.3}
    with night_of(tmp_path, rows, list_size=10, **limits) as night:
        assert listed_of(night, 9) == 3
        assert parse_reason(decision(night, "S08")["reasons"][0])[1]["category"] == "女装"


def test_a_category_limit_holds_below_its_path_and_not_beside_it(tmp_path: Path) -> None:
    paths = ["生鲜", "生鲜/水果", "生鲜水果", "生鲜水果/进口"]
    rows = [row | {"category": path} for row, path in zip(skus(4), paths, strict=True)]
    with night_of(tmp_path, rows, list_size=4, list_floor=0, category_max={"生鲜": 1}, **FREE) as night:
        assert listed_skus(night) == ["S00", "S02", "S03"]


def test_each_price_band_has_its_share_rounded_down(tmp_path: Path) -> None:
    rows = [row | {"list_price": 100.0 - i} for i, row in enumerate(skus(40))]
    bands: dict[str, Any] = FREE | {"price_bands": 4, "price_band_min_share": 0.29}
    with night_of(tmp_path, rows, list_size=10, **bands) as night:
        chosen = [int(sku[1:]) // 10 for sku in listed_skus(night)]
        rules = night.engine.query("select rule, bound from night.assortment_rules where rule like 'price_band%'")
    assert [chosen.count(band) for band in range(4)] == [4, 2, 2, 2]
    assert {row["bound"] for row in rules.to_pylist()} == {2.0}


def test_equal_prices_lie_in_the_cheaper_band(tmp_path: Path) -> None:
    rows = [row | {"list_price": 10.0 if i >= 4 else 20.0} for i, row in enumerate(skus(10))]
    bands: dict[str, Any] = FREE | {"price_bands": 2, "price_band_min_share": 0.5}
    with night_of(tmp_path, rows, list_size=4, **bands) as night:
        assert listed_skus(night) == ["S00", "S01", "S04", "S05"]


def test_new_and_clearance_goods_get_their_places_rounded_down_however_little_they_are_worth(tmp_path: Path) -> None:
    rows = skus(30)
    for number in (26, 27, 28):
        rows[number] |= {"prior_only": True}
    for number in (23, 24, 25):
        rows[number] |= {"is_clearance": True}
    with night_of(tmp_path, rows, list_size=19, **FREE | {"explore_share": 0.15, "clearance_share": 0.1}) as night:
        chosen = listed_skus(night)
    assert [sku for sku in chosen if sku >= "S23"] == ["S23", "S26", "S27"]


def test_goods_that_left_count_for_no_change_and_a_short_last_list_is_kept_whole(tmp_path: Path) -> None:
    listed = [(date(2026, 11, 21), f"S{number}") for number in (15, 16, 17, 18)]
    with night_of(tmp_path, skus(19), listed=listed, list_size=10, **FREE, max_change_share=0.2) as night:
        # Four were listed and two places in ten may change, so two of the four stay.
        assert [sku for sku in listed_skus(night) if sku >= "S15"] == ["S15", "S16"]


def test_no_more_are_kept_than_the_new_list_has_places(tmp_path: Path) -> None:
    listed = [(date(2026, 11, 21), f"S{number}") for number in range(10, 20)]
    with night_of(tmp_path, skus(20), listed=listed, list_size=4, **FREE, max_change_share=0.5) as night:
        assert listed_skus(night) == ["S00", "S01", "S10", "S11"]


def test_a_wish_that_gives_way_is_no_conflict_of_rules(tmp_path: Path) -> None:
    rows = [row | {"list_price": 50.0 if place < 3 else 1.0} for place, row in enumerate(skus(6))]
    bands: dict[str, Any] = FREE | {"price_bands": 2, "price_band_min_share": 0.5, "allow_relaxed": False}
    pins = [{"sku_id": f"S0{number}", "action": "pin", "override_id": f"O{number}"} for number in range(3)]
    with night_of(tmp_path, rows, overrides=pins, list_size=4, **bands) as night:
        assert listed_skus(night) == ["S00", "S01", "S02", "S03"]
        missed = night.engine.query("select rule, tier, slack from night.assortment_rules where slack > 0").to_pylist()
        found = night.engine.query("select relaxed_rules from night.assortment_certificate").to_pylist()
    assert missed == [{"rule": "price_band:1", "tier": "wish", "slack": 1.0}]
    assert found == [{"relaxed_rules": 0}]


def test_a_pin_over_a_cap_is_a_conflict_where_rules_may_not_give_way(tmp_path: Path) -> None:
    pins = [{"sku_id": f"S0{number}", "action": "pin", "override_id": f"O{number}"} for number in range(2)]
    limits: dict[str, Any] = {"allow_relaxed": False, "supplier_max_share": 0.1}
    with (
        night_of(tmp_path, of_supplier(40, 3), overrides=pins, list_size=10, **PLAIN, **limits) as night,
        pytest.raises(OutputCheckFailed, match="supplier:P-A: 1 over"),
    ):
        listed_skus(night)


def test_the_first_role_that_fits_is_told_and_a_risky_pin_says_its_risk(tmp_path: Path) -> None:
    rows = skus(6)
    rows[0] |= {"prior_only": True, "is_clearance": True, "season_end": date(2026, 12, 1), "is_gated": True}
    rows[1] |= {"prior_only": True, "is_clearance": True, "season_end": date(2026, 12, 1)}
    rows[2] |= {"is_clearance": True, "season_start": date(2026, 11, 1)}
    rows[3] |= {"season_start": date(2026, 11, 1)}
    rows[4] |= {"season_end": date(2026, 12, 1)}
    pin = {"sku_id": "S00", "action": "pin", "approved_by": "李核"}
    with night_of(tmp_path, rows, overrides=[pin], list_size=6, **FREE | {"explore_share": 0.5}) as night:
        listed_skus(night)
        found = night.engine.query("select role, reasons from night.sku_list order by sku_id").to_pylist()
    assert [row["role"] for row in found] == ["pinned", "explore", "clearance", "seasonal", "seasonal", "core"]
    assert [parse_reason(text)[0] for text in found[0]["reasons"]] == [
        "listed_pinned",
        "pinned_by_override",
        "pin_over_cap",
    ]
    assert parse_reason(found[1]["reasons"][0])[1]["evidence_orders"] == "200"
    code, values = parse_reason(found[1]["reasons"][1])
    assert (code, values) == ("few_witnesses", {"witnesses": "180.0000", "agents": "8", "needed_agents": "3"})


def test_half_a_list_of_reserves_is_kept_and_a_good_at_the_promise_is_one(tmp_path: Path) -> None:
    rows = skus(12)
    rows[5] |= {"landmine_probability": 0.05}
    rows[6] |= {"landmine_probability": 0.051}
    with night_of(tmp_path, rows, list_size=4, **FREE) as night:
        listed_skus(night)
        reserves = night.engine.query("select sku_id from night.reserves order by reserve_rank")["sku_id"].to_pylist()
        scores = night.engine.query("select sku_id from night.selection_decisions where is_reserve order by sku_id")
    assert len(reserves) == 2
    assert scores["sku_id"].to_pylist() == ["S04", "S05", *(f"S{number:02d}" for number in range(7, 12))]


def kept_of(night: Night) -> dict[str, float]:
    listed_skus(night)
    rows = night.engine.query("select sku_id, expected_kept_units from night.sku_scorecard").to_pylist()
    return {row["sku_id"]: row["expected_kept_units"] for row in rows}


def test_kept_units_are_what_posts_sell_within_the_stock_less_returns(tmp_path: Path) -> None:
    rows = skus(3, demand_per_post=2.0, return_rate=0.25)
    rows[1] |= {"sellable_units": 1}
    with night_of(tmp_path, rows, list_size=2, **FREE) as night:
        assert kept_of(night) == pytest.approx({"S00": 1.5, "S01": 0.75, "S02": 1.5})


def test_kept_units_mix_what_all_would_buy_with_what_segments_find(tmp_path: Path) -> None:
    rows = skus(2, demand_per_post=2.0, return_rate=0.0)
    demand = [(1, "S00", 4.0)]
    # 40 posts on two places: 20 each, 40 units; the segment's ten agents each post the one good they want: 40 units.
    limits: dict[str, Any] = FREE | {"coverage_share": 0.25}
    with night_of(tmp_path, rows, demand=demand, segments=[(1, 10, 40)], list_size=2, **limits) as night:
        assert kept_of(night) == pytest.approx({"S00": 0.75 * 40.0 + 0.25 * 40.0, "S01": 0.75 * 40.0})


def test_the_weight_of_segments_decides_between_them_and_everybody(tmp_path: Path) -> None:
    rows = skus(2, demand_per_post=1.0)
    rows[0] |= {"score": 1.0}
    rows[1] |= {"score": 0.1}
    demand = [(1, "S00", 0.1), (1, "S01", 1.0)]
    for share, best in ((0.1, "S00"), (0.9, "S01")):
        limits: dict[str, Any] = FREE | {"coverage_share": share, "empty_slot_cost": 0.0}
        with night_of(tmp_path / best, rows, demand=demand, segments=[(1, 10, 10)], list_size=1, **limits) as night:
            assert listed_skus(night) == [best]


def test_a_good_is_worth_no_more_than_the_posts_that_its_stock_can_serve(tmp_path: Path) -> None:
    rows = skus(2, demand_per_post=4.0)
    rows[0] |= {"score": 1.5, "sellable_units": 20}
    rows[1] |= {"score": 1.0}
    # Ten posts a place: the first can serve five of them, and 5 x 1.5 is less than 10 x 1.0.
    limits: dict[str, Any] = FREE | {"coverage_share": 0.0}
    demand = [(1, "S00", 1.0), (1, "S01", 1.0)]
    with night_of(tmp_path, rows, demand=demand, segments=[(1, 10, 10)], list_size=1, **limits) as night:
        assert listed_skus(night) == ["S01"]


def test_a_title_alone_tells_a_twin_and_the_same_spu_comes_first(tmp_path: Path) -> None:
    rows = skus(6)
    rows[0] |= {"title": "真丝衬衫"}
    rows[1] |= {"spu_id": "U1"}
    rows[3] |= {"title": "真丝 衬衫", "spu_id": "U1"}
    with night_of(tmp_path, rows, list_size=3, **FREE) as night:
        assert listed_skus(night) == ["S00", "S01", "S02"]
        assert parse_reason(decision(night, "S03")["reasons"][0])[1]["sku_id"] == "S01"


def test_the_certificate_counts_who_was_seen_admitted_and_listed(tmp_path: Path) -> None:
    rows = skus(6)
    rows[5] |= {"sellable_units": 0}
    with night_of(tmp_path, rows, list_size=3, **FREE) as night:
        listed_skus(night)
        (facts,) = night.engine.read("night.assortment_certificate").to_pylist()
    assert (facts["candidates"], facts["admitted"], facts["listed"], facts["short_code"]) == (6, 5, 3, None)
    assert facts["landmine_share"] == pytest.approx(0.01)


def test_a_platform_of_new_goods_alone_fills_its_list_with_them(tmp_path: Path) -> None:
    limits: dict[str, Any] = FREE | {"explore_share": 0.1, "list_floor": 0}
    rows = skus(12, prior_only=True, landmine_probability=0.001)
    with night_of(tmp_path, rows, list_size=10, **limits) as night:
        assert len(listed_skus(night)) == 10
