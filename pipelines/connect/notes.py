"""Lets the notes or videos of a content platform be groups of their authors, as large as their reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xuanpin.pipelines.connect.connection import Connection, Group
from xuanpin.pipelines.connect.derived import name_groups
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.ingest.formats.chats.families import NOTES, family_of
from xuanpin.pipelines.ingest.formats.chats.recognition import ChatArchive
from xuanpin.pipelines.typed.phrase import phrase

REACH = ("观看量", "阅读量", "阅读数", "播放量", "浏览量", "曝光量", "views", "view_count", "reads", "impressions")
"""Headers of how many people a note has reached: those who read it rather than those who were shown it."""
_COLUMNS = (("group_id", "id"), ("agent_id", "sender"), ("opened_on", "at"))


def groups_of_notes(connection: Connection, plans: Sequence[TablePlan]) -> list[TablePlan]:
    """Return the plan of groups that the notes of a `connection` are, where its `plans` read chat and no groups."""
    by_table = {plan.table: plan for plan in plans}
    found = ((group, archive) for group in connection.groups for archive in group.archives if archive.family == NOTES)
    notes = next(found, None)
    if notes is None or "groups" in by_table or "chat_messages" not in by_table:
        return []
    group, archive = notes
    plan = TablePlan("groups", _as_table(group, archive))
    plan.headers |= _headers(archive)
    if "member_count" not in plan.headers:
        plan.assume("member_count", "0", phrase("no column says how many people a note reached"))
    plan.assumed.append(phrase("no export is of groups: each note is one of its author, as large as its reach"))
    if "orders" in by_table:
        name_groups(by_table["orders"], plan, plan.headers["group_id"])
    return [plan]


def _headers(archive: ChatArchive) -> dict[str, str]:
    family = family_of(archive.headers)
    assert family is not None
    found = {column: family.header(part, archive.headers) for column, part in _COLUMNS}
    found["member_count"] = next((name for name in REACH if name in archive.headers), None)
    return {column: header for column, header in found.items() if header is not None}


def _as_table(group: Group, archive: ChatArchive) -> Group:
    """Return the notes with headers of their own, of which only the ids are known."""
    place = archive.headers.index(_headers(archive)["group_id"])
    empty: list[str | None] = [None] * len(archive.headers)
    rows = tuple((*empty[:place], room, *empty[place + 1 :]) for room in archive.rooms)
    export = replace(group.export, headers=archive.headers, rows=rows)
    return replace(group, rooms=None, room_names=(), finding=replace(group.finding, export=export, columns=()))
