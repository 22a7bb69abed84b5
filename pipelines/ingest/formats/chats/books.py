"""Archives that are workbooks, a message a row below lines on the chat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.chats.archives import ROOM, Archive
from xuanpin.pipelines.ingest.formats.chats.families import families, family_of
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage
from xuanpin.pipelines.ingest.formats.chats.rows import with_room
from xuanpin.pipelines.ingest.formats.chats.tables import table_message
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.records import is_blank
from xuanpin.pipelines.ingest.formats.workbooks import open_sheet


def book_archive(drop: Drop, file: Path) -> Archive | None:
    """Return the archive in a workbook (`file`, named as its content asks), None where it is none; raises InputRefused
    where it cannot be opened."""
    wanted = Wanted(
        drop.table, required=tuple(sorted({sign for family in families() for sign in family.sign}, key=sorted))
    )
    with open_sheet(drop, file, wanted) as sheet:
        family = family_of(sheet.header.names)
    if family is None:
        return None
    names = frozenset(name.lower() for name in sheet.header.names)

    def read() -> Iterator[ChatMessage]:
        with open_sheet(drop, file, wanted) as sheet:
            room = ""
            found = tuple(name.lower() for name in sheet.header.names)
            for record in sheet.rows:
                if record.line < sheet.header.line:
                    room = room or next((cell for cell in record.fields if cell and cell.endswith(ROOM)), "")
                elif record.line > sheet.header.line and not is_blank(record.fields):
                    yield from with_room([table_message(family, found, record)], room)

    return Archive(family.name, read, names)
