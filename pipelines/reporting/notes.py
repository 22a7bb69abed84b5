"""Leaves beside a run what its report says that no published table holds, so that it can be shown without the
warehouse.

It holds no words of customers and names nobody but those who decided on overrides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.home_files import UNREADABLE
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows
from xuanpin.pipelines.reporting.findings import Finding, findings
from xuanpin.pipelines.reporting.override_outcomes import outcome_key

NOTES = "notes.json"
"""File of a run with its notes."""
OVERRIDE_COLUMNS = (
    "override_id", "sku_id", "title", "action", "starts_on", "ends_on", "reason", "author", "approved_by", "state",
    "list_rank", "refusal_code",
)  # fmt: skip


@dataclass(frozen=True)
class NightNotes:
    """Hold the notes of a night.

    `findings` are those of the report, the serious first; `quarantine` counts rows that are set aside by table, state
    and rules; `overrides` are merchandisers' decisions as the night knew them, with `outcome`, the key of the text that
    says whether the list follows each.
    """

    findings: tuple[Finding, ...]
    quarantine: ReportRows
    overrides: ReportRows


def write_notes(facts: ReportContent, folder: Path) -> None:
    """Write the notes on the report's `facts` into a run's `folder`; the same facts give the same bytes."""
    overrides = [
        {name: _plain(row[name]) for name in OVERRIDE_COLUMNS} | {"outcome": outcome_key(row)}
        for row in facts.overrides
    ]
    told = [
        {"key": found.key, "section": found.section, "values": found.values, "is_serious": found.is_serious}
        for found in findings(facts)
    ]
    content = {"findings": told, "quarantine": facts.quarantine, "overrides": overrides}
    run_store.replace_json(folder / NOTES, content)


def read_notes(folder: Path) -> NightNotes | None:
    """Return the notes of the run in `folder`; None where it has none, as runs of earlier releases."""
    try:
        content = json.loads((folder / NOTES).read_text(encoding="utf-8"))
        told = tuple(Finding(**found) for found in content["findings"])
        return NightNotes(told, content["quarantine"], content["overrides"])
    except UNREADABLE:
        return None


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, str)) else str(value)
