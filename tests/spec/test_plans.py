"""What a draft changes: small nights, what is tried on them, and the list that must come of it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.support.planned_lists import left_run, night_list
from tests.support.selection_night import OVERRIDE, night_of, skus
from xuanpin.pipelines.contracts.reason_codes import parse_reason
from xuanpin.pipelines.errors import OutputCheckFailed, UsageError
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.plan import Plan, plan
from xuanpin.pipelines.settings import Settings

FREE: dict[str, Any] = {
    "explore_share": 0.0, "clearance_share": 0.0, "price_bands": 1, "category_max_share": 1.0,
    "supplier_max_share": 1.0, "list_floor": 0,
}  # fmt: skip


def ids(found: Plan) -> list[str]:
    return [sku.sku_id for sku in found.skus]


def planned(folder: Path, draft: Draft, rows: Any = None, **night: Any) -> Plan:
    """Plan over ten safe candidates with four places, or what a test says instead."""
    candidates = skus(10, landmine_probability=0.001) if rows is None else rows
    with night_of(folder / "home", candidates, **({"list_size": 4} | FREE | night)) as opened:
        run = left_run(opened, folder / "run")
    return plan(run, draft)


def test_without_a_change_the_list_is_the_nights_and_so_is_all_that_is_stated_of_it(tmp_path: Path) -> None:
    rows = [row | {"landmine_probability": 0.1 if i < 10 else 0.004} for i, row in enumerate(skus(60))]
    demand = [(1, f"S{number:02d}", 1.0) for number in range(40)]
    world: dict[str, Any] = {"demand": demand, "segments": [(1, 5, 30)], "listed": [(date(2026, 11, 21), "S55")]}
    with night_of(tmp_path / "home", rows, **world, list_size=30) as night:
        run = left_run(night, tmp_path / "run")
        published = night_list(night)
        (proof,) = night.engine.read("night.assortment_certificate").to_pylist()
    found = plan(run)
    assert ids(found) == published
    assert (found.entering, found.leaving, found.moved, found.needs_night) == ((), (), (), ())
    assert found.after.expected_kept_units == pytest.approx(found.before.expected_kept_units, abs=1e-4)
    assert found.after.covered_share == found.before.covered_share
    assert found.after.objective == found.before.objective == proof["objective"]
    assert (found.after.gap, found.after.promise_bound) == (proof["gap"], proof["promise_bound"])
    assert found.after.can_promise is found.before.can_promise is True


@pytest.mark.parametrize(
    ("draft", "entering", "leaving"),
    [
        pytest.param(Draft(changes={"assortment": {"list_size": 6}}), ["S04", "S05"], [], id="a longer list"),
        pytest.param(Draft(changes={"assortment": {"list_size": 3}}), [], ["S03"], id="a shorter one"),
        pytest.param(Draft(pins=("S07",)), ["S07"], ["S03"], id="a pin takes the place worth least"),
        pytest.param(Draft(bans=("S01",)), ["S04"], ["S01"], id="a ban gives its place to the next"),
        pytest.param(Draft(pins=("S08",), bans=("S00",)), ["S08"], ["S00"], id="both at once"),
        pytest.param(Draft(pins=(" s08 ", "S08")), ["S08"], ["S03"], id="however it is typed, and once"),
    ],
)
def test_a_draft_says_what_comes_and_what_goes(
    tmp_path: Path, draft: Draft, entering: list[str], leaving: list[str]
) -> None:
    found = planned(tmp_path, draft)
    assert [sku.sku_id for sku in found.entering] == entering
    assert [gone.sku.sku_id for gone in found.leaving] == leaving
    assert ids(found) == sorted(ids(found))


def test_who_stays_at_another_place_is_said_with_the_place_before(tmp_path: Path) -> None:
    found = planned(tmp_path, Draft(bans=("S01",)))
    assert [(move.sku.sku_id, move.rank_before, move.sku.list_rank) for move in found.moved] == [
        ("S02", 3, 2),
        ("S03", 4, 3),
    ]


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Draft(bans=("S01",)), "banned_by_override"),
        (Draft(changes={"scoring": {"landmine_cap": 0.005}}), "over_landmine_cap"),
        (Draft(changes={"assortment": {"category_max": {"生鲜": 0}}}), "category_max"),
    ],
)
def test_a_sku_that_leaves_says_why(tmp_path: Path, draft: Draft, code: str) -> None:
    rows = [
        row | ({"landmine_probability": 0.01, "category": "生鲜/水果"} if row["sku_id"] == "S01" else {})
        for row in skus(10, landmine_probability=0.0)
    ]
    found = planned(tmp_path, draft, rows, list_size=4, list_floor=4)
    assert [(gone.sku.sku_id, parse_reason(gone.reason)[0]) for gone in found.leaving] == [("S01", code)]


def test_a_draft_gives_the_list_that_a_night_with_these_overrides_gives(tmp_path: Path) -> None:
    rows = [row | {"supplier_id": f"P{i % 4}"} for i, row in enumerate(skus(24))]
    kin = [{"sku_id": "S02", "kin_sku_id": "S01"}]
    rules: dict[str, Any] = FREE | {"supplier_max_share": 0.3, "list_size": 8}
    decided = [
        OVERRIDE | {"sku_id": "S20", "action": "pin", "override_id": "O1"},
        OVERRIDE | {"sku_id": "S01", "action": "ban", "override_id": "O2"},
    ]
    with night_of(tmp_path / "one", rows, kin=kin, overrides=decided, **rules) as night:
        left_run(night, tmp_path / "decided")
        wanted = night_list(night)
    found = planned(tmp_path, Draft(pins=("S20",), bans=("S01",)), rows, kin=kin, **rules)
    assert ids(found) == wanted
    assert [parse_reason(gone.reason)[0] for gone in found.leaving][:2] == ["banned_by_override", "twin_of_banned"]


@pytest.mark.parametrize(
    ("pinned", "said"),
    [
        ("S09", "over the landmine cap"),
        ("S08", "no stock"),
        ("S07", "a ban is in force"),
        ("S06", "customers report danger"),
    ],
)
def test_a_pin_that_no_list_may_follow_is_refused(tmp_path: Path, pinned: str, said: str) -> None:
    rows = skus(10)
    rows[9] |= {"landmine_probability": 0.6, "is_gated": True}
    rows[8] |= {"sellable_units": 0}
    ban = [OVERRIDE | {"sku_id": "S07", "action": "ban"}]
    with pytest.raises(UsageError, match=f"{pinned}: .*{said}"):
        planned(tmp_path, Draft(pins=(pinned,)), rows, overrides=ban, dangers=["S06"])


def test_a_pin_over_the_cap_that_a_second_person_approves_is_planned(tmp_path: Path) -> None:
    rows = skus(10, landmine_probability=0.0)
    rows[9] |= {"landmine_probability": 0.6, "is_gated": True}
    found = planned(tmp_path, Draft(pins=("S09",), is_approved=True), rows, list_floor=4)
    assert "S09" in ids(found)
    assert not found.after.can_promise
    assert parse_reason(found.after.promise_reasons[0])[0] == "no_promise_safe_skus"


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft(pins=("S1",)), r"SKU 'S1' is no candidate of this list \(did you mean S0\d"),
        (Draft(pins=("S01",), bans=("S01",)), "S01: pinned and banned in one draft"),
        (Draft(changes={"assortment": {"list_size": 0}}), "assortment.list_size = 0: "),
        (Draft(changes={"scoring": {"landmine_promise": 1.5}}), "scoring.landmine_promise = 1.5: "),
        (Draft(changes={"assortment": {"list_sise": 9}}), "list_size"),
    ],
)
def test_a_draft_that_cannot_be_meant_is_refused(tmp_path: Path, draft: Draft, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        planned(tmp_path, draft)


def test_a_ban_of_everything_leaves_no_list(tmp_path: Path) -> None:
    draft = Draft(bans=tuple(f"S{number:02d}" for number in range(10)))
    with pytest.raises(OutputCheckFailed, match="of 10 candidates 0 may be listed"):
        planned(tmp_path, draft)


def test_settings_that_take_a_night_are_named_and_not_tried(tmp_path: Path) -> None:
    asked = Settings.model_validate(
        {"assortment": FREE | {"list_size": 5}, "scoring": {"horizon_days": 90}, "matching": {"segments": 9}}
    )
    found = planned(tmp_path, Draft(settings=asked, changes={"scoring": {"landmine_promise": 0.2}}))
    assert found.needs_night == ("matching.segments", "scoring.horizon_days")
    assert (found.after.listed, found.after.promise) == (5, 0.2)


def test_a_stricter_promise_takes_a_safer_list_and_costs_units(tmp_path: Path) -> None:
    rows = [row | {"landmine_probability": 0.1 if i < 40 else 0.004} for i, row in enumerate(skus(120))]
    found = planned(tmp_path, Draft(changes={"scoring": {"promise_confidence": 0.99}}), rows, list_size=60)
    # As in the spec of the promise: ten of them with 95 % confidence, six with 99 %.
    assert sum(sku < "S40" for sku in ids(found)) == 6
    assert found.after.promise_bound <= 0.05
    assert found.after.can_promise


def test_what_agents_propose_keeps_its_place_in_a_plan(tmp_path: Path) -> None:
    asked = [{"agent_id": agent, "sku_id": "S08", "updated_at": datetime(2026, 11, 21, 9)} for agent in ("A1", "A2")]
    agents = [{"agent_id": "A1"}, {"agent_id": "A2"}]
    night: dict[str, Any] = {"agents": agents, "picks": asked, "pick_share": 0.25}
    found = planned(tmp_path / "kept", Draft(bans=("S01",)), **night)
    assert ids(found) == ["S00", "S02", "S03", "S08"]
    assert (found.before.listed, [sku.sku_id for sku in found.entering]) == (4, ["S03"])
    without = planned(tmp_path / "none", Draft(changes={"assortment": {"pick_share": 0.0}}), **night)
    assert [gone.sku.sku_id for gone in without.leaving] == ["S08"]
    left = pq.read_table(tmp_path / "kept" / "run" / "problem" / "proposals.parquet").to_pylist()
    assert left == [{"sku_id": "S08", "agents": 2}]


def test_a_promise_with_even_odds_is_one_too(tmp_path: Path) -> None:
    tried = {"landmine_promise": 0.5, "promise_confidence": 0.5}
    found = planned(tmp_path, Draft(changes={"scoring": tried}))
    assert (found.after.can_promise, found.after.promise_reasons) == (True, ())


def test_figures_of_a_list_are_sums_over_its_skus(tmp_path: Path) -> None:
    rows = [
        row | {"return_rate": 0.5, "regret_rate": 0.3} if row["sku_id"] == "S00" else row
        for row in skus(4, return_rate=0.0, regret_rate=0.1, demand_per_post=2.0)
    ]
    demand = [(1, "S00", 2.0), (1, "S01", 2.0), (2, "S01", 2.0)]
    found = planned(tmp_path, Draft(bans=("S03",)), rows, demand=demand, segments=[(1, 2, 8), (2, 2, 2)], list_size=4)
    kept = [sku.expected_kept_units for sku in found.skus]
    assert found.after.expected_kept_units == pytest.approx(sum(kept))
    # S00 loses half of what it delivers, so its regrets weigh double its kept units.
    assert found.after.expected_regret_rate == pytest.approx(
        (2 * kept[0] * 0.3 + (kept[1] + kept[2]) * 0.1) / (2 * kept[0] + kept[1] + kept[2])
    )
    # Two agents with four slots each find two SKUs, two with one slot each find one: 4 + 2 of 10.
    assert (found.after.covered_share, found.after.short_segments, found.after.segments) == (0.6, 1, 2)
