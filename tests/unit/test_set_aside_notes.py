"""What is noted of a file of the home that cannot be used is read back in both languages."""

import errno
import json
import os
from pathlib import Path

import pytest

from tests.support.one_language import strangers
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_files import NOTE, note_set_aside, noted_set_aside, set_aside
from xuanpin.pipelines.typed.phrase import in_language


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "overrides").mkdir()
    (tmp_path / "overrides" / "bad.csv").touch()
    return Home(tmp_path)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), "没有权限"),
        (ValueError("a row that is nobody's business"), "已损坏"),
    ],
)
def test_a_file_that_cannot_be_used_is_noted_in_both_languages(home: Home, error: Exception, told: str) -> None:
    fault = set_aside(home, home.overrides / "bad.csv", error)
    note_set_aside(home, "overrides", [fault])
    (noted,) = noted_set_aside(home)
    assert noted.problem == fault.problem and "business" not in noted.problem
    chinese = in_language(noted.sentence, "zh")
    assert told in chinese and strangers(chinese, "zh", ["overrides/bad.csv"]) == []
    before = (home.root / NOTE).stat().st_ino
    note_set_aside(home, "overrides", [fault])
    assert (home.root / NOTE).stat().st_ino == before, "a note that says the same is not written again"


def test_a_note_of_an_earlier_release_is_read_as_it_is(home: Home) -> None:
    (home.root / NOTE).write_text(json.dumps({"overrides/bad.csv": "it is damaged"}), encoding="utf-8")
    (noted,) = noted_set_aside(home)
    assert (noted.path, noted.problem, in_language(noted.problem, "zh")) == (
        "overrides/bad.csv", "it is damaged", "it is damaged",
    )  # fmt: skip
