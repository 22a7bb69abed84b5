"""Reasons and names of people as they are typed with a decision."""

from __future__ import annotations

import unicodedata

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import Phrase, phrase

LONGEST = 1_000
"""Characters of a reason; a report has room for a sentence or two."""


def clean_words(text: str) -> str:
    """Return the text on one line, without control and zero-width signs, its blanks single and none around it."""
    spaced = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    visible = "".join(sign for sign in spaced if unicodedata.category(sign) != "Cf")
    return " ".join(visible.split())


def read_words(text: str, option: str, meaning: Phrase) -> str:
    """Return the `text` typed after an option, cleaned; raise UsageError where it is empty or too long.

    `meaning` says what belongs there, such as "why".
    """
    words = clean_words(text)
    if not words:
        raise UsageError(phrase("{option} is empty; say {meaning}", option=option, meaning=meaning))
    if len(words) > LONGEST:
        raise UsageError(
            phrase(
                "{option} has {count:,} characters; say {meaning} in at most {most:,}",
                option=option,
                count=len(words),
                meaning=meaning,
                most=LONGEST,
            )
        )
    return words
