"""SQL that cleans texts and ids of what spreadsheets, chat programs and data frames leave in them.

`value` is the SQL expression of the text.
"""

from __future__ import annotations

from xuanpin.pipelines.engine.names import literal

FULL_WIDTH = "０１２３４５６７８９：－／．，＋−–％（）　"
HALF_WIDTH = "0123456789:-/.,+--%() "
"""Digits and marks as Chinese keyboards type them, and the same in the order of FULL_WIDTH as programs do."""

_SPACE = r"[\t-\r\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_UNSEEN = r"[\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{feff}]"
_CONTROL = r"[\x00-\x08\x{0b}\x{0c}\x{0e}-\x{1f}\x{7f}-\x{84}\x{86}-\x{9f}\x{fffe}\x{ffff}]"
"""Spaces of every kind; marks that take no room; characters that no page, workbook or log may hold."""
_BREAK = rf"{_SPACE}*[\t-\r\x{{1c}}-\x{{1f}}\x{{85}}\x{{2028}}\x{{2029}}]{_SPACE}*"
"""A tab or an end of a line with the spaces round it: nobody sees them in a cell."""
_CLEAN_ID = "[A-Za-z0-9_:@|-]+"
"""Ids in which nothing can hide; all others are looked at."""
_WRAPPED = r'^\{\s*"\$(?:oid|date|number\w+)"\s*:\s*(?:\{\s*"\$numberLong"\s*:\s*)?"?([^"}]*)"?\s*\}+$'
"""A value with its type, as document databases export it: {"$date": "…"}."""
_HIDING = rf"""^(?:{_SPACE}|[="'{{])|{_SPACE}$|{_UNSEEN}"""
_NOTHING = r"(?i)null|none|nan|nat|\\n|<na>|#n/a|n/a|undefined"
_LONGEST_NOTHING = len("undefined")
"""What programs write in place of an id that is not there, and the bytes of the longest."""


def clean_text(value: str) -> str:
    """Write the text `value` without control characters, and without spaces at its ends."""
    return f"case when {has_odd_signs(value)} then {trimmed(_without(value, _CONTROL))} else {value} end"


def has_odd_signs(value: str) -> str:
    """Write the condition that control characters, or spaces at its ends, are in the text `value`."""
    return f"regexp_matches({value}, {literal(f'^{_SPACE}|{_SPACE}$|{_CONTROL}')})"


def trimmed(value: str) -> str:
    """Write the text `value` without the spaces, of whatever kind, at its ends."""
    return _without(value, f"^{_SPACE}+|{_SPACE}+$")


def clean_id(value: str) -> str:
    """Write an id as its system wrote it; '' for a placeholder.

    Spaces at its ends, marks that take no room, a spreadsheet's `="…"`, apostrophe or quotes, and the `.0` of a whole
    number go; full-width letters and digits become plain ones, an end of a line within it one space.
    """
    plain = f"translate({_without(value, f'{_UNSEEN}|{_CONTROL}')}, {literal(_WIDE)}, {literal(_NARROW)})"
    bare = plain
    for pattern, kept in (
        (_WRAPPED, r"\1"),
        (f"^{_SPACE}+|{_SPACE}+$", ""),
        (r'^="(.*)"$', r"\1"),
        (r"^'([^']*)'?$", r"\1"),
        (r'^"([^"]*)"$', r"\1"),
        (f"^{_SPACE}+|{_SPACE}+$", ""),
        (_BREAK, " "),
        (r"^(-?\d+)\.0+$", r"\1"),
        (f"^(?:{_NOTHING})$", ""),
    ):
        bare = f"regexp_replace({bare}, {literal(pattern)}, {literal(kept)}, 'g')"
    return f"case when {is_clean_id(value)} then {value} else {bare} end"


def is_clean_id(value: str) -> str:
    """Write the condition that nothing hides in the id `value`, and that it is no placeholder."""
    clean, nothing = (f"regexp_full_match({value}, {literal(pattern)})" for pattern in (_CLEAN_ID, _NOTHING))
    # Few ids are short enough to be asked twice.
    return f"{clean} and case when strlen({value}) > {_LONGEST_NOTHING} then true else not {nothing} end"


def is_wrapped(value: str) -> str:
    """Write the condition that blanks, marks that take no room, or what programs put round a text hide `value`."""
    return f"regexp_matches({value}, {literal(_HIDING)})"


def unwrapped(value: str) -> str:
    """Write the text `value` of a time or number without what stands round it, and without marks that take no room.

    Document databases put its type round it; spreadsheets `="…"`, an apostrophe before it, or quotes.
    """
    bare = _without(value, _UNSEEN)
    for pattern, kept in (
        (_WRAPPED, r"\1"),
        (r'^="(.*)"$', r"\1"),
        (rf"^{_SPACE}*'([^']*)'?{_SPACE}*$", r"\1"),
        (r'^"([^"]*)"$', r"\1"),
    ):
        bare = f"regexp_replace({bare}, {literal(pattern)}, {literal(kept)})"
    return bare


def whole_number_id(value: str, most: int) -> str:
    """Write a number as an id: digits alone where it is whole and at most `most`, so exact; else with an exponent."""
    is_exact = f"{value} = trunc({value}) and abs({value}) <= {most}"
    return (
        f"case when {is_exact} then cast(cast({value} as bigint) as varchar) "
        f"when abs({value}) > {most} then format('{{:e}}', {value}) else cast({value} as varchar) end"
    )


def _without(value: str, pattern: str) -> str:
    return f"regexp_replace({value}, {literal(pattern)}, '', 'g')"


_WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F))
_NARROW = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F))
