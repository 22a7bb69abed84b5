"""Archives that are tables of text, a message a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from xuanpin.pipelines.ingest.formats.chats.archives import Archive
from xuanpin.pipelines.ingest.formats.chats.families import Family, family_of
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage
from xuanpin.pipelines.ingest.formats.header import DELIMITERS, SEARCHED, cleaned
from xuanpin.pipelines.ingest.formats.lines import read_lines, read_rows
from xuanpin.pipelines.ingest.formats.records import Record, is_blank

_LOOSE = "WeChatMsg"
"""Writes a header with names that rows of some chats lack, or without the number that ends each row."""


def table_archive(file: Path) -> Archive | None:
    """Return the archive in a UTF-8 table of text (`file`), None where its header is none of an archive."""
    lines = list(islice(read_lines(file), SEARCHED))
    for mark in DELIMITERS:
        for row in read_rows(iter(lines), mark):
            if not row.fault and (family := family_of(cleaned(row.fields))):
                names = tuple(name.lower() for name in cleaned(row.fields))
                return _archive(file, family, names, mark, row.line)
    return None


def _archive(file: Path, family: Family, names: tuple[str, ...], mark: str, header: int) -> Archive:
    def read() -> Iterator[ChatMessage]:
        for record in read_rows(read_lines(file), mark, len(names)):
            if record.line > header and not (not record.fault and is_blank(record.fields)):
                yield table_message(family, names, record)

    return Archive(family.name, read, family.sign)


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
