"""Each channel is told of every list in order and at least once, whatever the other side does or who is killed."""

import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.support.robot import Reply, Robot, robot
from tests.support.told_channels import Clock, channel, days, kinds, publish
from xuanpin.pipelines import delivery
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery import deliver, failing, not_level, notify, try_channel
from xuanpin.pipelines.delivery.messages.channel import SINGLE, TOLD_AFTER, Channel, ChannelDown
from xuanpin.pipelines.delivery.messages.notices import notices
from xuanpin.pipelines.delivery.messages.progress import LONGEST_PAUSE, SPREAD, progress_of
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import NotifyChannel, NotifySettings

UNREACHED = "http://127.0.0.1:9/hidden"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = Home(tmp_path)
    publish(place, 0)
    return place


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def system() -> Iterator[Robot]:
    with robot() as state:
        yield state


def fail(told: Channel, home: Home) -> str:
    """Have a channel try, and return why it is down."""
    with pytest.raises(ChannelDown) as down:
        told.catch_up(home)
    return str(down.value)


def test_a_new_channel_begins_with_the_newest_list_and_is_told_each_once(
    home: Home, clock: Clock, system: Robot
) -> None:
    publish(home, 1)
    publish(home, 2)
    told = channel(system, clock)
    assert told.catch_up(home) == 1
    assert days(system) == [[2]]
    publish(home, 3)
    assert (told.catch_up(home), told.catch_up(home)) == (1, 0)
    assert days(system) == [[2], [3]]


@pytest.mark.parametrize(
    ("kind", "reply", "why"),
    [
        ("json", Reply(500), "HTTP 500"),
        ("json", Reply(302, headers={"Location": "/elsewhere"}), "HTTP 302"),
        ("json", Reply(404), "HTTP 404"),
        ("json", Reply(429), "HTTP 429"),
        ("json", Reply(seconds=0.8), "TimeoutError"),
        ("wecom", Reply(body=b'{"errcode": 45009, "errmsg": "api freq out of limit"}'), "errcode 45009"),
        ("wecom", Reply(body=b"<html>"), "no errcode"),
        ("wecom", Reply(body=b'{"errcode": "0"}'), "no errcode"),
        ("dingtalk", Reply(body=b'{"errcode": 310000, "errmsg": "sign not match"}'), "errcode 310000"),
        ("dingtalk", Reply(body=b"[]"), "no errcode"),
    ],
)
def test_what_is_not_taken_waits_and_is_sent_again(
    home: Home, clock: Clock, system: Robot, kind: str, reply: Reply, why: str
) -> None:
    told = channel(system, clock, kind=kind, notify={"timeout_seconds": 0.3})
    system.replies.append(reply)
    assert fail(told, home).startswith(f"1 message waits: {why}, since ")
    clock.turn(hours=2)
    assert told.catch_up(home) == 1
    assert len(system.heard) == 2 and system.heard[0].body == system.heard[1].body
    assert progress_of(home, "ops").attempts == 0


def test_a_dead_address_is_tried_ever_more_rarely_and_never_more_often_than_that(home: Home, clock: Clock) -> None:
    told, pauses = channel(UNREACHED, clock), list[timedelta]()
    for _ in range(12):
        begun = clock.now
        fail(told, home)
        while not progress_of(home, "ops").is_due(clock.now):
            clock.turn(seconds=5)
        pauses.append(clock.now - begun)
    assert timedelta(seconds=24) <= pauses[0] <= timedelta(seconds=45)
    assert all(later > earlier for earlier, later in pairwise(pauses[:6]))
    assert max(pauses) <= LONGEST_PAUSE * (1 + SPREAD) + timedelta(seconds=5)


def test_between_tries_nobody_is_called(home: Home, clock: Clock, system: Robot) -> None:
    told = channel(system, clock)
    system.replies.append(Reply(503))
    fail(told, home)
    publish(home, 1)
    assert fail(told, home).startswith("2 messages wait: HTTP 503")
    assert len(system.heard) == 1


@pytest.mark.parametrize(
    ("asked", "waits"),
    [("600", 600), ("-5", 0), ("99999999999999999999", 0), ("soon", 0), ("864000", 86_400), (None, 0)],
)
def test_a_server_says_when_it_may_be_asked_again(
    home: Home, clock: Clock, system: Robot, asked: str | None, waits: int
) -> None:
    text = asked or format_datetime(clock.now + timedelta(seconds=1_200))
    system.replies.append(Reply(429, headers={"Retry-After": text}))
    fail(channel(system, clock), home)
    progress = progress_of(home, "ops")
    clock.turn(seconds=max(waits, 1_150 if asked is None else 0) - 1)
    assert not progress.is_due(clock.now) or waits == 0
    clock.turn(seconds=120)
    assert progress.is_due(clock.now)


