"""Turns the messages of an archive into rows of chat_messages: who spoke, of what, in answer to what."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from xuanpin.pipelines.ingest.formats.chats.addresses import sku_of
from xuanpin.pipelines.ingest.formats.chats.archives import ROOM
from xuanpin.pipelines.ingest.formats.chats.contents import OWNER, understood
from xuanpin.pipelines.ingest.formats.chats.kinds import LEFT_OUT, Kind
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage, Rules
from xuanpin.pipelines.ingest.formats.chats.moments import seconds_of, written
from xuanpin.pipelines.ingest.formats.records import Record, without_broken

COLUMNS = (
    "message_id",
    "group_id",
    "sender_id",
    "sender_role",
    "sent_at",
    "text",
    "sku_id",
    "reply_to_message_id",
    "sender_name",
)
"""Columns of the rows, as the contract of chat_messages has them."""
MADE_ID, NAME_ID = "chat-", "name-"
"""Beginnings of ids that an archive does not have: of a message, from what it says; of a sender, from a name."""
NOBODY = "withdrawn"
"""Sender of the version of a message that takes its words back: of nobody, so that no opinion is read in it."""
WITHDRAWN = "〔撤回〕"
"""Text of such a version."""
WITHIN = 120
"""Seconds within which WeChat lets a sender withdraw: a line that names no message means her last one in this time."""
ORDER_APPS = ("接龙", "快团团", "有团", "群团", "团团")
"""Parts of the names of mini-programs that collect orders: who shares such a list has ordered, which is no opinion."""
_ORDERED = "接龙"
_SERVER_ID = 15
"""Digits from which a number is the server's: shorter ones count the messages of one archive."""
ACCOUNT = re.compile(r"wxid_\w+|[\w.\-]+@\w+(?:\.\w+)?|(?=[^\d]*\d)[A-Za-z][\w\-]{5,19}", re.ASCII)
_PRIVATE = re.compile(r"wxid_\w+|gh_\w+|filehelper|weixin|newsapp|fmessage|medianote|.*@(?:openim|kefu\.openim)")


