"""SQL that reads written numbers, yes and no, and lists; null where a text is none of them or is ambiguous.

`value` is the SQL expression of the text, `values` that of a list of texts, `wanted` the SQL type to read.
"""

from __future__ import annotations

from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, literals
from xuanpin.pipelines.ingest.texts import FULL_WIDTH, HALF_WIDTH, trimmed, unwrapped

_DIGITS = r"-?[0-9]+([.][0-9]+)?"
"""Numbers as most exports write them; only others take the slower way."""
_NUMBER = r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d{1,2})?"
"""Also with separated thousands or an exponent; a comma before other than three digits may be a decimal one."""
_CURRENCY = r"(?i)^([+-]?)[\s\pZ]*(?:CN[￥¥]|[￥¥]|CNY|RMB|人民币){1,2}[\s\pZ:]*|[\s\pZ]*(?:元|圆|CNY|RMB|人民币)+$"
_THIN = "\u00a0\u2007\u2009\u202f"
"""Blanks that keep a line together, as some programs part thousands."""
_BRACKETS = r"^\(([^()-]+)\)$"
"""A negative amount, as bookkeeping writes it."""
_COUNTED = r"(?i)^[x×*]?\s*([0-9０-９]+)\s*(?:件|个|份|只|条|双|套|人|名|位|次|pcs?|units?|pieces?)?$"
_SHARES = ("rate", "share")
"""Units of columns whose values may be given in per cent."""
_YES = ("true", "t", "yes", "y", "1", "1.0", "是", "真", "有", "√", "✓")
_NO = ("false", "f", "no", "n", "0", "0.0", "否", "假", "无", "×", "✗")


def read_number(value: str, wanted: str, *, may_be_share: bool) -> str:
    """Write the expression that reads `value` as a number of type `wanted`; per cent where it `may_be_share`."""
    bare = "replace(amount, ',', '')"
    cases = [f"when regexp_full_match(amount, {literal(_NUMBER)}) then try_cast({bare} as {wanted})"]
    if may_be_share:
        hundredth = f"try_cast(try_cast(rtrim({bare}, '% ') as decimal(18, 6)) / 100 as {wanted})"
        cases.append(f"when regexp_full_match(amount, {literal(f'{_NUMBER} ?%')}) then {hundredth}")
    odd = f"list_transform([{_amount(value)}], lambda amount: case {' '.join(cases)} end)[1]"
    return f"case when {is_plain_number(value)} then try_cast({value} as {wanted}) else {odd} end"


def is_plain_number(value: str) -> str:
    """Write the condition that the text `value` is a number of plain digits."""
    return f"regexp_full_match({value}, {literal(_DIGITS)})"


def is_plain_whole(value: str) -> str:
    """Write the condition that the text `value` is a whole number of plain digits."""
    return f"regexp_full_match({value}, '-?[0-9]+')"


def _amount(value: str) -> str:
    """The text without its currency, in plain digits and marks, a minus for brackets, a comma for each thin blank."""
    text = trimmed(f"translate({unwrapped(trimmed(value))}, {literal(FULL_WIDTH)}, {literal(HALF_WIDTH)})")
    for pattern, kept in ((_BRACKETS, r"-\1"), (_CURRENCY, r"\1"), (_BRACKETS, r"-\1")):
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(kept)}, 'g')"
    return f"translate({text}, {literal(_THIN)}, {literal(',' * len(_THIN))})"


def is_share(column: Column) -> bool:
    """Whether the values of a column may be given in per cent."""
    return column.unit in _SHARES


def read_whole(value: str, column: Column, wanted: str) -> str:
    """Write the expression that reads the text `value` as an integer of the SQL type `wanted`; a fraction is none.

    A word that counts single things may follow, or a mark stand before: 2件, x2; 2箱 may be any number of them.
    """
    bare = f"regexp_replace({trimmed(value)}, {literal(_COUNTED)}, '\\1')"
    number = read_number(bare, "DECIMAL(38,9)", may_be_share=is_share(column))
    whole = f"list_transform([{number}], lambda n: case when n = trunc(n) then try_cast(n as {wanted}) end)[1]"
    return f"case when {is_plain_whole(value)} then try_cast({value} as {wanted}) else {whole} end"


def read_boolean(value: str) -> str:
    """Write the expression that reads the text `value` as yes or no, in English, Chinese or digits."""
    word = f"lower({trimmed(value)})"
    return f"case when {word} in ({literals(_YES)}) then true when {word} in ({literals(_NO)}) then false end"


def read_list(value: str, wanted: str) -> str:
    """Write the expression that reads `value` as a list of type `wanted`: JSON, `['a']` of data frames, or `a|b|c`.

    Without a bar, commas, semicolons and ends of lines part it too.
    """
    text = trimmed(f"coalesce({value}, '')")
    quotes = f"regexp_matches({text}, {literal(_PYTHON_LIST)})"
    parted = f"translate({text}, {literal(_BETWEEN)}, {literal('|' * len(_BETWEEN))})"
    json = f"case when {quotes} then replace({text}, '''', '\"') else {text} end"
    split = f"string_split(case when contains({text}, '|') then {text} else {parted} end, '|')"
    return (
        f"case when {text} = '' then cast([] as {wanted}) "
        f"when starts_with({text}, '[') then {filled_list(f'try_cast(try_cast({json} as json) as {wanted})')} "
        f"else {filled_list(f'try_cast({split} as {wanted})')} end"
    )


def read_vector(value: str, raw_type: str) -> str:
    """Write the expression that reads `value`, of engine type `raw_type`, as a list of numbers; null where it has none,
    and where one of them is no number.

    In text they stand in a JSON array, or between commas, bars, semicolons or blanks.
    """
    words = vector_words(value, raw_type)
    read = f"list_transform([try_cast({words} as float[])], lambda v: case when list_count(v) = len(v) then v end)[1]"
    return f"nullif({read}, cast([] as float[]))"


def vector_words(value: str, raw_type: str) -> str:
    """Write the list of what stands for numbers in a vector `value` of engine type `raw_type`; none in a word that says
    nothing, such as NULL."""
    if raw_type != "VARCHAR":
        return value if raw_type.endswith("]") else f"try_cast({value} as varchar[])"
    return f"regexp_extract_all({trimmed(value)}, {literal(_VECTOR_WORD)})"


def filled_list(values: str) -> str:
    """Write the list `values` of texts without blanks at their ends, and without those that say nothing."""
    parts = f"list_transform({values}, lambda part: {trimmed('part')})"
    return f"list_filter({parts}, lambda part: part is not null and part <> '')"


_BETWEEN = ",，、;；\n"
_VECTOR_WORD = r"[^\s,;|\[\]'\"]+"
_PYTHON_LIST = r"""^\[\s*'[^'"]*'(\s*,\s*'[^'"]*')*\s*\]$"""