def test_a_few_that_waited_come_one_by_one_and_many_as_one(
    home: Home, clock: Clock, system: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 6
    monkeypatch.setattr("xuanpin.pipelines.delivery.messages.channel.MOST", most)
    told = channel(system, clock)
    told.catch_up(home)
    for nth in range(1, SINGLE + 1):
        publish(home, nth)
    told.catch_up(home)
    assert days(system)[1:] == [[1], [2], [3]]
    system.replies.append(Reply(500))
    publish(home, 4)
    fail(told, home)
    publish(home, 5, "recalled")
    for nth in range(6, most + 6):
        publish(home, nth)
    clock.turn(hours=1)
    assert told.catch_up(home) == most + 2
    assert days(system)[-2:] == [list(range(4, most + 4)), [most + 4, most + 5]]
    first = system.heard[-2]
    assert first.content["severity"] == "critical"
    assert first.headers["X-Xuanpin-Event-Id"] == first.content["message_id"]
    assert first.content["message_id"] not in {event["event_id"] for event in first.content["events"]}


def test_a_failure_between_two_messages_sends_none_again_and_none_before_its_turn(
    home: Home, clock: Clock, system: Robot
) -> None:
    told = channel(system, clock)
    told.catch_up(home)
    publish(home, 1)
    publish(home, 2)
    system.replies += [Reply(), Reply(500)]
    assert fail(told, home).startswith("1 message waits")
    clock.turn(hours=1)
    told.catch_up(home)
    assert days(system) == [[0], [1], [2], [2]]


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({}, ["published", "recalled", "published", "late"]),
        ({"least_severity": "critical"}, ["recalled"]),
        ({"least_severity": "warning"}, ["recalled", "late"]),
        ({"events": ("published", "danger")}, ["published", "published"]),
        ({"events": ("danger",)}, []),
    ],
)
def test_a_channel_gets_what_it_asked_for(
    home: Home, clock: Clock, system: Robot, chosen: dict[str, Any], wanted: list[str]
) -> None:
    told = channel(system, clock, **chosen)
    told.begin(home)
    publish(home, 1, "recalled")
    publish(home, 2)
    with robot() as other:
        settings = Settings(notify=NotifySettings(channels={"ops": told.chosen}))
        notify(home, settings, "late", ("late", "it is"), {"ROBOT": other.address})
        got = [kind for message in kinds(other) for kind in message]
    assert got == wanted
    assert told.catch_up(home) == 0


