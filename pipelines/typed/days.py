"""Days as people and spreadsheets write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.phrase import phrase

EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
"""Plausible days of a platform; earlier and later ones are placeholders such as 0001-01-01 and 9999-12-31."""
_WRITTEN = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)
"""Year, month, day; an order that begins with the day or the month could be either, so it is refused."""
_MIDNIGHT = re.compile(r"[T ]+0{1,2}:00(:00(\.0+)?)?$")


def read_day(text: str) -> date:
    """Return the day in `text`: 2026-11-21, 2026/11/21, 2026.11.21, 20261121 or 2026年11月21日.

    Raises ValueError, which says what is wrong, for anything else and for a day outside EARLIEST to LATEST.
    """
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", clean_name(text)))
    found = next((match for pattern in _WRITTEN if (match := pattern.fullmatch(plain))), None)
    if found is None:
        raise ValueError(phrase("is not a date"))
    year, month, day = (int(part) for part in found.groups())
    try:
        written = date(year, month, day)
    except ValueError:
        raise ValueError(phrase("is no day of the calendar")) from None
    return plausible_day(written)


def plausible_day(day: date) -> date:
    """Return the day; raise ValueError where it lies outside EARLIEST to LATEST."""
    if not EARLIEST <= day <= LATEST:
        raise ValueError(phrase("is not between {earliest} and {latest}", earliest=EARLIEST, latest=LATEST))
    return day


def read_cell_day(value: object) -> date | None:
    """Return the day of a sheet's cell (`value`): a date or a text that `read_day` reads; None where it is empty.

    Raises ValueError as `read_day` does.
    """
    if isinstance(value, datetime):
        return plausible_day(value.date())
    if isinstance(value, date):
        return plausible_day(value)
    text = "" if value is None else clean_name(str(value))
    return read_day(text) if text else None


def read_typed_day(text: str, option: str) -> date:
    """Return the day in `text`, typed after an option; raise UsageError, which names the option, where it is none."""
    try:
        return read_day(text)
    except ValueError as error:
        raise UsageError(
            phrase(
                "{option} {text!r} {error}; write it as YYYY-MM-DD, for example 2026-11-21",
                option=option,
                text=clean_name(text),
                error=error,
            )
        ) from error
