"""The arrival of the day's sources: each family of tables is ingested separately, and missing ones are reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial

from xuanpin.pipelines.context import BEIJING, Home, Night, StepCount
from xuanpin.pipelines.errors import SourceLate
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.missing.tonight import holds_for_all_days, may_be_missing
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "reference": ("products", "inventory", "agents", "groups", "overrides", "match_answers", "supplier_offers"),
    "orders": ("orders",),
    "returns": ("returns",),
    "chat": ("chat_messages",),
}
"""Source tables that come together, each family after those that its rows refer to."""


def take_in(night: Night, family: str) -> StepCount:
    """Read what is new of a family; returns rows read and rows admitted.

    The families before it are read with it: its rows refer to theirs, and chat is redacted by names that orders bring.
    Raises SourceLate, keeping what there was, while a table that `[schedule] waits_for` names lacks the day's rows.
    """
    names = list(FAMILIES)
    before = names[: names.index(family) + 1]
    counts = ingest(night, [table for name in before for table in FAMILIES[name]])
    late = {table: newest for table, newest in missing(night).items() if table in FAMILIES[family]}
    if late:
        raise SourceLate(
            phrase(
                "{told}; what is there was kept. Send the day's drop, or take the table out of "
                "[schedule] waits_for if it need not bring rows every day",
                told=tell_missing(night, late),
            )
        )
    return counts


ingest_reference = partial(take_in, family="reference")
ingest_orders = partial(take_in, family="orders")
ingest_returns = partial(take_in, family="returns")
ingest_chat = partial(take_in, family="chat")


def missing(night: Night) -> dict[str, date | None]:
    """The awaited tables that have brought no row of the as-of date or a later one, with the newest day they did bring.

    A later row shows that the day has been exported: days come in order. A row dated in the future shows nothing. A
    table that the settings let be missing is not awaited, nor one of snapshots while its first file holds for all days.
    """
    rows = night.engine.select("newest_arrivals", today=night.now.astimezone(BEIJING).date())
    newest: dict[str, date] = {row["table_name"]: row["newest"] for row in rows.to_pylist()}
    found = {name: newest.get(name) for name in night.settings.schedule.waits_for if _is_awaited(night, name)}
    return {table: day for table, day in found.items() if day is None or day < night.as_of_date}


def _is_awaited(night: Night, table: str) -> bool:
    return not may_be_missing(night.settings.sources, table) and not holds_for_all_days(night, table)


def tell_missing(night: Night, late: Mapping[str, date | None]) -> Phrase:
    """One line that names the tables that are `late`, without rows for the as-of date, and the newest day of each."""
    parts = [phrase("{table} (newest: {day})", table=table, day=day or phrase("none")) for table, day in late.items()]
    return phrase("no rows of {day} have come of {tables}", day=night.as_of_date, tables=joined(parts))


def has_run(home: Home, list_date: date) -> bool:
    """Whether a list date has a finished run, published or not."""
    return any(home.list_dir(list_date).glob("run=*"))
