"""What a scheduler is told: which lists are new since the last event that it holds, so that work may start on them.

How far a scheduler has come is in its own last event and nowhere else: what it did not keep, it is told again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.messages.event import body_of
from xuanpin.pipelines.delivery.messages.news import news_of
from xuanpin.pipelines.run_store import journal
from xuanpin.pipelines.settings import Settings

TOLD = ("published", "approved", "recalled", "fallback", "withdrawn", "held")
"""Kinds on which work of others may start: readers see another list, or a brake keeps one from them."""
LAST = "last_number"
"""Field of an event that holds the number of the last entry of the journal that it tells of."""


def scheduler_event(home: Home, settings: Settings, last: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the body of the event on what is new, None where nothing is; `last` is that of the event before, if any.

    The first of all tells of the newest entry alone, as does that after a home was set up anew. One event tells of all
    that is new, in order.
    """
    entries = journal.changes(home)
    newest = entries[-1].number if entries else 0
    known = None if last is None else last.get(LAST)
    after = known if isinstance(known, int) and known <= newest else newest - 1
    new = [entry for entry in entries if entry.number > after and entry.kind in TOLD]
    if not new:
        return None
    return body_of([news_of(home, entry, settings.desk.address) for entry in new]) | {LAST: new[-1].number}
