"""Says what is wrong with a file that the engine could not read, without a word of what it holds."""

from __future__ import annotations

from itertools import pairwise

from xuanpin.pipelines.ingest.formats.packing import RESEND
from xuanpin.pipelines.typed.phrase import Phrase, phrase


def unread_file(told: str) -> tuple[Phrase, Phrase]:
    """Return what is wrong with a file, and the cure, from what the engine `told`, which may quote a row."""
    place = _line_of(told)
    if "duplicate key" in told:
        return phrase("has an object that names a column twice{place}", place=place), phrase("send each column once")
    return phrase("cannot be read to its end{place}", place=place), RESEND


def _line_of(told: str) -> Phrase:
    words = told.replace(":", " ").split()
    for word, following in pairwise(words):
        if word.lower() == "line" and following.rstrip(".,").isdigit():
            return phrase(" (at line {line})", line=following.rstrip(".,"))
    return phrase(" (truncated or damaged)")
