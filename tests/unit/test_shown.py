"""Signs that a terminal, a log or a spreadsheet would obey are shown as what they are."""

import json
import logging

import pytest

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.cells import harmless
from xuanpin.pipelines.typed.phrase import as_is
from xuanpin.pipelines.typed.shown import OneLine, brief, shown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("法式 dress ✓ 🎁", "法式 dress ✓ 🎁"),
        ("two\nlines\tand", "two\nlines\tand"),
        ("\x1b[2J\x1b]0;taken\x07", "\\u001b[2J\\u001b]0;taken\\u0007"),
        ("\x9b31m", "\\u009b31m"),
        ("good\rbad", "good\\u000dbad"),
        ("abc\u202efdp", "abc\\u202efdp"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("\x00\x08\x7f\u2066", "\\u0000\\u0008\\u007f\\u2066"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ],
)
def test_what_a_terminal_would_obey_is_written_as_its_number(text: str, wanted: str) -> None:
    assert shown(text) == wanted


def test_json_that_is_shown_is_the_same_json() -> None:
    facts = {"title": "a\x9b31m\u202e\u2028\x1b"}
    assert json.loads(shown(json.dumps(facts, ensure_ascii=False))) == facts


def test_a_record_of_the_log_is_one_line() -> None:
    record = logging.LogRecord(
        "xuanpin", logging.INFO, "", 0, "%s is odd", ("S1\n2026-01-01 INFO all well\x1b[2J",), None
    )
    assert OneLine("%(levelname)s %(message)s").format(record) == (
        "INFO S1\\n2026-01-01 INFO all well\\u001b[2J is odd"
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r\n=1", "　=1", "\x00=1"])
def test_a_text_of_a_sheet_that_starts_like_a_formula_is_marked(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["a=1", "", " ", "连衣裙 -50%", "1=1"])
def test_other_texts_of_a_sheet_stay(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("S1, S2 in orders/day.csv", "S1, S2 in orders/day.csv"),
        ("好" * 499, "好" * 499),
        (f"S1, {'好' * 500} in day.csv", f"S1, {'好' * 40}… (500 characters) in day.csv"),
        (f"{'a' * 20_000} {'b' * 600}", f"{'a' * 40}… (20,000 characters) {'b' * 40}… (600 characters)"),
    ],
)
def test_a_value_without_end_is_cut_in_a_message(text: str, wanted: str) -> None:
    assert str(UsageError(as_is(text))) == brief(text) == wanted
