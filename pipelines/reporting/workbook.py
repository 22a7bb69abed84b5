"""Writes the report as a workbook: the same facts as plain sheets that sort and filter in any spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from xuanpin.pipelines.contracts import reason_sentence
from xuanpin.pipelines.overrides.sheet import COLUMNS, SHEET
from xuanpin.pipelines.reporting.archive import save_timeless
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows
from xuanpin.pipelines.typed.writing import harmless

# A worksheet ends at 1,048,576 rows; what is longer belongs in the published tables.
MOST_ROWS = 100_000


def write_workbook(facts: ReportContent, path: Path) -> None:
    """Write the workbook; the same facts give the same bytes."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = {
        "今日清单 list": facts.listed,
        "打分卡 scorecard": facts.scorecard,
        "变化 moves": facts.moves,
        SHEET: [{column: row[column] for column in COLUMNS} for row in facts.overrides],
        "团长 agents": facts.agents,
        "警报 alarms": facts.alarms,
        "校准 calibration": facts.calibration,
        "检查 checks": facts.checks,
        "隔离区 quarantine": facts.quarantine,
    }
    for title, rows in sheets.items():
        _fill(book.create_sheet(title), rows[:MOST_ROWS], COLUMNS if title == SHEET else ("none",))
    save_timeless(book, path, date.fromisoformat(facts.list_date))


def _fill(sheet: Worksheet, rows: ReportRows, empty: Sequence[str]) -> None:
    """Write rows under their column names; a sheet without rows has the names in `empty`."""
    columns = list(rows[0]) if rows else list(empty)
    sheet.append(columns)
    for row in rows:
        sheet.append([_cell(row[column]) for column in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = 48 if column in ("reasons", "title") else 18
    sheet.freeze_panes = "C2" if len(columns) > 2 else "A2"
    if rows:
        sheet.auto_filter.ref = sheet.dimensions


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "\n".join(reason_sentence(reason, "zh") for reason in value)
    if isinstance(value, Decimal):
        return float(value)
    return harmless(value)
