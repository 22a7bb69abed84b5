"""The families of archives: by which names each is known, and where it keeps what a message has.

`families.csv` has a line a layout. Names of columns and of JSON are compared in lower case. `sign` are those that a
layout always has together.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from xuanpin.pipelines.ingest.formats.chats.contents import OWNER
from xuanpin.pipelines.ingest.formats.chats.kinds import Kind, kind_of, public_kind
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage
from xuanpin.pipelines.ingest.formats.chats.moments import seconds_of
from xuanpin.pipelines.ingest.formats.chats.rows import ACCOUNT, MADE_ID, made_id

Row = Mapping[str, Any]
"""What an archive says of a message, by names in lower case."""
NOTES, COMMENTS = "notes", "comments"
"""Layouts of content platforms: a note is its author's post in a room of its own, a comment answers it there."""
_WECOM = "WeCom"
"""WeCom's own archive of sessions (会话内容存档): what is said stands under the name of its kind."""
_OUTSIDE, _ROBOT = ("wm", "wo"), "wb"
"""Beginnings of WeCom's ids of people outside the company, and of robots."""
_AMBIGUOUS = "PyWxDump"
"""Has a name where another of its exports has the account."""
_TRUE = frozenset({"1", "1.0", "true", "yes", "是"})
_SENDER = re.compile(r"(?P<who>[\w@.\-]{2,64}):\n(?P<rest>.*)", re.DOTALL | re.ASCII)
"""The account before the content of a message in a room, as databases of phones and of WeChat 4 store it."""


@dataclass(frozen=True)
class Family:
    """One layout: the `name` of the tool, the names that it always has (`sign`, each with what else it may be called),
    and for each of the `parts` of a message the names under which it may be found, in their order."""

    name: str
    sign: tuple[frozenset[str], ...]
    parts: Mapping[str, tuple[str, ...]]

    def is_of(self, names: Container[str]) -> bool:
        """Tell whether the `names`, in lower case, are those of this layout."""
        return all(any(name in names for name in alternatives) for alternatives in self.sign)

    def header(self, part: str, headers: Container[str]) -> str | None:
        """Return which of the `headers` of a table, in lower case, has a part of a message; None where none has."""
        return next((name for name in self.parts[part] if name in headers), None)

    def text(self, row: Row, part: str) -> str:
        """Return a part of a message as text, '' where the row has none."""
        return next((text for name in self.parts[part] if (text := as_text(row.get(name)))), "")

    def message(self, row: Row, place: int) -> ChatMessage:
        """Return what a row of this family says, the `place`-th of its archive."""
        names = tuple(dict.fromkeys(filter(None, (as_text(row.get(name)) for name in self.parts["names"]))))
        sender, content = self.text(row, "sender"), self.text(row, "content")
        room = self.text(row, "room")
        is_owner = self.text(row, "owner").lower() in _TRUE or self.name == NOTES
        prefixed = None if is_owner else _SENDER.fullmatch(content)
        if prefixed and sender in ("", prefixed["who"]):
            sender, content = prefixed["who"], prefixed["rest"]
        if self.name == _AMBIGUOUS and not ACCOUNT.fullmatch(sender):
            sender, names = "", (sender, *names) if sender else names
        message = ChatMessage(
            place,
            id=self.text(row, "id"),
            key=self.text(row, "id") if self.name in (NOTES, COMMENTS, _WECOM) else "",
            room=room or self.text(row, "room_name"),
            room_name=self.text(row, "room_name"),
            sender="" if sender == OWNER else sender,
            names=names,
            is_owner=is_owner or OWNER in (sender, *names),
            at=self.text(row, "at"),
            kind=self._kind(row),
            content=content,
            reply=self.text(row, "reply"),
            path=self.text(row, "path"),
            title=self.text(row, "title"),
        )
        if self.name == NOTES:
            return _as_post(message)
        if self.name == _AMBIGUOUS:
            return _unwrapped(message)
        if self.name == _WECOM:
            return _as_session(message, row)
        return _with_contents(message, row) if "contents" in row else message

    def _kind(self, row: Row) -> Kind:
        kind = self.text(row, "type")
        if self.name == "ChatLab":
            return public_kind(kind)
        is_private = as_text(row.get("ischatroom", row.get("is_chatroom"))).lower() in ("0", "false")
        return "private" if is_private else kind_of(kind, self.text(row, "subtype"))


