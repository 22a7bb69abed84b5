"""Writes the report as a workbook: the same facts as plain sheets that sort and filter in any spreadsheet."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from xuanpin.pipelines.contracts import reason_sentence
from xuanpin.pipelines.overrides.sheet import COLUMNS, SHEET
from xuanpin.pipelines.reporting.alarms import alarm_sheet
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows
from xuanpin.pipelines.typed.workbooks import Sheet, write_workbook

# Rows of a sheet that a person still scrolls through; what is longer belongs in the published tables.
MOST_ROWS = 5_000
WIDTHS = {"reasons": 48, "title": 48, "alarm": 60, "skus": 48}
KEPT_SENTENCES = 4_096
"""Sentences that are kept, because many rows give the same reason with the same numbers."""


def write_report_workbook(facts: ReportContent, path: Path) -> None:
    """Write the workbook; the same facts give the same bytes."""
    sheets = [
        _sheet("今日清单 list", facts.listed),
        _sheet("打分卡 scorecard", facts.scorecard),
        _sheet("变化 moves", facts.moves),
        _sheet(SHEET, [{column: row[column] for column in COLUMNS} for row in facts.overrides], COLUMNS),
        _sheet("团长 agents", facts.summaries),
        _sheet("群规模 sizes", facts.sizes),
        _sheet("警报 alarms", alarm_sheet(facts.alarms)),
        _sheet("校准 calibration", facts.calibration),
        _sheet("检查 checks", facts.checks),
        _sheet("隔离区 quarantine", facts.quarantine),
    ]
    with path.open("wb") as out:
        write_workbook(out, sheets, date.fromisoformat(facts.list_date))


def _sheet(title: str, rows: ReportRows, empty: tuple[str, ...] = ("none",)) -> Sheet:
    """Return a sheet of rows under their column names; one without rows has the names in `empty`."""
    head = tuple(rows[0]) if rows else empty
    return Sheet(title, head, ([_cell(row[name]) for name in head] for row in rows[:MOST_ROWS]), WIDTHS)


def _cell(value: Any) -> Any:
    return "\n".join(map(_sentence, value)) if isinstance(value, list) else value


@lru_cache(KEPT_SENTENCES)
def _sentence(reason: str) -> str:
    return reason_sentence(reason, "zh")
