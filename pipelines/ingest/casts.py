"""SQL that turns a raw value into its contract type, or into null where it does not fit."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, quoted

# A naive time is Beijing wall-clock; only a time with an explicit zone is converted to it.
_BEIJING = "Asia/Shanghai"
_ZONED = r":\d{2}(\.\d+)?\s*([Zz]|UTC|[+-]\d{2}(:?\d{2})?)$"
_BLANKS = "' \t\r\n\u3000\u00a0'"


def typed_columns(contract: Contract) -> tuple[Column, ...]:
    """The columns for which a raw value may not fit the type."""
    return tuple(column for column in contract.columns if column.inside_type != "VARCHAR")


def worded(name: str, kind: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The expression for the raw column `name` of engine type `kind`, its words translated, and the type that it
    then has."""
    if not words:
        return quoted(name), kind
    value = f"trim(cast({quoted(name)} as varchar))"
    cases = " ".join(f"when {literal(raw)} then {literal(word)}" for raw, word in words.items())
    return f"case {value} {cases} else {value} end", "VARCHAR"


def is_given(value: str, raw_type: str) -> str:
    """The condition that a raw value of engine type `raw_type` says anything."""
    return f"trim({value}) <> ''" if raw_type == "VARCHAR" else f"{value} is not null"


def may_be_blank(column: Column) -> bool:
    """Whether an empty text is a value of the column, and not the lack of one."""
    return column.inside_type == "VARCHAR" and column.required and column.min_length is None and not column.allowed


def cast_column(value: str, raw_type: str, column: Column) -> str:
    """The expression for `value`, whose engine type is `raw_type`, as the column's inside type.

    Text is trimmed; a list in text is a JSON array or `a|b|c`, and no text is the empty list. A fraction is no
    integer. Times become naive Beijing wall-clock.
    """
    wanted = column.inside_type
    if wanted == "VARCHAR":
        return _text(value, column)
    if wanted.endswith("[]"):
        return _list(value, wanted) if raw_type == "VARCHAR" else f"try_cast({value} as {wanted})"
    if raw_type == "VARCHAR":
        value = f"trim({value}, {_BLANKS})"
    if wanted == "TIMESTAMP":
        return _timestamp(value, raw_type)
    if wanted == "DATE":
        return f"try_cast({_timestamp(value, raw_type) if 'ZONE' in raw_type else value} as date)"
    if wanted in ("INTEGER", "BIGINT"):
        return _integer(value, raw_type, wanted)
    return f"try_cast({value} as {wanted})"


def _text(value: str, column: Column) -> str:
    """An optional text that is blank was not given; a required one is left for its rules to judge."""
    trimmed = f"trim(cast({value} as varchar), {_BLANKS})"
    return trimmed if column.required else f"nullif({trimmed}, '')"


def _list(value: str, wanted: str) -> str:
    trimmed = f"trim(coalesce({value}, ''), {_BLANKS})"
    return (
        f"case when {trimmed} = '' then cast([] as {wanted}) "
        f"when starts_with({trimmed}, '[') then try_cast(try_cast({trimmed} as json) as {wanted}) "
        f"else try_cast(list_transform(string_split({trimmed}, '|'), lambda part: trim(part)) as {wanted}) end"
    )


def _timestamp(value: str, raw_type: str) -> str:
    if raw_type == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('{_BEIJING}', {value})"
    if raw_type != "VARCHAR":
        return f"try_cast({value} as timestamp)"
    zoned = f"timezone('{_BEIJING}', try_cast({value} as timestamptz))"
    return f"case when regexp_matches({value}, '{_ZONED}') then {zoned} else try_cast({value} as timestamp) end"


def _integer(value: str, raw_type: str, wanted: str) -> str:
    if raw_type.endswith("INT") or raw_type in ("INTEGER", "UINTEGER"):
        return f"try_cast({value} as {wanted})"
    number = f"try_cast({value} as double)"
    return f"case when {number} = trunc({number}) then try_cast({value} as {wanted}) end"
