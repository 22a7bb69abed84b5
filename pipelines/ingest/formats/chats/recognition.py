"""Recognizes archives of chats by their content, never by their name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.chats.archives import ROOM, Archive, room_of_path
from xuanpin.pipelines.ingest.formats.chats.databases import database_archive, is_database
from xuanpin.pipelines.ingest.formats.chats.documents import document_archive, is_script
from xuanpin.pipelines.ingest.formats.chats.pages import page_archive
from xuanpin.pipelines.ingest.formats.chats.rows import with_room
from xuanpin.pipelines.ingest.formats.chats.tables import table_archive
from xuanpin.pipelines.ingest.formats.chats.transcripts import transcript_archive
from xuanpin.pipelines.ingest.formats.json_rows import is_json
from xuanpin.pipelines.ingest.formats.records import BLANKS

_LOOK = 1 << 16


@dataclass(frozen=True)
class ChatArchive:
    """What `connect` says of an archive: the tool that wrote it (`family`), its `rooms` in their order, how many
    `messages` they have, the `names` of those rooms that have another, and its own `headers` in lower case."""

    family: str
    rooms: tuple[str, ...]
    messages: int
    names: tuple[tuple[str, str], ...] = ()
    headers: tuple[str, ...] = field(default=(), compare=False)


def text_archive(drop: Drop, file: Path) -> Archive | None:
    """Return the archive in a UTF-8 text `file`, None where it is none."""
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        start = stream.read(_LOOK)
    if is_json(start) or is_script(start):
        return document_archive(drop, file)
    if start.lstrip(BLANKS).startswith("<"):
        return page_archive(file)
    return table_archive(drop, file) or transcript_archive(file)


def chat_archive_of(file: Path, path: str = "") -> ChatArchive | None:
    """Return what a database or a UTF-8 text `file` holds where it is an archive of chats, else None.

    `path` is where it was sent, if the file is a copy: names of folders and files may name the room.

    Raises InputRefused for one that cannot be read to its end.
    """
    drop = Drop("chat_messages", file.name, file, file.stat().st_size, "")
    archive = database_archive(drop, file, None) if is_database(file) else text_archive(drop, file)
    if archive is None:
        return None
    rooms: dict[str, str] = {}
    count = 0
    for message in with_room(archive.read(), room_of_path(path or str(file))):
        count += 1
        if message.room and (message.room.endswith(ROOM) or not archive.has_many):
            rooms[message.room] = message.room_name or rooms.get(message.room, "")
    names = tuple((room, name) for room, name in rooms.items() if name and name != room)
    return ChatArchive(archive.family, tuple(rooms), count, names, tuple(sorted(archive.names)))
