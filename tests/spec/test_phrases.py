"""Messages in two languages: English reads as ever, Chinese is made of the catalogue, parts are translated in turn."""

from __future__ import annotations

import copy
import pickle

import pytest

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.days import read_typed_day
from xuanpin.pipelines.typed.names import did_you_mean
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, as_is, in_language, joined, listed, phrase

ROW = phrase("row {number}", number=7)
"""A message of the catalogues."""


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        (ROW, "row 7", "第 7 行"),
        (as_is("S1"), "S1", "S1"),
        (NOTHING, "", ""),
        (phrase("write {limits}", limits=ROW), "write row 7", "请写第 7 行"),
        (joined((ROW, "S1"), "; "), "row 7; S1", "第 7 行；S1"),
        (joined((NOTHING, ROW, "")), "row 7", "第 7 行"),
        (joined(("a", "b"), " or "), "a or b", "a 或 b"),
        (phrase("{rows:,} rows of {table}", rows=1, table="x"), "1 row of x", "x 1 行"),
        (phrase("{rows:,} rows of {table}", rows=2_000, table="x"), "2,000 rows of x", "x 2,000 行"),
        (listed(["a", "b", "c", "d"]), "a, b, c and 1 more", "a、b、c 等，另有 1 个"),
        (
            did_you_mean("S002", ["S0022"]),
            " (did you mean S0022?)",
            "（您是不是要找 S0022？）",
        ),
    ],
)
def test_a_message_is_said_in_both_languages(said: Phrase, english: str, chinese: str) -> None:
    assert in_language(said, "en") == str(said) == english
    assert in_language(said, "zh") == chinese


def test_what_no_catalogue_has_stays_english() -> None:
    assert in_language("plain text", "zh") == "plain text"
    assert in_language(Phrase("of {no} catalogue", "of {no} catalogue", {"no": 1}), "zh") == "of 1 catalogue"


def test_values_are_put_in_once_and_marks_in_them_stay() -> None:
    said = phrase("row {number}", number="{limits} {0}")
    assert in_language(said, "en") == "row {limits} {0}"
    assert in_language(said, "zh") == "第 {limits} {0} 行"


def test_an_error_says_its_message_in_the_language_and_long_values_are_cut() -> None:
    with pytest.raises(UsageError) as caught:
        read_typed_day("05/11/2026", "--until")
    assert str(caught.value).startswith("--until '05/11/2026' is not a date; write it")
    assert in_language(caught.value, "zh") == "--until '05/11/2026' 不是日期；请写成 YYYY-MM-DD，例如 2026-11-21"
    assert "… (600 characters)" in in_language(UsageError(phrase("row {number}", number="a" * 600)), "zh")
    assert in_language(OSError(28, "No space left"), "zh") == "[Errno 28] No space left"


@pytest.mark.parametrize("said", [ROW, joined((ROW, "S1"))])
def test_a_copy_can_be_said_too(said: Phrase) -> None:
    for copied in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert (str(copied), in_language(copied, "zh")) == (str(said), in_language(said, "zh"))
