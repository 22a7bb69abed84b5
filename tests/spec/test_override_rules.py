"""What a merchandiser may ask for from when on, and which version of a decision holds, without a night."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.source_rows import put
from tests.support.tiny_runs import publish
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.overrides import OverrideRequest, contradicted, latest_overrides, store_overrides
from xuanpin.pipelines.overrides.sheet import read_sheet, requested_override, write_sheet
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.cells import harmless

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """Two SKUs at and over the landmine cap of the list that readers see."""
    engine = open_home(Home(tmp_path), threads=1)
    home = Home(tmp_path)
    put(engine, "products", [{"sku_id": sku} for sku in ("SAFE", "RISKY")])
    risks = [{"sku_id": "SAFE", "landmine_probability": 0.3}, {"sku_id": "RISKY", "landmine_probability": 0.31}]
    publish(home, TODAY, "run", sku_scorecard=risks)
    yield Night(engine, Settings(), home, TODAY, None, NOW)
    engine.close()


def asked(
    sku: str = "SAFE", action: str = "pin", first: int | None = None, last: int | None = None, **more: Any
) -> OverrideRequest:
    starts_on, ends_on = (None if day is None else TODAY + timedelta(days=day) for day in (first, last))
    return OverrideRequest("row 2", sku, action, "主推", "小陈", starts_on, ends_on, **more)


@pytest.mark.parametrize(
    "wanted",
    [
        asked(),
        asked(first=1),
        asked(first=9),
        asked(last=1),
        asked(first=3, last=3),
        asked("RISKY", "ban"),
        asked("RISKY", approved_by="主管"),
        asked(action="clear", approved_by="主管"),
    ],
)
def test_what_can_still_be_obeyed_is_taken(night: Night, wanted: OverrideRequest) -> None:
    (taken,) = store_overrides(night, [wanted])
    assert taken.starts_on == (wanted.starts_on or TODAY + timedelta(days=1))
    assert latest_overrides(night) == [taken]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (asked(first=0), "start before 2026-11-23"),
        (asked(last=0), "end before"),
        (asked(first=3, last=2), "end before"),
        (asked("RISKY"), "second person"),
        (asked("RISKY", approved_by="小陈"), "second person"),
        (asked("OTHER"), "unknown SKU"),
        (asked(action="clear"), "second person"),
        (asked(action="clear", approved_by="小陈"), "second person"),
        (asked(action="Pin"), "other than pin, ban or clear"),
    ],
)
def test_what_cannot_be_obeyed_is_refused(night: Night, wanted: OverrideRequest, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        store_overrides(night, [wanted])
    assert latest_overrides(night) == []


def held(**more: Any) -> dict[Any, Any]:
    """A pin that has held since last week."""
    plain = {"override_id": "O1", "sku_id": "SAFE", "starts_on": TODAY - timedelta(days=7), "reason": "主推"}
    return plain | {"author": "小陈", "created_at": datetime(2026, 11, 14, 9)} | more


@pytest.mark.parametrize(("last", "is_taken"), [(0, True), (-1, False), (5, True)])
def test_what_holds_already_may_end_with_todays_list(night: Night, last: int, is_taken: bool) -> None:
    put(night.engine, "overrides", [held()])
    wanted = asked(first=-7, last=last, override_id="O1")
    if is_taken:
        store_overrides(night, [wanted])
        assert [override.ends_on for override in latest_overrides(night)] == [TODAY + timedelta(days=last)]
    else:
        with pytest.raises(UsageError, match="end before"):
            store_overrides(night, [wanted])


def test_the_newest_version_holds_and_overrides_stand_in_order_of_their_start(night: Night) -> None:
    versions = [held(), held(created_at=datetime(2026, 11, 15, 9), ends_on=TODAY)]
    later = held(override_id="O0", starts_on=TODAY)
    put(night.engine, "overrides", [*versions[::-1], later])
    assert [(override.override_id, override.ends_on) for override in latest_overrides(night)] == [
        ("O1", TODAY),
        ("O0", None),
    ]


@pytest.mark.parametrize("change", [{"approved_by": "主管"}, {"last": 3}, {"action": "ban"}])
def test_the_same_decision_again_changes_nothing_and_any_change_is_a_new_version(
    night: Night, change: dict[str, Any]
) -> None:
    (taken,) = store_overrides(night, [asked(override_id="O1", first=1)])
    assert store_overrides(night, [asked(override_id="O1", first=1)]) == []
    again: dict[str, Any] = {"override_id": "O1", "first": 1} | change
    (changed,) = store_overrides(night, [asked(**again)])
    assert changed.override_id == taken.override_id
    assert changed != taken


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@here"])
def test_a_text_that_looks_like_a_formula_passes_through_a_sheet_unharmed(
    night: Night, tmp_path: Path, text: str
) -> None:
    (taken,) = store_overrides(night, [OverrideRequest("row 2", "SAFE", "ban", text, "小陈")])
    assert harmless(text) == f"'{text}" and harmless("好") == "好" and harmless(3) == 3
    write_sheet(tmp_path / "sheet.csv", [taken])
    assert f"'{text}" in (tmp_path / "sheet.csv").read_text(encoding="utf-8-sig")
    assert [row.reason for row in read_sheet(tmp_path / "sheet.csv")] == [text]


@pytest.mark.parametrize(
    ("written", "read"),
    [("置顶", "pin"), ("下架", "ban"), ("解除安全暂停", "clear"), ("PIN", "pin"), (" ban ", "ban"), ("其他", "其他")],
)
def test_actions_are_read_in_both_languages(written: str, read: str) -> None:
    row = {"sku_id": "S1", "action": written, "reason": "r", "author": "a", "starts_on": "2026/12/1"}
    found = requested_override("row 2", row)
    assert (found.action, found.starts_on, found.ends_on, found.approved_by) == (read, date(2026, 12, 1), None, None)


def test_a_pin_and_a_ban_for_the_same_day_contradict_each_other_and_other_days_do_not(night: Night) -> None:
    store_overrides(night, [asked(first=2, last=4), asked("RISKY", "ban", first=2)])
    for first, last, expected in [(5, None, []), (1, 1, []), (4, None, ["SAFE"])]:
        added = store_overrides(night, [asked("SAFE", "ban", first=first, last=last)])
        assert contradicted(added, latest_overrides(night)) == expected


def test_two_bans_of_a_sku_agree(night: Night) -> None:
    store_overrides(night, [asked("SAFE", "ban", first=2)])
    added = store_overrides(night, [asked("SAFE", "ban", first=3)])
    assert contradicted(added, latest_overrides(night)) == []