def _unwrapped(message: ChatMessage) -> ChatMessage:
    """Its older exports wrap what is said, with the place of a file beside it, in JSON."""
    if not message.content.startswith("{"):
        return message
    try:
        wrapped = json.loads(message.content)
    except (ValueError, RecursionError):
        return message
    if not isinstance(wrapped, dict) or "msg" not in wrapped:
        return message
    return replace(message, content=as_text(wrapped["msg"]), path=message.path or as_text(wrapped.get("src")))


def _as_session(message: ChatMessage, row: Row) -> ChatMessage:
    """In WeCom staff sell and people outside buy; a chat without a room is private."""
    said = row.get(as_text(row.get("msgtype")))
    body = lowered(said) if isinstance(said, dict) else {}
    kind: Kind = "system" if message.sender.startswith(_ROBOT) else message.kind
    return replace(
        message,
        kind=kind if message.room else "private",
        is_owner=not message.sender.startswith((*_OUTSIDE, _ROBOT)),
        content=as_text(body.get("content")),
        reply=as_text(body.get("pre_msgid")),
        title=as_text(body.get("title")),
        path=as_text(body.get("link_url") or body.get("pagepath")),
        app=as_text(body.get("displayname")),
    )


def _as_post(note: ChatMessage) -> ChatMessage:
    """A note says its title and its text, and shows the SKU that hangs on it."""
    said = "\n".join(dict.fromkeys(filter(None, (note.title, note.content))))
    return replace(note, content=said, title="", path=f"sku_id={note.path}" if note.path else "")


def family_of(names: Iterable[str]) -> Family | None:
    """Return the family whose names are all among these `names`, None where there is none."""
    present = {name.strip().lower() for name in names}
    return next((family for family in families() if family.is_of(present)), None)


def as_text(value: Any) -> str:
    """Write a value of an archive as text."""
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def lowered(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its names in lower case."""
    return {name.strip().lower(): value for name, value in row.items()}


def _with_contents(message: ChatMessage, row: Row) -> ChatMessage:
    """Add what chatlog keeps beside the text: title and address of a card, and the message that is answered."""
    beside = row["contents"]
    if not isinstance(beside, dict):
        return message
    title, path, refer = as_text(beside.get("title")), as_text(beside.get("url")), beside.get("refer")
    reply = _referred(message.room, refer) if isinstance(refer, dict) else ""
    return replace(message, title=message.title or title, path=message.path or path, reply=message.reply or reply)


def _referred(room: str, refer: Mapping[str, Any]) -> str:
    """Return the id that the answered message has in the same archive, which has no ids of the server."""
    at = seconds_of(as_text(refer.get("time")))
    who, said = as_text(refer.get("sender")), as_text(refer.get("content"))
    return made_id(MADE_ID, "\x1f".join((room, str(at), who, said))) if at is not None and who and said else ""


@cache
def families() -> Sequence[Family]:
    """Every layout that is known, the ones with more names first."""
    text = files("xuanpin.pipelines.ingest.formats.chats").joinpath("families.csv").read_text(encoding="utf-8")
    found = [
        Family(row.pop("family"), _sign(row.pop("sign")), {part: _names(row[part]) for part in row})
        for row in csv.DictReader(text.splitlines())
    ]
    return sorted(found, key=lambda family: -len(family.sign))


def _sign(text: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names.split("/")) for names in text.split("|"))


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))
