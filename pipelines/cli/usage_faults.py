"""What the library says of a mistyped command line, as messages that can be said in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xuanpin.pipelines.typed.phrase import Phrase, as_is, phrase

KNOWN: Sequence[Phrase] = (
    phrase("{fault}. Did you mean {names}?", fault="", names=""),
    phrase("{fault} (Possible options: {names})", fault="", names=""),
    phrase("No such command {name}", name=""),
    phrase("No such option: {name}", name=""),
    phrase("Missing command"),
    phrase("Missing option {name}", name=""),
    phrase("Missing argument {name}", name=""),
    phrase("Option {name} requires an argument", name=""),
    phrase("Option {name} does not take a value", name=""),
    phrase("Got unexpected extra argument(s) ({words})", words=""),
    phrase("Invalid value for {name}: {fault}", name="", fault=""),
    phrase("{value} is not one of {names}", value="", names=""),
    phrase("{value} is not in the range {range}", value="", range=""),
    phrase("{name} (env var: {variable})", name="", variable=""),
    phrase("Input should be greater than or equal to {least}", least=""),
    phrase("Input should be less than or equal to {most}", most=""),
    phrase("Input should be a valid integer, unable to parse string as an integer"),
    phrase("Input should be a valid number, unable to parse string as a number"),
)
"""The library's messages, with names for what differs; one is tried after the other."""


def usage_fault(text: str) -> Phrase:
    """Return the library's message `text` as a phrase without its full stop; what is not KNOWN stays as it is."""
    plain = text.replace("Value error, ", "").strip().removesuffix(".")
    for known in KNOWN:
        found = _pattern(known).fullmatch(plain)
        if found:
            return Phrase(plain, known.template, {name: usage_fault(part) for name, part in found.groupdict().items()})
    return as_is(plain)


def _pattern(known: Phrase) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(known.template or "")), re.DOTALL)
