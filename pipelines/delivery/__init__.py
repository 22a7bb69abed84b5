"""Brings those who live on published lists level with the home: databases of other systems, people who are told.

Nobody is pushed: each receiver reads the journal and the runs and does what it still lacks, so that one which was out
of reach, or a process that was killed, is caught up by whoever delivers next. A list is published before anything is
delivered, and stays so whatever becomes of that.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.iceberg import IcebergCopy
from xuanpin.pipelines.delivery.messages.channel import Channel, channels
from xuanpin.pipelines.delivery.messages.event import Event
from xuanpin.pipelines.delivery.messages.notices import notice_event, put_notice
from xuanpin.pipelines.delivery.messages.progress import known_progress
from xuanpin.pipelines.delivery.postgres import PostgresStore
from xuanpin.pipelines.engine import EngineError
from xuanpin.pipelines.errors import UsageError, XuanpinError
from xuanpin.pipelines.home_locks import alone
from xuanpin.pipelines.lineage.publications import Publications
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import MessageKind
from xuanpin.pipelines.typed.phrase import Phrase, as_is, in_language, joined, phrase

log = logging.getLogger("xuanpin")


class Receiver(Protocol):
    """Somebody outside who follows what is published."""

    @property
    def name(self) -> str:
        """Its name in settings, logs and answers."""

    def catch_up(self, home: Home) -> int:
        """Do what the receiver still lacks; return how many runs or messages that were, 0 where it was level.

        Called again after having been cut short anywhere, it ends where one call would have. Raises DeliveryFailed.
        """


@dataclass(frozen=True)
class Delivered:
    """What one `receiver` got: the `count` of what was new to it, and why it is not level (`failure`), if it is not."""

    receiver: str
    count: int
    failure: Phrase | None = None


def receivers(settings: Settings, environment: Mapping[str, str]) -> list[Receiver]:
    """Return who follows the lists of a deployment, as settings say; `environment` has addresses and passwords."""
    found: list[Receiver] = []
    if settings.publish.postgres.connection_variable is not None:
        found.append(PostgresStore(settings.publish, environment))
    if settings.publish.iceberg.kind != "none":
        found.append(IcebergCopy(settings.publish.iceberg, environment))
    if settings.lineage.kind != "none":
        found.append(Publications(settings.lineage, environment))
    return found


def deliver(home: Home, settings: Settings, environment: Mapping[str, str]) -> list[Delivered]:
    """Bring every receiver of the deployment level with the home, one process at a time; return what each got.

    `settings` name them, and the `environment` holds their addresses and passwords. One that cannot be reached keeps
    none of the others waiting. Its failure is logged and, except for a channel's own, sent as a notice when it begins,
    and again when it has ended. Channels come last: they tell what became of the others.
    """
    followers, people = receivers(settings, environment), channels(settings, environment)
    if not (followers or people) or not home.published.exists():
        return []
    with _alone(home):
        before = failing(home)
        done = [_delivered(home, receiver) for receiver in followers]
        for one in done:
            if people and (one.failure is not None) != (one.receiver in before):
                _keep(home, people, notice_event("not_level", *_notice(one), datetime.now(UTC)))
        done += _all_told(home, people)
        _note_failing(home, before, done)
    return done


def notify(
    home: Home | None, settings: Settings, kind: MessageKind, notice: tuple[str, str], environment: Mapping[str, str]
) -> None:
    """Tell the channels of a trouble of some `kind`, in the words of a `notice`: its subject and its text.

    It is kept in the `home` until each channel has had it; without a home, or where nothing can be written, it is sent
    once. `settings` and `environment` are as for `deliver`. A channel that does not work holds nothing up.
    """
    people = channels(settings, environment)
    if not people:
        return
    event = notice_event(kind, *notice, datetime.now(UTC))
    try:
        if home is None or not home.root.is_dir():
            raise FileNotFoundError
        with _alone(home):
            _keep(home, people, event)
            done = _all_told(home, people)
    except OSError:
        done = [_sent_now(channel, event) for channel in people]
    _log(done)


def try_channel(home: Home, settings: Settings, key: str, environment: Mapping[str, str]) -> None:
    """Send a test message by the channel `key`, and end its pause if it had one.

    Raises UsageError where settings name no such channel, or its address is not in the `environment`, and ChannelDown
    where it was not taken.
    """
    known = {channel.key: channel for channel in channels(settings, environment)}
    if key not in known:
        raise UsageError(
            phrase(
                "settings name no channel {name}; they name {known}",
                name=key,
                known=joined(known) or phrase("nothing"),
            )
        )
    with _alone(home):
        known[key].try_out(home)


def not_level(home: Home, settings: Settings) -> list[Phrase]:
    """Return one line for each receiver that is not level, and for each channel that has messages set aside; those that
    `settings` do not name any more are not told of."""
    followers, people = receivers(settings, {}), channels(settings, {})
    names, known = {one.name for one in (*followers, *people)}, {channel.key for channel in people}
    given_up = {key: at.given_up for key, at in known_progress(home).items() if at.given_up and key in known}
    return [
        *(
            phrase("{receiver} has been behind since {since}; `xuanpin deliver` says why", receiver=name, since=since)
            for name, since in failing(home).items()
            if name in names
        ),
        *(
            phrase("channel {name}: {count:,} messages set aside, which could not be sent for days", count=n, name=key)
            for key, n in given_up.items()
        ),
    ]


def failing(home: Home) -> dict[str, str]:
    """Return since when receivers are not level, ISO by name."""
    try:
        content = json.loads(_note(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _delivered(home: Home, receiver: Receiver) -> Delivered:
    try:
        return Delivered(receiver.name, receiver.catch_up(home))
    except XuanpinError as error:
        said = error.args[0]
        return Delivered(receiver.name, 0, said if isinstance(said, Phrase) else as_is(error))
    except (OSError, EngineError) as error:
        # Its text may quote an address with a password, or rows.
        return Delivered(receiver.name, 0, phrase("it failed unexpectedly ({kind})", kind=type(error).__name__))


def _all_told(home: Home, people: Sequence[Channel]) -> list[Delivered]:
    """Bring the channels level side by side: one that answers late keeps none of the others waiting."""
    with ThreadPoolExecutor(max_workers=max(len(people), 1)) as pool:
        return list(pool.map(partial(_delivered, home), people))


def _sent_now(channel: Channel, event: Event) -> Delivered:
    try:
        channel.send_now(event)
    except XuanpinError as error:
        return Delivered(channel.name, 0, error.args[0])
    return Delivered(channel.name, 1)


def _keep(home: Home, people: Sequence[Channel], event: Event) -> None:
    """Keep a notice for the channels; one that is new begins before it."""
    for channel in people:
        channel.begin(home)
    put_notice(home, event)


def _note_failing(home: Home, before: Mapping[str, str], done: Sequence[Delivered]) -> None:
    """Log and note who is not level, and since when."""
    _log(done)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    after = {one.receiver: before.get(one.receiver, now) for one in done if one.failure is not None}
    if after != before:
        run_store.replace_json(_note(home), after)


def _log(done: Sequence[Delivered]) -> None:
    for one in done:
        if one.failure is not None:
            log.warning("%s is behind what is published: %s", one.receiver, in_language(one.failure, "en"))


def _notice(one: Delivered) -> tuple[Phrase, Phrase]:
    if one.failure is None:
        return (
            phrase("Xuanpin: {receiver} has caught up", receiver=one.receiver),
            phrase("it has what is published again ({count} were missing)", count=one.count),
        )
    return (
        phrase("Xuanpin: {receiver} is behind what is published", receiver=one.receiver),
        phrase(
            "{failure}. Lists are published as ever; it is tried again with every delivery, or by `xuanpin deliver`",
            failure=one.failure,
        ),
    )


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    home.delivery.mkdir(mode=0o700, exist_ok=True)
    with alone(home.delivery / ".lock"):
        yield


def _note(home: Home) -> Path:
    return home.delivery / "failing.json"
