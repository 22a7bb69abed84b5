"""Shows three values of a column as people may see them: what can identify a person stands there as a shape."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from xuanpin.models.text.redaction import redact_labels
from xuanpin.pipelines.connect.findings import Export
from xuanpin.pipelines.connect.recognition.dictionary import other_kind
from xuanpin.pipelines.typed.shown import shown

SHOWN = 3
"""Values of a column that are shown."""
_LONGEST = 24
"""Characters of a value that are shown."""
PRIVATE = frozenset(
    {"customer_id", "customer_name", "sender_id", "text", "comment", "author", "approved_by", "order_note"}
)
"""Contract columns whose values are a person's own: shown as shapes."""
KEYS = frozenset({"order_line_id", "order_id", "sku_id", "spu_id", "return_id", "message_id", "offer_id"})
"""Contract columns of numbers that name things: long ones are no telephones and are shown."""
_NUMBERS = re.compile(r"\d")
_CHINESE = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_LETTERS = re.compile("[^\\W\\d_\u3400-\u9fff\U00020000-\U0003ffff]+")


def values_of(export: Export, header: str) -> list[str]:
    """Return the values under a `header` that are given, in the order of rows."""
    place = export.headers.index(header)
    return [value for row in export.rows if (value := row[place]) is not None]


def sample(export: Export, header: str, column: str | None = None) -> tuple[str, ...]:
    """Return three different values under a `header` as they may be shown; `column` is what it is taken for, if any."""
    different = list(dict.fromkeys(values_of(export, header)))[:SHOWN]
    if column in PRIVATE or other_kind(header) == "personal":
        return tuple(masked(value) for value in different)
    is_key = column in KEYS
    return tuple(map(_cut, different if is_key else _redacted(different)))


def tells_of_person(word: str) -> bool:
    """Tell whether a `word` holds a telephone, an address or the like, so that it may not be shown."""
    return _redacted([word]) != [word]


def masked(value: str) -> str:
    """Return the shape of a value: 9 for digits, x for letters, 某 for a Chinese word."""
    text = _LETTERS.sub("x", _CHINESE.sub("某", _NUMBERS.sub("9", value)))
    return _cut(text)


def _redacted(values: Sequence[str]) -> list[str]:
    redacted: list[str] = redact_labels(pa.array(values, pa.string())).to_pylist()
    return redacted


def _cut(value: str) -> str:
    text = shown(value).replace("\n", " ")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
