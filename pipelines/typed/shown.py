"""Makes texts of others harmless where they are shown: a terminal, a log and a line of either obey no sign in them."""

from __future__ import annotations

import logging
import re

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Signs that move, colour, reorder or end what is shown: control characters but tab and line feed, line and paragraph
separators, and marks of direction."""

_ENDLESS = re.compile(r"(\S{40})\S{460,}")
"""A run of signs longer than any name or path: a value that somebody sent."""


def brief(text: str) -> str:
    """Return `text` with each run of 500 or more signs without a blank cut to its first 40 and their number."""
    return _ENDLESS.sub(lambda found: f"{found[1]}… ({len(found[0]):,} characters)", text)


def shown(text: str) -> str:
    """Write what a terminal would obey in `text` as the number of the sign, which JSON reads as the sign itself."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class OneLine(logging.Formatter):
    """Formats a record as one line, whatever its message holds: nobody writes a line of the log but the program."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`; what follows a traceback's first line is part of it."""
        return shown(super().format(record)).replace("\n", "\\n")
