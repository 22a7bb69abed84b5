"""Writes workbooks (Office Open XML, ECMA-376) row by row: the same rows give the same bytes, and a sheet of a hundred
thousand cells takes a tenth of a second."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any
from xml.sax.saxutils import escape

from xuanpin.pipelines.typed.cells import harmless

INSTANT = (1980, 1, 1, 0, 0, 0)
"""Time of every entry: ZIP cannot say a year before 1980, and a fixed one keeps the file the same from run to run."""
ROWS_AT_ONCE = 500
"""Rows that are packed together: enough for speed, few enough for memory."""
WIDTH = 18
"""Width of a column in characters, where nothing else is said."""
_EPOCH = datetime(1899, 12, 30)
"""Day 0 of a sheet's dates."""
_BOLD, _DATE, _MOMENT = 1, 2, 3
"""Styles of the cells, as they stand in _STYLES."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGED = "application/vnd.openxmlformats-package"
_STYLES = (
    f'<styleSheet {_MAIN}><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


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
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for name, body in _frame([sheet.title for sheet in sheets], day).items():
            book.writestr(_entry(name), _HEAD + body)
        for number, sheet in enumerate(sheets, start=1):
            with book.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w") as part:
                part.writelines(piece.encode() for piece in _sheet_pieces(sheet))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, INSTANT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _frame(titles: Sequence[str], day: date | None) -> dict[str, str]:
    """Return the parts of a workbook beside its sheets, by name."""
    numbered = list(enumerate(titles, start=1))
    links = [(f"rId{number}", f"{_OFFICE}/worksheet", f"worksheets/sheet{number}.xml") for number, _ in numbered]
    listed = "".join(
        f'<sheet name={_quoted(title)} sheetId="{number}" r:id="rId{number}"/>' for number, title in numbered
    )
    overrides = [(f"xl/{target}", f"{_KIND}.worksheet+xml") for _, _, target in links]
    overrides += [("xl/workbook.xml", f"{_KIND}.sheet.main+xml"), ("xl/styles.xml", f"{_KIND}.styles+xml")]
    roots = [("rId1", f"{_OFFICE}/officeDocument", "xl/workbook.xml")]
    parts = {
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations([*links, ("rIdStyles", f"{_OFFICE}/styles", "styles.xml")]),
        "xl/styles.xml": _STYLES,
    }
    if day is not None:
        roots.append(("rId2", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"))
        overrides.append(("docProps/core.xml", f"{_PACKAGED}.core-properties+xml"))
        parts["docProps/core.xml"] = _core(day)
    return {"[Content_Types].xml": _content_types(overrides), "_rels/.rels": _relations(roots), **parts}


def _content_types(overrides: Iterable[tuple[str, str]]) -> str:
    named = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{_PACKAGED}.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{named}</Types>'
    )


def _relations(links: Iterable[tuple[str, str, str]]) -> str:
    rows = "".join(f'<Relationship Id="{key}" Type="{kind}" Target="{to}"/>' for key, kind, to in links)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _core(day: date) -> str:
    stamp = f'xsi:type="dcterms:W3CDTF">{day.isoformat()}T00:00:00Z'
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dcterms:created {stamp}</dcterms:created><dcterms:modified {stamp}</dcterms:modified></cp:coreProperties>"
    )


def _sheet_pieces(sheet: Sheet) -> Iterator[str]:
    letters = [_letters(place) for place in range(len(sheet.head))]
    yield f"{_HEAD}<worksheet {_MAIN}>{_view(len(letters))}{_columns(sheet)}<sheetData>"
    yield _row(1, letters, sheet.head, f' s="{_BOLD}"')
    numbered, last = enumerate(sheet.rows, start=2), 1
    while piece := [_row(number, letters, row) for number, row in islice(numbered, ROWS_AT_ONCE)]:
        last += len(piece)
        yield "".join(piece)
    filtered = f'<autoFilter ref="A1:{letters[-1]}{last}"/>' if last > 1 else ""
    yield f"</sheetData>{filtered}</worksheet>"


def _view(columns: int) -> str:
    left, corner, pane = (' xSplit="2"', "C2", "bottomRight") if columns > 2 else ("", "A2", "bottomLeft")
    frozen = f'<pane{left} ySplit="1" topLeftCell="{corner}" activePane="{pane}" state="frozen"/>'
    return f'<sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'


def _columns(sheet: Sheet) -> str:
    widths = [sheet.widths.get(name, WIDTH) for name in sheet.head]
    named = (f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, start=1))
    return f"<cols>{''.join(named)}</cols>"


def _row(number: int, letters: Sequence[str], cells: Sequence[Any], style: str = "") -> str:
    filled = [
        f'<c r="{letter}{number}"{style}{body}</c>'
        for letter, cell in zip(letters, cells, strict=True)
        if (body := _BODIES.get(type(cell), _text)(cell))
    ]
    return f'<row r="{number}">{"".join(filled)}</row>'


def _letters(place: int) -> str:
    """Return the name of the column at a place, from 0: A to Z, AA and so on."""
    rest, letter = divmod(place, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + letter)


def _quoted(text: str) -> str:
    return '"' + escape(text, {'"': "&quot;"}) + '"'


def _text(value: Any) -> str:
    return f' t="inlineStr"><is><t xml:space="preserve">{escape(harmless(str(value)))}</t></is>'


def _number(value: float | Decimal) -> str:
    return f"><v>{value}</v>" if math.isfinite(value) else ""


def _truth(value: bool) -> str:
    return f' t="b"><v>{value:d}</v>'


def _day(value: date) -> str:
    return f' s="{_DATE}"><v>{(value - _EPOCH.date()).days}</v>'


def _moment(value: datetime) -> str:
    return f' s="{_MOMENT}"><v>{(value.replace(tzinfo=None) - _EPOCH).total_seconds() / 86_400}</v>'


_BODIES: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "",
    bool: _truth,
    int: _number,
    float: _number,
    Decimal: _number,
    date: _day,
    datetime: _moment,
}
"""How a value's cell goes on after its place, by type; "" leaves the cell out. All others are texts."""
