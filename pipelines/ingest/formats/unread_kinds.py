"""Recognizes files of kinds that are not read, so that a refusal can say what came."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.ingest.drops import Drop, refused

_KINDS: Mapping[bytes, str] = {
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format 3\0": "an SQLite database",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    b"ARROW1": "an Arrow file",
    b"\x7fELF": "a program",
    b"MZ\x90\0": "a program",
    b"{\\rtf": "an RTF document",
    b"ID;P": "a SYLK sheet",
    b"TABLE\r\n0,1": "a DIF sheet",
    b"\x09\x00\x04\x00": "a workbook of Excel 2",
    b"\x09\x02\x06\x00": "a workbook of Excel 3",
    b"\x09\x04\x06\x00": "a workbook of Excel 4",
    b"\0\0\x02\0": "a Lotus workbook",
    b"\x03": "a dBase table",
}
"""First bytes of files that platforms send by mistake, with what they are."""
_XML_KINDS: Mapping[bytes, str] = {
    b"urn:schemas-microsoft-com:office:spreadsheet": "an XML sheet of Excel 2003",
    b"<office:document ": "a flat OpenDocument sheet",
}
"""Names near the beginning of files of XML that are sheets, with what they are."""


def refuse_unread_kinds(drop: Drop, start: bytes) -> None:
    """Raise InputRefused where the first bytes of a file (`start`) are those of a kind that is not read."""
    for mark, kind in _KINDS.items():
        if start.startswith(mark):
            raise refused(drop, f"is {kind}", "send CSV, JSON lines, xlsx or Parquet")
    for word, kind in _XML_KINDS.items():
        if word in start:
            raise refused(drop, f"is {kind}", "open it in a spreadsheet program, save it as xlsx or CSV, and send that")
    if not start.strip(b"\0"):
        raise refused(drop, "holds nothing but zero bytes", "send it again: it was not written to its end")
