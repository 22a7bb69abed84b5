"""SQL that turns a raw value into its contract type, or into null where it does not fit."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, quoted
from xuanpin.pipelines.ingest.clock import read_clock
from xuanpin.pipelines.ingest.durations import read_days
from xuanpin.pipelines.ingest.numbers import (
    filled_list,
    is_plain_number,
    is_plain_whole,
    is_share,
    read_boolean,
    read_list,
    read_number,
    read_vector,
    read_whole,
    vector_words,
)
from xuanpin.pipelines.ingest.texts import (
    clean_id,
    clean_text,
    has_odd_signs,
    is_clean_id,
    is_wrapped,
    trimmed,
    unwrapped,
    whole_number_id,
)
from xuanpin.pipelines.ingest.times import BEIJING, is_plain_time, is_serial, read_plain_time, read_serial, read_time

_EXACT: Mapping[str, int] = {"DOUBLE": 2**53, "FLOAT": 2**24}
"""The largest whole number up to which a floating type holds each one exactly."""
_MIDNIGHT = r"[Tt\s日]\s*[2２][4４]\s*[:：时点]"
"""The end of a day, as people write it."""
_COUNTS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
"""The engine's integer types; each also exists unsigned, with a U before it."""
PLAIN = "PLAIN TEXT"
"""Stands in place of the engine type of a text where `is_plain` holds of every value that there is."""


def typed_columns(contract: Contract) -> tuple[Column, ...]:
    """The columns for which a raw value may not fit the type."""
    return tuple(column for column in contract.columns if column.inside_type != "VARCHAR")


