"""Counts and lists as messages write them: "1 row", "3 rows", "S1, S2, S3 and 4 more"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

NAMED = 3
"""Names that a message lists; the rest are counted."""
_ONE_OF_MANY = re.compile(
    r"(?<![\w.,–-])1 ((?:[a-z]+ )?)"
    r"(unit|line|message|place|post|day|night|regret|return|report|complaint|list|segment|candidate|SKU|agent|check)s\b"
)


def counted(count: int, noun: str, plural: str | None = None) -> Phrase:
    """Return `count` with its noun: "1 row", "2 rows"; `plural` where an s is not enough.

    The catalogue has it under the plural: "{count:,} rows".
    """
    many = plural or f"{noun}s"
    return Phrase(f"{count:,} {noun if count == 1 else many}", f"{{count:,}} {many}", {"count": count})


def listed(names: Sequence[str], named: int = NAMED) -> Phrase:
    """Return the first `named` of the names with commas between them, and how many more there are."""
    rest = len(names) - named
    first = joined(names[:named])
    return phrase("{names} and {rest:,} more", names=first, rest=rest) if rest > 0 else first


def singular(sentence: str) -> str:
    """Return an English sentence that was filled with counts, with "1 units" as "1 unit"."""
    return _ONE_OF_MANY.sub(r"1 \1\2", sentence)
