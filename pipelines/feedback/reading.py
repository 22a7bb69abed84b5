"""The way in which chat is read: in blocks, and by a name, so that days read in another way are read again."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.feedback.word_lists import word_lists
from xuanpin.pipelines.identity import package_digest

READING_PACKAGES = ("xuanpin.models.text", "xuanpin.pipelines.feedback", "xuanpin.sql.intermediate.feedback")
"""Code, SQL and word lists of ours that make a mention of a message, and some that do not: one reading too many is
dear once, one too few leaves an old release's opinion in force for the whole window."""
READING_SETTINGS = {
    "recent_days",
    "recency_hours",
    "own_order_days",
    "speaking_days",
    "guess_from",
    "complaint_at",
    "first_complaint_at",
    "clear_opinion",
}
"""Settings of [feedback] by which a message becomes mentions; the others weigh mentions, anew each night."""
MESSAGES_A_BLOCK = 100_000
"""Messages that are read together: about 150 MB of work space."""


def reading_version(night: Night) -> str:
    """Hash all that decides how a message is read besides data and models: code, word lists and settings.

    Returns 16 hexadecimal digits. A deployment's word lists count by content, wherever their folder lies. Raises
    UsageError that names the file and the row of a list that cannot be read.
    """
    chosen = night.settings.feedback
    settings = json.dumps(chosen.model_dump(mode="json", include=READING_SETTINGS), ensure_ascii=False, default=sorted)
    content = f'{{"code": "{_code()}", "words": {_words(chosen.lexicon_folder)}, "settings": {settings}}}'
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@cache
def _code() -> str:
    return package_digest(READING_PACKAGES)


@cache
def _words(lexicon_folder: Path | None) -> str:
    """All lists in force as JSON; they are read once a process."""
    return json.dumps(word_lists(lexicon_folder), ensure_ascii=False, default=sorted)
