"""Sheets that people fill in: CSV or XLSX by content; a row is known by its number in the sheet."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.cells import LONGEST_CELL
from xuanpin.pipelines.typed.names import folded, near_names
from xuanpin.pipelines.typed.phrase import Phrase, joined, listed, phrase
from xuanpin.pipelines.typed.texts import LARGEST, decoded, read_bytes

if TYPE_CHECKING:
    import openpyxl

Row = tuple[int, Mapping[str, Any]]
"""A row of a sheet: its number, and its cells by column of the sheet's form."""
_Cells = Sequence[Any]
_ZIP, _OLD_EXCEL, _MARKUP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"<"
_UNPACKED = 512 << 20
"""Bytes that a workbook may unpack to; one that a person filled in needs a hundredth of it."""
_HEADER_ROWS = 20
"""Rows in which the header is looked for; a title or `sep=,` may precede it."""
_DELIMITERS = ",\t;|，"
_UNREADABLE: Mapping[str, Phrase] = {
    said: said for said in (phrase("unexpected end of data"), phrase("',' expected after '\"'"))
}
"""What the reader of CSV says of a quote that is not closed, or not alone."""
_AGAIN = phrase("save it again as .xlsx or as CSV UTF-8")


@dataclass(frozen=True)
class Form:
    """What a kind of sheet looks like.

    `what` is what a message calls it; `columns` are all its columns, of which `required` must be there; `sheet` is the
    sheet of a workbook that holds it (the first one that has the columns where there is none of that name); `source`
    says how to get such a sheet.
    """

    what: Phrase
    columns: tuple[str, ...]
    required: tuple[str, ...]
    sheet: str
    source: Phrase


def read_rows(path: Path, form: Form) -> list[Row]:
    """Return the rows of a sheet that are not blank, each with the cells of the form's columns that the sheet has.

    Cells are texts, or in a workbook what the cell holds; a missing cell is None. Raises UsageError for a file that is
    not such a sheet, for a row with more cells than the header and for a repeated column.
    """
    if path.is_dir() or not path.exists():
        problem = phrase("is a folder") if path.is_dir() else phrase("does not exist")
        raise UsageError(
            phrase("{what} {path} {problem}; {source}", what=form.what, path=path, problem=problem, source=form.source)
        )
    content = read_bytes(form.what, path, form.source)
    is_workbook = content.startswith(_ZIP)
    rows = _workbook(path, form, content) if is_workbook else _text_rows(path, form, content)
    header, names = _header(path, form, rows)
    body = rows[header + 1 :]
    if not is_workbook:
        _refuse_wide_rows(path, form, rows[header][1], body)
    return [
        (number, {name: _cell(row, place) for place, name in names.items()})
        for number, row in body
        if any(_is_filled(cell) for cell in row)
    ]


def text_of(cell: Any) -> str:
    """Return a cell as text, without blanks around it and without the mark that keeps it from being a formula.

    A whole number that a spreadsheet keeps as 12.0 is 12.
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = "" if cell is None else str(cell).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"} else text


def rows_named(numbers: Sequence[int]) -> Phrase:
    """Return row `numbers` as a message names them: "row 3", "rows 3, 4, 5 and 2 more"."""
    return phrase(
        "rows {numbers}" if len(numbers) > 1 else "row {numbers}",
        numbers=listed([str(number) for number in numbers]),
    )


def _header(path: Path, form: Form, rows: list[tuple[int, _Cells]]) -> tuple[int, dict[int, str]]:
    """Return which row is the header, and the place of each of the form's columns in it."""
    forms = {_heading(name): name for name in form.columns}
    found = [[forms.get(_heading(cell), "") for cell in row] for _, row in rows[:_HEADER_ROWS]]
    if not found:
        raise UsageError(
            phrase(
                "{what} {path} is empty; it needs the columns {columns}; {source}",
                what=form.what,
                path=path,
                columns=joined(form.columns),
                source=form.source,
            )
        )
    best = max(range(len(found)), key=lambda at: len(set(form.required) & set(found[at])))
    missing = [name for name in form.required if name not in found[best]]
    if missing:
        seen = [text_of(cell) for cell in rows[best][1]]
        raise UsageError(_lacking(path, form, missing, seen))
    twice = sorted({name for name in found[best] if name and found[best].count(name) > 1})
    if twice:
        raise UsageError(
            phrase(
                "{what} {path} has the column {twice} more than once; keep one of them",
                what=form.what,
                path=path,
                twice=joined(twice),
            )
        )
    return best, {place: name for place, name in enumerate(found[best]) if name}


def _lacking(path: Path, form: Form, missing: list[str], seen: list[str]) -> Phrase:
    near = [
        phrase("{name} (is it {found}?)", name=name, found=found[0]) if (found := near_names(name, seen, 1)) else name
        for name in missing
    ]
    lacking = phrase("{what} {path} has no column {near}", what=form.what, path=path, near=joined(near))
    return phrase(
        "{lacking}; it needs {columns}; {source}", lacking=lacking, columns=joined(form.columns), source=form.source
    )


