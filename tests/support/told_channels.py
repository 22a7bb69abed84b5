"""Homes with entries of the journal, and channels to a robot on this machine with a clock that tests turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support import tiny_runs
from tests.support.robot import Robot
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.messages.channel import Channel
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import NotifyChannel, NotifySettings

FIRST = date(2026, 11, 1)


@dataclass
class Clock:
    """A clock that stands still until it is turned; it begins now, as entries are noted by the machine's clock."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


def publish(home: Home, nth: int, state: str = tiny_runs.SHOWN) -> None:
    """Publish the list of the `nth` day, as a verb does."""
    with sealing.lock_published(home):
        tiny_runs.publish(home, FIRST + timedelta(days=nth), f"run{nth}{state}", state)


def channel(
    robot: Robot | str, clock: Clock, key: str = "ops", notify: Mapping[str, Any] | None = None, **chosen: Any
) -> Channel:
    """A channel to a robot, or to any address, with what its section has `chosen` and what `[notify]` has."""
    address = robot if isinstance(robot, str) else robot.address
    section = NotifyChannel(**{"kind": "json", "address_variable": "ROBOT"} | chosen)
    settings = Settings(notify=NotifySettings(**{"timeout_seconds": 2.0} | dict(notify or {})))
    return Channel(key, section, settings, {"ROBOT": address, "SECRET": "hush-7"}, clock=clock)


def kinds(robot: Robot) -> list[list[str]]:
    """The kinds of the events of each message that a system was sent."""
    return [[event["kind"] for event in heard.content["events"]] for heard in robot.heard]


def days(robot: Robot) -> list[list[int]]:
    """The days, by their number, of the lists of each message that a system was sent."""
    told = [[event["list"]["list_date"] for event in heard.content["events"]] for heard in robot.heard]
    return [[(date.fromisoformat(day) - FIRST).days for day in message] for message in told]
