"""Asks which group of the platform each room of an archive of chats is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import LEAVE_OUT, Asking, Choice, Question, leave_out
from xuanpin.pipelines.connect.samples import values_of
from xuanpin.pipelines.typed.phrase import as_is, phrase

_GROUP_NAME = re.compile("群名|群昵称|社群|群聊名|group name|room name", re.IGNORECASE)
"""Headers of the names of groups."""
_MOST = 40
"""Groups among which a person can choose; rooms of a platform with more are mapped in the settings."""


def map_rooms(plans: Mapping[str, TablePlan], asking: Asking) -> None:
    """Map the rooms of an archive of chats among the `plans` to groups; a room with the id or the name of a group is
    clear, for a night reads it so."""
    chat = plans.get("chat_messages")
    if chat is None or chat.group.rooms is None:
        return
    groups = _known_groups(plans)
    chat.assumed.append(_AGENTS)
    if not groups or len(groups) > _MOST:
        chat.assumed.append(_ROOMS)
        return
    named = {room for room, name in chat.group.room_names if name in groups}
    unclear = [room for room in chat.group.rooms if room not in groups and room not in named]
    answers = {room: _asked(chat, room, groups, asking) for room in unclear}
    words = {room: group for room, group in answers.items() if group not in (None, LEAVE_OUT)}
    if words:
        chat.values["group_id"] = {room: str(group) for room, group in words.items()}


_AGENTS = phrase(
    'write the agents under [sources.tables.chat_messages.agents]: "account or name in the chat" = "agent_id"; '
    "whoever is not there is a customer"
)
_ROOMS = phrase(
    'write the rooms under [sources.tables.chat_messages.values.group_id]: "room" = "group_id"; rooms that are no '
    "groups are left out"
)


def _known_groups(plans: Mapping[str, TablePlan]) -> dict[str, str]:
    """Return the ids of groups with what else stands beside them in their export, by which a person knows them."""
    for table in ("groups", "orders"):
        plan = plans.get(table)
        if plan is not None and "group_id" in plan.headers:
            place = plan.group.export.headers.index(plan.headers["group_id"])
            rows = plan.group.export.rows if table == "groups" else ()
            named = _names_of_groups(plan)
            beside = {str(row[place]): _told([row[place], *(row[at] for at in named)]) for row in rows}
            return {group: beside.get(group, group) for group in values_of(plan.group.export, plan.headers["group_id"])}
    return {}


def _told(cells: Sequence[str | None]) -> str:
    return " · ".join(dict.fromkeys(cell for cell in cells if cell))


def _names_of_groups(plan: TablePlan) -> list[int]:
    """Return the places of headers that name groups: what else stands there may tell of a person."""
    return [at for at, header in enumerate(plan.group.export.headers) if _GROUP_NAME.search(header)]


def _asked(chat: TablePlan, room: str, groups: Mapping[str, str], asking: Asking) -> str | None:
    question = Question(
        f"{chat.group.key} / room {room}",
        phrase("which group is the room {room} of {file}?", room=room, file=chat.group.key),
        (),
        (
            *(Choice(group, as_is(beside)) for group, beside in groups.items()),
            leave_out(phrase("none of them: leave the room out")),
        ),
        next((group for group, beside in groups.items() if room in beside.split(" · ")), None),
    )
    return asking.ask(question)
