"""Reads the sheets of workbooks (xlsx, xlsm, xlsb, xls, ods) and tables of web pages saved under such names."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.header import Header, Wanted, find_header
from xuanpin.pipelines.ingest.formats.misread import has_short_cells, is_locked
from xuanpin.pipelines.ingest.formats.packing import CHUNK, ZIP, chunks, head, is_workbook
from xuanpin.pipelines.ingest.formats.records import Record
from xuanpin.pipelines.ingest.formats.workbook_size import memory_of
from xuanpin.pipelines.ingest.places import name_matches
from xuanpin.pipelines.typed.phrase import listed, phrase

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST = 1 << 30
"""Bytes of a workbook's parts, unpacked, beyond which it is not opened: a million rows of an order table need half."""
_CALM, _SWELLING, _MOST = 1 << 29, 300, 6 << 30
"""Bytes of memory that any workbook may take, factor of its own size that a larger one may, and bytes that none may."""
_EXACT = 10**15
"""The least number of which a spreadsheet does not keep every digit."""
_SEALED = "EncryptedPackage".encode("utf-16-le")
"""Name of the part of an OLE file that holds an encrypted workbook."""
_SAVE = phrase("open it in a spreadsheet program, save it as xlsx or CSV, and send that")
_UNREADABLE = phrase("is a workbook that cannot be read (truncated, damaged, or a document of another kind)"), _SAVE
"""What is wrong with a file that has the beginning of a workbook, and what to do."""
_SHORT = phrase("is a binary workbook with cells that would be lost, as they do not name their column"), _SAVE
_LOCKED = phrase("is a workbook with a password"), phrase("send it without one")

Cell = int | float | str | bool | time | date | datetime | timedelta


def holds_sheets(file: Path) -> bool:
    """Tell whether a file is a workbook, by its content."""
    start = head(file, 8)
    return start == _OLE or (start.startswith(ZIP) and is_workbook(file))


def ending(file: Path) -> str:
    """Return the ending for the name of a workbook, by the content of `file`: the reader goes by it, senders err."""
    if head(file, 8) == _OLE:
        is_sealed = any(_SEALED in b"".join(pair) for pair in pairwise([b"", *chunks(file)]))
        return ".xlsx" if is_sealed else ".xls"
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
    return ".xlsb" if "xl/workbook.bin" in names else ".ods" if {"mimetype", "content.xml"} & names else ".xlsx"


@dataclass(frozen=True)
class Sheet:
    """The sheet of a workbook that is read: its header and rows, and the names of others that have rows too."""

    header: Header
    rows: Iterator[Record]
    others: tuple[str, ...]


@contextmanager
def open_sheet(drop: Drop, file: Path, wanted: Wanted) -> Iterator[Sheet]:
    """Open the first sheet of a workbook (`file`, named by its `ending`) that has most of the wanted columns.

    Raises InputRefused for a workbook that is damaged, protected, too large, or without any row.
    """
    _refuse_large(drop, file)
    _refuse_misread(drop, file)
    try:
        with CalamineWorkbook.from_path(file) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            names = _wanted_sheets(drop, wanted, names)
            found = {name: header for name in names if (header := find_header(drop, wanted, _rows(book, name)))}
            if not found:
                raise refused(drop, phrase("is a workbook without any row"), phrase("send it again"))
            chosen = max(found, key=lambda name: wanted.found(found[name].names))
            others = tuple(name for name in found if name != chosen)
            yield Sheet(found[chosen], _rows(book, chosen), others)
    except PasswordError:
        raise refused(drop, *_LOCKED) from None
    except CalamineError:
        raise refused(drop, *_UNREADABLE) from None


def sheet_names(drop: Drop, file: Path) -> tuple[str, ...]:
    """Return the names of the sheets of cells that a workbook (`file`, named by its `ending`) has.

    Raises InputRefused for one that is damaged or protected.
    """
    _refuse_misread(drop, file)
    try:
        with CalamineWorkbook.from_path(file) as book:
            return tuple(sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet)
    except PasswordError:
        raise refused(drop, *_LOCKED) from None
    except CalamineError:
        raise refused(drop, *_UNREADABLE) from None


