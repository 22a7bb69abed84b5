"""How names, days, reasons and texts are read as people type them: what is written, and what is read or said of it."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.cells import LONGEST_CELL, harmless
from xuanpin.pipelines.typed.days import read_cell_day, read_day, read_typed_day
from xuanpin.pipelines.typed.names import clean_name, did_you_mean, near_names, read_name, same_name
from xuanpin.pipelines.typed.phrase import as_is, catalogue, listed, phrase
from xuanpin.pipelines.typed.plurals import NOUNS
from xuanpin.pipelines.typed.sheets import rows_named, text_of
from xuanpin.pipelines.typed.texts import decoded
from xuanpin.pipelines.typed.words import clean_words, read_words

DAY = date(2026, 11, 5)
SKUS = ("S00253", "S00254", "s00254", "a 1")


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-05",
        "2026-11-5",
        "2026/11/5",
        "2026.11.05",
        "20261105",
        "2026年11月5日",
        " ２０２６-１１-０５ ",
        "\ufeff2026-11-05",
        "2026-11-05 00:00:00",
        "2026-11-05T00:00",
    ],
)
def test_a_day_is_read_in_every_way_that_can_mean_one_day_only(written: str) -> None:
    assert read_day(written) == DAY


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("05/11/2026", "is not a date"),
        ("26-11-05", "is not a date"),
        ("2026-11", "is not a date"),
        ("2026-11-05 10:30", "is not a date"),
        ("today", "is not a date"),
        ("", "is not a date"),
        ("2026-02-30", "is no day of the calendar"),
        ("20261305", "is no day of the calendar"),
        ("0001-01-01", "is not between 2000-01-01 and 2199-12-31"),
        ("1999-12-31", "is not between"),
        ("2200-01-01", "is not between"),
    ],
)
def test_another_day_is_refused_with_the_reason(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_day(written)
    with pytest.raises(UsageError, match=f"--until .* {said}.*write it as YYYY-MM-DD"):
        read_typed_day(written, "--until")


@pytest.mark.parametrize(
    ("cell", "day"),
    [(DAY, DAY), (datetime(2026, 11, 5, 9), DAY), ("2026/11/5", DAY), (None, None), ("  ", None)],
)
def test_a_cell_is_a_day_or_nothing(cell: object, day: date | None) -> None:
    assert read_cell_day(cell) == day


@pytest.mark.parametrize(("typed", "name"), [
    ("S00253", "S00253"),
    (" s00253\u200b", "S00253"),
    ("Ｓ００２５３", "S00253"),
    ("A1", "a 1"),
    ("S00254", "S00254"),
    ("Ｓ00254", None),
    ("S00255", None),
    ("", None),
])  # fmt: skip
def test_a_name_is_found_whatever_its_case_width_and_blanks_and_never_guessed(typed: str, name: str | None) -> None:
    assert same_name(typed, SKUS) == name


def test_what_is_like_a_name_is_proposed_nearest_first() -> None:
    assert near_names("s00253", SKUS) == ["S00253"]
    assert near_names("Ｓ00254", SKUS) == ["S00254", "s00254"]
    assert near_names("S0253", SKUS)[0] == "S00253"
    assert did_you_mean("S0253", ["S00253"]) == " (did you mean S00253?)"
    assert did_you_mean("xyz", SKUS) == ""
    assert near_names("S1000001x", [f"S{number}" for number in range(1_000_000, 1_090_000)]) != []
    with pytest.raises(UsageError, match=r"there is no table 'ordres' \(did you mean orders\?\)"):
        read_name("ordres", as_is("table"), ["orders", "returns"])
    with pytest.raises(UsageError, match="there is no table 'x'; there are orders, returns"):
        read_name("x", as_is("table"), ["orders", "returns"])
    assert read_name(" ORDERS", as_is("table"), ["orders"]) == "orders"


def test_what_nobody_sees_is_no_part_of_a_name_or_a_reason() -> None:
    assert clean_name("\u202aS1\u202c\n") == "S1"
    assert clean_words("  色牢度\r\n投诉\x00\u200b  多 ") == "色牢度 投诉 多"
    assert read_words(" 主推 ", "--reason", as_is("why")) == "主推"
    assert len(read_words("x" * 1_000, "--reason", as_is("why"))) == 1_000
    for text, said in (("\u200b \n", "--reason is empty; say why"), ("x" * 1_001, "1,001 characters")):
        with pytest.raises(UsageError, match=said):
            read_words(text, "--reason", as_is("why"))


def test_counts_and_lists_are_said_as_people_say_them() -> None:
    assert [phrase("{count:,} rows", count=count) for count in (0, 1, 1_234)] == ["0 rows", "1 row", "1,234 rows"]
    assert listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert rows_named([3]) == "row 3" and rows_named([3, 4, 5, 6]) == "rows 3, 4, 5 and 1 more"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{n:,} SKUs came, {n:,} order lines went", "1 SKU came, 1 order line went"),
        ("{n} files are not drops: {name}", "1 file is not drops: 1 files"),
        ("none of {n} SKUs", "none of 1 SKUs"),
        ("{n} of {n} rows break {name}", "1 of 1 row breaks 1 files"),
        ("{two} tries, {share} agents, {n} of places", "2 tries, 1.0 agents, 1 of places"),
        ("Her groups bought {digit} units of it in {two}–{n} nights.", "Her groups bought 1 unit of it in 2–1 nights."),
    ],
)
def test_a_message_says_one_of_what_it_counts_and_leaves_its_values(template: str, said: str) -> None:
    assert phrase(template, n=1, two=2, share=1.0, name="1 files", digit="1") == said


def test_whatever_messages_count_has_a_singular() -> None:
    counted_words = re.compile(r"\{(\w+)(?::,)?\} (?:(?:more|new|order) )?([A-Za-z]+s)\b")
    verbs = (
        "accepts|as|asks|breaks|decides|differs|does|has|holds|is|its|keeps|lets|reads|requires|runs|says|stands|waits|"
        "was|works|writes"
    )
    values = {"list_date", "section", "amount", "nights", "path", "meant", "key", "table"}
    said = {word for template in catalogue() for name, word in counted_words.findall(template) if name not in values}
    assert {word for word in said if not re.fullmatch(f"{NOUNS}|{verbs}", word)} == set()


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), (12.0, "12"), (12.5, "12.5"), (7, "7"), (" x ", "x"), ("'=1", "=1"), ("'tis", "'tis")],
)
def test_a_cell_is_text_as_a_person_reads_it(cell: object, text: str) -> None:
    assert text_of(cell) == text


def test_what_a_sheet_is_given_can_do_no_harm_and_fits() -> None:
    assert [harmless(text) for text in ("=1", "+86", "-5", "@x", "a=1", 3)] == ["'=1", "'+86", "'-5", "'@x", "a=1", 3]
    assert harmless("好\x00\x0b用\n") == "好用\n"
    assert len(harmless("x" * 40_000)) == LONGEST_CELL


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("好\n".encode(), "好\n"),
        ("好\n".encode("utf-8-sig"), "好\n"),
        ("好\n".encode("gb18030"), "好\n"),
        ("a好\n".encode("utf-16"), "a好\n"),
        ("a好\n".encode("utf-16-be"), "a好\n"),
        ("a好\n".encode("utf-32"), "a好\n"),
        (b"a\r\nb\rc\n\x1a", "a\nb\nc\n"),
        (b"", ""),
    ],
)
def test_a_text_is_read_in_whatever_encoding_programs_save_it(content: bytes, text: str) -> None:
    assert decoded(as_is("sheet"), Path("s.csv"), content) == text


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe\x00", "save it as UTF-8"), (bytes(range(128, 256)), "save it as UTF-8"), (b"a\nb\x07\n", "in line 2")],
)
def test_what_is_no_text_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=f"sheet s.csv .*{said}"):
        decoded(as_is("sheet"), Path("s.csv"), content)
