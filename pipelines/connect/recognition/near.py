"""Finds what an unknown header is nearly spelt like: a hint, never more than a question."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

from xuanpin.pipelines.connect.recognition.dictionary import (
    SURE_HEADER,
    known_readings,
    other_kind,
    strengths,
    tables_naming,
)
from xuanpin.pipelines.connect.recognition.names import readings

NEAR = 0.84
"""Share of signs in common from which two headers are alike, as 订单创建时间点 and 订单创建时间 are."""
_WEIGHT = 0.58
"""What a header that is alike weighs at most: less than one that may mean the column."""
_SHORTEST = 4
"""Signs of the shortest header that is compared: shorter ones are alike by chance."""
_SHORTEST_END = 3
"""Signs of the shortest known header that an unknown one may end with, as 商品发货物流公司 ends with 物流公司."""

_TELLING_WORDS = frozenset({"sku", "quantity", "qty", "carrier", "category", "brand", "supplier"})
"""Single English words that tell the column whatever stands before them; name, id, date or status tell nothing."""


def near_strengths(table: str, header: str) -> dict[str, float]:
    """Return for a `header` that is in no dictionary the columns of a `table` that it resembles."""
    return dict(_near(table, header))


@lru_cache(maxsize=10_000)
def _near(table: str, header: str) -> tuple[tuple[str, float], ...]:
    text = readings(header)[-1] if readings(header) else ""
    found = _by_end(table, text) or _by_spelling(table, text)
    return tuple(sorted(found.items()))


def _by_end(table: str, text: str) -> dict[str, float]:
    """What the longest known end of a header means: words before it say whose it is."""
    for end in _ends(text):
        columns = strengths(table, end)
        if columns or other_kind(end) or tables_naming(end):
            return {column: _WEIGHT * strength for column, strength in columns.items()}
    return {}


def _ends(text: str) -> list[str]:
    words = text.split()
    if len(words) > 1:
        ends = [" ".join(words[at:]) for at in range(1, len(words))]
        return [end for end in ends if " " in end or end in _TELLING_WORDS]
    return [text[at:] for at in range(1, len(text) - _SHORTEST_END + 1)]


def _by_spelling(table: str, text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    if len(text) < _SHORTEST:
        return found
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(text)
    for known, columns in known_readings(table).items():
        matcher.set_seq1(known)
        if matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR or matcher.ratio() < NEAR:
            continue
        for column, strength in columns.items():
            if strength >= SURE_HEADER:
                found[column] = max(found.get(column, 0.0), _WEIGHT * matcher.ratio())
    return found
