"""SQL that reads a written length of time as whole days, such as how long a SKU keeps.

`value` is the SQL expression of the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal
from xuanpin.pipelines.ingest.numbers import is_plain_whole, read_whole
from xuanpin.pipelines.ingest.texts import FULL_WIDTH, HALF_WIDTH, trimmed, unwrapped

_UNITS: Sequence[tuple[str, str]] = (
    ("天|日|days?|d", "1"),
    ("个?星期|周|weeks?", "7"),
    ("个?月|months?", "30"),
    ("年|years?", "365"),
    ("个?小时|hours?|h", "1.0 / 24"),
)
"""Units of a length of time, and their days; a month is counted short rather than long."""
_AMOUNT = r"(\d+(?:\.\d+)?)"
_TO = r"(?: *[-~～–—至到] *\d+(?:\.\d+)?)?"
"""The further end of a range, which nobody can count on."""
_KEPT = "保质期|保质|冷藏|冷冻|常温"
_SPOKEN = rf"^(?:{_KEPT})+[: ]*|[: ]*[(]?(?:{_KEPT})[)]?$"
"""How it is kept, which goes before or after how long."""


def read_days(value: str, column: Column, wanted: str) -> str:
    """Write the expression that reads `value` as days of the SQL type `wanted`: 7, 7天, 48小时, 6个月; null otherwise.

    `column` is the contract's. What is left of a day does not count, nor does the further end of a range: goods of 36
    hours keep for one day, goods of 3-5 days for three.
    """
    narrow = trimmed(f"translate({unwrapped(value)}, {literal(FULL_WIDTH)}, {literal(HALF_WIDTH)})")
    tidy = f"regexp_replace({narrow}, {literal(_SPOKEN)}, '', 'g')"
    cases = " ".join(
        f"when regexp_full_match({tidy}, {literal(f'(?i){_AMOUNT}{_TO} *(?:{unit})')}) "
        f"then try_cast(floor(try_cast(regexp_extract({tidy}, {literal(_AMOUNT)}, 1) as double) * {days}) as {wanted})"
        for unit, days in _UNITS
    )
    return (
        f"case when {is_plain_whole(value)} then try_cast({value} as {wanted}) {cases} "
        f"else {read_whole(value, column, wanted)} end"
    )
