"""Writes workbooks row by row: no active formula, and the same rows give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from xuanpin.pipelines.typed.cells import harmless

WIDTH = 18
"""Width of a column in characters, where nothing else is said."""
_OPTIONS = {
    # A row is written out when the next one begins, so memory does not grow with the sheet.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "remove_timezone": True,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}


@dataclass(frozen=True)
class Sheet:
    """One sheet: its `title`, the names of its columns (`head`), its `rows` below them and the width of columns by name
    (`widths`, in characters), where it is not WIDTH.

    The names are bold, stay in sight and filter their columns; so do the first two columns where there are more.
    """

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: dict[str, int]


def write_workbook(out: IO[bytes], sheets: Sequence[Sheet], day: date | None = None) -> None:
    """Write a workbook of these `sheets` to `out`, a file open for writing; `day` is when it says it was made.

    Texts are made harmless; None is an empty cell, and so is a number that is not finite.
    """
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        if day is not None:
            book.set_properties({"created": datetime.combine(day, time())})
        bold, days = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            # A plain date has no time to show.
            page.add_write_handler(
                date, lambda page, row, column, value, _: page.write_datetime(row, column, value, days)
            )
            _lay_out(page, sheet)
            page.write_row(0, 0, sheet.head, bold)
            last = 0
            for last, row in enumerate(sheet.rows, start=1):
                page.write_row(last, 0, map(_cell, row))
            if last:
                page.autofilter(0, 0, last, len(sheet.head) - 1)


def _lay_out(page: Worksheet, sheet: Sheet) -> None:
    page.freeze_panes(1, 2 if len(sheet.head) > 2 else 0)
    for place, name in enumerate(sheet.head):
        page.set_column(place, place, sheet.widths.get(name, WIDTH))


def _cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return harmless(value)