@dataclass
class ChatRows:
    """The rows of one archive: `rules` of the settings, `told` counts what is left out, `is_strict` leaves out rooms
    that are no groups."""

    rules: Rules
    told: Counter[str]
    is_strict: bool = False
    _last: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """By room and sender, her last message: its id and its second."""

    def records(self, messages: Iterable[ChatMessage]) -> Iterator[Record]:
        """Yield the rows of `messages` in their order."""
        for told in messages:
            if (why := self._foreign(told)) is not None:
                self.told[str(LEFT_OUT[why])] += 1
                continue
            message = understood(told)
            if message.fault:
                yield Record(message.place, [], message.fault)
            elif (why := self._left_out(message)) is not None:
                self.told[str(LEFT_OUT[why])] += 1
            elif message.kind == "withdrawn":
                self.told[str(LEFT_OUT["withdrawn"])] += 1
                yield from self._taken_back(message)
            else:
                yield without_broken(self._row(message))

    def _foreign(self, message: ChatMessage) -> Kind | None:
        """Return why a message is none of the platform's groups, None where it is one."""
        if message.kind == "private" or _PRIVATE.fullmatch(message.room):
            return "private"
        if not self.is_strict or message.room in self.rules.rooms or message.room in self.rules.groups:
            return None
        return "stranger" if message.room.endswith(ROOM) else "private"

    def _left_out(self, message: ChatMessage) -> Kind | None:
        """Return as what a message is left out, None where it is read."""
        if message.kind == "card":
            return None if self._text(message) or self._sku(message) else "card"
        if message.kind in ("text", "quote", "list", "announcement"):
            return None if message.content else "empty"
        if message.kind == "voice":
            return None if message.content else "voice"
        return None if message.kind == "withdrawn" else message.kind

    def _row(self, message: ChatMessage) -> Record:
        at, key = seconds_of(message.at), message_id(message)
        role, sender = self._sender(message)
        for who in filter(None, (message.sender, *message.names, OWNER if message.is_owner else "")):
            self._last[message.room, who] = (key, at or 0)
        fields: list[str | None] = [
            key,
            self._group(message),
            sender,
            role,
            written(at) if at is not None else message.at or None,
            self._text(message),
            self._sku(message),
            server_id(message.reply) or message.reply or None,
            "\n".join(message.names).encode("utf-8", "ignore").decode() or None,
        ]
        return Record(message.place, fields)

    def _group(self, message: ChatMessage) -> str | None:
        """Return the room's id, or its name where that is what the platform or the settings know."""
        for room in (message.room, message.room_name):
            if room in self.rules.rooms or room in self.rules.groups:
                return room
        return message.room or None

    def _sender(self, message: ChatMessage) -> tuple[str, str | None]:
        """Return the role and the id of who sent a message; a name is no id, and never stored as one."""
        called = [name for name in (message.sender, *message.names) if name]
        if message.is_owner:
            called.append(OWNER)
        if (agent := next((self.rules.agents[name] for name in called if name in self.rules.agents), None)) is not None:
            return "agent", agent
        if message.sender in self.rules.known_agents:
            return "agent", message.sender
        if any(name in self.rules.assistants for name in called):
            return "assistant", _account(message.sender, called)
        return "agent" if message.is_owner else "customer", _account(message.sender, called)

    def _text(self, message: ChatMessage) -> str:
        """Return the words of a message; a customer's card says nothing of her own, whatever its title praises."""
        if message.kind == "list":
            return message.content if _ORDERED in message.content else f"#{_ORDERED}\n{message.content}"
        if message.kind != "card":
            return message.content
        if self._sender(message)[0] != "customer":
            return message.title
        return _ORDERED if any(name in message.app or name in message.title for name in ORDER_APPS) else ""

    def _sku(self, message: ChatMessage) -> str | None:
        return sku_of(message.path, self.rules.card_sku, self.rules.skus)

    def _taken_back(self, line: ChatMessage) -> Iterator[Record]:
        """Yield newer versions, without words, of the messages that a line takes back: those that it names by id or
        replaces, else the last one of its sender."""
        at = seconds_of(line.at)
        if at is None:
            return
        named = (line.reply,) if line.key else (server_id(line.reply), server_id(line.id))
        keys = set(filter(None, named))
        for who in line.names:
            key, sent = self._last.get((line.room, who), ("", 0))
            if key and 0 <= at - sent <= WITHIN:
                keys.add(key)
        for key in sorted(keys):
            fields = [key, self._group(line), NOBODY, "assistant", written(at + 1), WITHDRAWN, None, None, None]
            yield Record(line.place, fields)


def _account(sender: str, called: list[str]) -> str | None:
    return sender or next((made_id(NAME_ID, name) for name in called), None)


def message_id(message: ChatMessage) -> str:
    """Return the server's id of a message, else one made of its room, second, sender and content, so that two archives
    of one room have the same."""
    if own := message.key or server_id(message.id):
        return own
    at = seconds_of(message.at)
    who = message.sender or next(iter(message.names), OWNER)
    said = message.content or message.title
    return made_id(MADE_ID, "\x1f".join((message.room, message.at if at is None else str(at), who, said)))


def server_id(text: str) -> str:
    """Return the server's id that a `text` is, unsigned as XML has it where databases have a sign; '' for none."""
    bare = text.strip()
    if not bare.removeprefix("-").isdecimal() or len(bare.removeprefix("-")) < _SERVER_ID:
        return ""
    return str(int(bare) % (1 << 64))


def made_id(start: str, text: str) -> str:
    """Return an id, which begins with `start`, of a `text` of which it gives a reader nothing away."""
    return start + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def with_room(messages: Iterable[ChatMessage], room: str) -> Iterator[ChatMessage]:
    """Yield `messages`, those that do not name their room in this `room`."""
    for message in messages:
        yield message if message.room or message.fault else replace(message, room=room)
