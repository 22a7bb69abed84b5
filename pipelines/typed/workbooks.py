"""Writes workbooks row by row: no active formula, and the same rows give the same bytes.

A library that knows all of a workbook takes ten times as long for each cell, and the report has tens of thousands.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import IO, Any, NamedTuple
from xml.sax.saxutils import escape

from xuanpin.pipelines.typed.cells import harmless
from xuanpin.pipelines.typed.workbook_parts import HEAD, MAIN, Place, Styles, column_letters, parts

WIDTH = 18
"""Width of a column in characters, where nothing else is said."""
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
"""Formats of dates and moments whose column has none."""
KEPT_TEXTS = 4_096
"""Texts that are kept as they are written, because columns repeat them."""
_PADDING = 0.7109375
"""What a column of so many characters is wider than they are."""
_FIRST_DAY = datetime(1899, 12, 30)
"""Day 0 of a workbook."""
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What a workbook would read as a character by its number."""


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


def write_workbook(out: IO[bytes], sheets: Sequence[Sheet], day: date | None = None) -> None:
    """Write a workbook of these `sheets` to `out`, a file open for writing; `day` is when it says it was made.

    Texts are made harmless; None is an empty cell, and so is a number that is not finite. Raises TypeError for a value
    that no cell can hold.
    """
    styles, places = Styles(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for number, sheet in enumerate(sheets, start=1):
            with book.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w") as part:
                places.append(_write_sheet(part, sheet, styles))
        for name, content in parts(places, styles, day):
            book.writestr(_entry(name), content)


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry that looks as if it was made on the first day that an archive knows."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write_sheet(part: IO[bytes], sheet: Sheet, styles: Styles) -> Place:
    heads = [sheet.above, sheet.head] if sheet.above else [sheet.head]
    part.write(_beginning(sheet, len(heads)).encode())
    letters = [column_letters(place) for place in range(len(sheet.head))]
    bold = styles.attribute(is_wrapped=True, is_bold=True)
    for row, names in enumerate(heads, start=1):
        cells = (_text_cell(f"{column}{row}", bold, name) for column, name in zip(letters, names, strict=True))
        part.write(f'<row r="{row}">{"".join(cells)}</row>'.encode())
    forms = sheet.forms or [None] * len(sheet.head)
    wrapped = [name in sheet.wrapped for name in sheet.head]
    columns = [_Column(*shape, styles) for shape in zip(letters, forms, wrapped, strict=True)]
    height = "" if sheet.row_height is None else f' ht="{sheet.row_height:g}" customHeight="1"'
    row = len(heads)
    for row, values in enumerate(sheet.rows, start=len(heads) + 1):
        cells = (column.cell(row, value) for column, value in zip(columns, values, strict=True))
        part.write(f'<row r="{row}"{height}>{"".join(cells)}</row>'.encode())
    place = Place(sheet.title, len(heads), row, len(letters), sheet.printed or len(letters), row == len(heads))
    part.write(_end(place).encode())
    return place


class _Column:
    """Lays out the cells of the column with these `letters`."""

    def __init__(self, letters: str, form: str | None, is_wrapped: bool, styles: Styles) -> None:
        self._letters, self._is_wrapped, self._styles = letters, is_wrapped, styles
        self._usual = styles.attribute(form, is_wrapped=is_wrapped)
        self._day, self._moment = form or DAY, form or MOMENT

    def cell(self, row: int, value: Any) -> str:
        """Return the cell of a `row` with a `value`; an empty one is left out."""
        if value is None or value == "":
            return ""
        name = f"{self._letters}{row}"
        if isinstance(value, str):
            return _text_cell(name, self._usual, value)
        if isinstance(value, bool):
            return f'<c r="{name}"{self._usual} t="b"><v>{value:d}</v></c>'
        if isinstance(value, int | float | Decimal):
            return f'<c r="{name}"{self._usual}><v>{value:.16G}</v></c>' if math.isfinite(value) else ""
        return self._with_form(name, *self._shown(value))

    def _shown(self, value: Any) -> tuple[float, str]:
        """A value that brings a format of its own, as a number, and that format."""
        if isinstance(value, Formatted):
            return value.value, value.form
        if isinstance(value, datetime):
            return (value.replace(tzinfo=None) - _FIRST_DAY).total_seconds() / 86_400, self._moment
        if isinstance(value, date):
            return value.toordinal() - _FIRST_DAY.toordinal(), self._day
        raise TypeError(f"a cell holds no {type(value).__name__}")

    def _with_form(self, name: str, number: float, form: str) -> str:
        return f'<c r="{name}"{self._styles.attribute(form, is_wrapped=self._is_wrapped)}><v>{number:.16G}</v></c>'


def _text_cell(name: str, style: str, text: str) -> str:
    return f'<c r="{name}"{style} t="inlineStr"><is><t xml:space="preserve">{_as_text(text)}</t></is></c>'


@lru_cache(KEPT_TEXTS)
def _as_text(text: str) -> str:
    return escape(_ESCAPED.sub("_x005F_", harmless(text)), {"\r": "_x000D_"})


def _beginning(sheet: Sheet, heads: int) -> str:
    """All that stands before the rows: what stays in sight, and how wide the columns are."""
    frozen = 2 if len(sheet.head) > 2 else 0
    across, pane = (f' xSplit="{frozen}"', "bottomRight") if frozen else ("", "bottomLeft")
    corner = f"{column_letters(frozen)}{heads + 1}"
    widths = (sheet.widths.get(name, WIDTH) + _PADDING for name in sheet.head)
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
        for place, width in enumerate(widths, start=1)
    )
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
        f'<sheetView workbookViewId="0"><pane{across} ySplit="{heads}" topLeftCell="{corner}" activePane="{pane}" '
        f'state="frozen"/><selection pane="{pane}"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f"<cols>{columns}</cols><sheetData>"
    )


def _end(place: Place) -> str:
    """All that stands behind the rows: what filters them, and how they are printed."""
    names = f"A{place.heads}:{column_letters(place.columns - 1)}{place.last}"
    filtered = "" if place.is_empty else f'<autoFilter ref="{names}"/>'
    return (
        f"</sheetData>{filtered}"
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"/>'
        "<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter></worksheet>"
    )
