"""Reads the times of messages: seconds or milliseconds since 1970, or the local time as tools write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from xuanpin.pipelines.context import BEIJING

_WRITTEN = re.compile(
    r"\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[T\s]*(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}))?"
    r"(?:[.,]\d+|秒)?\s*(Z|[+-]\d{2}:?\d{2})?\s*"
)
_NUMBER = re.compile(r"\s*(\d{9,19})(?:\.\d+)?\s*")
_SECONDS = 100_000_000_000
"""Numbers below are seconds since 1970; larger ones count thousandths, or thousandths of those."""


def seconds_of(at: str) -> int | None:
    """Return the whole seconds since 1970 of a time that is written `at`, Beijing time where no zone is; else None."""
    if number := _NUMBER.fullmatch(at):
        value = int(number[1])
        while value >= _SECONDS:
            value //= 1000
        return value
    written = _WRITTEN.fullmatch(at)
    if not written:
        return None
    *parts, zone = written.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(zone))
    except ValueError:
        return None
    return int(moment.timestamp())


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return BEIJING
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def written(seconds: int) -> str:
    """Write whole `seconds` since 1970 as Beijing time with its zone."""
    return datetime.fromtimestamp(seconds, BEIJING).isoformat(sep=" ")
