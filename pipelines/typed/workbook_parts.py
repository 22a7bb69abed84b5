"""The parts of a workbook (ECMA-376) beside the cells of its sheets, as XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FIRST_FORM = 164
"""Number of the first format of a workbook's own; those below it are every program's."""
_XF = '<xf numFmtId="{form}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"'
_WRAPPED = ' applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'


class Place(NamedTuple):
    """Where a sheet's names are: `title` of the sheet, `heads` rows of names over the `last` row, how many `columns`
    they have, and the last of those `printed`; `is_empty` without a row below them."""

    title: str
    heads: int
    last: int
    columns: int
    printed: int
    is_empty: bool


class Styles:
    """The formats of cells, numbered as they are asked for; the first is that of a cell without any."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str | None, bool, bool], int] = {(None, False, False): 0}

    def attribute(self, form: str | None = None, *, is_wrapped: bool = False, is_bold: bool = False) -> str:
        """Return the attribute of a cell with the number format `form`, over several lines, or in bold letters."""
        number = self._numbers.setdefault((form, is_wrapped, is_bold), len(self._numbers))
        return f' s="{number}"' if number else ""

    def xml(self) -> str:
        """Return the part that describes all formats that were asked for."""
        forms = dict.fromkeys(form for form, _, _ in self._numbers if form)
        code = {form: number for number, form in enumerate(forms, start=_FIRST_FORM)}
        named = "".join(f'<numFmt numFmtId="{code[form]}" formatCode={quoteattr(form)}/>' for form in code)
        shapes = (
            _XF.format(form=code.get(form or "", 0), font=int(is_bold)) + (_WRAPPED if is_wrapped else "/>")
            for form, is_wrapped, is_bold in self._numbers
        )
        font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
        return (
            f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="{len(code)}">{named}</numFmts>'
            f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills>'
            '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{len(self._numbers)}">{"".join(shapes)}</cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        )


def parts(places: Sequence[Place], styles: Styles, day: date | None) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of each part but the sheets, which are at `places`; `day` is when it was made."""
    numbers = range(1, len(places) + 1)
    sheets = [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/workbook.xml", _book(places)
    yield "xl/styles.xml", styles.xml()
    yield "xl/_rels/workbook.xml.rels", _relations(_OFFICE, [*sheets, ("styles", "styles", "styles.xml")])
    yield "[Content_Types].xml", _content_types(len(places), has_day=day is not None)
    yield "_rels/.rels", _relations(_OFFICE, [("rId1", "officeDocument", "xl/workbook.xml")], has_day=day is not None)
    if day is not None:
        yield "docProps/core.xml", _properties(day)


def column_letters(place: int) -> str:
    """Return the letters of a column by its place, from 0: A, …, Z, AA, …"""
    first, last = divmod(place, 26)
    return (column_letters(first - 1) if first else "") + chr(ord("A") + last)


def _book(places: Sequence[Place]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(place.title)} sheetId="{number}" r:id="rId{number}"/>'
        for number, place in enumerate(places, start=1)
    )
    named = "".join(_names(number, place) for number, place in enumerate(places))
    names = f"<definedNames>{named}</definedNames>" if named else ""
    return f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets>{names}</workbook>'


def _names(number: int, place: Place) -> str:
    """Names of what is filtered, printed and repeated on every page of a sheet."""
    sheet = "'" + place.title.replace("'", "''") + "'!"
    ranges = {"Print_Titles": f"$1:${place.heads}"}
    if not place.is_empty:
        ranges["Print_Area"] = f"$A$1:${column_letters(place.printed - 1)}${place.last}"
        ranges["_FilterDatabase"] = f"$A${place.heads}:${column_letters(place.columns - 1)}${place.last}"
    hidden = {"_FilterDatabase": ' hidden="1"'}
    return "".join(
        f'<definedName name="_xlnm.{name}" localSheetId="{number}"{hidden.get(name, "")}>{escape(sheet + cells)}'
        "</definedName>"
        for name, cells in ranges.items()
    )


def _relations(kinds: str, targets: Sequence[tuple[str, str, str]], *, has_day: bool = False) -> str:
    found = [f'<Relationship Id="{key}" Type="{kinds}/{kind}" Target="{target}"/>' for key, kind, target in targets]
    if has_day:
        kind = f"{_PACKAGE}/relationships/metadata/core-properties"
        found.append(f'<Relationship Id="made" Type="{kind}" Target="docProps/core.xml"/>')
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(found)}</Relationships>'


def _content_types(sheets: int, *, has_day: bool) -> str:
    named = {"/xl/workbook.xml": f"{_TYPES}.sheet.main+xml", "/xl/styles.xml": f"{_TYPES}.styles+xml"}
    named |= {f"/xl/worksheets/sheet{number + 1}.xml": f"{_TYPES}.worksheet+xml" for number in range(sheets)}
    if has_day:
        named["/docProps/core.xml"] = "application/vnd.openxmlformats-package.core-properties+xml"
    parts_named = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in named.items())
    return (
        f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts_named}</Types>'
    )


def _properties(day: date) -> str:
    moment = f'xsi:type="dcterms:W3CDTF">{day.isoformat()}T00:00:00Z'
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dcterms:created {moment}</dcterms:created><dcterms:modified {moment}</dcterms:modified></cp:coreProperties>"
    )
