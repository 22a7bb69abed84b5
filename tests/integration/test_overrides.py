"""Pins and bans from the desk to tonight's list and back: checked, read as a drop, applied, reported."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.conftest import Platform
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.overrides import OverrideRequest, latest_overrides, store_overrides
from xuanpin.pipelines.overrides.sheet import COLUMNS, read_sheet, write_sheet
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

TODAY = date(2026, 11, 22)
MORNING = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(scope="module")
def home(published: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of our own in which the last two nights have run."""
    return Home(shutil.copytree(published.root, tmp_path_factory.mktemp("desk") / "home"))


@pytest.fixture
def desk(home: Home) -> Iterator[Night]:
    """The home opened on the morning after its last night; what a test lays down is gone afterwards."""
    shutil.rmtree(home.overrides, ignore_errors=True)
    with open_night(RunRequest(TODAY, home, None, Settings(), MORNING)) as night:
        yield night
    shutil.rmtree(home.overrides, ignore_errors=True)


@pytest.fixture(scope="module")
def goods(home: Home) -> dict[str, str]:
    """A listed SKU to ban, one that is kept off for its landmine risk, and the safest one that is not listed."""
    order = [("landmine_probability", "ascending"), ("sku_id", "ascending")]
    rows = run_store.read_table(home, run_store.require_run(home), "sku_scorecard").sort_by(order).to_pylist()
    stocked = [row for row in rows if row["sellable_units"] > 0]
    return {
        "listed": next(row["sku_id"] for row in stocked if row["decision"] == "listed"),
        "left_out": next(row["sku_id"] for row in stocked if row["decision"] == "not_listed"),
        "gated": next(row["sku_id"] for row in rows if row["decision_code"] == "over_landmine_cap"),
    }


def wish(sku_id: str, action: str = "pin", place: str = "row 2", **more: Any) -> OverrideRequest:
    return OverrideRequest(place, sku_id, action, "主推", "小陈", **more)


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        (wish("S-none"), "unknown SKU"),
        (wish("listed", "pon"), "an action other than pin, ban or clear"),
        (wish("listed", starts_on=TODAY), "a start before 2026-11-23"),
        (wish("listed", ends_on=TODAY), "an end before"),
        (wish("gated"), "second person"),
        (wish("gated", approved_by="小陈"), "second person"),
        (replace(wish("listed"), reason=""), "no reason or no author"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_of_its_sheet_is_stored(
    desk: Night, goods: dict[str, str], faulty: OverrideRequest, said: str
) -> None:
    faulty = replace(faulty, sku_id=goods.get(faulty.sku_id, faulty.sku_id))
    with pytest.raises(UsageError, match=said) as refused:
        store_overrides(desk, [wish(goods["left_out"], place="row 3"), faulty])
    assert f"row 2 ({faulty.sku_id})" in str(refused.value)
    assert "row 3" not in str(refused.value)
    assert not list(desk.home.overrides.glob("*"))


def test_what_is_decided_holds_from_tonights_list_and_a_second_name_opens_the_gate(
    desk: Night, goods: dict[str, str]
) -> None:
    taken = store_overrides(desk, [wish(goods["left_out"], ends_on=TOMORROW), wish(goods["gated"], approved_by="主管")])
    assert [override.starts_on for override in taken] == [TOMORROW, TOMORROW]
    assert set(taken) <= set(latest_overrides(desk))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_sheet_comes_back_as_it_went_out_and_only_changes_are_taken(
    desk: Night, goods: dict[str, str], tmp_path: Path, suffix: str
) -> None:
    store_overrides(desk, [wish(goods["left_out"], ends_on=TODAY + timedelta(days=9))])
    before = latest_overrides(desk)
    sheet = tmp_path / f"overrides{suffix}"
    write_sheet(sheet, before)
    wishes = read_sheet(sheet)
    assert store_overrides(desk, wishes) == []
    changed = [replace(row, ends_on=TOMORROW) if row.sku_id == goods["left_out"] else row for row in wishes]
    taken = store_overrides(replace(desk, now=MORNING + timedelta(minutes=5)), changed)
    assert [(override.sku_id, override.ends_on) for override in taken] == [(goods["left_out"], TOMORROW)]
    assert len(latest_overrides(desk)) == len(before)


def test_a_sheet_saved_by_a_chinese_spreadsheet_is_read(desk: Night, goods: dict[str, str], tmp_path: Path) -> None:
    sheet = tmp_path / "overrides.csv"
    lines = [",".join(COLUMNS), f",{goods['listed']},下架,2026/11/23,2026/12/1,群里投诉,小陈,", ",,,,,,,"]
    sheet.write_bytes("\r\n".join(lines).encode("gb18030"))
    (taken,) = store_overrides(desk, read_sheet(sheet))
    assert (taken.action, taken.starts_on, taken.ends_on, taken.reason) == (
        "ban",
        TOMORROW,
        date(2026, 12, 1),
        "群里投诉",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sku,action\nS1,pin\n", "no column sku_id"),
        ("sku_id,action,reason,author,ends_on\nS1,pin,主推,小陈,soon\n", "row 2 ends_on"),
    ],
)
def test_a_sheet_that_cannot_be_read_says_what_to_write(tmp_path: Path, content: str, said: str) -> None:
    sheet = tmp_path / "overrides.csv"
    sheet.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        read_sheet(sheet)


def test_tonight_follows_overrides_and_the_report_and_its_workbook_show_them(
    platform: Platform, home: Home, goods: dict[str, str], tmp_path: Path
) -> None:
    shutil.rmtree(home.overrides, ignore_errors=True)
    with open_night(RunRequest(TODAY, home, None, Settings(), MORNING)) as night:
        pinned, banned = store_overrides(night, [wish(goods["left_out"]), wish(goods["listed"], "ban")])
    now = MORNING + timedelta(hours=17)
    run_night(RunRequest(TODAY, home, platform.sources, Settings(), now, is_stale_allowed=True))
    run = run_store.require_run(home, TOMORROW)
    listed = {row["sku_id"]: row["role"] for row in run_store.read_table(home, run, "sku_list").to_pylist()}
    assert listed[goods["left_out"]] == "pinned"
    assert goods["listed"] not in listed
    folder = run_store.run_folder(home, run)
    html = (folder / "report.html").read_text(encoding="utf-8")
    section = html[html.index('<section id="overrides"') : html.index('<section id="mix"')]
    assert pinned.override_id in section
    assert banned.override_id in section
    with open_night(RunRequest(TODAY, home, None, Settings(), MORNING + timedelta(hours=18))) as night:
        wishes = read_sheet(folder / "report.xlsx")
        assert {row.override_id for row in wishes} >= {pinned.override_id, banned.override_id}
        assert store_overrides(night, wishes) == []


def test_the_workbook_passes_through_libreoffice_unharmed(published: Home, home: Home, tmp_path: Path) -> None:
    """LibreOffice reads the workbook and writes it anew: same sheets, same rows, and its overrides come back."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed; it is Debian's package libreoffice-calc")
    book = run_store.run_folder(published, run_store.require_run(published)) / "report.xlsx"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    ours, theirs = openpyxl.load_workbook(book), openpyxl.load_workbook(tmp_path / "saved" / "report.xlsx")
    assert ours.sheetnames == theirs.sheetnames
    assert [sheet.max_row for sheet in ours] == [sheet.max_row for sheet in theirs]
    wishes = read_sheet(book)
    assert wishes
    assert read_sheet(tmp_path / "saved" / "report.xlsx") == wishes
