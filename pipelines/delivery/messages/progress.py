"""How far a channel has come, and when it is tried again: one small file a channel, replaced in one step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.messages.event import Event
from xuanpin.pipelines.delivery.messages.notices import last_notice, room
from xuanpin.pipelines.run_store import journal

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
"""Pause after the first failure, doubled after each further one, and the longest; robots limit calls by the minute."""
SPREAD = 0.2
"""Share by which pauses differ between channels, so that those of one outage do not come back at one moment."""
LONGEST_ASKED = timedelta(days=1)
"""The longest pause that a server may ask for."""
SET_ASIDE = "set_aside.jsonl"
Owed = tuple[int, Event]
"""An event with the number of its entry or notice."""


@dataclass(frozen=True)
class Progress:
    """How far a channel has come.

    `number` and `notice`: of the last entry and notice that it has had or that are not for it; `attempts` that failed
    in a row, `since` when, with what (`failure`), and when the next is due (`next_try`), ISO; `given_up`: messages set
    aside since it last worked.
    """

    number: int
    notice: int
    attempts: int = 0
    since: str | None = None
    failure: str | None = None
    next_try: str | None = None
    given_up: int = 0

    def failed(self, channel: str, failure: str, now: datetime, asked: timedelta | None) -> Progress:
        """Return the progress after one more failure, `now`; `asked` is the pause that the server asks for, if any."""
        pause = min(FIRST_PAUSE * 2 ** min(self.attempts, 20), LONGEST_PAUSE)
        part = int(hashlib.sha256(f"{channel}:{self.attempts}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        pause *= 1 - SPREAD + 2 * SPREAD * part
        next_try = now + max(pause, min(asked or pause, LONGEST_ASKED))
        return replace(
            self,
            attempts=self.attempts + 1,
            since=self.since or now.isoformat(timespec="seconds"),
            failure=failure,
            next_try=next_try.isoformat(timespec="seconds"),
        )

    def worked(self) -> Progress:
        """Return the progress of a channel that works."""
        return Progress(self.number, self.notice)

    def is_due(self, now: datetime) -> bool:
        """Whether the channel may be tried at `now`."""
        return self.next_try is None or now >= datetime.fromisoformat(self.next_try)

    def past(self, events: Sequence[Owed]) -> Progress:
        """Return the progress once `events`, each with the number of its entry or notice, are done with."""
        entries = [number for number, event in events if event.number is not None]
        told = [number for number, event in events if event.number is None]
        return replace(self, number=max([self.number, *entries]), notice=max([self.notice, *told]))


def progress_of(home: Home, channel: str) -> Progress:
    """Return how far a channel has come; a new one begins with the newest entry of the journal, and with no notice.

    One that is ahead of the journal belongs to a home that was set up anew, and begins again.
    """
    newest = journal.last_number(home)
    known = _read(_file(home, channel))
    if known is None:
        known = Progress(max(newest - 1, 0), last_notice(home))
        keep(home, channel, known)
    if known.number > newest:
        known = replace(known, number=max(newest - 1, 0))
    return replace(known, notice=min(known.notice, last_notice(home)))


def keep(home: Home, channel: str, progress: Progress) -> None:
    """Note how far a channel has come."""
    room(home)
    run_store.replace_json(_file(home, channel), asdict(progress))


def set_aside(home: Home, channel: str, progress: Progress, events: Sequence[Event]) -> None:
    """Write down `events` that a channel is not sent any more, a line each, with why; they can be looked up by id."""
    told = {"channel": channel, "failure": progress.failure, "since": progress.since}
    with (room(home) / SET_ASIDE).open("a", encoding="utf-8") as out:
        for event in events:
            fields = {"event_id": event.event_id, "kind": event.kind, "at": event.at, "subject": event.subject["en"]}
            out.write(json.dumps({**told, **fields}, ensure_ascii=False) + "\n")


def known_progress(home: Home) -> dict[str, Progress]:
    """Return how far each channel has come that was ever used, by name."""
    found = {path.stem: _read(path) for path in sorted((home.delivery / "messages").glob("*.json"))}
    return {name: progress for name, progress in found.items() if progress is not None}


def _read(path: Path) -> Progress | None:
    with suppress(OSError, ValueError, TypeError):
        return Progress(**json.loads(path.read_text(encoding="utf-8")))
    return None


def _file(home: Home, channel: str) -> Path:
    return home.delivery / "messages" / f"{channel}.json"
