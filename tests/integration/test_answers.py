"""What agents answer to their matches comes in by a sheet, is checked, and is known to the next night."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.source_rows import put
from tests.support.tiny_runs import Rows, publish
from xuanpin.pipelines.answers import Answer, late_picks, standing_answers, store_answers
from xuanpin.pipelines.answers.sheet import export_sheet, read_sheet
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.quality import source_checks
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


def test_a_sheet_tells_matches_and_below_them_the_alternates_that_she_may_accept_instead(
    home: Home, tmp_path: Path
) -> None:
    offer(home)
    sheet = tmp_path / "answers.csv"
    assert export_sheet(home, sheet, None) == 4
    rows = list(csv.DictReader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["agent_id"], row["sku_id"], row["offered_as"]) for row in rows] == [
        ("A1", "S1", "匹配 match"),
        ("A2", "S1", "备选 alternate"),
        ("A2", "S2", "备选 alternate"),
        ("A3", "S1", "备选 alternate"),
    ]
    rows[1]["answer"] = "采纳"
    with sheet.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert [(answer.agent_id, answer.sku_id, answer.answer) for answer in read_sheet(sheet)] == [
        ("A2", "S1", "accepted")
    ]


def offer(home: Home, run_id: str = "offered", alternates: bool = True) -> None:
    """Publish a list of four units of S1, three of them reserved for A1, which A2 and A3 may swap in."""
    skus = [{"sku_id": "S1", "sellable_units": 4}, {"sku_id": "S2", "sellable_units": 9}]
    matches = [{"agent_id": "A1", "match_rank": 1, "sku_id": "S1", "units_reserved": 3}]
    swaps = [("A2", 1, "S1", 1.9), ("A2", 2, "S2", 0.2), ("A3", 1, "S1", 2.5)]
    named = ("agent_id", "alternate_rank", "sku_id", "expected_kept_units")
    tables: dict[str, Rows] = {"agent_alternates": [dict(zip(named, swap, strict=True)) for swap in swaps]}
    if not alternates:
        tables.clear()
    publish(home, LIST_DATE, run_id, "auto_approved", sku_list=skus, agent_matches=matches, **tables)


def said(agent_id: str, answer: str = "accepted", sku_id: str = "S1") -> Answer:
    return Answer(f"row of {agent_id}", LIST_DATE, agent_id, sku_id, answer)


def test_what_is_left_goes_to_who_comes_first_and_a_declined_match_gives_its_units_back(desk: Night) -> None:
    offer(desk.home)
    assert store_answers(desk, [said("A2")]) == [said("A2")]
    refusal = r"row of A3 \(A3, S1\): no unit of S1 is left, all 4 are reserved or taken; none of her alternates"
    with pytest.raises(UsageError, match=refusal):
        store_answers(desk, [said("A3"), said("A1", sku_id="S2", answer="declined")])
    assert store_answers(desk, [said("A1", "declined"), said("A3")])
    assert store_answers(desk, [said("A1")]), "of four units A2 has one and A3 two: one is left for her"
    assert store_answers(desk, [said(who, "declined") for who in ("A1", "A2", "A3")])
    assert store_answers(desk, [said("A1")]), "of four units she takes three again"
    assert store_answers(desk, [said("A3")])
    with pytest.raises(UsageError, match=r"no unit of S1 is left, .*; she could take S2 instead"):
        store_answers(desk, [said("A2")])


def test_an_agent_accepts_only_what_her_list_offers_her(desk: Night) -> None:
    offer(desk.home)
    with pytest.raises(UsageError, match=r"row of A1 \(A1, S2\): accepted, but neither a match nor an alternate of"):
        store_answers(desk, [said("A1", sku_id="S2")])
    assert store_answers(desk, [said("A1", "own_pick", "S2")])
    assert store_answers(desk, [said("A1", sku_id="S2")], has_happened=True), "what she has sent is known all the same"
    offer(desk.home, "earlier release", alternates=False)
    assert store_answers(desk, [said("A1")]), "a run of an earlier release has matches alone"


def test_two_imports_at_once_do_not_both_take_the_last_unit(home: Home, tmp_path: Path) -> None:
    offer(home)
    for who in ("A2", "A3"):
        (tmp_path / who).mkdir()
        shutil.copy(home.warehouse, tmp_path / who)
    desks = [Night(open_home(Home(tmp_path / who)), Settings(), home, LAST, None, NOON) for who in ("A2", "A3")]

    def take(desk: Night, agent_id: str) -> str:
        try:
            store_answers(desk, [said(agent_id)])
        except UsageError:
            return "refused"
        return "stored"

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(take, desks, ("A2", "A3")))
    assert sorted(found) == ["refused", "stored"]
    assert len(list(home.answers.glob("*.csv"))) == 1


def test_a_night_tells_who_took_what_was_gone(home: Home) -> None:
    offer(home)
    taken = [
        {"agent_id": who, "updated_at": NOON.replace(hour=hour)} for who, hour in (("A2", 9), ("A3", 10), ("A1", 11))
    ]
    with open_night(RunRequest(LIST_DATE, home, None, Settings(), NOON)) as night:
        put(night.engine, "match_answers", taken[:1])
        assert source_checks.over_stock(night) == []
        put(night.engine, "match_answers", taken[1:])
        (told,) = source_checks.over_stock(night)
    assert (told.check_name, told.result, told.rows_seen, told.rows_failed) == (
        "match_answers.over_stock",
        "warn",
        3,
        1,
    )
    assert told.ids == ("A3/S1",)


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


def test_a_proposal_for_a_list_that_is_made_comes_late() -> None:
    own = replace(TAKEN, answer="own_pick")
    tomorrow = replace(own, list_date=LIST_DATE.replace(day=23))
    assert late_picks([TAKEN, own, tomorrow], LIST_DATE) == [own]


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
