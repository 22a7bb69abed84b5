"""Lists of names as messages write them: "S1, S2, S3 and 4 more"."""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

NAMED = 3
"""Names that a message lists; the rest are counted."""


def listed(names: Sequence[str], named: int = NAMED) -> Phrase:
    """Return the first `named` of the names with commas between them, and how many more there are."""
    rest = len(names) - named
    first = joined(names[:named])
    return phrase("{names} and {rest:,} more", names=first, rest=rest) if rest > 0 else first
