"""Takes numbers out of incoming messages that somebody sent in parts, one message after another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from xuanpin.models.text.spans import Span
from xuanpin.models.text.split_numbers import find_split_numbers
from xuanpin.models.text.written_digits import ODD_DIGITS, SPOKEN
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.statements import rows

WITHIN = timedelta(minutes=10)
"""Time between two messages of one person that may hold parts of one number."""
LONGEST = 60
"""Characters of a message that may hold a part; whoever sends a number in parts writes little beside it."""
_DIGIT = f"[0-9０-９{''.join(SPOKEN.values())}{ODD_DIGITS}]"
_PART = rf"^\s*{_DIGIT}{{2}}|{_DIGIT}\s*$"


def join_split_numbers(engine: Engine) -> None:
    """Replace the parts of numbers in temp.incoming, the new messages, before anything of them is stored.

    Parts that come in different batches are not found: each batch is read by itself, so that a day gives the same rows
    whenever it is read.
    """
    found = list(_parts(engine.select("number_parts", longest=LONGEST, pattern=_PART).to_pylist()))
    if found:
        engine.execute(
            rows.parts_replaced(),
            rows=[row_no for row_no, _ in found],
            starts=[span.start for _, span in found],
            ends=[span.end for _, span in found],
            kinds=[span.replacement for _, span in found],
        )


def _parts(messages: list[dict[str, Any]]) -> Iterator[tuple[int, Span]]:
    for together in _spoken_together(messages):
        for place, span in find_split_numbers([message["text"] for message in together]):
            yield together[place]["row_no"], span


def _spoken_together(messages: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Messages of one person in one group, each shortly after the one before."""
    together: list[dict[str, Any]] = []
    for message in messages:
        if together and not _follows(together[-1], message):
            yield together
            together = []
        together.append(message)
    if len(together) > 1:
        yield together


def _follows(earlier: dict[str, Any], later: dict[str, Any]) -> bool:
    if None in (earlier["sent_at"], later["sent_at"]) or earlier["sender_id"] is None:
        return False
    is_same = (earlier["group_id"], earlier["sender_id"]) == (later["group_id"], later["sender_id"])
    return bool(is_same and later["sent_at"] - earlier["sent_at"] <= WITHIN)
