"""Recognizes files of kinds that are not read, so that a refusal can say what came."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.typed.phrase import Phrase, phrase

_KINDS: Mapping[bytes, Phrase] = {
    b"Rar!": phrase("a RAR archive"),
    b"7z\xbc\xaf\x27\x1c": phrase("a 7-Zip archive"),
    b"%PDF": phrase("a PDF document"),
    b"\x89PNG": phrase("a picture"),
    b"\xff\xd8\xff": phrase("a picture"),
    b"GIF8": phrase("a picture"),
    b"SQLite format 3\0": phrase("an SQLite database"),
    b"ORC": phrase("an ORC file"),
    b"Obj\x01": phrase("an Avro file"),
    b"ARROW1": phrase("an Arrow file"),
    b"\x7fELF": phrase("a program"),
    b"MZ\x90\0": phrase("a program"),
    b"{\\rtf": phrase("an RTF document"),
    b"ID;P": phrase("a SYLK sheet"),
    b"TABLE\r\n0,1": phrase("a DIF sheet"),
    b"\x09\x00\x04\x00": phrase("a workbook of Excel 2"),
    b"\x09\x02\x06\x00": phrase("a workbook of Excel 3"),
    b"\x09\x04\x06\x00": phrase("a workbook of Excel 4"),
    b"\0\0\x02\0": phrase("a Lotus workbook"),
    b"\x03": phrase("a dBase table"),
}
"""First bytes of files that platforms send by mistake, with what they are."""
_XML_KINDS: Mapping[bytes, Phrase] = {
    b"urn:schemas-microsoft-com:office:spreadsheet": phrase("an XML sheet of Excel 2003"),
    b"<office:document ": phrase("a flat OpenDocument sheet"),
}
"""Names near the beginning of files of XML that are sheets, with what they are."""


def refuse_unread_kinds(drop: Drop, start: bytes) -> None:
    """Raise InputRefused where the first bytes of a file (`start`) are those of a kind that is not read."""
    for mark, kind in _KINDS.items():
        if start.startswith(mark):
            raise refused(drop, phrase("is {kind}", kind=kind), phrase("send CSV, JSON lines, xlsx or Parquet"))
    for word, kind in _XML_KINDS.items():
        if word in start:
            raise refused(
                drop,
                phrase("is {kind}", kind=kind),
                phrase("open it in a spreadsheet program, save it as xlsx or CSV, and send that"),
            )
    if not start.strip(b"\0"):
        raise refused(
            drop, phrase("holds nothing but zero bytes"), phrase("send it again: it was not written to its end")
        )
