"""Archives that are databases: what a chat program or an archive tool keeps, once it is decrypted.

They are opened for reading alone and never changed. They hold all chats of their owner, also private ones: only rooms
that are groups of the platform are read.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.chats.archives import ROOM, Archive
from xuanpin.pipelines.ingest.formats.chats.families import Family, families, lowered
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage, Rules
from xuanpin.pipelines.ingest.formats.chats.packed import BrokenCellError, cell_text, packed_text, sender_of
from xuanpin.pipelines.ingest.formats.packing import RESEND, head
from xuanpin.pipelines.ingest.statements import chats as statements
from xuanpin.pipelines.typed.phrase import joined, phrase

_MARK = b"SQLite format 3\0"
_PAGE, _EVEN = 4_096, 250
"""Bytes of a page, and different ones among them from which it is encrypted: text and tables have under 200."""
_SHOWN = 3


@dataclass(frozen=True)
class _Layout:
    """One way of keeping messages: the `family` that its rows belong to, the `columns` that are read, in lower case,
    and the beginning of the names of its tables (`start`): with `_`, one table a chat, named by the MD5 of its id."""

    family: str
    start: str
    columns: tuple[str, ...]


_LAYOUTS = (
    _Layout(
        "WeChatMsg",
        "msg",
        (
            "msgsvrid",
            "type",
            "subtype",
            "issender",
            "createtime",
            "strtalker",
            "strcontent",
            "compresscontent",
            "bytesextra",
        ),
    ),
    _Layout("WeChat database", "message", ("msgsvrid", "type", "issend", "createtime", "talker", "content")),
    _Layout(
        "WeChat 4 database",
        "msg_",
        ("server_id", "local_type", "real_sender_id", "create_time", "status", "message_content"),
    ),
    _Layout("WeChat iOS database", "chat_", ("messvrid", "createtime", "message", "type", "des")),
    _Layout("WeChat Mac database", "chat_", ("messvrid", "msgcreatetime", "msgcontent", "messagetype", "mesdes")),
)
_CONTACTS = (
    ("username", "remark", "nickname"),
    ("username", "conremark", "nickname"),
    ("username", "remark", "nick_name"),
)
"""Columns of tables of contacts: the account and what it is called."""
_SENT = 2
"""Status of an own message in WeChat 4."""


def is_database(file: Path) -> bool:
    """Tell whether a `file` is an SQLite database."""
    return head(file, len(_MARK)) == _MARK


def refuse_sealed(drop: Drop, file: Path) -> None:
    """Raise InputRefused where a `file` is encrypted, as chat programs keep their databases: pages of even noise."""
    size = file.stat().st_size
    if size >= _PAGE and size % 1024 == 0 and len(set(head(file, _PAGE))) >= _EVEN:
        raise refused(
            drop,
            phrase("is encrypted, as chat programs keep their databases"),
            phrase("export the groups as JSON or CSV with the tool that you archive chats with, and send that"),
        )


def database_archive(drop: Drop, file: Path, rules: Rules | None) -> Archive:
    """Return the archive in `file`, an SQLite database; without `rules`, whatever rooms it has.

    Raises InputRefused where it is damaged, is none of a chat program, or has no room that is a group of the platform.
    """
    try:
        with closing(_opened(file)) as database:
            store = _Store(database, rules or Rules())
            if store.layout is None:
                raise refused(
                    drop,
                    phrase("is an SQLite database without messages of a chat program"),
                    phrase("send the one that holds them, or CSV or JSON"),
                )
            if rules is not None:
                _refuse_strangers(drop, store.rooms(), rules)
            family = store.layout.family
    except sqlite3.DatabaseError:
        raise refused(drop, phrase("is an SQLite database that cannot be read (damaged)"), RESEND) from None
    return Archive(family, lambda: _messages(drop, file, rules or Rules()), has_many=True)


def _refuse_strangers(drop: Drop, rooms: Sequence[str], rules: Rules) -> None:
    if not rooms or rules.groups.intersection(rooms) or rules.rooms.intersection(rooms):
        return
    raise refused(
        drop,
        phrase(
            "holds {count} rooms, none of which is a group of the platform, such as {rooms}",
            count=len(rooms),
            rooms=joined(rooms[:_SHOWN]),
        ),
        phrase('name their groups: [sources.tables.chat_messages] values.group_id = {{ "room" = "group_id" }}'),
    )


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{quote(os.fsencode(file.resolve()))}?mode=ro&immutable=1", uri=True)
    database.text_factory = lambda cell: cell.decode("utf-8", "surrogateescape")
    database.row_factory = sqlite3.Row
    database.execute(statements.untrusted())
    return database


def _messages(drop: Drop, file: Path, rules: Rules) -> Iterator[ChatMessage]:
    place = 0
    try:
        with closing(_opened(file)) as database:
            store = _Store(database, rules)
            for row, family in store.messages():
                place += 1
                yield _message(row, family, place, store)
    except sqlite3.DatabaseError:
        raise refused(drop, phrase("is an SQLite database that cannot be read (damaged)"), RESEND) from None


def _message(row: dict[str, Any], family: Family, place: int, store: _Store) -> ChatMessage:
    try:
        message = family.message({name: _text(name, cell) for name, cell in row.items()}, place)
    except BrokenCellError:
        return ChatMessage(place, room=family.text(row, "room"), fault="broken_characters")
    return replace(message, names=store.names.get(message.sender, ()))


def _text(name: str, cell: object) -> str:
    return packed_text(cell) if name == "compresscontent" else cell_text(cell)


class _Store:
    """The tables of a database, and whose they are."""

    def __init__(self, database: sqlite3.Connection, rules: Rules) -> None:
        self._database = database
        self._columns = {
            table: [row[1].lower() for row in database.execute(statements.table_columns(table))]
            for (table,) in database.execute(statements.tables()).fetchall()
        }
        self.layout: _Layout | None = next((layout for layout in _LAYOUTS if self._tables(layout)), None)
        self._found = self._tables(self.layout) if self.layout else []
        self._accounts = self._numbered("name2id", "user_name")
        known = (*rules.groups, *rules.rooms, *self._accounts.values())
        self._rooms = {hashlib.md5(room.encode(), usedforsecurity=False).hexdigest(): room for room in known}
        self.names = self._contacts()

    def _tables(self, layout: _Layout) -> list[str]:
        is_many = layout.start.endswith("_")
        return [
            table
            for table, columns in self._columns.items()
            if (table.lower().startswith(layout.start) if is_many else table.lower() == layout.start)
            and set(layout.columns) <= set(columns)
        ]

    def _numbered(self, wanted: str, column: str) -> dict[int, str]:
        found = [name for name, columns in self._columns.items() if name.lower() == wanted and column in columns]
        rows = (self._database.execute(statements.numbered_names(table, column)) for table in found)
        return {number: str(name) for named in rows for number, name in named}

    def _contacts(self) -> Mapping[str, tuple[str, ...]]:
        names: dict[str, tuple[str, ...]] = {}
        for table, columns in self._columns.items():
            wanted = next((layout for layout in _CONTACTS if set(layout) <= set(columns)), None)
            if wanted and "contact" in table.lower():
                for account, *called in self._database.execute(statements.rows_of(table, wanted)):
                    names[str(account)] = tuple(str(name) for name in called if name)
        return names

    def rooms(self) -> list[str]:
        """Return the rooms of the database, without private chats, in their order."""
        assert self.layout is not None
        if self.layout.start.endswith("_"):
            found = {self._room(table) for table in self._found}
        else:
            column = next(name for name in self.layout.columns if name in ("strtalker", "talker"))
            values = (self._database.execute(statements.distinct_values(table, column)) for table in self._found)
            found = {row[0] for rows in values for row in rows}
        return sorted(room for room in found if isinstance(room, str) and room.endswith(ROOM))

    def _room(self, table: str) -> str:
        key = table.partition("_")[2].lower()
        return self._rooms.get(key, key)

    def messages(self) -> Iterator[tuple[dict[str, Any], Family]]:
        """Yield the messages with the family that their rows belong to."""
        assert self.layout is not None
        family = next(family for family in families() if family.name == self.layout.family)
        for table in self._found:
            for row in self._database.execute(statements.rows_of(table, self.layout.columns)):
                yield self._completed(lowered(dict(row)), table), family

    def _completed(self, row: dict[str, Any], table: str) -> dict[str, Any]:
        """Add room and sender, where the layout keeps them beside the row."""
        if "bytesextra" in row:
            row["sender"] = sender_of(row.pop("bytesextra"))
        if "real_sender_id" in row:
            row["sender"] = self._accounts.get(row.pop("real_sender_id"), "")
            row["is_send"] = int(row.pop("status") == _SENT)
        if "_" in table:
            row["room"] = self._room(table)
        for own in ("des", "mesdes"):
            if own in row:
                row["is_send"] = int(row.pop(own) == 0)
        return row