def test_what_could_not_be_sent_for_days_is_set_aside_and_told(home: Home, clock: Clock, system: Robot) -> None:
    told = channel(system, clock, notify={"give_up_days": 2})
    system.replies += [Reply(500)] * 2
    fail(told, home)
    clock.turn(days=3)
    assert fail(told, home).startswith("0 messages wait: HTTP 500")
    settings = Settings(notify=NotifySettings(channels={"ops": told.chosen}))
    assert not_level(home, settings) == ["channel ops: 1 message set aside, which could not be sent for days"]
    (line,) = (home.delivery / "messages" / "set_aside.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(system.heard[0].body)["events"][0]
    assert json.loads(line)["event_id"] == first["event_id"] and json.loads(line)["channel"] == "ops"
    publish(home, 1)
    clock.turn(hours=1)
    told.catch_up(home)
    assert days(system)[-1] == [1] and not_level(home, settings) == []


def test_the_others_are_told_of_a_channel_that_does_not_work_and_not_itself(
    home: Home, clock: Clock, system: Robot
) -> None:
    broken, well = channel(UNREACHED, clock), channel(system, clock, key="well")
    well.catch_up(home)
    for _ in range(TOLD_AFTER + 1):
        fail(broken, home)
        clock.turn(hours=1)
    assert well.catch_up(home) == 1
    assert kinds(system)[-1] == ["not_level"]
    assert system.heard[-1].content["events"][0]["subject"]["en"] == "Xuanpin: channel ops does not work"
    with robot() as back:
        channel(back, clock).catch_up(home)
        assert kinds(back) == [["published"]]
    well.catch_up(home)
    assert system.heard[-1].content["events"][0]["subject"]["zh"] == "选品：渠道 ops 已恢复"


def test_a_home_that_is_set_up_anew_begins_anew(home: Home, clock: Clock, system: Robot, tmp_path: Path) -> None:
    told = channel(system, clock)
    for nth in range(1, 4):
        publish(home, nth)
    told.catch_up(home)
    other = Home(tmp_path / "other")
    publish(other, 0)
    (home.delivery).rename(other.delivery)
    assert told.catch_up(other) == 1
    assert days(system) == [[3], [0]]


def test_a_test_message_is_sent_at_once_and_ends_a_pause(home: Home, system: Robot) -> None:
    chosen = NotifyChannel(kind="json", address_variable="ROBOT")
    settings = Settings(notify=NotifySettings(channels={"ops": chosen}))
    environment = {"ROBOT": system.address}
    system.replies += [Reply(500), Reply(500)]
    assert deliver(home, settings, environment)[0].failure is not None
    assert [*failing(home)] == ["notify.ops"]
    with pytest.raises(ChannelDown, match="not sent: HTTP 500"):
        try_channel(home, settings, "ops", environment)
    try_channel(home, settings, "ops", environment)
    assert kinds(system)[1:] == [["test"], ["test"]]
    assert deliver(home, settings, environment)[0].count == 1
    assert failing(home) == {}
    with pytest.raises(UsageError, match="settings name no channel sms; they name ops"):
        try_channel(home, settings, "sms", environment)


def test_nothing_secret_is_logged_or_kept(home: Home, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    address = "http://me:pa55@127.0.0.1:9/hook?key=s3cret"
    chosen = NotifyChannel(kind="dingtalk", address_variable="ROBOT", secret_variable="SECRET")
    settings = Settings(notify=NotifySettings(channels={"ops": chosen}))
    with caplog.at_level(logging.DEBUG):
        (done,) = deliver(home, settings, {"ROBOT": address, "SECRET": "hush-7"})
    kept = "".join(path.read_text(encoding="utf-8") for path in home.delivery.rglob("*") if path.is_file())
    for secret in ("pa55", "s3cret", "hush-7"):
        assert secret not in caplog.text + kept + str(done)
    assert home.delivery.stat().st_mode & 0o077 == 0


def test_a_receiver_that_fails_is_told_of_by_the_channels(
    home: Home, system: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dead:
        name = "postgres"

        def catch_up(self, home: Home) -> int:
            raise OSError("postgresql://u:pa55@db")

    monkeypatch.setattr(delivery, "receivers", lambda *_: [Dead()])
    settings = Settings(notify=NotifySettings(channels={"ops": NotifyChannel(kind="json", address_variable="ROBOT")}))
    for _ in range(2):
        deliver(home, settings, {"ROBOT": system.address})
    assert kinds(system) == [["published"], ["not_level"]]
    assert "postgres is behind" in system.heard[1].content["events"][0]["subject"]["en"]
    assert len(notices(home, 0)) == 1


def test_a_channel_that_is_slow_keeps_no_other_waiting(home: Home, system: Robot) -> None:
    section = NotifyChannel(kind="json", address_variable="ROBOT")
    other = NotifyChannel(kind="json", address_variable="OTHER")
    settings = Settings(notify=NotifySettings(channels={"slow": section, "well": other}))
    with robot() as well:
        system.replies.append(Reply(seconds=1.0))
        delivering = Thread(target=deliver, args=(home, settings, {"ROBOT": system.address, "OTHER": well.address}))
        delivering.start()
        while not well.heard:
            assert delivering.is_alive()
            time.sleep(0.01)
        assert progress_of(home, "slow").number == 0
        delivering.join()
    assert progress_of(home, "slow").number == 1


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery import deliver
from xuanpin.pipelines.delivery.messages import channel
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import NotifyChannel, NotifySettings

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

channel.keep = die
chosen = NotifyChannel(kind="json", address_variable="ROBOT")
deliver(Home(Path(sys.argv[1])), Settings(notify=NotifySettings(channels={"ops": chosen})), os.environ)
"""


def test_who_is_killed_between_sending_and_noting_sends_again_under_the_same_id(
    home: Home, clock: Clock, system: Robot
) -> None:
    told = channel(system, clock)
    told.catch_up(home)
    publish(home, 1)
    script = [sys.executable, "-c", textwrap.dedent(KILLED), str(home.root)]
    ended = subprocess.run(script, env={**os.environ, "ROBOT": system.address}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert told.catch_up(home) == 1
    assert days(system) == [[0], [1], [1]]
    assert system.heard[1].body == system.heard[2].body
    assert system.heard[1].headers["X-Xuanpin-Event-Id"] == system.heard[2].headers["X-Xuanpin-Event-Id"]
