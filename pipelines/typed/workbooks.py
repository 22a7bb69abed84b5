"""Writes workbooks row by row: no active formula, and the same rows give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import IO, Any, NamedTuple

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from xuanpin.pipelines.typed.cells import harmless

WIDTH = 18
"""Width of a column in characters, where nothing else is said."""
DAY = "yyyy-mm-dd"
"""Format of a plain date, which has no time to show."""
_A4 = 9
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "remove_timezone": True,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
Format = Any
"""A format of xlsxwriter's workbook."""
_Formats = Callable[[str | None, bool], Format]


class Formatted(NamedTuple):
    """A cell whose `value` is shown in a number format of its own (`form`), whatever its column has."""

    value: Any
    form: str


@dataclass(frozen=True)
class Sheet:
    """One sheet: its `title`, the names of its columns (`head`), its `rows` below them and the width of columns by name
    (`widths`, in characters), where it is not WIDTH.

    `above` are further names that stand over the head, `forms` the number formats of columns, `wrapped` the names of
    columns whose texts go over several lines; all rows are `row_height` points high where that is given. On paper the
    first `printed` columns are shown, all where it is None. The names are bold, stay in sight and filter their columns;
    so do the first two columns where there are more.
    """

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: dict[str, int]
    above: Sequence[str] = ()
    forms: Sequence[str | None] = ()
    wrapped: Sequence[str] = ()
    row_height: float | None = None
    printed: int | None = None


def write_workbook(out: IO[bytes], sheets: Sequence[Sheet], day: date | None = None, *, is_held: bool = False) -> None:
    """Write a workbook of these `sheets` to `out`, a file open for writing; `day` is when it says it was made.

    Texts are made harmless; None is an empty cell, and so is a number that is not finite. A row is written out when the
    next one begins, so that memory does not grow with the sheet; if `is_held`, all rows are held until the end, which
    takes four fifths of the time.
    """
    with xlsxwriter.Workbook(out, {**_OPTIONS, "constant_memory": not is_held, "in_memory": is_held}) as book:
        if day is not None:
            book.set_properties({"created": datetime.combine(day, time())})
        bold = book.add_format({"bold": True, "valign": "top", "text_wrap": True})

        @cache
        def formats(form: str | None, is_wrapped: bool) -> Format:
            shape = {"valign": "top", "text_wrap": True} if is_wrapped else {}
            return book.add_format({**shape, **({"num_format": form} if form else {})}) if form or shape else None

        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.title), sheet, bold, formats)


def _write_sheet(page: Worksheet, sheet: Sheet, bold: Format, formats: _Formats) -> None:
    heads = [sheet.above, sheet.head] if sheet.above else [sheet.head]
    _lay_out(page, sheet, len(heads))
    for row, names in enumerate(heads):
        page.write_row(row, 0, names, bold)
    wrapped = [name in sheet.wrapped for name in sheet.head]
    columns = [_Column(*shape, formats) for shape in enumerate(zip(_forms(sheet), wrapped, strict=True))]
    last = len(heads) - 1
    for last, cells in enumerate(sheet.rows, start=len(heads)):
        if sheet.row_height is not None:
            page.set_row(last, sheet.row_height)
        for column, cell in zip(columns, cells, strict=True):
            column.write(page, last, cell)
    if last >= len(heads):
        page.autofilter(len(heads) - 1, 0, last, len(sheet.head) - 1)
        page.print_area(0, 0, last, (sheet.printed or len(sheet.head)) - 1)


class _Column:
    """Writes the cells of the column at one `place`."""

    def __init__(self, place: int, shape: tuple[str | None, bool], formats: _Formats) -> None:
        form, self._is_wrapped = shape
        self._place, self._formats = place, formats
        # A moment without a format of its own keeps the workbook's, which shows its time.
        self._usual, self._day = formats(form, self._is_wrapped), formats(form or DAY, self._is_wrapped)

    def write(self, page: Worksheet, row: int, cell: Any) -> None:
        """Write a `cell` by its kind: to let the page find that out takes a large sheet a quarter longer."""
        if isinstance(cell, str) and cell:
            page.write_string(row, self._place, harmless(cell), self._usual)
        elif isinstance(cell, int | float) and math.isfinite(cell) and not isinstance(cell, bool):
            page.write_number(row, self._place, cell, self._usual)
        elif isinstance(cell, date) and not isinstance(cell, datetime):
            page.write_datetime(row, self._place, cell, self._day)
        elif isinstance(cell, Formatted):
            page.write(row, self._place, cell.value, self._formats(cell.form, self._is_wrapped))
        else:
            page.write(row, self._place, None if isinstance(cell, float) else cell, self._usual)


def _forms(sheet: Sheet) -> Sequence[str | None]:
    return sheet.forms or [None] * len(sheet.head)


def _lay_out(page: Worksheet, sheet: Sheet, heads: int) -> None:
    page.freeze_panes(heads, 2 if len(sheet.head) > 2 else 0)
    for place, name in enumerate(sheet.head):
        page.set_column(place, place, sheet.widths.get(name, WIDTH))
    page.set_paper(_A4)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, heads - 1)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&A&R&P / &N")
