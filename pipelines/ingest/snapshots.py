"""Dates the files of tables of snapshots: each is the whole state of its table at the end of one day.

The day is the one before the file's date, for an export is made once the day is over; the first file of a table holds
for every day before it too, since nobody knows how things stood.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from xuanpin.pipelines.context import BEIJING, Night
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.ingest.drops import STAND_IN_PREFIX, Drop, Ledger
from xuanpin.pipelines.ingest.formats.packing import is_workbook
from xuanpin.pipelines.ingest.members import UNREADABLE, members
from xuanpin.pipelines.missing.tonight import END_OF_DAY

STATE_TIMES = ("updated_at", "as_of_date", "launched_on", "joined_on", "opened_on")
"""Columns that say since when a row of a state holds: what an export of the state often lacks."""
_DATE = re.compile(
    r"(?<!\d)(20\d{2})(?:[-_./](\d{1,2})[-_./](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2})(?:\d{4}|\d{6})?)(?!\d)"
)


def dated(night: Night, table: str, fresh: Sequence[Drop], before: Ledger) -> list[Drop]:
    """Return the `fresh` drops of a source table with the day whose end each shows, where the table is of snapshots.

    `before` is the ledger as it was before these drops were found. A file with the content of an earlier one is read
    again: things may stand as they did once.
    """
    if not getattr(night.settings.sources.tables, table).snapshot:
        return list(fresh)
    days = {drop.path: _date_of(drop, night) for drop in fresh}
    is_begun = any(not path.startswith(STAND_IN_PREFIX) for path in before.stamps)
    first = None if is_begun else min(fresh, key=lambda drop: (days[drop.path], drop.path), default=None)
    earliest = night.settings.ingest.earliest_day
    shown = {drop.path: days[drop.path] - timedelta(days=1) for drop in fresh if drop is not first}
    return [replace(drop, is_repeat=False, shown_on=shown.get(drop.path, earliest)) for drop in fresh]


def _date_of(drop: Drop, night: Night) -> date:
    """Return the latest plausible date in the name of a file, else the day on which it was last written."""
    latest = night.now.astimezone(BEIJING).date() + timedelta(days=1)
    names = f"{drop.path}/{_only_member(drop.file)}"
    named = [day for day in dates_in(names) if night.settings.ingest.earliest_day <= day <= latest]
    written = datetime.fromtimestamp(drop.file.stat().st_mtime, BEIJING).date()
    return max(named, default=written)


def _only_member(file: Path) -> str:
    """Return the name of the only file in a zip archive, '' for any other file: programs pack what they have named."""
    try:
        if not zipfile.is_zipfile(file) or is_workbook(file):
            return ""
        with zipfile.ZipFile(file) as archive:
            names = members(archive)
    except UNREADABLE:
        return ""
    return next(iter(names)) if len(names) == 1 else ""


def dates_in(path: str) -> Iterator[date]:
    """Yield the dates that the name `path` of a file or one of its folders holds, each with its year."""
    for found in _DATE.finditer(path):
        year, *parts = (int(part) for part in found.groups() if part)
        try:
            yield date(year, *parts)
        except ValueError:
            continue


def filling(column: Column, shown_on: date) -> str:
    """Return the text of a time that a file lacks in a `column`: it shows how things stood at the end of `shown_on`."""
    day = shown_on.isoformat()
    return day if column.inside_type == "DATE" else f"{day} {END_OF_DAY}"
