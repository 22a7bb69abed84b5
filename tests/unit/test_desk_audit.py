"""The audit log keeps every line that was written, whatever was cut, and turns with the month."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.desk.audit import FILE, audit, audit_lines
from xuanpin.pipelines.desk.people import Person
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.texts import known_text
from xuanpin.pipelines.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ACTION = re.compile(r'\baudit\(\s*place,\s*request,\s*\w+,\s*"([^"]+)"')
REQUEST: Any = SimpleNamespace(state=SimpleNamespace(origin=SimpleNamespace(address="203.0.113.9")))
WANG = Person("王敏", "approver")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def note(home: Home, subject: str, when: datetime) -> None:
    audit(DeskPlace(home, Settings(), lambda: when), REQUEST, WANG, "pin", subject)


def test_a_line_says_who_when_what_and_from_where(home: Home) -> None:
    note(home, "SKU S1\nforged", datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING))
    lines = (home.logs / FILE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "when": "2026-11-22T08:30:00+08:00",
            "who": "王敏",
            "role": "approver",
            "action": "pin",
            "subject": "SKU S1 forged",
            "outcome": "done",
            "from": "203.0.113.9",
        }
    ]
    assert (home.logs / FILE).stat().st_mode & 0o077 == 0


def test_a_line_that_a_killed_process_cut_does_not_spoil_the_next(home: Home) -> None:
    start = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)
    note(home, "S1", start)
    with (home.logs / FILE).open("a", encoding="utf-8") as out:
        out.write('{"when": "2026-11-22T08:3')
    note(home, "S2", start + timedelta(minutes=1))
    assert [line["subject"] for line in audit_lines(home, 9)] == ["S2", "S1"]


def test_each_month_has_a_file_and_reading_goes_over_its_end(home: Home) -> None:
    for month, day in ((10, 31), (11, 1), (11, 30), (12, 1)):
        note(home, f"S{month}-{day}", datetime(2026, month, day, 23, 59, tzinfo=BEIJING))
    assert sorted(path.name for path in home.logs.glob("audit*.jsonl")) == [
        "audit-2026-10.jsonl",
        "audit-2026-11.jsonl",
        "audit.jsonl",
    ]
    assert [line["subject"] for line in audit_lines(home, 9)] == ["S12-1", "S11-30", "S11-1", "S10-31"]
    assert [line["subject"] for line in audit_lines(home, 2)] == ["S12-1", "S11-30"]


def test_a_clock_that_was_set_back_loses_no_line(home: Home) -> None:
    for month in (11, 12, 11, 12):
        note(home, f"S{month}", datetime(2026, month, 1, 8, 30, tzinfo=BEIJING))
    every = [line for path in home.logs.glob("audit*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(every) == 4
    assert len(audit_lines(home, 9)) == 4


def test_every_action_of_the_log_has_a_name_in_both_languages() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "pipelines" / "desk").rglob("*.py")]
    calls = [found for source in sources for found in ACTION.findall(source)]
    assert {"sign in", "remove a person"} <= set(calls)
    for words in calls:
        assert known_text("act_", words, "zh") != words, words


def test_words_without_a_text_are_shown_as_they_stand() -> None:
    assert known_text("act_", "pin", "en") == "pin"
    assert known_text("out_", "<b>", "zh") == "<b>"
