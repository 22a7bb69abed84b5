"""Finds the header of a table of which nothing is known yet: the row with most headers of the trade, or most names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from xuanpin.pipelines.connect.recognition.dictionary import other_kind, tables_naming
from xuanpin.pipelines.ingest.formats.header import Wanted

_NO_NAME = re.compile(r"[\d\s.,:/+%¥￥$()-]+")
"""What is written with such characters alone is a value: a number, a day, an amount, a telephone."""
_LONGEST_NAME = 40
_KNOWN_WEIGHT = 100
"""A known header outweighs any number of texts, of which a row of data may have as many as the header has names."""


@dataclass(frozen=True)
class AnyHeader(Wanted):
    """Takes the row for the header that has most known headers of the trade; among equals most names, then the first.

    Lines of text may precede it (`may_have_title`), and one JSON document may hold all rows (`may_be_document`).
    """

    may_have_title: bool = True
    may_be_document: bool = True

    def knows(self, name: str) -> bool:
        """Tell whether a single `name` is a header of the trade."""
        return is_known_header(name)

    def found(self, names: Iterable[str]) -> int:
        """Say how much the fields `names` of a row look like a header."""
        named = {name for name in names if looks_like_name(name)}
        return _KNOWN_WEIGHT * sum(map(is_known_header, named)) + len(named)


def looks_like_name(text: str) -> bool:
    """Tell whether a `text` may be the name of a column."""
    return 0 < len(text) <= _LONGEST_NAME and not _NO_NAME.fullmatch(text)


@cache
def is_known_header(name: str) -> bool:
    """Tell whether a `name` is a header of the trade, one of our own, or one that is known to be of no use."""
    return bool(tables_naming(name)) or other_kind(name) is not None


def is_header(names: Iterable[str]) -> bool:
    """Tell whether a row can be a header: a header of the trade is among its `names`, or no value is."""
    named = list(names)
    return any(map(is_known_header, named)) or all(map(looks_like_name, named))
