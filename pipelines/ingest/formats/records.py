"""What the row-by-row readers share: a record with its place and its fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from xuanpin.pipelines.typed.phrase import Phrase, phrase

Fault = Literal[
    "broken_characters",
    "unclosed_quote",
    "misplaced_quote",
    "too_many_fields",
    "too_few_fields",
    "line_too_long",
    "not_json",
    "broken_xml",
]

ROW_FAULTS: Mapping[str, Phrase] = {
    "broken_characters": phrase("a character is broken, or there is a zero byte"),
    "unclosed_quote": phrase("a quote is opened and not closed before the next row"),
    "misplaced_quote": phrase("text follows a closing quote"),
    "too_many_fields": phrase("there are more fields than the header has"),
    "too_few_fields": phrase("there are fewer fields than the header has"),
    "line_too_long": phrase("the line is longer than a mebibyte"),
    "not_json": phrase("the line is no JSON object"),
    "broken_xml": phrase("the XML of a chat message does not parse"),
}
"""Rules that one row of a file may break before its values are looked at, with what each means."""

LINE_LIMIT = 1 << 20
"""Characters of a line, or of a row over several lines, beyond which it is set aside."""

BLANKS = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff"
"""Characters that make no value: white space of every kind and marks of no width."""

_BROKEN = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Record:
    """One row of a file: the line or row on which it begins, its fields, and what is wrong with it.

    A row with a fault other than broken characters has no fields: it is unknown which column its values belong to.
    """

    line: int
    fields: list[str | None]
    fault: Fault | None = None


def is_blank(fields: list[str | None]) -> bool:
    """Tell whether the `fields` of a row hold no value at all."""
    return not any(field and field.strip(BLANKS) for field in fields)


def without_broken(record: Record) -> Record:
    """Mark a record in which a character is broken, and put U+FFFD in its place."""
    if not any(field and _BROKEN.search(field) for field in record.fields):
        return record
    fields = [field and _BROKEN.sub("\ufffd", field) for field in record.fields]
    return Record(record.line, fields, "broken_characters")
