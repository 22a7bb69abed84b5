"""Who is admitted to selection, on rows of scores, overrides and earlier lists."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.selection_night import decision, night_of, skus
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.selection.step import select

LIST_DATE = date(2026, 11, 22)


def candidates(night: Night, **more: Any) -> dict[Any, Any]:
    """Materialise the candidates and return them by SKU."""
    lines: dict[str, Any] = {"explore_below_lines": 10, "core_agents": 3, "kin_lines": 50.0, "least_agents": 0.1}
    wanted = {"list_date": LIST_DATE} | lines | more
    night.engine.materialise("int_selection_candidates", **wanted)
    rows = night.engine.read("night.int_selection_candidates").to_pylist()
    return {row["sku_id"]: row for row in rows}


def override(action: str, first: int = -3, last: int | None = None, **more: Any) -> dict[Any, Any]:
    """An override of S00 that holds from `first` to `last`, in days from the list date."""
    ends_on = None if last is None else LIST_DATE + timedelta(days=last)
    return {
        "sku_id": "S00",
        "action": action,
        "starts_on": LIST_DATE + timedelta(days=first),
        "ends_on": ends_on,
        **more,
    }


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [(0, None, True), (1, None, False), (-3, 0, True), (-3, -1, False), (-3, None, True), (0, 0, True)],
)
def test_an_override_holds_from_its_first_to_its_last_day(
    tmp_path: Path, first: int, last: int | None, holds: bool
) -> None:
    with night_of(tmp_path, skus(1), overrides=[override("ban", first, last)]) as night:
        assert candidates(night)["S00"]["admission_code"] == ("banned_by_override" if holds else None)
    with night_of(tmp_path / "pin", skus(1), overrides=[override("pin", first, last)]) as night:
        assert candidates(night)["S00"]["is_pinned"] == holds
        night.engine.materialise("int_selection_pins", list_date=LIST_DATE)
        assert night.engine.read("night.int_selection_pins")["sku_id"].to_pylist() == (["S00"] if holds else [])


GATED = {"is_gated": True}
BAN, PIN = override("ban"), override("pin", override_id="O2")
OWN, SECOND = PIN | {"approved_by": "王采"}, PIN | {"approved_by": "李核"}


TWIN = {"sku_id": "S01", "kin_sku_id": "S00"}


@pytest.mark.parametrize(
    ("link", "overrides", "code"),
    [
        pytest.param({}, [BAN], "twin_of_banned", id="under another name"),
        pytest.param({"kin_by": "image"}, [BAN], "twin_of_banned", id="with the same picture"),
        pytest.param({"kin_by": "spu"}, [BAN], None, id="another variant"),
        pytest.param({"lines": 49.0}, [BAN], "twin_of_banned", id="hardly sold"),
        pytest.param({"lines": 50.0}, [BAN], None, id="with evidence of its own"),
        pytest.param({}, [BAN | {"ends_on": LIST_DATE - timedelta(days=1)}], None, id="the ban has ended"),
        pytest.param({}, [PIN], None, id="a pin is no ban"),
        pytest.param({}, [BAN, PIN | {"sku_id": "S01"}], None, id="a person says that it is another"),
    ],
)
def test_the_twin_of_a_banned_sku_is_held_until_someone_pins_it(
    tmp_path: Path, link: dict[str, Any], overrides: Sequence[Any], code: str | None
) -> None:
    with night_of(tmp_path, skus(2), overrides=overrides, kin=[TWIN | link]) as night:
        assert candidates(night)["S01"]["admission_code"] == code


def test_a_held_twin_says_whose_twin_it_is_and_by_which_ban(tmp_path: Path) -> None:
    with night_of(tmp_path, skus(3), overrides=[BAN | {"override_id": "O9"}], kin=[TWIN]) as night:
        select(night)
        held = decision(night, "S01")
    assert held["decision_code"] == "twin_of_banned"
    assert held["reasons"][0] == "twin_of_banned:sku=S00,override_id=O9"


@pytest.mark.parametrize(
    ("changed", "overrides", "code"),
    [
        ({}, [], None),
        ({"sellable_units": 1}, [], None),
        ({"sellable_units": 0}, [], "out_of_stock"),
        ({"sellable_units": 0}, [PIN], "out_of_stock"),
        ({"sellable_units": 0}, [BAN], "banned_by_override"),
        ({}, [BAN, PIN], "banned_by_override"),
        (GATED, [], "over_landmine_cap"),
        (GATED, [PIN], "pin_unapproved"),
        (GATED, [PIN | {"approved_by": ""}], "pin_unapproved"),
        (GATED, [OWN], "pin_unapproved"),
        (GATED, [SECOND], None),
        (GATED | {"score": -1.0}, [], "over_landmine_cap"),
        ({"score": 0.0}, [], "no_value"),
        ({"score": 0.001}, [], None),
        ({"score": -1.0}, [PIN], None),
    ],
)
def test_the_first_thing_that_keeps_a_sku_off_is_named(
    tmp_path: Path, changed: dict[str, Any], overrides: Sequence[Any], code: str | None
) -> None:
    with night_of(tmp_path, skus(1, **changed), overrides=overrides) as night:
        row = candidates(night)["S00"]
    assert (row["admission_code"], row["is_admitted"]) == (code, code is None)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [([], "danger_reported"), ([SECOND], "danger_reported"), ([BAN], "banned_by_override")],
)
def test_a_sku_held_for_danger_is_not_admitted_whatever_its_pin(
    tmp_path: Path, overrides: Sequence[Any], code: str
) -> None:
    with night_of(tmp_path, skus(2, sellable_units=0), overrides=overrides, dangers=["S00"]) as night:
        found = candidates(night)
    assert [row["admission_code"] for row in found.values()] == [code, "out_of_stock"]
    assert [row["danger_reports"] for row in found.values()] == [2, None]


FOR_S01 = {"sku_id": "S01"}


@pytest.mark.parametrize(
    ("link", "overrides", "code"),
    [
        pytest.param({}, [], "twin_of_danger", id="under another name"),
        pytest.param({"kin_by": "spu"}, [], None, id="another variant"),
        pytest.param({"lines": 50.0}, [], None, id="with evidence of its own"),
        pytest.param({}, [PIN | FOR_S01], "twin_of_danger", id="one person alone says that it is another"),
        pytest.param({}, [SECOND | FOR_S01], None, id="two people say that it is another"),
        pytest.param({}, [BAN | FOR_S01], "banned_by_override", id="banned itself"),
    ],
)
def test_the_twin_of_a_sku_held_for_danger_is_held_too(
    tmp_path: Path, link: dict[str, Any], overrides: Sequence[Any], code: str | None
) -> None:
    with night_of(tmp_path, skus(2), overrides=overrides, kin=[TWIN | link], dangers=["S00"]) as night:
        assert candidates(night)["S01"]["admission_code"] == code


def test_a_twin_held_for_danger_says_whose_twin_it_is(tmp_path: Path) -> None:
    with night_of(tmp_path, skus(3), overrides=[PIN | FOR_S01], kin=[TWIN], dangers=["S00"]) as night:
        select(night)
        held = decision(night, "S01")
    assert held["reasons"][0] == "twin_of_danger:sku=S00"


@pytest.mark.parametrize(("share", "is_kept"), [(0.0, False), (0.09, False), (0.1, True), (1.0, True)])
def test_what_keeps_for_too_few_agents_takes_no_place_unless_it_is_pinned(
    tmp_path: Path, share: float, is_kept: bool
) -> None:
    fresh = {"shelf_hours": 48.0, "agents_share": share}
    rows = [row | (fresh if row["sku_id"] != "S02" else {}) for row in skus(3)]
    with night_of(tmp_path, rows, overrides=[PIN | {"sku_id": "S01"}]) as night:
        found = candidates(night)
        bare = candidates(night, least_agents=0.0)
    assert found["S00"]["admission_code"] == (None if is_kept else "keeps_for_few_agents")
    assert (found["S00"]["shelf_hours"], found["S00"]["needed_share"]) == (48, 0.1)
    assert found["S01"]["admission_code"] is found["S02"]["admission_code"] is None
    # What keeps for nobody is not listed whatever the settings say.
    assert (bare["S00"]["admission_code"] is None) == (share > 0)


def test_a_sku_that_suits_no_agent_wastes_no_place_unless_it_is_pinned_or_nothing_suits_anybody(tmp_path: Path) -> None:
    odd: dict[str, Any] = {"suits_somebody": False}
    rows = [row | (odd if row["sku_id"] != "S02" else {}) for row in skus(3)]
    with night_of(tmp_path, rows, overrides=[PIN | {"sku_id": "S01"}]) as night:
        found = candidates(night)
    assert {sku: row["admission_code"] for sku, row in found.items()} == {
        "S00": "suits_no_agent",
        "S01": None,
        "S02": None,
    }
    with night_of(tmp_path / "nobody", skus(2, **odd)) as night:
        assert candidates(night)["S00"]["admission_code"] is None


@pytest.mark.parametrize(
    ("buyers", "prior_only", "is_new"),
    [(9.9, False, True), (10.0, False, False), (200.0, True, True), (9.0, True, True)],
)
def test_goods_are_new_below_so_many_witnesses_or_without_any_of_their_own(
    tmp_path: Path, buyers: float, prior_only: bool, is_new: bool
) -> None:
    with night_of(tmp_path, skus(1, witnesses=buyers, evidence_orders=500, prior_only=prior_only)) as night:
        assert candidates(night)["S00"]["is_new"] == is_new


@pytest.mark.parametrize(
    ("agents", "others", "needed"),
    [
        pytest.param(2, 8, 3, id="too few agents"),
        pytest.param(3, 8, 3, id="enough"),
        pytest.param(1, 1, 1, id="a platform whose SKUs have one agent each"),
        pytest.param(1, 3, 2, id="SKUs have two agents on average"),
    ],
)
def test_goods_are_new_until_several_agents_have_sold_them_as_far_as_the_platform_allows(
    tmp_path: Path, agents: int, others: int, needed: int
) -> None:
    rows = skus(2)
    rows[0] |= {"agents": agents}
    rows[1] |= {"agents": others}
    with night_of(tmp_path, rows) as night:
        found = candidates(night)["S00"]
    assert (found["needed_agents"], found["is_new"]) == (needed, agents < needed)


def test_days_on_the_list_end_at_a_break_and_what_this_night_replaces_is_no_earlier_list(tmp_path: Path) -> None:
    days = {"S00": (1, 2, 4), "S01": (2, 3), "S02": (0,), "S03": (1,)}
    listed = [(LIST_DATE - timedelta(days=ago), sku) for sku, all_ago in days.items() for ago in all_ago]
    with night_of(tmp_path, skus(5), listed=listed) as night:
        rows = candidates(night)
    assert {sku: (row["days_on_list"], row["was_listed"]) for sku, row in rows.items()} == {
        "S00": (2, True),
        "S01": (0, False),
        "S02": (0, False),
        "S03": (1, True),
        "S04": (0, False),
    }


def test_the_last_list_may_be_days_ago(tmp_path: Path) -> None:
    listed = [(LIST_DATE - timedelta(days=3), "S00"), (LIST_DATE - timedelta(days=4), "S01")]
    with night_of(tmp_path, skus(2), listed=listed) as night:
        assert [row["was_listed"] for row in candidates(night).values()] == [True, False]


def test_titles_are_compared_without_case_marks_and_spaces(tmp_path: Path) -> None:
    rows = skus(2)
    rows[0]["title"], rows[1]["title"] = "【NEW】Silk 衬衫 2", "new silk衬衫2！"
    with night_of(tmp_path, rows) as night:
        assert {row["title_key"] for row in candidates(night).values()} == {"newsilk衬衫2"}


def test_only_demand_for_admitted_goods_counts_at_what_a_unit_is_worth(tmp_path: Path) -> None:
    rows = skus(3, score=9.0, unit_value=0.5)
    rows[1]["sellable_units"] = 0
    with night_of(tmp_path, rows, demand=[(1, "S00", 4.0), (1, "S01", 3.0), (1, "S02", 0.0)]) as night:
        candidates(night)
        night.engine.materialise("int_selection_demand")
        found = night.engine.read("night.int_selection_demand").to_pylist()
    assert found == [{"segment_id": 1, "position": 0, "expected_units": 4.0, "post_value": 2.0}]


def test_a_pin_is_told_what_keeps_it_off_and_a_ban_is_no_pin(tmp_path: Path) -> None:
    pins = [{"sku_id": sku, "action": "pin", "override_id": sku} for sku in ("S00", "S01", "GONE")]
    ban = {"sku_id": "S02", "action": "ban", "override_id": "B"}
    rows = skus(3)
    rows[1]["sellable_units"] = 0
    with night_of(tmp_path, rows, overrides=[*pins, ban]) as night:
        candidates(night)
        night.engine.materialise("int_selection_pins", list_date=LIST_DATE)
        found = night.engine.read("night.int_selection_pins").to_pylist()
    told = {row["sku_id"]: row["refusal_code"] for row in found}
    assert told == {"S00": None, "S01": "out_of_stock", "GONE": "not_a_candidate"}
