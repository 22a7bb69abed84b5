"""SQL that reads a written time of day, such as the hour at which a group's orders close.

`value` is the SQL expression of the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.engine.names import literal
from xuanpin.pipelines.ingest.texts import FULL_WIDTH, HALF_WIDTH, trimmed, unwrapped
from xuanpin.pipelines.ingest.times import read_time

_PLAIN = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_SHARE = r"(0?\.\d+|\d(\.\d+)?[eE]-\d{1,2})"
"""A share of a day, as spreadsheets store a time: 0.8333 is 20:00."""
_DATED = r"\d{4}[-/.年].*"
_BARE_HOUR = r"(?i)^((?:am|pm|[上下]午|早上|凌晨|清晨|中午|晚上|晚间|傍晚)\s*)?(\d{1,2})\s*(am|pm|a\.m\.|p\.m\.)?$"
_SPOKEN: Sequence[tuple[str, str]] = (
    (r"^(?:每天|每日|每晚|当天|当日|今天|今日)\s*", ""),
    (r"\s*(?:之前|以前|前|截单|截止|截团|结束)+$", ""),
    (r"^晚\s*(\d)", r"晚上\1"),
    (r"[点點时時]半$", ":30"),
)
"""What people write round an hour, or in its place, and what is read instead."""
_ANY_DAY = "2000-01-01"
_DAY_MINUTES = 1_440


def read_clock(value: str) -> str:
    """Write the expression that reads the text `value` as a time of day in Beijing; null where it is none.

    20:00, 8:30 PM, 晚上8点, the clock of a time with its day, or a share of a day. 24:00 is midnight, 00:00. An hour
    alone is read where a word says which half of the day it is in; 20 alone might be anything.
    """
    tidy = trimmed(f"translate({unwrapped(value)}, {literal(FULL_WIDTH)}, {literal(HALF_WIDTH)})")
    return (
        f"case when regexp_full_match({value}, {literal(_PLAIN)}) then try_cast({value} as time) "
        f"else list_transform([{tidy}], lambda clock: {_read_tidy('clock')})[1] end"
    )


def _read_tidy(text: str) -> str:
    # Rounded to the minute: a share of a day with few digits is never exact.
    minutes = f"cast(round(try_cast({text} as double) * {_DAY_MINUTES}) as bigint)"
    return (
        f"case when regexp_full_match({text}, {literal(_SHARE)}) then {_after_midnight(minutes)} "
        f"when regexp_full_match({text}, {literal(_DATED)}) then cast({read_time(text)} as time) "
        f"when length({text}) <= 40 and {_names_hour(text)} "
        f"then cast({read_time(f'{literal(_ANY_DAY)} || {literal(chr(32))} || {_with_minutes(text)}')} as time) end"
    )


def _after_midnight(minutes: str) -> str:
    return f"cast(timestamp {literal(_ANY_DAY)} + to_minutes({minutes}) as time)"


def _names_hour(text: str) -> str:
    """Write the condition that a text has more than digits: a bare number is no time of day."""
    return f"not regexp_full_match({text}, '[0-9.]*')"


def _with_minutes(text: str) -> str:
    """Write the text with its minutes, where it names an hour and its half of the day alone."""
    spoken = text
    for pattern, kept in _SPOKEN:
        spoken = f"regexp_replace({spoken}, {literal(pattern)}, {literal(kept)}, 'g')"
    return f"regexp_replace({spoken}, {literal(_BARE_HOUR)}, '\\1\\2:00 \\3')"
