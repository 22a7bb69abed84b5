"""A channel that is brought level: what it lacks is read off the home, sent in order, and noted once it was taken."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.messages.event import Event, identity, in_both_languages
from xuanpin.pipelines.delivery.messages.news import news_of
from xuanpin.pipelines.delivery.messages.notices import notice_event, notices, put_notice
from xuanpin.pipelines.delivery.messages.posting import NotSent
from xuanpin.pipelines.delivery.messages.progress import Owed, Progress, keep, progress_of, set_aside
from xuanpin.pipelines.delivery.messages.ways import Way
from xuanpin.pipelines.errors import UsageError, XuanpinError
from xuanpin.pipelines.run_store import journal
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import NOTICES, SEVERITIES, NotifyChannel
from xuanpin.pipelines.typed.phrase import phrase

log = logging.getLogger("xuanpin")
SINGLE = 3
"""Messages that are sent one by one; where more wait, they come as one, for robots take 20 a minute."""
MOST = 50
"""Events of one message."""
TOLD_AFTER = 5
"""Failures in a row after which the other channels are told that one does not work: some eight minutes."""


class ChannelDown(XuanpinError):
    """A channel does not take messages now; they wait, and it is tried again later."""


@dataclass(frozen=True)
class Channel:
    """One channel of the settings, a receiver of what is published.

    `key`: its name in the settings; `chosen`: its section; `settings`: those of the deployment; `environment`: holds
    addresses and secrets; `is_for_any_robot`: whether it sends the plain text that robots of both platforms take;
    `clock` tells the time, with a zone.
    """

    key: str
    chosen: NotifyChannel
    settings: Settings
    environment: Mapping[str, str]
    is_for_any_robot: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def name(self) -> str:
        """Its name in logs and answers."""
        return f"notify.{self.key}"

    def catch_up(self, home: Home) -> int:
        """Send what the channel has not had, in order, and return how many events those were.

        Each is noted once it was taken: one whose sending was cut short is sent again, under the same id. Raises
        ChannelDown where some wait, and UsageError where the address is not in the environment.
        """
        progress = progress_of(home, self.key)
        new = self._new(home, progress)
        wanted = [one for one in new if self._wants(one[1])]
        if not wanted and new:
            keep(home, self.key, progress.past(new))
        if not wanted:
            return 0
        if not progress.is_due(self.clock()):
            raise _down(progress, len(wanted))
        return self._send_all(home, progress, wanted)

    def begin(self, home: Home) -> None:
        """Note where the channel begins, if it is new, so that what happens from now on is sent."""
        progress_of(home, self.key)

    def try_out(self, home: Home) -> None:
        """Send a message that says it is a test; one that was taken ends a pause. Raises as `catch_up`."""
        self._require(_trial(self.key, self.clock()))
        progress = progress_of(home, self.key)
        keep(home, self.key, replace(progress, next_try=None))

    def send_now(self, notice: Event) -> None:
        """Send a notice that cannot be kept, unless it is not for this channel. Raises as `catch_up`."""
        if self._wants(notice):
            self._require(notice)

    def _require(self, event: Event) -> None:
        try:
            self._way().send([event], self.clock())
        except NotSent as error:
            raise ChannelDown(phrase("not sent: {failure}", failure=str(error))) from None

    def _new(self, home: Home, progress: Progress) -> list[Owed]:
        """Return what the channel has not come to, as it happened; entries stay in order whatever clocks said."""
        desk = self.settings.desk.address
        news = [(change.number, news_of(home, change, desk)) for change in journal.changes(home, progress.number)]
        told = notices(home, progress.notice)
        return list(heapq.merge(news, told, key=lambda one: datetime.fromisoformat(one[1].at)))

    def _wants(self, event: Event) -> bool:
        is_asked = not self.chosen.events or event.kind in self.chosen.events
        is_bad_enough = SEVERITIES.index(event.severity) >= SEVERITIES.index(self.chosen.least_severity)
        return is_asked and is_bad_enough and event.about != self.key

    def _send_all(self, home: Home, progress: Progress, wanted: Sequence[Owed]) -> int:
        way, count = self._way(), 0
        for batch in _batches(wanted):
            try:
                way.send([event for _, event in batch], self.clock())
            except NotSent as error:
                failed = progress.failed(self.key, str(error), self.clock(), error.asked)
                raise self._kept_waiting(home, failed, wanted[count:]) from None
            if progress.attempts >= TOLD_AFTER:
                self._tell(home, works=True)
            progress = progress.past(batch).worked()
            keep(home, self.key, progress)
            count += len(batch)
        return count

    def _kept_waiting(self, home: Home, progress: Progress, left: Sequence[Owed]) -> ChannelDown:
        """Note a failure, set aside what has waited too long, and return what says so."""
        oldest = self.clock() - timedelta(days=self.settings.notify.give_up_days)
        stale = [one for one in left if datetime.fromisoformat(one[1].at) < oldest]
        if stale:
            set_aside(home, self.key, progress, [event for _, event in stale])
            log.warning("%s: set aside, as they could not be sent for days: messages (%d)", self.name, len(stale))
            progress = replace(progress.past(stale), given_up=progress.given_up + len(stale))
        keep(home, self.key, progress)
        if progress.attempts == TOLD_AFTER:
            self._tell(home, works=False)
        return _down(progress, len(left) - len(stale))

    def _tell(self, home: Home, *, works: bool) -> None:
        """Keep a notice for the other channels that this one does not work, or works again."""
        if works:
            words = (
                phrase("Xuanpin: channel {name} works again", name=self.key),
                phrase("what waited for it has been sent"),
            )
        else:
            words = (
                phrase("Xuanpin: channel {name} does not work", name=self.key),
                phrase(
                    "its messages wait and are tried again; check it with `xuanpin deliver --test {name}`",
                    name=self.key,
                ),
            )
        put_notice(home, notice_event("not_level", *words, self.clock(), about=self.key))

    def _way(self) -> Way:
        chosen, notify = self.chosen, self.settings.notify
        return Way(
            kind="text" if self.is_for_any_robot else chosen.kind,
            address=self._variable(chosen.address_variable or notify.smtp_variable),
            secret=None if chosen.secret_variable is None else self._variable(chosen.secret_variable),
            language=chosen.language or notify.language,
            timeout=notify.timeout_seconds,
            to=chosen.to,
            sender=notify.email_from,
        )

    def _variable(self, name: str) -> str:
        if name not in self.environment:
            raise UsageError(
                phrase("environment variable {name} is not set; [notify] needs it where messages are sent", name=name)
            )
        return self.environment[name]


def channels(settings: Settings, environment: Mapping[str, str]) -> list[Channel]:
    """Return the channels that settings name; `environment` has their addresses and secrets.

    A robot and addresses that are named in `[notify]` itself get what needs a person, as ever; other channels are told
    of lists too.
    """
    chosen, found = settings.notify, list[Channel]()
    if chosen.webhook_variable is not None:
        robot = NotifyChannel(kind="wecom", address_variable=chosen.webhook_variable, events=NOTICES)
        found.append(Channel("webhook_variable", robot, settings, environment, is_for_any_robot=True))
    if chosen.email_to:
        mail = NotifyChannel(kind="email", to=chosen.email_to, events=NOTICES)
        found.append(Channel("email_to", mail, settings, environment))
    return [*found, *(Channel(key, one, settings, environment) for key, one in chosen.channels.items())]


def _batches(wanted: Sequence[Owed]) -> list[Sequence[Owed]]:
    """Return the messages that are sent, each with its events."""
    size = 1 if len(wanted) <= SINGLE else MOST
    return [wanted[first : first + size] for first in range(0, len(wanted), size)]


def _down(progress: Progress, waiting: int) -> ChannelDown:
    return ChannelDown(
        phrase(
            "{count:,} messages wait: {failure}, since {since}; the next try is at {next_try}",
            count=waiting,
            failure=progress.failure,
            since=progress.since,
            next_try=progress.next_try,
        )
    )


def _trial(key: str, now: datetime) -> Event:
    stamp = now.isoformat(timespec="milliseconds")
    subject = in_both_languages(phrase("Xuanpin: a test of channel {name}", name=key))
    text = in_both_languages(phrase("This channel works. Nothing has happened."))
    return Event(identity("test", key, stamp), "test", "info", stamp, None, subject, text)
