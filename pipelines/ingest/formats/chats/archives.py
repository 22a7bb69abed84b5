"""An archive of chats that was recognized, whatever its layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage

ROOM = "@chatroom"
"""End of the id of a room of several people."""
_CHATROOM = re.compile(rf"[\w\-]+{ROOM}")
_ACCOUNT = re.compile(r"\(([^()]+)\)")
_ENDINGS = re.compile(
    r"(?:\.(?:csv|json|jsonl|html?|txt|js|xlsx?|gz|zip|db|sqlite3?|bz2|xz|zst))+$|_utf8$|_\d+_\d+$|\s*\([^()]*\)$",
    re.IGNORECASE,
)
_GENERAL = frozenset({"messages", "message", "data", "index", "聊天记录", "chat", "export", "chat_messages", "导出"})


@dataclass(frozen=True)
class Archive:
    """An archive: the tool's name (`family`) and what `read`s its messages from the start.

    `names` are those of its columns, in lower case. `has_many` says that one file holds whatever
    chats its owner has, so that only rooms of the platform are read.
    """

    family: str
    read: Callable[[], Iterator[ChatMessage]]
    names: frozenset[str] = frozenset()
    has_many: bool = False


def room_of_path(path: str) -> str:
    """Return the room of an archive that names none: the id in its `path`, else the name of its file or folder."""
    if found := _CHATROOM.search(path):
        return found[0]
    parts = PurePath(path.replace("\\", "/")).parts
    if found := next((_ACCOUNT.search(part) for part in reversed(parts) if "(wxid_" in part), None):
        return found[1]
    names = (_bare(part) for part in reversed(parts))
    return next((name for name in names if name and name.lower() not in _GENERAL), "")


def _bare(name: str) -> str:
    while (shorter := _ENDINGS.sub("", name)) != name:
        name = shorter
    return name.strip()
