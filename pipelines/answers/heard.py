"""What agents have said for today and tomorrow, held in memory by a process that is asked again and again.

It is read from files of the home alone: its drops, the one that is still being written, and what the last ingest noted
of answers that had come from the platform. Only what is new since the last look is read.
"""

from __future__ import annotations

import os
from bisect import insort
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock

from xuanpin.pipelines import open_drop
from xuanpin.pipelines.answers.noted import NOTED, noted_answers
from xuanpin.pipelines.answers.spoken import Spoken, order_of, spoken_row
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.home_drops import read_drop

AHEAD = timedelta(days=2)
"""How long before the first list date that is asked for an answer to it may have been given: it is given the day before
at the earliest."""
Stamp = tuple[int, int, int]
"""Number, size and time of a file; a change of it changes one of them."""


class HeardAnswers:
    """Answers on list dates from `since` on, in the order in which they were given.

    A file that was changed or taken away makes everything be read again. What is heard while answers are written may
    lack the last of them; under the lock of the published folder nothing lacks. Threads may share it.
    """

    def __init__(self, home: Home, since: date) -> None:
        self._home, self._since, self._lock = home, since, Lock()
        self._forget()

    def _forget(self) -> None:
        self._files: dict[Path, Stamp] = {}
        self._open = open_drop.BEGINNING
        self._seen: set[Spoken] = set()
        self._by_sku: dict[tuple[date, str], list[Spoken]] = {}
        self._by_agent: dict[tuple[date, str], list[Spoken]] = {}

    def refresh(self, since: date) -> None:
        """Read what has come since the last call; what is before `since` is forgotten."""
        with self._lock:
            self._refresh(since)

    def _refresh(self, since: date) -> None:
        found = dict(self._listed(since))
        if since != self._since or any(found.get(path) != stamp for path, stamp in self._files.items()):
            self._since = since
            self._forget()
        for path in sorted(found.keys() - self._files.keys()):
            self._hear(noted_answers(path) if path.name == NOTED else read_drop(path, spoken_row))
        self._files = found
        # What was added to the open drop; one that was closed stands among the files.
        rows, self._open = open_drop.read(self._home.answers, self._open)
        self._hear([spoken_row(row) for row in rows])

    def spoken(self, list_dates: Collection[date], sku_ids: Collection[str] | None) -> list[Spoken]:
        """Return the answers on `list_dates` to some SKUs (`sku_ids`), or to all, oldest first."""
        with self._lock:
            if sku_ids is None:
                keys = [key for key in self._by_sku if key[0] in list_dates]
            else:
                keys = [(day, sku) for day in set(list_dates) for sku in set(sku_ids)]
            found = [answer for key in keys for answer in self._by_sku.get(key, ())]
        return sorted(found, key=order_of)

    def spoken_by(self, agent_id: str, list_date: date) -> list[Spoken]:
        """Return what `agent_id` has answered on a list date, oldest first."""
        with self._lock:
            return list(self._by_agent.get((list_date, agent_id), ()))

    def _listed(self, since: date) -> Iterator[tuple[Path, Stamp]]:
        oldest = datetime.combine(since - AHEAD, datetime.min.time(), BEIJING)
        for folder in (self._home.answers, self._home.desk):
            for entry in os.scandir(folder) if folder.is_dir() else ():
                facts = entry.stat()
                if entry.name == NOTED or (entry.name.endswith(".csv") and _may_hold(entry.name, facts, oldest)):
                    yield Path(entry.path), (facts.st_ino, facts.st_size, facts.st_mtime_ns)

    def _hear(self, answers: Collection[Spoken]) -> None:
        for answer in answers:
            if answer.key[0] >= self._since and answer not in self._seen:
                self._seen.add(answer)
                day, agent_id, sku_id = answer.key
                insort(self._by_sku.setdefault((day, sku_id), []), answer, key=order_of)
                insort(self._by_agent.setdefault((day, agent_id), []), answer, key=order_of)


def _may_hold(name: str, facts: os.stat_result, oldest: datetime) -> bool:
    """Whether a drop may hold an answer that was given at or after `oldest`: not one that is older by name and time."""
    return name >= f"{oldest:%Y%m%dT%H%M%S}" or facts.st_mtime >= oldest.timestamp()
