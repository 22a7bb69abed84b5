"""Finds messages that hold SKUs which have left the list since, after a recall or another run of the same list date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.outbox.ledger import Entry, Ledger, event_of

OUT = ("written", "sending", "handed", "sent")
"""States of a message that its group has or may get."""


def listed_skus(home: Home, run: run_store.CurrentRun) -> frozenset[str]:
    """Return the SKUs of the list of a `run`."""
    return frozenset(run_store.read_table(home, run, "sku_list", ["sku_id"])["sku_id"].to_pylist())


def gone_skus(entry: Entry, listed: Collection[str]) -> list[str]:
    """Return the SKUs of a message that are not `listed` any more."""
    return [sku for sku in entry.sku_ids if sku not in listed]


def _untold(entry: Entry, listed: Collection[str]) -> list[str]:
    return [sku for sku in gone_skus(entry, listed) if sku not in entry.withdrawn]


def note_withdrawn(ledger: Ledger, listed: Collection[str], now: datetime) -> int:
    """Note in the `ledger`, at time `now`, of which SKUs agents have to be told that they are not `listed` any more;
    return how many messages hold such.

    No second message goes to a group for it: agents are told one by one.
    """
    gone = [(entry, skus) for entry in ledger.in_state(*OUT) if (skus := _untold(entry, listed))]
    batch = ledger.next_batch()
    ledger.add(
        event_of("withdrawn", now, message_id=entry.message_id, sku_ids=skus, batch=batch) for entry, skus in gone
    )
    return len(gone)
