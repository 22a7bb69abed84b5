"""Counts and lists as messages write them: "1 row", "3 rows", "S1, S2, S3 and 4 more"."""

from __future__ import annotations

import re
from collections.abc import Sequence

NAMED = 3
"""Names that a message lists; the rest are counted."""
_ONE_OF_MANY = re.compile(
    r"(?<![\w.,–-])1 ((?:[a-z]+ )?)"
    r"(unit|line|message|place|post|day|night|regret|return|report|complaint|list|segment|candidate|SKU|agent|check)s\b"
)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return `count` with its noun: "1 row", "2 rows"; `plural` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], named: int = NAMED) -> str:
    """Return the first `named` of the names with commas between them, and how many more there are."""
    rest = len(names) - named
    return ", ".join(names[:named]) + (f" and {rest:,} more" if rest > 0 else "")


def singular(sentence: str) -> str:
    """Return an English sentence that was filled with counts, with "1 units" as "1 unit"."""
    return _ONE_OF_MANY.sub(r"1 \1\2", sentence)
