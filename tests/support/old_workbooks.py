"""Small workbooks byte by byte, in the formats that openpyxl does not write: xls, xlsb, ods, ones with a password."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

Cell = str | float | datetime | None
Cells = Sequence[Sequence[Cell]]

_SECTOR, _STREAM = 512, 4096
"""Bytes of a sector, and the least that is stored in sectors of its own."""
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_DAY_ZERO = datetime(1899, 12, 30)
_OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(f'xmlns:{name}="{_OPEN_DOCUMENT}:{name}:1.0"' for name in ("office", "table", "text", "manifest"))
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def serial(moment: datetime) -> float:
    """Days since the zero of spreadsheets."""
    return (moment - _DAY_ZERO).total_seconds() / 86400


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file, as Office wrote before 2007, of up to three streams."""
    padded = {name: content.ljust(_STREAM, b"\0") for name, content in streams.items()}
    padded = {name: content + bytes(-len(content) % _SECTOR) for name, content in padded.items()}
    fat, entries, first = [_FAT, _END], [_entry("Root Entry", 5, _END, 0, child=1)], 2
    for place, (name, content) in enumerate(padded.items(), start=1):
        count = len(content) // _SECTOR
        entries.append(_entry(name, 2, first, len(content), right=place + 1 if place < len(padded) else _FREE))
        fat += [*range(first + 1, first + count), _END]
        first += count
    fat += [_FREE] * (128 - len(fat))
    versions = struct.pack("<8s16xHHHHH6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    header = versions + struct.pack("<118I", 0, 1, 1, 0, _STREAM, _END, 0, _END, 0, 0, *[_FREE] * 108)
    body = struct.pack("<128I", *fat) + b"".join(entries).ljust(_SECTOR, b"\0")
    return header + body + b"".join(padded.values())


def _entry(name: str, kind: int, first: int, size: int, *, right: int = _FREE, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    marks = struct.pack("<HBBIII36xIQ", len(text) + 2, kind, 1, _FREE, right, child, first, size)
    return text.ljust(64, b"\0") + marks


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _start(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1997, 0, 6))


RC4 = struct.pack("<HHH", 1, 1, 1)
XOR = struct.pack("<HHH", 0, 0x35F2, 0x9C1A)
"""What a workbook of Excel 97 says of its encryption: the usual one, and the one that Excel 95 had."""


def xls(rows: Cells, *, locked_by: bytes = b"") -> bytes:
    """A workbook of Excel 97 with one sheet; where it is locked, no more of it than what says so."""
    formats = [_record(0xE0, struct.pack("<HH16x", 0, number)) for number in (0, 22)]
    sheet = _start(0x10) + b"".join(_xls_cells(rows)) + _record(0xA)
    name = struct.pack("<BB", 2, 1) + "订单".encode("utf-16-le")
    lock = _record(0x86) + _record(0x2F, locked_by) if locked_by else b""
    book = _start(5) + lock + b"".join(formats)
    place = len(book) + len(_record(0x85, bytes(6) + name)) + len(_record(0xA))
    return compound({"Workbook": book + _record(0x85, struct.pack("<IH", place, 0) + name) + _record(0xA) + sheet})


def _xls_cells(rows: Cells) -> list[bytes]:
    cells = []
    for row, found in enumerate(rows):
        for column, cell in enumerate(found):
            if isinstance(cell, str):
                text = struct.pack("<HHHHB", row, column, 0, len(cell), 1) + cell.encode("utf-16-le")
                cells.append(_record(0x204, text))
            elif cell is not None:
                number = serial(cell) if isinstance(cell, datetime) else cell
                cells.append(_record(0x203, struct.pack("<HHHd", row, column, int(isinstance(cell, datetime)), number)))
    return cells


def xlsb(rows: Cells, *, is_short: bool = False) -> bytes:
    """A binary workbook with one sheet of texts and numbers; a short cell does not say in which column it stands."""
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = _part(129) + _part(148, size) + _part(145) + b"".join(_xlsb_cells(rows, is_short)) + _part(146) + _part(130)
    listed = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("订单")
    book = _part(131) + _part(143) + _part(156, listed) + _part(144) + _part(132)
    target = f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/>'
    links = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{target}</Relationships>'
    )
    return _packed(
        {
            "[Content_Types].xml": b"<Types/>",
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": links.encode(),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _xlsb_cells(rows: Cells, is_short: bool) -> list[bytes]:
    parts = []
    for row, found in enumerate(rows):
        parts.append(_part(0, struct.pack("<I21x", row)))
        for column, cell in enumerate(found):
            place = struct.pack("<I", 0) if is_short and column else struct.pack("<II", column, 0)
            text, number = (17, 16) if is_short and column else (6, 5)
            if isinstance(cell, str):
                parts.append(_part(text, place + _wide(cell)))
            elif isinstance(cell, float | int):
                parts.append(_part(number, place + struct.pack("<d", cell)))
    return parts


def _part(kind: int, content: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(content), b""
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return number + length + bytes([size]) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def ods(rows: Cells, *, has_password: bool = False) -> bytes:
    """An OpenDocument sheet; with a password, its content is not to be read."""
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    sheet = f'<table:table table:name="订单">{lines}{rest}</table:table>'
    body = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    content = f"<office:document-content {_SPACES}>{body}</office:document-content>".encode()
    lock = '<manifest:encryption-data manifest:checksum="x"/>' if has_password else ""
    entry = f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{lock}'
    manifest = f"<manifest:manifest {_SPACES}>{entry}</manifest:file-entry></manifest:manifest>"
    return _packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": bytes(range(256)) if has_password else content,
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    kind, value = "string", ""
    if isinstance(cell, datetime):
        kind, value = "date", f' office:date-value="{cell.isoformat()}"'
    elif not isinstance(cell, str):
        kind, value = "float", f' office:value="{cell}"'
    shown = f"<text:p>{escape(str(cell))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}"{value}>{shown}</table:table-cell>'


def _packed(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
