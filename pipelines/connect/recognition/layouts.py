"""Finds the strptime layout of times whose day, month and year stand in an order that only the whole column proves."""

from __future__ import annotations

import re

from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.ingest.times import SERIAL_LAYOUT

_WRITTEN = re.compile(
    r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:(\s+|\s*,\s*|t)(\d{1,2}):(\d{2})(:\d{2})?(\.\d+)?\s*(am|pm)?)?"
)
_SHARE = 0.5
"""Share of filled cells in such an order from which a column has a layout at all."""


def layout_of(profile: Profile, column: Column) -> str:
    """Return the layout of a column of times, '' where ISO reading does or where the values prove none.

    Day first is proven by a first number over 12 with no second one over 12, month first by the opposite; both, or
    neither, prove nothing. A column of nothing but day numbers of a spreadsheet is read as such.
    """
    if not column.type.startswith(("TIMESTAMP", "DATE")):
        return ""
    if profile.share("serial") == 1:
        return SERIAL_LAYOUT
    found = [match for text in profile.counts if (match := _WRITTEN.fullmatch(text)) is not None]
    if not found or len(found) < _SHARE * len(profile.counts):
        return ""
    first = max(int(match.group(1)) for match in found)
    second = max(int(match.group(3)) for match in found)
    if (first > 12) == (second > 12):
        return ""
    return _layout(found, is_day_first=first > 12)


def _layout(found: list[re.Match[str]], *, is_day_first: bool) -> str:
    marks = {match.group(2) for match in found}
    shapes = {
        (len(match.group(4)), match.group(5), bool(match.group(8)), bool(match.group(9)), match.group(10))
        for match in found
    }
    plain = {(year, space, second, fraction, half is not None) for year, space, second, fraction, half in shapes}
    if len(marks) > 1 or len(plain) > 1:
        return ""
    year, space, has_second, has_fraction, has_half = plain.pop()
    mark = marks.pop()
    day = mark.join(("%d", "%m") if is_day_first else ("%m", "%d")) + mark + ("%Y" if year == 4 else "%y")
    if space is None:
        return day
    clock = ("%I:%M" if has_half else "%H:%M") + (":%S" if has_second else "") + (".%f" if has_fraction else "")
    return f"{day}{space.upper()}{clock}{' %p' if has_half else ''}"
