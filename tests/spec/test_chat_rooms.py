"""An archive of chats among the exports is read as what it is, and each of its rooms is asked to be a group."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.planned_exports import group, plans
from tests.support.shapes import write_shop
from xuanpin.pipelines.connect.connection import Group, archives_together, connection
from xuanpin.pipelines.connect.missing import Missing
from xuanpin.pipelines.connect.recognition.recognising import recognise
from xuanpin.pipelines.connect.settings_text import settings_text
from xuanpin.pipelines.connect.understanding import understand

GROUPS = """
群编号 群名称     团长编号
Q1   翠苑二区群  A1
Q2   城西水果群  A2
"""


def archive(folder: Path) -> Group:
    write_shop("wechat_archive", folder)
    found = connection(folder, recognise)
    assert (len(found.groups), found.unread) == (1, ())
    return found.groups[0]


def test_an_archive_is_chat_whatever_its_columns_are_called(tmp_path: Path) -> None:
    found = archive(tmp_path)
    assert (found.finding.table, found.finding.certainty, found.export.row_count) == ("chat_messages", "sure", 12)
    assert found.rooms is not None and len(found.rooms) == 1


def test_each_room_is_asked_to_be_a_group(tmp_path: Path) -> None:
    chat = archive(tmp_path)
    room = (chat.rooms or ("",))[0]
    groups = group(GROUPS, "groups", {"群编号": "group_id", "团长编号": "agent_id"}, "群.csv")
    _, asking = plans(groups, chat)
    key = f"{chat.key} / room {room}"
    assert [question.key for question in asking.unanswered] == [key]
    assert [choice.value for choice in asking.unanswered[0].choices] == ["Q1", "Q2", "leave_out"]
    found, _ = plans(groups, chat, answers={key: "Q2"})
    assert found["chat_messages"].values == {"group_id": {room: "Q2"}}
    text = settings_text([found["chat_messages"]], Missing(), "en")
    assert f'"{room}" = "Q2"' in text and "view" not in text and ".columns]" not in text


def test_without_groups_the_settings_say_where_rooms_are_written(tmp_path: Path) -> None:
    write_shop("wechat_archive", tmp_path)
    plan = understand(connection(tmp_path, recognise), {}).plans[0]
    assert any("chat_messages.values.group_id" in sentence for sentence in plan.assumed)


def test_archives_of_several_tools_are_read_together(tmp_path: Path) -> None:
    one = archive(tmp_path)
    other = replace(one, reads="评论*.csv", places=("评论.csv",), rooms=("room",))
    (together,) = archives_together([one, other])
    assert (together.reads, together.rooms) == (f"{one.reads}|评论*.csv", (*(one.rooms or ()), "room"))
    assert together.export.row_count == 24
    assert archives_together([one]) == [one]
