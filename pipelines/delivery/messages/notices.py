"""Notices that wait in the home until every channel has had them: what failed, is late, missing or dangerous."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.messages.event import SEVERITY, Event, identity, in_both_languages
from xuanpin.pipelines.home_locks import alone
from xuanpin.pipelines.settings.notify import MessageKind

log = logging.getLogger("xuanpin")
DIGITS = 8
KEPT_DAYS = 366
"""Days that a notice is kept at most; longer than any channel tries."""


def room(home: Home) -> Path:
    """Return the folder of the home that holds notices and how far each channel has come, private to its owner."""
    home.delivery.mkdir(mode=0o700, exist_ok=True)
    folder = home.delivery / "messages"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def notice_event(kind: MessageKind, subject: str, text: str, at: datetime, about: str | None = None) -> Event:
    """Return a notice as it is told: its `subject`, its `text`, and the moment (`at`) when it arose.

    `about` names the channel that it is about, which is not told.
    """
    words = in_both_languages(subject), in_both_languages(text)
    stamp = at.isoformat(timespec="milliseconds")
    return Event(identity(kind, *words, stamp), kind, SEVERITY[kind], stamp, None, *words, about=about)


def put_notice(home: Home, notice: Event) -> int:
    """Keep a notice until the channels have had it; return its number. Drops those of a year ago."""
    with _numbered(home) as folder:
        number = last_notice(home) + 1
        run_store.replace_json(folder / f"{number:0{DIGITS}}.json", asdict(notice))
        run_store.sync(folder)
        oldest = datetime.fromisoformat(notice.at) - timedelta(days=KEPT_DAYS)
        for path in _files(home)[:-1]:
            if path.stat().st_mtime < oldest.timestamp():
                path.unlink()
    return number


def notices(home: Home, after: int) -> list[tuple[int, Event]]:
    """Return the notices with numbers above `after`, in order."""
    found = [(int(path.stem), _read(path)) for path in _files(home) if int(path.stem) > after]
    return [(number, notice) for number, notice in found if notice is not None]


def last_notice(home: Home) -> int:
    """Return the number of the newest notice, 0 where there is none."""
    return max((int(path.stem) for path in _files(home)), default=0)


def _files(home: Home) -> list[Path]:
    return sorted((home.delivery / "messages" / "notices").glob(f"{'[0-9]' * DIGITS}.json"))


def _read(path: Path) -> Event | None:
    try:
        return Event(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        log.warning("notice %s is damaged and not sent", path.name)
        return None


@contextmanager
def _numbered(home: Home) -> Iterator[Path]:
    """One process at a time takes the next number."""
    folder = room(home) / "notices"
    folder.mkdir(mode=0o700, exist_ok=True)
    with alone(folder / ".lock"):
        yield folder
