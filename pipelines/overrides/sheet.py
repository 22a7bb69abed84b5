"""Writes overrides to a sheet that people edit, CSV or XLSX, and reads the edited sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xuanpin.pipelines.overrides import Override, OverrideRequest
from xuanpin.pipelines.typed.days import read_cell_day
from xuanpin.pipelines.typed.names import clean_name, folded
from xuanpin.pipelines.typed.phrase import Phrase, phrase
from xuanpin.pipelines.typed.sheets import Form, Row, faults_told, read_rows, text_of
from xuanpin.pipelines.typed.words import clean_words
from xuanpin.pipelines.typed.writing import write_rows

COLUMNS = ("override_id", "sku_id", "action", "starts_on", "ends_on", "reason", "author", "approved_by")
SHEET = "人工干预 overrides"
FORM = Form(
    phrase("overrides sheet"),
    COLUMNS,
    ("sku_id", "action", "reason", "author"),
    SHEET,
    phrase("`xuanpin overrides export overrides.xlsx` writes such a sheet"),
)
ACTIONS = {"pin": "pin", "ban": "ban", "clear": "clear", "置顶": "pin", "下架": "ban", "解除安全暂停": "clear"}
DAYS = ("starts_on", "ends_on")


def write_sheet(path: Path, overrides: Sequence[Override]) -> None:
    """Write the overrides to a .csv or .xlsx file, one a row; raises UsageError as `write_rows` does."""
    rows = [[getattr(override, column) for column in COLUMNS] for override in overrides]
    write_rows(path, SHEET, [list(COLUMNS), *rows])


def read_sheet(path: Path) -> list[OverrideRequest]:
    """Read the rows of an edited sheet, or of a report's workbook; rows without a SKU and an action are left out.

    Raises UsageError for a file that is not such a sheet and for dates that cannot be read, naming the rows.
    """
    filled = [
        (number, row) for number, row in read_rows(path, FORM) if text_of(row["sku_id"]) or text_of(row["action"])
    ]
    refusal = faults_told(path, FORM, {_NO_DATE: _wrong_days(filled)}, phrase("Nothing was stored"))
    if refusal is not None:
        raise refusal
    return [requested_override(phrase("row {number}", number=number), row) for number, row in filled]


_NO_DATE = phrase("a date that cannot be read; write it as YYYY-MM-DD, and leave ends_on empty for an open end")


def requested_override(place: str, row: Mapping[str, Any]) -> OverrideRequest:
    """Return the override that a row of a sheet or a filled-in form asks for.

    `place` names the row in messages. Raises ValueError for a date that is none.
    """
    return OverrideRequest(
        place=place,
        override_id=clean_name(text_of(row.get("override_id"))) or None,
        sku_id=clean_name(text_of(row["sku_id"])),
        action=ACTIONS.get(folded(text_of(row["action"])), text_of(row["action"])),
        starts_on=_day(row, "starts_on"),
        ends_on=_day(row, "ends_on"),
        reason=clean_words(text_of(row["reason"])),
        author=clean_words(text_of(row["author"])),
        approved_by=clean_words(text_of(row.get("approved_by"))) or None,
    )


def _day(row: Mapping[str, Any], column: str) -> date | None:
    cell = row.get(column)
    return read_cell_day(text_of(cell) if isinstance(cell, str) else cell)


def _wrong_days(rows: Sequence[Row]) -> list[Phrase]:
    wrong = []
    for number, row in rows:
        for column in DAYS:
            try:
                _day(row, column)
            except ValueError as error:
                wrong.append(
                    phrase(
                        "row {number} {column} ({text} {error})",
                        number=number,
                        column=column,
                        text=text_of(row.get(column))[:20],
                        error=error,
                    )
                )
    return wrong
