"""What people decided on a SKU and remarked about it, from the files of the home and the notes of its newest night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.looking_back.nights import Nights
from xuanpin.pipelines.overrides.waiting import filed_overrides
from xuanpin.pipelines.reporting.notes import read_notes
from xuanpin.pipelines.republishing.records import comments_on


@dataclass(frozen=True)
class SkuDecision:
    """A decision on a SKU, as the files of the home and the notes of a night both tell it.

    Its `action` (pin, ban, clear), from `starts_on` through `ends_on` (None: open end), the `reason`, and by whom it
    is (`author`, `approved_by`).
    """

    action: str
    starts_on: date
    ends_on: date | None
    reason: str
    author: str
    approved_by: str | None


@dataclass(frozen=True)
class Remark:
    """A comment: its `text`, `by` whom, when (`made_at`, zone-aware) and on the list of which date (`list_date`)."""

    text: str
    by: str
    made_at: datetime
    list_date: str


def decisions_on(home: Home, nights: Nights, sku_id: str) -> list[SkuDecision]:
    """Return the decisions on the SKU `sku_id`, the one that starts last first.

    Those in the files of the home are told as they stand now; what came in a drop of the platform, as the newest of the
    `nights` that left notes knew it.
    """
    filed = {row.override_id: row for row in filed_overrides(home) if row.sku_id == sku_id}
    own = [
        SkuDecision(row.action, row.starts_on, row.ends_on, row.reason, row.author, row.approved_by)
        for row in filed.values()
    ]
    told = [_noted(row) for row in _notes(home, nights) if row["sku_id"] == sku_id and row["override_id"] not in filed]
    return sorted(own + told, key=lambda one: (one.starts_on, one.action, one.reason), reverse=True)


def remarks_on(home: Home, sku_id: str) -> list[Remark]:
    """Return the comments on the SKU `sku_id`, the newest first."""
    return [Remark(one.reason, one.by, one.at, one.list_date) for one in comments_on(home, sku_id)]


def _notes(home: Home, nights: Nights) -> list[dict[str, Any]]:
    for run in nights:
        notes = read_notes(run_store.run_folder(home, run))
        if notes is not None:
            return list(notes.overrides)
    return []


def _noted(row: dict[str, Any]) -> SkuDecision:
    starts_on = date.fromisoformat(row["starts_on"])
    ends_on = None if row["ends_on"] is None else date.fromisoformat(row["ends_on"])
    second = row["approved_by"] or None
    return SkuDecision(row["action"], starts_on, ends_on, row["reason"], row["author"], second)