def _wanted_sheets(drop: Drop, wanted: Wanted, names: list[str]) -> list[str]:
    """Return those of a workbook's sheets that may be read; raise InputRefused where settings name one that is not
    there."""
    if wanted.sheet is None:
        return names
    meant = [name for name in names if name_matches(wanted.sheet, name)]
    if not meant:
        raise refused(
            drop,
            phrase("has no sheet {sheet} (it has {names})", sheet=wanted.sheet, names=listed(names)),
            phrase("send it with that sheet, or name another one in [sources.tables.{table}] sheet", table=drop.table),
        )
    return meant


def _refuse_large(drop: Drop, file: Path) -> None:
    """Unpack all parts without keeping them: the size that a workbook states may be false."""
    if head(file, 8) == _OLE:
        return
    try:
        with zipfile.ZipFile(file) as archive:
            size = 0
            for name in archive.namelist():
                with archive.open(name) as part:
                    while chunk := part.read(CHUNK):
                        size += len(chunk)
                        if size > _LARGEST:
                            raise refused(
                                drop, phrase("is a workbook of over a gibibyte unpacked"), phrase("send CSV or Parquet")
                            )
            _refuse_swelling(drop, archive, file.stat().st_size)
    except (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError, OSError):
        raise refused(drop, *_UNREADABLE) from None


def _refuse_swelling(drop: Drop, archive: zipfile.ZipFile, packed: int) -> None:
    most = min(max(_CALM, _SWELLING * packed), _MOST)
    memory = memory_of(archive, most)
    if memory > most:
        raise refused(
            drop,
            phrase(
                "is a workbook of {packed:,} bytes of which {memory:,} would be in memory", packed=packed, memory=memory
            ),
            phrase("delete cells that stand far outside the table, or send CSV or Parquet"),
        )


def _refuse_misread(drop: Drop, file: Path) -> None:
    if file.suffix == ".xls" and is_locked(file):
        raise refused(drop, *_LOCKED)
    if file.suffix == ".xlsb" and has_short_cells(file):
        raise refused(drop, *_SHORT)


def _rows(book: CalamineWorkbook, name: str) -> Iterator[Record]:
    for number, cells in enumerate(book.get_sheet_by_name(name).iter_rows(), start=1):
        yield Record(number, [cell_text(cell) for cell in cells])


def cell_text(cell: Cell) -> str | None:
    """Write a cell as a person reads it: days and times in ISO form, whole numbers without a point."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number_text(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _number_text(number: int | float) -> str:
    """Write a number with the digits that a spreadsheet keeps: one of more has lost the others, and is no id."""
    if abs(number) >= _EXACT:
        return f"{number:.14e}"
    return str(int(number)) if number == int(number) else repr(number)


def page_rows(text: Iterable[str]) -> Iterator[Record]:
    """Yield the rows of the tables of a web page (`text`), which back offices save under the name of a workbook."""
    page = _Page()
    for piece in text:
        page.feed(piece)
        yield from page.taken()
    page.close()
    yield from page.taken()


class _Page(HTMLParser):
    """Collects the cells of table rows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._rows: list[Record] = []
        self._cells: list[str | None] = []
        self._text: list[str] | None = None
        self._number = 0

    def taken(self) -> list[Record]:
        """Return the rows that are complete, each once."""
        rows, self._rows = self._rows, []
        return rows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th"):
            self._end_cell()
            self._text = []
        elif tag == "tr":
            self._end_row()
        elif tag == "br" and self._text is not None:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _end_cell(self) -> None:
        if self._text is not None:
            self._cells.append("".join(self._text).strip() or None)
        self._text = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._cells:
            self._number += 1
            self._rows.append(Record(self._number, self._cells))
        self._cells = []
