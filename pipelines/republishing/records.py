"""Reads who has decided what on a list date: approvals, rejections, recalls and comments in HOME/reviews."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_files import UNREADABLE
from xuanpin.pipelines.typed.plain_files import require_plain

LIST_DECISIONS = ("approve", "reject", "unpublish", "recall")
"""Decisions after which a list date shows another list, or the same one by another right."""
COMMENT = "comment"
KEPT_FILES = 20_000
"""Files whose content is remembered; a record never changes under its name but by being given again."""


@dataclass(frozen=True)
class Record:
    """Hold one record: the `decision`, who decided (`by`) and when (`at`, zone-aware), and the list date.

    `run_id` is that of the run that was decided on, '' for a recall; `sku_id` that of a recall or a comment, else '';
    `reason` may be ''; `until` is the last day of a recall, '' for none.
    """

    decision: str
    by: str
    at: datetime
    list_date: str
    run_id: str
    sku_id: str
    reason: str
    until: str


def records_of(home: Home, list_date: date) -> list[Record]:
    """Return the records of `list_date`, the oldest first; files that cannot be read are left out."""
    found = (
        record
        for kind in (*LIST_DECISIONS, COMMENT)
        for path in home.reviews.glob(f"{kind}-{list_date.isoformat()}-*.json")
        if (record := _record(path)) is not None
    )
    return sorted(found, key=lambda record: (record.at, record.decision, record.sku_id, record.by))


def last_decision(home: Home, list_date: date) -> Record | None:
    """Return the newest decision on the list of `list_date`; None where nobody has decided."""
    decided = [record for record in records_of(home, list_date) if record.decision in LIST_DECISIONS]
    return decided[-1] if decided else None


def comments_on(home: Home, sku_id: str) -> list[Record]:
    """Return what was remarked on `sku_id` on any list date, the newest first."""
    found = (record for path in home.reviews.glob(f"{COMMENT}-*.json") if (record := _record(path)) is not None)
    return sorted((record for record in found if record.sku_id == sku_id), key=lambda record: record.at, reverse=True)


def _record(path: Path) -> Record | None:
    try:
        found = path.stat()
        return _read(path, (found.st_mtime_ns, found.st_size, found.st_ino))
    except UNREADABLE:
        return None


@lru_cache(maxsize=KEPT_FILES)
def _read(path: Path, stamp: tuple[int, int, int]) -> Record:
    """Read a record as it is at the time `stamp`; raises UNREADABLE for a file of another form."""
    require_plain(path, path.parents[1])
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    at = datetime.fromisoformat(content["at"])
    if at.tzinfo is None:
        raise ValueError("a record without a time zone cannot be put in order")
    return Record(
        decision=str(content["decision"]),
        by=str(content["by"]),
        at=at,
        list_date=str(content["list_date"]),
        **{name: str(content.get(name) or "") for name in ("run_id", "sku_id", "reason", "until")},
    )
