"""Archives that are tables of text, a message a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.chats.archives import Archive
from xuanpin.pipelines.ingest.formats.chats.families import Family, family_of
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage
from xuanpin.pipelines.ingest.formats.header import DELIMITERS, SEARCHED, cleaned
from xuanpin.pipelines.ingest.formats.lines import read_lines, read_rows
from xuanpin.pipelines.ingest.formats.records import Record, is_blank
from xuanpin.pipelines.typed.phrase import phrase

_LOOSE, _CHAT = "WeChatMsg", "talkerid"
"""Writes a header with names that rows of some chats lack, or without the number that ends each row; and a number of
each chat that means nothing elsewhere."""


def table_archive(drop: Drop, file: Path) -> Archive | None:
    """Return the archive in a UTF-8 table of text (`file`), None where its header is none of an archive.

    Reading it raises InputRefused where it holds several chats and does not say which is which.
    """
    lines = list(islice(read_lines(file), SEARCHED))
    # The header of an archive has several names, so its delimiter stands in one of the lines.
    for mark in (mark for mark in DELIMITERS if any(mark in text for _, text in lines if text)):
        for row in read_rows(iter(lines), mark):
            if not row.fault and (family := family_of(cleaned(row.fields))):
                names = tuple(name.lower() for name in cleaned(row.fields))
                return _archive(drop, file, family, names, mark, row.line)
    return None


def _archive(drop: Drop, file: Path, family: Family, names: tuple[str, ...], mark: str, header: int) -> Archive:
    def rows() -> Iterator[Record]:
        for record in read_rows(read_lines(file), mark, len(names)):
            if record.line > header and not (not record.fault and is_blank(record.fields)):
                yield record

    def read() -> Iterator[ChatMessage]:
        if family.name == _LOOSE and not names_of_room.intersection(names):
            _refuse_several(drop, rows(), names.index(_CHAT))
        for record in rows():
            yield table_message(family, names, record)

    names_of_room = frozenset(family.parts["room"])

    return Archive(family.name, read, frozenset(names))


def _refuse_several(drop: Drop, rows: Iterator[Record], place: int) -> None:
    chats = {row.fields[place] for row in rows if len(row.fields) > place}
    if len(chats) > 1:
        raise refused(
            drop,
            phrase("holds {count} chats and does not say which is which", count=len(chats)),
            phrase("export the groups one by one, or as JSON"),
        )


def table_message(family: Family, names: tuple[str, ...], record: Record) -> ChatMessage:
    """Return the message that a row (`record`) of a table with these `names` of columns has."""
    surplus = len(record.fields) - len(names)
    if not record.fault and surplus and not (family.name == _LOOSE and surplus <= 1):
        return ChatMessage(record.line, fault="too_many_fields" if surplus > 0 else "too_few_fields")
    if record.fault:
        return ChatMessage(record.line, fault=record.fault)
    row = dict(zip(names, record.fields, strict=False))
    if surplus > 0:
        row.setdefault("msgsvrid", record.fields[-1])
    return family.message(row, record.line)
