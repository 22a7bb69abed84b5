"""A date on the command line has one spelling and lies where a platform may have been."""

from datetime import date

import pytest

from xuanpin.pipelines.cli.options import read_date
from xuanpin.pipelines.errors import UsageError


@pytest.mark.parametrize("text", ["2000-01-01", "2026-11-21", "2100-12-31"])
def test_a_date_is_read_as_it_is_written(text):
    assert read_date(text, "--as-of") == date.fromisoformat(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "20261121",
        "2026-W47-6",
        "2026-02-30",
        "2026/11/21",
        "26-11-21",
        "２０２６-11-21",
        "2026-11-21 ",
    ],
)
def test_any_other_spelling_is_refused_with_the_right_one(text):
    with pytest.raises(UsageError, match=r"--until .* is not a date; write it as YYYY-MM-DD"):
        read_date(text, "--until")


@pytest.mark.parametrize("text", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
def test_a_day_out_of_reach_is_refused_with_what_is_in_reach(text):
    with pytest.raises(UsageError, match="name a day from 2000-01-01 to 2100-12-31"):
        read_date(text, "--since")
