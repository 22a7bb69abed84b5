"""Brings those who live on published lists level with the home: databases of other systems, people who are told.

Nobody is pushed: each receiver reads the journal and the runs and does what it still lacks, so that one which was out
of reach, or a process that was killed, is caught up by whoever delivers next. A list is published before anything is
delivered, and stays so whatever becomes of that.
"""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.iceberg import IcebergCopy
from xuanpin.pipelines.engine import EngineError
from xuanpin.pipelines.errors import UsageError, XuanpinError
from xuanpin.pipelines.notifications import notify
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import Phrase, as_is, in_language, phrase

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
    if settings.publish.iceberg.kind != "none":
        found.append(IcebergCopy(settings.publish.iceberg, environment))
    return found


def deliver(home: Home, settings: Settings, environment: Mapping[str, str]) -> list[Delivered]:
    """Bring every receiver of the deployment level with the home, one process at a time; return what each got.

    `settings` name them, and the `environment` holds their addresses and passwords. One that cannot be reached keeps
    none of the others waiting. Its failure is logged and sent as a notice when it begins, and again when it has ended.
    """
    known = receivers(settings, environment)
    if not known or not home.published.exists():
        return []
    with _alone(home):
        done = [_delivered(home, receiver) for receiver in known]
        _tell(home, settings, environment, done)
    return done


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


def _tell(home: Home, settings: Settings, environment: Mapping[str, str], done: Sequence[Delivered]) -> None:
    """Log and note who is not level, and send a notice where that has begun or ended."""
    before = failing(home)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for one in done:
        if one.failure is not None:
            log.warning("%s is not level with what is published: %s", one.receiver, in_language(one.failure, "en"))
    after = {one.receiver: before.get(one.receiver, now) for one in done if one.failure is not None}
    if after != before:
        run_store.replace_json(_note(home), after)
    for one in done:
        if (one.receiver in after) != (one.receiver in before):
            _send(settings, environment, *_notice(one))


def _notice(one: Delivered) -> tuple[Phrase, Phrase]:
    if one.failure is None:
        return (
            phrase("Xuanpin: {receiver} has caught up", receiver=one.receiver),
            phrase("it has what is published again ({count} were missing)", count=one.count),
        )
    return (
        phrase("Xuanpin: {receiver} is not level with what is published", receiver=one.receiver),
        phrase(
            "{failure}. Lists are published as ever; it is tried again with every delivery, or by `xuanpin deliver`",
            failure=one.failure,
        ),
    )


def _send(settings: Settings, environment: Mapping[str, str], subject: Phrase, text: Phrase) -> None:
    try:
        notify(settings.notify, subject, text, environment)
    except UsageError as error:
        log.warning("notice not sent: %s", error)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    home.delivery.mkdir(mode=0o700, exist_ok=True)
    with (home.delivery / ".lock").open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _note(home: Home) -> Path:
    return home.delivery / "failing.json"
