"""A date on the command line is read in the ways people write one, and lies where a platform may have been."""

from datetime import date

import pytest

from xuanpin.pipelines.cli.options import read_date
from xuanpin.pipelines.errors import UsageError


@pytest.mark.parametrize("text", ["2026-11-21", "2026/11/21", "2026.11.21", "2026年11月21日", "２０２６-11-21 "])
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert read_date(text, "--as-of") == date(2026, 11, 21)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-W47-6", "2026-02-30", "26-11-21", "11/21/2026"])
def test_anything_else_is_refused_with_the_right_spelling(text: str) -> None:
    with pytest.raises(UsageError, match=r"--until .* write it as YYYY-MM-DD"):
        read_date(text, "--until")


@pytest.mark.parametrize("text", ["0001-01-01", "1969-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_out_of_reach_is_refused_with_what_is_in_reach(text: str) -> None:
    with pytest.raises(UsageError, match="is not between"):
        read_date(text, "--since")
