"""SQL that reads a written time as naive Beijing wall-clock, or as null where it is ambiguous.

`value` is the SQL expression of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from xuanpin.pipelines.engine.names import literal, literals
from xuanpin.pipelines.ingest.texts import FULL_WIDTH, HALF_WIDTH, unwrapped

BEIJING = "Asia/Shanghai"
"""The zone of a time that names none, and of every time inside the warehouse."""

SERIAL_LAYOUT, MAC_SERIAL_LAYOUT = "excel", "excel1904"
"""Layouts of day numbers: whole days since 1899-12-30, or since 1904-01-01 where the workbook was made on a Mac."""
_FIRST_DAYS = {SERIAL_LAYOUT: "1899-12-30", MAC_SERIAL_LAYOUT: "1904-01-01"}
_SERIAL = r"\d{1,6}([.]\d+)?"
_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_PLAIN = f"{_DAY}([ T]{_CLOCK})?"
"""Times that the engine reads right by itself: no zone, no half of the day, nothing behind."""
_ZONED = rf"{_DAY}[ T]{_CLOCK}(Z|[+-](0\d|1[0-4]):?[0-5]\d)"
_EPOCH = r"\d{10}(\.\d{1,9})?|\d{13}(\.\d{1,6})?|(\d{16}|\d{19})(\.\d{1,6})?"
"""Seconds, milliseconds, microseconds or nanoseconds since 1970 in UTC; each has its number of digits."""
_LONG_EPOCH = r"[1-9][.]\d{14}e[+](?:15|18)"
"""The same as a workbook has it, which keeps fifteen digits: it is right to ten microseconds."""
_JSON_DATE = r"^\\?/Date\((\d+)(?:[+-]\d{4})?\)\\?/$"
"""Milliseconds as .NET writes them in JSON; the offset says where, not when."""
_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAY = r"(?i)^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+"
_REWRITTEN: Sequence[tuple[str, str]] = (
    (r"\s*[(（]?北京时间[)）]?[:：]?\s*", ""),
    (r"[(（]?(?:星期|周|週|礼拜)[一二三四五六日天][)）]?", " "),
    (_WEEKDAY, ""),
    (rf"(?i)^({_MONTH})\s+(\d{{1,2}})\s+(\d[\d:]+)\s+(?:(UTC|GMT[+-]?[\d:]*|Z)\s+)?(\d{{4}})$", r"\5-\1-\2 \3 \4"),
    (rf"(?i)^({_MONTH})\.?\s+(\d{{1,2}}),?\s+(\d{{4}})\b", r"\3-\1-\2"),
    (rf"(?i)^(\d{{1,2}})[\s-]({_MONTH})\.?[\s,-]+(\d{{4}})\b", r"\3-\2-\1"),
    (r"年|月", "-"),
    (r"[日号號]", " "),
    (r"[时時点點]\s*(\d)\s*分", r":0\1分"),
    (r"[时時点點]\s*(\d)", r":\1"),
    (r"[时時点點]整?", ":00"),
    (r"分\s*(\d)\s*秒", r":0\1"),
    (r"分\s*(\d)", r":\1"),
    (r"[分秒]", ""),
    (r"(?i)\s*(?:上午|早上|凌晨|清晨|\ba\.m\.|am\b)\s*", " am "),
    (r"(?i)\s*(?:下午|\bp\.m\.|pm\b)\s*", " pm "),
    (r"\s*中午\s*", " noon "),
    (r"\s*(?:晚上|晚间|傍晚)\s*", " evening "),
    (r"(?i)[(（]((?:UTC|GMT)(?:[+-][\d:]+)?)[)）]$", r" \1"),
    (r"([+-]\d{2}:?\d{2}|Z)\s*(?:\(.*\)|\[.*\])$", r"\1"),
    (r"([+-]\d{4}) [A-Z]{3,5}(?: m=[+-][\d.]+)?$", r"\1"),
    (r"^(\d{14})(\d{3})$", r"\1.\2"),
    (_COMPACT, r"\1-\2-\3 \4:\5:\6\7\8"),
    (r"[\s:]+$", ""),
)
"""Dates in words or in another order, rewritten as year-month-day hour:minute:second half zone."""
_PARTS = ("year", "month", "day", "before", "hour", "minute", "second", "fraction", "after")
_ZONE_PARTS = ("universal", "sign", "zone_hour", "zone_minute", "area")
_WRITTEN = (
    rf"(?i)^(\d{{4}})[-/.](\d{{1,2}}|{_MONTH})[-/.](\d{{1,2}})"
    r"(?:(?:\s*T\s*|\s*,?\s+)(?:(am|pm|noon|evening)\s+)?(\d{1,2}):([0-5]\d)(?::([0-5]\d|60)(?:[.,](\d{1,9}))?)?:*"
    r"(?:\s+(am|pm)\b)?"
    r"(?:\s*(Z|UTC|GMT)?\s*(?:([+-])(\d{1,2}):?([0-5]\d)?(?::00)?)?|(?:\s+|\s*\[)([a-z]+(?:/[a-z_+-]+\d*)+)\]?))?$"
)
"""Day, half of the day, clock and zone; abbreviations other than UTC and GMT name several zones and do not match."""


def read_time(value: str) -> str:
    """Write the expression that reads the text `value` as a time: null where it is none, or where it may be several.

    A time without a zone is Beijing wall-clock; any other is converted to it. The first two branches are for times as
    most exports write them; only what fits neither takes the slower way.
    """
    return f"case {_usual(value)} else {_bound(_tidy(value), 'written', _read_tidy('written'))} end"


def is_plain_time(value: str) -> str:
    """Write the condition that the text `value` is a time as most exports write it."""
    return f"regexp_full_match({value}, {literal(f'{_PLAIN}|{_ZONED}')})"


def read_plain_time(value: str) -> str:
    """Write the expression that reads what `is_plain_time`, as `read_time` does."""
    return f"case {_usual(value)} end"


def _usual(value: str) -> str:
    return (
        f"when regexp_full_match({value}, {literal(_PLAIN)}) then try_cast({value} as timestamp) "
        f"when regexp_full_match({value}, {literal(_ZONED)}) then {_to_beijing(f'try_cast({value} as timestamptz)')}"
    )


def is_serial(layout: str) -> bool:
    """Tell whether a `layout` means the day numbers of a spreadsheet."""
    return layout in _FIRST_DAYS


def read_serial(value: str, layout: str) -> str:
    """Write the expression that reads `value` as a spreadsheet's day number, with the second as its fraction says.

    `layout` says from which day on they count; null where the text is no such number.
    """
    seconds = f"cast(round(try_cast({value} as decimal(28, 12)) * 86400) as bigint)"
    moment = f"timestamp {literal(_FIRST_DAYS[layout])} + to_seconds({seconds})"
    return f"case when regexp_full_match({value}, {literal(_SERIAL)}) then {moment} end"


def _bound(value: str, name: str, expression: str) -> str:
    """Give a value a name within an expression."""
    return f"list_transform([{value}], lambda {name}: {expression})[1]"


def _tidy(value: str) -> str:
    """Half-width digits and marks, one kind of space, none at the ends."""
    narrow = f"translate({value}, {literal(FULL_WIDTH)}, {literal(HALF_WIDTH)})"
    spaced = f"trim(regexp_replace({narrow}, '[\\s\\pZ]+', ' ', 'g'))"
    return f"regexp_replace({unwrapped(spaced)}, {literal(_JSON_DATE)}, '\\1')"


def _read_tidy(text: str) -> str:
    return (
        f"case when regexp_full_match({text}, {literal(_EPOCH)}) then {_epoch(text)} "
        f"when regexp_full_match({text}, {literal(_LONG_EPOCH)}) then {_epoch(_digits(text))} "
        f"when length({text}) <= 80 then {_bound(_in_order(text), 'ordered', _read_ordered('ordered'))} end"
    )


def _digits(text: str) -> str:
    return f"cast(try_cast({text} as decimal(38, 0)) as varchar)"


def _epoch(text: str) -> str:
    digits = f"length(split_part({text}, '.', 1))"
    scale = f"case {digits} when 10 then 1000000 when 13 then 1000 when 16 then 1 else 0.001 end"
    micros = f"cast(round(cast({text} as decimal(29, 9)) * cast({scale} as decimal(10, 3))) as bigint)"
    return _from_utc(f"make_timestamp({micros})")


def _in_order(text: str) -> str:
    """The text with each of the rewritings done, one after the other."""
    return reduce(lambda done, rule: _replaced(done, *rule), _REWRITTEN, text)


def _replaced(text: str, pattern: str, replacement: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, {literal(replacement)}, 'g')"


def _read_ordered(text: str) -> str:
    names = literals(_PARTS + _ZONE_PARTS)
    parts = f"regexp_extract({text}, {literal(_WRITTEN)}, [{names}])"
    return _bound(parts, "part", _bound(_local(), "local", _zoned()))


def _local() -> str:
    """The wall-clock time that the parts say, whatever the zone; null where there is no such day or hour."""
    month = f"coalesce(list_position([{literals(_MONTHS)}], lower(part.month[1:3])), try_cast(part.month as integer))"
    day = f"try_cast(concat_ws('-', part.year, {month}, part.day) as date)"
    number = "coalesce(try_cast(part.{} as bigint), 0)".format
    seconds = f"({_hour(number('hour'))}) * 3600 + {number('minute')} * 60 + {number('second')}"
    micros = "coalesce(try_cast(rpad(part.fraction, 6, '0')[1:6] as bigint), 0)"
    leap = "part.second <> '60' or part.minute = '59'"
    return f"case when {leap} then cast({day} as timestamp) + to_microseconds(({seconds}) * 1000000 + {micros}) end"


def _hour(hour: str) -> str:
    """Hours since midnight; null where the half of the day and the hour contradict each other or leave a doubt."""
    half = "lower(part.before || part.after)"
    midnight = "concat(part.minute, coalesce(part.second, ''), coalesce(part.fraction, '')) not similar to '.*[1-9].*'"
    return (
        f"case when {half} = '' then case when {hour} < 24 or ({hour} = 24 and {midnight}) then {hour} end "
        f"when {half} = 'am' then case when {hour} <= 12 then {hour} % 12 end "
        f"when {half} = 'pm' then case when {hour} between 1 and 23 then {hour} % 12 + 12 end "
        f"when {half} = 'noon' then case when {hour} in (11, 12) then {hour} "
        f"when {hour} in (1, 2) then {hour} + 12 end "
        f"when {half} = 'evening' then case when {hour} between 5 and 11 then {hour} + 12 "
        f"when {hour} between 17 and 23 then {hour} end end"
    )


def _zoned() -> str:
    """The wall-clock time `local` of the zone that the parts name, in Beijing."""
    hours = "cast(part.zone_hour as bigint)"
    minutes = f"{hours} * 60 + coalesce(try_cast(part.zone_minute as bigint), 0)"
    offset = f"to_minutes(case part.sign when '-' then -1 else 1 end * ({minutes}))"
    return (
        f"case when local is null then null "
        f"when part.area <> '' then {_bound(_in_area('local'), 'moment', _one_moment())} "
        f"when part.sign <> '' then case when {minutes} <= 840 then {_from_utc(f'local - {offset}')} end "
        f"when part.universal <> '' then {_from_utc('local')} else local end"
    )


def _in_area(local: str) -> str:
    return f"try_cast(strftime({local}, '%Y-%m-%d %H:%M:%S.%f') || ' ' || part.area as timestamptz)"


def _one_moment() -> str:
    """Beijing time of `moment` unless the zone's clock skipped or repeated `local` when it was put forward or back."""
    shown = "{} = strftime(local, '%Y-%m-%d %H:%M:%S.%f')".format
    clock = "strftime(timezone(part.area, moment {}), '%Y-%m-%d %H:%M:%S.%f')".format
    twice = " or ".join(shown(clock(shift)) for shift in ("+ interval 1 hour", "- interval 1 hour"))
    return (
        f"case when moment is not null then case when {shown(clock(''))} and not ({twice}) "
        f"then {_to_beijing('moment')} end end"
    )


def _from_utc(time: str) -> str:
    return _to_beijing(f"timezone('UTC', {time})")


def _to_beijing(moment: str) -> str:
    return f"timezone({literal(BEIJING)}, {moment})"
