"""The ledger of a list date: which message each group has had, and what became of it. Lines are only ever added.

`outbox/list_date=…/sent.jsonl` has one line an event, written whole and synced before what it announces is done. What a
killed process left of a line is taken away when the ledger is opened again. One process at a time holds it.

| event | the message |
| --- | --- |
| written | is in a file for a messenger, of the batch that the line names |
| sending | is being handed to the gateway; until another event says more, nobody knows whether it arrived |
| handed | is a task of WeCom, whose id the line names |
| released | is no task: the gateway said so, or WeCom does not list it; the group may get another one |
| sent, failed | was sent to the group by its agent; was not, for the reason that the line names |
| withdrawn | held SKUs that have left the list since; the line names them, and the batch in which its agent is told |
| rendered | — : the file of a batch is complete |
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import HomeBusy, UsageError
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.outbox.message import Message, message_of
from xuanpin.pipelines.typed.paths import AS_OWNER, require_writable
from xuanpin.pipelines.typed.phrase import phrase

LEDGER = "sent.jsonl"
HELD = ("written", "sending", "handed", "sent", "failed")
"""States in which a group has had its message of the day, or may have."""
MADE = ("written", "sending")
"""Events that hold the message itself."""
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold what the ledger knows of one message; its words stay in the file (see `messages`).

    `message_id`, `agent_id`, `group_id` and `sku_ids` as in Message; `state`: its last event; `at`: when it was written
    or first handed over; `way`: how a file holds it; `batch`: which file; `task_id`: its task of WeCom; `withdrawn`:
    ids of its SKUs of which its agent has been told that they left.
    """

    message_id: str
    agent_id: str
    group_id: str
    sku_ids: tuple[str, ...]
    state: str
    at: datetime
    way: str | None = None
    batch: int | None = None
    task_id: str | None = None
    withdrawn: frozenset[str] = frozenset()


@dataclass
class Ledger:
    """Hold what is known of a list date: `entries` by message id, files that are complete (`rendered`), SKUs that were
    `withdrawn` by batch as (message id, SKU)."""

    path: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    rendered: set[int] = field(default_factory=set)
    withdrawn: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    def taken_groups(self) -> set[str]:
        """Return the groups that have had their message of the day, or may have."""
        return {entry.group_id for entry in self.entries.values() if entry.state in HELD}

    def in_state(self, *states: str) -> list[Entry]:
        """Return the messages whose last event is one of `states`, in the order in which they came."""
        return [entry for entry in self.entries.values() if entry.state in states]

    def next_batch(self) -> int:
        """Return the number of the next file of this list date, counted from 1."""
        batches = [entry.batch for entry in self.entries.values() if entry.batch is not None]
        return max([*batches, *self.withdrawn, 0]) + 1

    def add(self, events: Iterable[Event]) -> int:
        """Write `events` behind the others, know them, and sync them; return how many they are."""
        count = 0
        with self.path.open("a", encoding="utf-8", newline="") as out:
            for event in events:
                out.write(json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n")
                self.learn(event)
                count += 1
            out.flush()
            os.fsync(out.fileno())
        return count

    def messages(self, is_wanted: Callable[[Event], bool]) -> Iterator[Message]:
        """Yield the messages whose event `is_wanted`, read from the file in the order in which they came."""
        for _, event in _events(self.path):
            if event["event"] in MADE and is_wanted(event):
                yield message_of(event["message"])

    def learn(self, event: Event) -> None:
        """Take note of an `event` of the file; raises KeyError, TypeError or ValueError for what is none."""
        kind, at = event["event"], datetime.fromisoformat(event["at"])
        if kind == "rendered":
            self.rendered.add(event["batch"])
        elif kind in MADE:
            entry = _entry(event, at)
            self.entries[entry.message_id] = entry
        elif kind == "withdrawn":
            self._withdraw(event)
        else:
            before = self.entries[event["message_id"]]
            task_id = event.get("task_id", before.task_id)
            self.entries[event["message_id"]] = replace(before, state=kind, task_id=task_id)

    def _withdraw(self, event: Event) -> None:
        before = self.entries[event["message_id"]]
        gone = event["sku_ids"]
        self.entries[event["message_id"]] = replace(before, withdrawn=before.withdrawn | set(gone))
        self.withdrawn.setdefault(event["batch"], []).extend((event["message_id"], sku) for sku in gone)


def _entry(event: Event, at: datetime) -> Entry:
    message = event["message"]
    # A list has few SKUs and many messages: each id is kept once.
    skus = tuple(sys.intern(line["sku_id"]) for line in message["skus"])
    named = (message["message_id"], message["agent_id"], message["group_id"])
    return Entry(*named, skus, event["event"], at, event.get("way"), event.get("batch"))


def event_of(kind: str, now: datetime, **facts: Any) -> Event:
    """Return an event of a `kind` at time `now` with what it says (`facts`)."""
    return {"event": kind, "at": now.isoformat(timespec="seconds"), **facts}


def list_folder(home: Home, list_date: date) -> Path:
    """Return the folder of the outbox for a list date."""
    return home.outbox / f"list_date={list_date.isoformat()}"


def ledgers(home: Home) -> Iterator[Ledger]:
    """Yield the ledger of every list date, newest first, as they are now."""
    for path in sorted(home.outbox.glob(f"list_date=*/{LEDGER}"), reverse=True):
        yield read_ledger(path)


@contextmanager
def open_ledger(home: Home, list_date: date) -> Iterator[Ledger]:
    """Hold the outbox of `home` and give the ledger of a list date, which is begun where there is none.

    Raises HomeBusy while another process holds it, UsageError where it is damaged or may not be written.
    """
    require_writable(home.root, AS_OWNER)
    keep_private(home)
    folder = list_folder(home, list_date)
    folder.mkdir(parents=True, exist_ok=True)
    with (home.outbox / ".lock").open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeBusy(
                phrase("another outbox command is at work in {home}; run this one after it", home=home.root)
            ) from error
        path = folder / LEDGER
        _drop_torn_line(path)
        yield read_ledger(path)


def _drop_torn_line(path: Path) -> None:
    """Take away the end of a line that a killed process did not finish: nothing was done after it."""
    if not path.exists():
        return
    with path.open("rb+") as handle:
        end = whole = handle.seek(0, os.SEEK_END)
        while whole and not _ends_line(handle.fileno(), whole):
            whole -= 1
        if whole < end:
            handle.truncate(whole)
            os.fsync(handle.fileno())


def _ends_line(descriptor: int, at: int) -> bool:
    return os.pread(descriptor, 1, at - 1) == b"\n"


def read_ledger(path: Path) -> Ledger:
    """Return what the ledger at `path` says; an empty one where there is none yet, and without a line not ended yet.

    Raises UsageError, which names the line, where it has been damaged or edited.
    """
    ledger = Ledger(path)
    for number, event in _events(path):
        try:
            ledger.learn(event)
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path, number) from error
    return ledger


def _events(path: Path) -> Iterator[tuple[int, Event]]:
    """Yield each line of a ledger that has been ended, with its number, counted from 1."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.endswith(b"\n"):
                yield number, _parsed(path, number, line)


def _parsed(path: Path, number: int, line: bytes) -> Event:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise _damaged(path, number) from error
    if not isinstance(event, dict):
        raise _damaged(path, number)
    return event


def _damaged(path: Path, number: int) -> UsageError:
    return UsageError(
        phrase(
            "{path} is damaged in line {number}: it says which groups have had their message, so nothing is "
            "sent; restore the file from a backup, or move it away if nothing of that list date was sent",
            path=path,
            number=number,
        )
    )
