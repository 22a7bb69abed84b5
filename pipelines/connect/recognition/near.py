"""Finds what an unknown header is nearly spelt like: a hint, never more than a question."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

from xuanpin.pipelines.connect.recognition.dictionary import SURE_HEADER, known_meanings
from xuanpin.pipelines.connect.recognition.names import meaning, readings

NEAR = 0.8
"""Share of signs in common from which two headers are alike, as 订单创建时间点 and 订单创建时间 are."""
_WEIGHT = 0.5
"""What a header that is alike weighs at most: less than one that may mean the column."""
_SHORTEST = 3
"""Signs of the shortest meaning that is compared: shorter ones are alike by chance."""


@lru_cache(maxsize=10_000)
def _near(table: str, header: str) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    text = meaning(readings(header)[-1]) if readings(header) else ""
    if len(text) < _SHORTEST:
        return ()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(text)
    for known, columns in known_meanings(table).items():
        matcher.set_seq1(known)
        if matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR or matcher.ratio() < NEAR:
            continue
        for column, strength in columns.items():
            if strength >= SURE_HEADER:
                found[column] = max(found.get(column, 0.0), _WEIGHT * matcher.ratio())
    return tuple(sorted(found.items()))


def near_strengths(table: str, header: str) -> dict[str, float]:
    """Return for a `header` that is in no dictionary the columns of a `table` whose certain headers it resembles."""
    return dict(_near(table, header))
