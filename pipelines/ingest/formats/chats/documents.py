"""Archives in JSON: a list of messages, one a line, or a document that says of which chat they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.chats.archives import Archive
from xuanpin.pipelines.ingest.formats.chats.families import Family, as_text, family_of, lowered
from xuanpin.pipelines.ingest.formats.chats.json_stream import BrokenJsonError, Part, document_parts
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage
from xuanpin.pipelines.ingest.formats.header import SEARCHED, Wanted
from xuanpin.pipelines.ingest.formats.json_rows import has_lines, json_rows
from xuanpin.pipelines.ingest.formats.packing import RESEND
from xuanpin.pipelines.typed.phrase import phrase

_LOOKED_AT = 5_000
"""Parts of a document among which a message is looked for: the members of a room may come first."""
_LINES = Wanted("chat_messages")
_PRIVATE = ("私聊", "private", "direct")
_SCRIPTS = ("local_msg_list = ",)
"""Before the list of messages in pages that keep them in a script beside the page."""


@dataclass
class _About:
    """What a document says beside its messages: of the chat (`room`, `is_private`, its `owner`), and of `senders`."""

    room: str = ""
    name: str = ""
    is_private: bool = False
    owner: str = ""
    senders: dict[str, tuple[str, str]] = field(default_factory=dict)

    def learn(self, name: str, value: Any) -> None:
        """Take in a part of the document."""
        if isinstance(value, dict):
            row = lowered(value)
            if name in ("session", "meta"):
                self.room = as_text(row.get("wxid") or row.get("groupid") or row.get("id"))
                self.name = as_text(row.get("displayname") or row.get("name") or row.get("nickname"))
                self.is_private = as_text(row.get("type")) in _PRIVATE
                self.owner = as_text(row.get("ownerid"))
            elif name == "senders":
                known = (as_text(row.get("wxid")), as_text(row.get("displayname")))
                self.senders[as_text(row.get("senderid"))] = known

    def apply(self, message: ChatMessage) -> ChatMessage:
        """Return a message with what is known of its chat and its sender."""
        sender, name = self.senders.get(message.sender, (message.sender, ""))
        names = tuple(dict.fromkeys(filter(None, (*message.names, name))))
        return replace(
            message,
            room=message.room or self.room or self.name,
            room_name=message.room_name or self.name,
            sender=sender,
            names=names,
            is_owner=message.is_owner or bool(self.owner and sender == self.owner),
            kind="private" if self.is_private else message.kind,
        )


def document_archive(drop: Drop, file: Path) -> Archive | None:
    """Return the archive in a UTF-8 file of JSON, or of a script with a list of messages; None for other JSON.

    Reading it raises InputRefused where it ends within a value.
    """
    try:
        found = next(((name, value) for name, value in _first(drop, file) if _family(value)), None)
    except BrokenJsonError:
        return None
    if found is None:
        return None
    where, first = found
    family = family_of(first)
    assert family is not None
    return Archive(family.name, lambda: _messages(drop, file, where, family), frozenset(lowered(first)))


def _first(drop: Drop, file: Path) -> Iterator[Part]:
    """Yield the parts among which a message is looked for: rows of a table, one a line, are all alike."""
    is_table = has_lines(file)
    for count, (_, name, value) in enumerate(islice(_parts(drop, file), _LOOKED_AT)):
        is_table = is_table and not (isinstance(value, dict) and "_type" in value) and name != "meta"
        if is_table and count >= SEARCHED:
            return
        yield name, value


def is_script(start: str) -> str | None:
    """Return the text before the list of messages where a file begins (`start`) as such a script; else None."""
    return next((mark for mark in _SCRIPTS if mark in start), None)


def _family(value: Any) -> Family | None:
    return family_of(value) if isinstance(value, dict) else None


def _parts(drop: Drop, file: Path) -> Iterator[tuple[int, str, Any]]:
    """Yield line or number, name and value of each part; of a line that is no JSON, its fault."""
    if has_lines(file):
        for line, row in json_rows(drop, file, _LINES):
            yield from ((line, name, value) for name, value in _within("", row))
        return
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        after = is_script(stream.read(1 << 16)) or ""
    yield from _numbered(part for name, value in document_parts(file, after) for part in _within(name, value))


def _within(name: str, value: Any) -> Iterator[Part]:
    """Yield a part, and what it holds in lists and objects of its own; a message stays whole."""
    if not isinstance(value, dict) or _family(value):
        yield name, value
        return
    yield name, {key: inner for key, inner in value.items() if not isinstance(inner, list | dict)}
    for key, inner in value.items():
        for element in inner if isinstance(inner, list) else [inner]:
            if isinstance(element, dict):
                yield from _within(f"{name}.{key}".strip("."), element)


def _numbered(parts: Iterator[Part]) -> Iterator[tuple[int, str, Any]]:
    counts: dict[str, int] = {}
    for name, value in parts:
        counts[name] = counts.get(name, 0) + 1
        yield counts[name], name, value


def _messages(drop: Drop, file: Path, where: str, family: Family) -> Iterator[ChatMessage]:
    """Yield what stands in the list of messages, `where` the first of them was found."""
    about, count = _About(), 0
    try:
        for _, name, value in _parts(drop, file):
            about.learn(name, value)
            count += name == where
        for place, name, value in _parts(drop, file):
            if name != where or (isinstance(value, dict) and value.get("_type", "message") != "message"):
                continue
            if isinstance(value, dict):
                yield about.apply(family.message(lowered(value), place))
            else:
                yield ChatMessage(place, fault="not_json")
    except BrokenJsonError:
        raise refused(drop, phrase("does not parse as JSON after {number} objects", number=count), RESEND) from None