def worded(name: str, kind: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The expression for the raw column `name` of engine type `kind`, its words translated, and the type that it
    then has."""
    if not words:
        return quoted(name), kind
    value = f"cast({quoted(name)} as varchar)"
    cases = " ".join(f"when {literal(raw)} then {literal(word)}" for raw, word in words.items())
    bare = f"list_transform([{unwrapped(trimmed(value))}], lambda word: case word {cases} else word end)[1]"
    return f"case {value} {cases} else case when {is_wrapped(value)} then {bare} else {value} end end", "VARCHAR"


def dated(value: str, layout: str) -> tuple[str, str]:
    """The expression that writes the time of a raw value as ISO does, where it has the layout; and its type."""
    value = f"cast({value} as varchar)"
    bare = unwrapped(trimmed(value))
    if is_serial(layout):
        read = f"coalesce({read_serial(f'trim({value})', layout)}, {read_serial(bare, layout)})"
        return f"coalesce(strftime({read}, '%Y-%m-%d %H:%M:%S'), {value})", "VARCHAR"
    written = literal(layout)
    read, mark = f"coalesce(try_strptime(trim({value}), {written}), try_strptime({bare}, {written}))", ""
    if "%z" in layout:
        read, mark = f"timezone('UTC', {read})", "Z"
    return f"coalesce(strftime({read}, '%Y-%m-%d %H:%M:%S.%f{mark}'), {value})", "VARCHAR"


def is_given(value: str, raw_type: str, column: Column) -> str:
    """The condition that a raw value of a column, of engine type `raw_type`, is given: no blank text, no number that is
    none, no vector without numbers."""
    if column.inside_type == "FLOAT[]":
        return f"len({vector_words(value, raw_type)}) > 0"
    if raw_type == "VARCHAR":
        return f"{trimmed(value)} <> ''"
    return f"not isnan({value})" if raw_type in _EXACT else f"{value} is not null"


def may_be_blank(column: Column) -> bool:
    """Whether an empty text is a value of the column, and not the lack of one."""
    return column.inside_type == "VARCHAR" and column.required and column.min_length is None and not column.allowed


def cast_column(value: str, raw_type: str, column: Column) -> str:
    """The expression for `value`, whose engine type is `raw_type`, as the column's inside type; null where it is none.

    Text loses blanks at its ends and control characters, ids all that spreadsheets hide in them. A list in text is a
    JSON array or `a|b|c`, and no text is the empty list, but no vector. A fraction is no integer. Times become naive
    Beijing wall-clock; a time of day may also be a spreadsheet's share of a day.
    """
    wanted = column.inside_type
    if raw_type == PLAIN:
        return _read_plain(value, wanted)
    if wanted == "VARCHAR":
        return _text(value, raw_type, column)
    if wanted == "FLOAT[]":
        return read_vector(value, raw_type)
    if wanted.endswith("[]"):
        return read_list(value, wanted) if raw_type == "VARCHAR" else filled_list(f"try_cast({value} as {wanted})")
    if wanted in ("TIMESTAMP", "DATE"):
        return _last_day(value) if column.last_day and raw_type == "VARCHAR" else _time(value, raw_type, wanted)
    if wanted == "TIME":
        return _clock(value, raw_type)
    if raw_type == "VARCHAR":
        return _written(value, column, wanted)
    if wanted in ("INTEGER", "BIGINT"):
        return _integer(value, raw_type, wanted)
    return (
        f"case when isfinite({value}) then {_cast(value, wanted)} end" if raw_type in _EXACT else _cast(value, wanted)
    )


def is_plain(value: str, column: Column) -> str | None:
    """The condition that the text `value` is written as most exports write a value of the column, and is not empty.

    Of such a value, `cast_column` makes the same by far less SQL. None where it would be as much.
    """
    wanted = column.inside_type
    if wanted == "VARCHAR":
        return is_clean_id(value) if column.is_id else f"{value} <> '' and not {has_odd_signs(value)}"
    if wanted in ("TIMESTAMP", "DATE"):
        return is_plain_time(value)
    if wanted in ("INTEGER", "BIGINT"):
        return is_plain_whole(value)
    return None if wanted in ("BOOLEAN", "TIME") or wanted.endswith("[]") else is_plain_number(value)


def _read_plain(value: str, wanted: str) -> str:
    if wanted == "VARCHAR":
        return value
    if wanted in ("TIMESTAMP", "DATE"):
        return read_plain_time(value) if wanted == "TIMESTAMP" else f"cast({read_plain_time(value)} as date)"
    return _cast(value, wanted)


def _text(value: str, raw_type: str, column: Column) -> str:
    """An optional text that is blank was not given; a required one is left for its rules to judge."""
    if column.is_id and raw_type in _EXACT:
        text = clean_id(whole_number_id(value, _EXACT[raw_type]))
    else:
        text = f"cast({value} as varchar)"
        text = clean_id(text) if column.is_id else clean_text(text)
    return text if column.required else f"nullif({text}, '')"


def _written(value: str, column: Column, wanted: str) -> str:
    if wanted == "BOOLEAN":
        return read_boolean(value)
    if column.unit == "day":
        return read_days(value, column, wanted)
    if wanted in ("INTEGER", "BIGINT"):
        return read_whole(value, column, wanted)
    return read_number(value, wanted, may_be_share=is_share(column))


def _time(value: str, raw_type: str, wanted: str) -> str:
    if "ZONE" in raw_type or raw_type.startswith("TIMESTAMPTZ"):
        return _cast(f"timezone('{BEIJING}', {value})", wanted)
    if raw_type.startswith("TIMESTAMP") or raw_type == "DATE":
        return _cast(value, wanted)
    if raw_type in _EXACT or raw_type.startswith("DECIMAL"):
        value = f"cast(try_cast({value} as decimal(38, 6)) as varchar)"
    elif raw_type != "VARCHAR":
        value = f"cast({value} as varchar)"
    time = read_time(value)
    return time if wanted == "TIMESTAMP" else f"cast({time} as date)"


def _last_day(value: str) -> str:
    """The last day of something: its 24:00 belongs to it, not to the day after."""
    is_midnight = f"regexp_matches({value}, {literal(_MIDNIGHT)})"
    day = f"cast(case when {is_midnight} then time - interval 1 day else time end as date)"
    return f"list_transform([{read_time(value)}], lambda time: {day})[1]"


def _clock(value: str, raw_type: str) -> str:
    """A time of day: a time keeps its clock, a number is a spreadsheet's share of a day."""
    if raw_type == "TIME":
        return value
    if raw_type.startswith("TIMESTAMP") or "ZONE" in raw_type:
        return f"cast({_time(value, raw_type, 'TIMESTAMP')} as time)"
    return read_clock(value if raw_type == "VARCHAR" else f"cast({value} as varchar)")


def _integer(value: str, raw_type: str, wanted: str) -> str:
    if raw_type.removeprefix("U") in _COUNTS:
        return _cast(value, wanted)
    number = f"try_cast({value} as double)"
    return f"case when {number} = trunc({number}) then {_cast(value, wanted)} end"


def _cast(value: str, wanted: str) -> str:
    return f"try_cast({value} as {wanted})"
