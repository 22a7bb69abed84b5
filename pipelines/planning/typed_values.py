"""Numbers and limits of a draft as people type them; `field` is what a message calls the value."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import Phrase, phrase

SHOWN = 40
"""Characters of what was typed that a message shows."""
MOST, FEWEST_DIGITS = 10**9, -12
"""Bounds of what is read: a number of a thousand digits takes long to read, and nobody means it."""


def typed_number(field: Phrase, typed: str) -> Decimal:
    """Return the number that was `typed`; raises UsageError where it is none, or none that anybody means."""
    try:
        number = Decimal(typed)
    except InvalidOperation as error:
        raise UsageError(
            phrase("{field}: {typed!r} is no number; write one such as 5", field=field, typed=typed[:SHOWN])
        ) from error
    if not number.is_finite() or abs(number) >= MOST or number.adjusted() < FEWEST_DIGITS:
        raise UsageError(
            phrase("{field}: {typed!r} is out of range; write a number such as 5", field=field, typed=typed[:SHOWN])
        )
    return number


def typed_count(field: Phrase, typed: str) -> int:
    """Return the whole number that was `typed`; raises UsageError where it is none."""
    number = typed_number(field, typed)
    if number != number.to_integral_value():
        raise UsageError(
            phrase("{field}: {typed!r} is no whole number; write one such as 5", field=field, typed=typed[:SHOWN])
        )
    return int(number)


def typed_limits(field: Phrase, lines: Iterable[str]) -> dict[str, int]:
    """Return SKUs by category as `lines` say them, category=number each; raises UsageError for a line that does not.

    A category is written as the catalogue has it, so nothing but the sign between is made plain.
    """
    limits = {}
    for line in filter(None, map(str.strip, lines)):
        path, sign, count = line.replace("＝", "=").rpartition("=")
        if not sign or not path.strip():
            raise UsageError(
                phrase(
                    "{field}: {typed!r} is no limit; write category=number, one a line",
                    field=field,
                    typed=line[:SHOWN],
                )
            )
        limits[path.strip()] = typed_count(field, count.strip())
    return limits
