"""A message as an archive tells it, before anything of it is understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from xuanpin.pipelines.ingest.formats.chats.kinds import Kind
from xuanpin.pipelines.ingest.formats.records import Fault


@dataclass(frozen=True)
class Rules:
    """What settings say of chats, with the platform's own ids.

    `agents`: senders, by the id or the name that the archive has → agent_id. `assistants`: senders that are programs or
    staff. `card_sku`: parameters of a card's address that hold a SKU. `rooms`: rooms that settings map to groups.
    `groups`, `skus`, `known_agents`: ids of the platform.
    """

    agents: dict[str, str] = field(default_factory=dict)
    assistants: frozenset[str] = frozenset()
    card_sku: tuple[str, ...] = ()
    rooms: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    known_agents: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ChatMessage:
    """One message: its `place` (line or number) in the archive and what the archive says of it, '' for nothing.

    `id` is the server's, `key` one that is used as it is; `room` the chat's id, else its name, which `room_name` is;
    `sender` the account, `names` what it is called; `is_owner` that it is the archive's own; `at` a time as written.
    `content` is text or XML. `reply` is the server's id of the message that is answered. `path` is the address of a
    card, `title` its title, `app` the application that sent it. A row with a `fault` has nothing else.
    """

    place: int
    id: str = ""
    key: str = ""
    room: str = ""
    room_name: str = ""
    sender: str = ""
    names: tuple[str, ...] = ()
    is_owner: bool = False
    at: str = ""
    kind: Kind = "text"
    content: str = ""
    reply: str = ""
    path: str = ""
    title: str = ""
    app: str = ""
    fault: Fault | None = None
