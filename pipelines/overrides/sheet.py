"""Writes overrides to a sheet that people edit, CSV or XLSX, and reads the edited sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.overrides import Override, OverrideRequest

COLUMNS = ("override_id", "sku_id", "action", "starts_on", "ends_on", "reason", "author", "approved_by")
SHEET = "人工干预 overrides"
ACTIONS = {"pin": "pin", "ban": "ban", "置顶": "pin", "下架": "ban"}
REQUIRED = ("sku_id", "action", "reason", "author")


def write_sheet(path: Path, overrides: Sequence[Override]) -> None:
    """Write the overrides to a .csv or .xlsx file, one a row."""
    rows = [[getattr(override, column) for column in COLUMNS] for override in overrides]
    if path.suffix.lower() == ".xlsx":
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet(SHEET)
        for row in (list(COLUMNS), *rows):
            sheet.append([escape_formula(cell) for cell in row])
        book.save(path)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(["" if cell is None else escape_formula(cell) for cell in row] for row in rows)


def read_sheet(path: Path) -> list[OverrideRequest]:
    """Read the rows of an edited sheet, or of a report's workbook; rows without a SKU and an action are left out.

    Raises UsageError for a file that is not such a sheet and for dates that cannot be read, naming the rows.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist; `xuanpin overrides export {path.name}` writes such a sheet")
    rows = _xlsx_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path)
    header = [_text(cell) for cell in next(rows, ())]
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise UsageError(f"{path} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    numbered = ((number, dict(zip(header, row, strict=False))) for number, row in enumerate(rows, start=2))
    filled = [(number, row) for number, row in numbered if _text(row["sku_id"]) or _text(row["action"])]
    _refuse_dates(path, filled)
    return [requested_override(f"row {number}", row) for number, row in filled]


def escape_formula(value: Any) -> Any:
    """Return `value`, with a quote before a text that starts like a formula: a spreadsheet keeps it as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value


def requested_override(place: str, row: Mapping[str, Any]) -> OverrideRequest:
    """Return the override that a row of a sheet or a filled-in form asks for.

    `place` names the row in messages. Raises ValueError for a date that is none.
    """
    return OverrideRequest(
        place=place,
        override_id=_text(row.get("override_id")) or None,
        sku_id=_text(row["sku_id"]),
        action=ACTIONS.get(_text(row["action"]).lower(), _text(row["action"])),
        starts_on=_date(row.get("starts_on")),
        ends_on=_date(row.get("ends_on")),
        reason=_text(row["reason"]),
        author=_text(row["author"]),
        approved_by=_text(row.get("approved_by")) or None,
    )


def _refuse_dates(path: Path, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    wrong = []
    for number, row in rows:
        for column in ("starts_on", "ends_on"):
            try:
                _date(row.get(column))
            except ValueError:
                wrong.append(f"row {number} {column}")
    if wrong:
        named = ", ".join(wrong[:3])
        raise UsageError(f"{path}: {len(wrong)} dates cannot be read ({named}); write them as YYYY-MM-DD")


def _date(value: Any) -> date | None:
    """Return a date as spreadsheets write it: a date cell, 2026-11-22 or 2026/11/22."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    text = _text(value)
    return datetime.strptime(text.replace("/", "-"), "%Y-%m-%d").date() if text else None


def _text(value: Any) -> str:
    """Return the cell's text without the mark that keeps it from being a formula."""
    text = "" if value is None else str(value).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"} else text


def _xlsx_rows(path: Path) -> Iterator[Any]:
    try:
        book = openpyxl.load_workbook(path, read_only=True)
    except (OSError, KeyError, ValueError, InvalidFileException) as error:
        raise UsageError(f"{path} is not a workbook that can be read; save it as .xlsx or .csv") from error
    sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
    return iter(sheet.iter_rows(values_only=True))


def _csv_rows(path: Path) -> Iterator[Any]:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return iter(list(csv.reader(io.StringIO(content.decode(encoding)))))
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{path} is neither UTF-8 nor GB18030; save it as CSV UTF-8")
