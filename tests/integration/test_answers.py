"""What agents answer to their matches comes in by a sheet, is checked, and is known to the next night."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xuanpin.pipelines.answers import Answer, standing_answers, store_answers
from xuanpin.pipelines.answers.sheet import export_sheet, read_sheet
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

LAST = date(2026, 11, 21)
LIST_DATE = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=BEIJING)
SOURCES = Path(__file__).parents[1] / "golden" / "sources"


@pytest.fixture
def home(golden_home: Home, tmp_path: Path) -> Home:
    """A copy of the golden home, whose newest list is for LIST_DATE."""
    return Home(Path(shutil.copytree(golden_home.root, tmp_path / "home")))


@pytest.fixture
def desk(home: Home) -> Iterator[Night]:
    """The home at noon of the list date."""
    with open_night(RunRequest(LAST, home, None, Settings(), NOON)) as night:
        yield night


TAKEN = Answer("row 2", LIST_DATE, "A1", "S1", "accepted")


def test_a_sheet_holds_the_matches_and_comes_back_with_answers(home: Home, tmp_path: Path) -> None:
    sheet = tmp_path / "answers.csv"
    count = export_sheet(home, sheet, None)
    rows = list(csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == count + 1
    assert rows[1][:4] == ["2026-11-22", "A1", "1", rows[1][3]]
    rows[1][5:] = ["婉拒", "价格不合适", "群里嫌贵"]
    rows[2][5] = "ACCEPTED"
    with sheet.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    first, second = read_sheet(sheet)
    assert (first.place, first.answer, first.reason_code, first.comment) == ("row 2", "declined", "price", "群里嫌贵")
    assert (second.answer, second.reason_code) == ("accepted", None)


def test_an_answer_is_stored_once_and_a_new_word_replaces_it(desk: Night) -> None:
    assert store_answers(desk, [TAKEN]) == [TAKEN]
    assert store_answers(desk, [TAKEN]) == []
    changed = replace(TAKEN, answer="declined", reason_code="style")
    assert store_answers(replace(desk, now=NOON.replace(hour=13)), [changed]) == [changed]
    assert standing_answers(desk)[TAKEN.key] == ("declined", "style", None)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (replace(TAKEN, sku_id="S99"), "unknown SKU"),
        (replace(TAKEN, agent_id="A99"), "unknown agent"),
        (replace(TAKEN, answer="maybe"), "answer other than accepted, declined, own_pick"),
        (replace(TAKEN, answer="declined", reason_code="weather"), "reason other than price, style"),
        (replace(TAKEN, reason_code="price"), "a reason although nothing is declined"),
        (replace(TAKEN, list_date=date(2026, 10, 1)), "a list date before 2026-10-25"),
        (replace(TAKEN, list_date=date(2026, 11, 24)), "after 2026-11-23"),
    ],
)
def test_a_faulty_answer_is_refused_by_name_and_nothing_is_stored(desk: Night, said: Answer, fault: str) -> None:
    with pytest.raises(UsageError, match=fault) as refusal:
        store_answers(desk, [replace(TAKEN, sku_id="S2"), said])
    assert str(refusal.value).startswith("row 2 (")
    assert not list(desk.home.answers.glob("*"))


def test_a_file_of_the_home_that_cannot_be_read_hides_no_other_answer(desk: Night) -> None:
    store_answers(desk, [TAKEN])
    for name, content in (("broken.csv", b"\xff\xfe\x00"), ("other.csv", b"a,b\n1,2\n")):
        (desk.home.answers / name).write_bytes(content)
    assert store_answers(desk, [TAKEN]) == []


def test_two_answers_to_one_match_in_a_sheet_contradict(desk: Night) -> None:
    with pytest.raises(UsageError, match="another answer to a match that stands in the sheet before"):
        store_answers(desk, [TAKEN, replace(TAKEN, place="row 3", answer="declined")])


def test_what_she_adds_is_stored_without_personal_data(desk: Night) -> None:
    said = replace(TAKEN, answer="declined", reason_code="other", comment="请联系13812345678的小李")
    (stored,) = store_answers(desk, [said])
    assert "13812345678" not in str(stored.comment)
    (drop,) = desk.home.answers.glob("*.csv")
    assert "13812345678" not in drop.read_text(encoding="utf-8")


def test_the_next_night_knows_the_answer_and_an_earlier_one_does_not(home: Home) -> None:
    with open_night(RunRequest(LAST, home, None, Settings(), NOON)) as night:
        store_answers(night, [TAKEN])
    request = RunRequest(LAST, home, SOURCES, Settings(), NOON)
    for step in ("ingest", "stage"):
        run_step(step, request)
    with open_night(request) as night:
        assert (
            night.engine.query("select answer from source.match_answers where list_date = '2026-11-22'").num_rows == 1
        )
        held = night.engine.query("select list_date, sku_id, answer from night.stg_match_answers order by sku_id")
    # The golden drop's own answers are of 11-21; what was said on 11-22 is not known on the evening before.
    assert {row["list_date"] for row in held.to_pylist()} == {date(2026, 11, 21)}


def test_agent_operations_export_and_import_on_the_command_line(home: Home, tmp_path: Path) -> None:
    sheet = tmp_path / "answers.xlsx"
    told = CliRunner().invoke(app, ["answers", "export", str(sheet), "--home", str(home.root)])
    assert told.exit_code == 0 and "written to" in told.output
    told = CliRunner().invoke(app, ["answers", "import", str(sheet), "--home", str(home.root)])
    assert told.exit_code == 0 and "0 of 0 answers" in told.output
