"""Messages as tasks of WeCom, against a stub of it on this machine: once a group, whatever goes wrong on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.outbox_home import LIST_DATE, NOON, listed, outbox_home, sku
from tests.support.wecom_stub import Fault, Stub, wecom
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox.gateway import Gateway, GatewayFailed
from xuanpin.pipelines.outbox.ledger import open_ledger
from xuanpin.pipelines.outbox.results import ask_results, note_results
from xuanpin.pipelines.outbox.sending import Sent, send
from xuanpin.pipelines.outbox.writing import write_outbox
from xuanpin.pipelines.settings.outbox import OutboxSettings

ALL = ["G1", "G3", "G2"]
KEY = {"GATEWAY_KEY": "a key of the gateway"}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with wecom() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return outbox_home(tmp_path / "home")


class Desk:
    """Sends from a home at a time that the test sets, and notes how long it waited."""

    def __init__(self, home: Home, stub: Stub, **settings: Any) -> None:
        self.home, self.waits, self.now = home, list[float](), NOON
        address = {"gateway": stub.address, "gateway_key_variable": "GATEWAY_KEY", "timeout_seconds": 0.25}
        self.settings = OutboxSettings(**{**address, **settings})

    def gateway(self) -> Gateway:
        return Gateway(self.settings, KEY, self.waits.append)

    def send(self) -> Sent:
        with self.gateway() as gateway:
            return send(self.home, self.settings, LIST_DATE, gateway, self.clock)

    def clock(self) -> datetime:
        return self.now

    def states(self) -> list[str]:
        with open_ledger(self.home, LIST_DATE) as ledger:
            return [entry.state for entry in ledger.entries.values()]


@pytest.fixture
def desk(home: Home, stub: Stub) -> Desk:
    return Desk(home, stub)


def test_each_group_gets_one_task_and_a_second_time_none(desk: Desk, stub: Stub) -> None:
    done = desk.send()
    assert (done.handed, done.held, done.refused, done.unclear) == (ALL, 0, [], [])
    assert stub.made() == ALL
    again = desk.send()
    assert (again.handed, again.held) == ([], 3)
    assert len(stub.requests) == 3
    assert write_outbox(desk.home, desk.settings, LIST_DATE, "csv", NOON).new == 0


def test_what_was_written_as_a_file_is_not_sent_as_well(desk: Desk, stub: Stub) -> None:
    write_outbox(desk.home, desk.settings, LIST_DATE, "csv", NOON)
    assert desk.send().held == 3
    assert stub.requests == []


def test_nothing_leaves_but_the_agent_her_group_and_the_text(desk: Desk, stub: Stub) -> None:
    desk.send()
    for path, headers, content in stub.requests:
        assert path == "/wecom/cgi-bin/externalcontact/add_msg_template"
        assert headers["Authorization"] == "Bearer a key of the gateway"
        assert "access_token" not in path
        # WeCom reads no \u escapes.
        assert b"\\u" not in content
        body = json.loads(content)
        assert body.keys() <= {"chat_type", "chat_id_list", "sender", "allow_select", "text", "attachments"}
        assert re.findall(r"\b[A-Z]\d+\b", body["text"]["content"]) in (["S1", "S2", "S3"], ["S3", "S1"])


@pytest.mark.parametrize("fault", [Fault(code=-1), Fault(code=45009), Fault(code=45033), Fault(http=429)])
def test_a_busy_gateway_is_asked_again_after_longer_and_longer_waits(desk: Desk, stub: Stub, fault: Fault) -> None:
    stub.faults.extend([fault] * 3)
    assert desk.send().handed == ALL
    assert stub.made() == ALL
    assert desk.waits[:5] == [0, 2, 4, 8, 0]


def test_a_gateway_that_stays_busy_ends_the_command_and_the_next_one_goes_on(desk: Desk, stub: Stub) -> None:
    stub.faults.extend([Fault(is_done=True), *[Fault(code=45009)] * 4])
    with pytest.raises(GatewayFailed, match=r"answers 45009 \(too many calls\), after 4 tries"):
        desk.send()
    assert desk.states() == ["handed", "released"]
    assert desk.send().handed == ["G3", "G2"]
    assert stub.made() == ALL


@pytest.mark.parametrize("code", [40001, 40014, 42001, 48002, 60020])
def test_without_access_to_wecom_nothing_more_is_tried(desk: Desk, stub: Stub, code: int) -> None:
    stub.faults.append(Fault(code=code))
    with pytest.raises(GatewayFailed, match=f"has no access to WeCom: it answers {code} "):
        desk.send()
    assert len(stub.requests) == 1
    assert desk.send().handed == ALL


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_an_address_that_is_no_gateway_is_named(desk: Desk, stub: Stub, status: int) -> None:
    stub.faults.append(Fault(http=status))
    with pytest.raises(GatewayFailed, match=f"answers HTTP {status}; check .outbox. gateway"):
        desk.send()


@pytest.mark.parametrize(
    ("code", "why"), [(41048, "no group that may get"), (40050, "no such group"), (99999, "99999")]
)
def test_a_refused_message_holds_up_no_other_and_may_be_tried_again(
    desk: Desk, stub: Stub, code: int, why: str
) -> None:
    stub.faults.append(Fault(code=code))
    done = desk.send()
    assert done.handed == ["G3", "G2"]
    (refused,) = done.refused
    assert refused[0] == "G1" and why in refused[1]
    assert desk.send().handed == ["G1"]


def test_a_group_that_wecom_does_not_know_is_told(desk: Desk, stub: Stub) -> None:
    stub.unknown_groups.add("G3")
    assert desk.send().refused == [("G3", "the group is in the list of those that cannot get it")]


SILENT = [
    Fault(seconds=0.4),
    Fault(is_cut=True),
    Fault(http=502),
    Fault(body=b"<html>"),
    Fault(body=b"[1]"),
    Fault(body=b'{"errcode": "0"}'),
    Fault(body=b'{"errcode": 0}'),
]


@pytest.mark.parametrize("fault", SILENT)
@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "not carried out"])
def test_after_an_answer_that_never_came_wecom_is_asked_before_anything_is_sent(
    desk: Desk, stub: Stub, fault: Fault, is_done: bool
) -> None:
    stub.faults.append(Fault(None, fault.http, fault.seconds, fault.body, fault.is_cut, is_done))
    first = desk.send()
    assert (first.handed, first.unclear) == (["G3", "G2"], ["G1"])
    desk.now = NOON + timedelta(minutes=9)
    soon = desk.send()
    assert (soon.handed, soon.unclear) == ([], [] if is_done else ["G1"])
    desk.now = NOON + timedelta(minutes=10)
    later = desk.send()
    assert later.handed == ([] if is_done else ["G1"])
    assert sorted(stub.made()) == sorted(ALL)
    assert set(desk.states()) == {"handed"}


def test_three_in_a_row_without_an_answer_end_the_command(desk: Desk, stub: Stub) -> None:
    stub.faults.extend([Fault(http=500)] * 3)
    with pytest.raises(GatewayFailed, match=r"3 messages in a row got no usable answer \(HTTP 500\)"):
        desk.send()
    assert desk.states() == ["sending"] * 3


def test_while_wecom_does_not_say_what_was_made_nothing_is_sent(desk: Desk, stub: Stub) -> None:
    stub.faults.append(Fault(http=500))
    desk.send()
    desk.now = NOON + timedelta(hours=1)
    strange = (b'{"errcode": 0, "group_msg_list": {"a": 1}}', b'{"errcode": 0, "group_msg_list": ["a"]}', b"\xff")
    for fault in (Fault(http=500), Fault(code=40058), *(Fault(body=body) for body in strange)):
        stub.faults.append(fault)
        with pytest.raises(GatewayFailed, match="1 message had no answer, and WeCom does not say whether"):
            desk.send()
    assert "G1" not in stub.made()


def test_a_gateway_that_cannot_be_reached_is_tried_again_and_nothing_counts_as_sent(home: Home, stub: Stub) -> None:
    desk = Desk(home, stub, gateway="http://127.0.0.1:9")
    with pytest.raises(GatewayFailed, match=r"cannot be reached \(ConnectError\), after 4 tries"):
        desk.send()
    assert desk.waits == [0, 2, 4, 8]
    assert desk.states() == ["released"]
    assert Desk(home, stub).send().handed == ALL


def test_no_proxy_of_the_environment_reads_what_is_sent(
    desk: Desk, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert desk.send().handed == ALL
    assert len(stub.requests) == 3


def test_a_task_with_a_recalled_sku_is_stopped_and_its_group_gets_another(desk: Desk, stub: Stub) -> None:
    desk.send()
    stub.tasks[0].status = 1
    outbox_home(desk.home.root, run_id="run2", skus=listed()[1:])
    done = desk.send()
    assert (done.stopped, done.handed) == (2, ["G3", "G2"])
    assert [task.is_stopped for task in stub.tasks] == [False, True, True, False, False]
    assert "S1" not in stub.tasks[3].text
    # The group that has its message gets no second one: its agent is told.
    assert done.withdrawn == 1
    (file,) = done.files
    assert "G1" in file.read_text(encoding="utf-8-sig")
    assert len([task for task in stub.tasks if task.group_id == "G1"]) == 1


def test_a_task_that_cannot_be_stopped_stays_and_its_agent_is_told(desk: Desk, stub: Stub) -> None:
    desk.send()
    outbox_home(desk.home.root, run_id="run2", skus=listed()[1:])
    stub.faults.extend([Fault(is_done=True), Fault(http=500)])
    done = desk.send()
    assert (done.stopped, done.withdrawn, done.handed) == (2, 1, ["G3", "G2"])
    assert stub.made().count("G1") == 1
    # Stopped, but whether it was sent before is not known: no second message is risked, until it is known.
    stub.faults.extend([Fault(is_done=True), Fault(is_done=True), Fault(http=500)])
    assert (desk.send().stopped, stub.made().count("G1")) == (0, 0)
    again = desk.send()
    assert (again.stopped, again.withdrawn, again.handed) == (1, 0, ["G1"])


def test_texts_stay_within_what_wecom_takes(tmp_path: Path, stub: Stub) -> None:
    skus = [sku(f"S{at}", at, title="长" * 200) for at in range(1, 13)]
    long = outbox_home(tmp_path / "long", skus=skus, matches={"A2": [row["sku_id"] for row in skus]})
    assert Desk(long, stub, text_characters=10_000).send().handed == ["G2"]
    over = outbox_home(tmp_path / "over", groups={"A2": ("G8",)})
    assert Desk(over, stub).send().refused == []


def test_a_past_list_date_and_missing_settings_are_refused(desk: Desk, stub: Stub) -> None:
    desk.now = NOON + timedelta(days=1)
    with pytest.raises(UsageError, match="list date 2026-11-22 is over: it is 2026-11-23 in Beijing; nothing was sent"):
        desk.send()
    with pytest.raises(UsageError, match="no gateway is set; name the platform's gateway"):
        Gateway(OutboxSettings(), {})
    with pytest.raises(UsageError, match="environment variable GATEWAY_KEY is not set"):
        Gateway(desk.settings, {})
    assert stub.requests == []


def test_results_tell_what_was_sent_what_never_will_be_and_what_still_waits(desk: Desk, stub: Stub) -> None:
    desk.send()
    stub.tasks[0].status, stub.tasks[1].status = 1, 3
    with desk.gateway() as gateway, open_ledger(desk.home, LIST_DATE) as ledger:
        found = ask_results(ledger, gateway)
        note_results(ledger, found, NOON)
    assert [entry.group_id for entry in found.sent] == ["G1"]
    assert [(entry.group_id, why) for entry, why in found.failed] == [
        ("G3", "the group has had its messages of the day")
    ]
    assert found.waiting == 1
    assert desk.states() == ["sent", "failed", "handed"]
    assert desk.send().held == 3


def test_a_task_that_wecom_says_nothing_of_is_told_and_asked_again(desk: Desk, stub: Stub) -> None:
    desk.send()
    stub.tasks.pop(0)
    stub.faults.extend([Fault(is_done=True), Fault(http=500)])
    with desk.gateway() as gateway, open_ledger(desk.home, LIST_DATE) as ledger:
        found = ask_results(ledger, gateway)
    assert [why for _, why in found.unknown] == ["41047 (no such task)", "HTTP 500"]
    assert desk.states() == ["handed"] * 3
