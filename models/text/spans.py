"""Places of a text that personal data takes, collected by rules and replaced in one go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple


class Span(NamedTuple):
    """The characters `start` to `end` of a text, and the `replacement` that shall stand for them."""

    start: int
    end: int
    replacement: str


def replaced(text: str, spans: Iterable[Span]) -> str:
    """Return the text with its spans replaced; of those that overlap the one found first stands.

    A longer span that covers it gives it its bounds, so that no rest of personal data stays.
    """
    merged: list[Span] = []
    for _, span in sorted(enumerate(spans), key=lambda found: (found[1].start, found[0])):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = last._replace(end=max(last.end, span.end))
        else:
            merged.append(span)
    for start, end, replacement in reversed(merged):
        text = text[:start] + replacement + text[end:]
    return text


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """Compile an `expression` when it is first looked for: to compile all that find personal data takes a command that
    publishes a fifth of a second."""
    return re.compile(expression)