def _refuse_wide_rows(path: Path, form: Form, header: _Cells, body: list[tuple[int, _Cells]]) -> None:
    """A row with a cell beyond the header's has a comma too many, and its cells are under the wrong names."""
    wide = [number for number, row in body if any(map(_is_filled, row[len(header) :]))]
    if wide:
        raise UsageError(
            phrase(
                "{what} {path}: {rows} {have} more cells than the header; put a cell that holds commas between "
                "double quotes",
                what=form.what,
                path=path,
                rows=rows_named(wide),
                have=phrase("have") if len(wide) > 1 else phrase("has"),
            )
        )


def _cell(row: _Cells, place: int) -> Any:
    return row[place] if place < len(row) else None


def _is_filled(cell: Any) -> bool:
    return cell is not None and bool(str(cell).strip())


def _text_rows(path: Path, form: Form, content: bytes) -> list[tuple[int, _Cells]]:
    if content.startswith(_OLD_EXCEL):
        raise UsageError(
            phrase(
                "{what} {path} is an old workbook (.xls) or has a password; {remedy}, without a password",
                what=form.what,
                path=path,
                remedy=_AGAIN,
            )
        )
    text = decoded(form.what, path, content)
    if text.lstrip().encode()[:1] == _MARKUP:
        raise UsageError(
            phrase(
                "{what} {path} is a web page, whatever its name says; {remedy}",
                what=form.what,
                path=path,
                remedy=_AGAIN,
            )
        )
    if not text.strip():
        return []
    readings = [_parsed(path, form, text, mark) for mark in _DELIMITERS if mark in text] or [[(1, [text])]]
    return max(readings, key=lambda rows: _columns_found(form, rows))


def _columns_found(form: Form, rows: list[tuple[int, _Cells]]) -> int:
    wanted = {_heading(name) for name in form.columns}
    return max((len(wanted & {_heading(cell) for cell in row}) for _, row in rows[:_HEADER_ROWS]), default=0)


def _heading(cell: Any) -> str:
    """A column's name however it is written: SKU ID, sku-id and sku_id are one."""
    return folded(text_of(cell)).replace("_", "").replace("-", "")


def _parsed(path: Path, form: Form, text: str, delimiter: str) -> list[tuple[int, _Cells]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows: list[tuple[int, _Cells]] = []
    try:
        rows.extend(enumerate(reader, start=1))
    except csv.Error as error:
        raise UsageError(
            phrase(
                "{what} {path}: row {row} cannot be read ({error}); a double quote in it is not closed, or a "
                "cell is too long; {remedy}",
                what=form.what,
                path=path,
                row=len(rows) + 1,
                error=_UNREADABLE.get(str(error), error),
                remedy=_AGAIN,
            )
        ) from error
    long = [number for number, row in rows if any(len(cell) > LONGEST_CELL for cell in row)]
    if long:
        raise UsageError(
            phrase(
                "{what} {path}: {rows} cannot be read: a cell has more than {most:,} characters; look whether a "
                "double quote is not closed",
                what=form.what,
                path=path,
                rows=rows_named(long),
                most=LONGEST_CELL,
            )
        )
    return rows


def _workbook(path: Path, form: Form, content: bytes) -> list[tuple[int, _Cells]]:
    # It takes a tenth of a second to load, and most nights read no workbook.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        if size > _UNPACKED:
            raise UsageError(
                phrase(
                    "{what} {path} unpacks to {size:,} bytes; at most {most:,} are read; delete what is not part of "
                    "the sheet",
                    what=form.what,
                    path=path,
                    size=size,
                    most=_UNPACKED,
                )
            )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        return _chosen(form, [list(_sheet_rows(sheet)) for sheet in _sheets(book, form)])
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, ParseError, InvalidFileException) as error:
        raise UsageError(
            phrase(
                "{what} {path} is not a workbook that can be read (damaged); {remedy}",
                what=form.what,
                path=path,
                remedy=_AGAIN,
            )
        ) from error


def _sheets(book: openpyxl.Workbook, form: Form) -> list[Any]:
    return [book[form.sheet]] if form.sheet in book.sheetnames else list(book.worksheets)


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, _Cells]]:
    # What a sheet says of its own size may be a million rows.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > LARGEST // 64:
            raise ValueError(phrase("more rows than a person fills in"))
        if row:
            yield number, row


def _chosen(form: Form, sheets: list[list[tuple[int, _Cells]]]) -> list[tuple[int, _Cells]]:
    return max(sheets, key=lambda rows: _columns_found(form, rows), default=[])


def faults_told(path: Path, form: Form, faults: Mapping[Phrase, Sequence[str]], end: Phrase) -> UsageError | None:
    """Return the error for the faulty rows of a sheet, by what is wrong with them; None where there are none.

    `faults` has the places of rows, such as "row 3 (S1)", by what they have; `end` says whether anything was stored.
    """
    told = [
        phrase("{rows:,} rows with {fault}: {places}", rows=len(rows), fault=fault, places=listed(rows))
        for fault, rows in faults.items()
        if rows
    ]
    return (
        UsageError(phrase("{what} {path}: {told}. {end}", what=form.what, path=path, told=joined(told, ". "), end=end))
        if told
        else None
    )
