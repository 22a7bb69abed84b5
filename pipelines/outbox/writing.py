"""Writes what a messenger needs for a list date, once: a second time nothing, and after a recall what to withdraw."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.outbox import files
from xuanpin.pipelines.outbox.codes import answer_key
from xuanpin.pipelines.outbox.composing import Recipients, compose, recipients
from xuanpin.pipelines.outbox.ledger import Ledger, event_of, open_ledger
from xuanpin.pipelines.outbox.message import Message
from xuanpin.pipelines.outbox.withdrawing import listed_skus, note_withdrawn
from xuanpin.pipelines.settings.desk import DeskSettings
from xuanpin.pipelines.settings.outbox import OutboxSettings
from xuanpin.pipelines.typed.paths import WRITTEN, named_path, require_room
from xuanpin.pipelines.typed.phrase import phrase


@dataclass(frozen=True)
class Written:
    """Hold what a command has done for a `run`.

    How many messages are `new`, how many groups had theirs before (`held`), how many messages hold SKUs that left
    (`withdrawn`), the `files` that it wrote, and whom messages are for (`recipients`).
    """

    run: run_store.CurrentRun
    new: int
    held: int
    withdrawn: int
    files: tuple[Path, ...]
    recipients: Recipients


def write_outbox(
    home: Home,
    settings: OutboxSettings,
    list_date: date | None,
    way: files.Way,
    now: datetime,
    out: Path | None = None,
    desk: DeskSettings | None = None,
) -> Written:
    """Write the messages of a list date (the latest without one) to a file one `way`, each group's once.

    The file stands in the home's outbox; a copy goes to the folder `out`. `now` is noted in the ledger. Where
    the settings of the `desk` name its address, agents get links to their pages. Cut short, the next call ends it.
    Raises UsageError where nothing is published, HomeBusy while another process holds the outbox.
    """
    run = run_store.require_run(home, list_date)
    for_whom = recipients(home, run)
    folder = (
        None
        if out is None
        else require_room(phrase("the folder"), out.expanduser(), phrase("name a folder with --out"))
    )
    with open_ledger(home, date.fromisoformat(run.list_date)) as ledger:
        withdrawn = note_withdrawn(ledger, listed_skus(home, run), now)
        held = ledger.taken_groups()
        messages = compose(home, run, answer_key(home), settings, held, desk)
        batch = ledger.next_batch()
        new = ledger.add(event_of("written", now, way=way, batch=batch, message=made.as_json()) for made in messages)
        written = render(ledger, settings.language, now, folder)
    return Written(run, new, len(held), withdrawn, tuple(written), for_whom)


def render(ledger: Ledger, language: Language, now: datetime, out: Path | None = None) -> list[Path]:
    """Write each file that the `ledger` of a list date announces and that is not complete; return where they are.

    Copies go to the folder `out`, where one is named; `now` is noted in the ledger.
    A file that was complete once is not written again: a messenger may have taken it away.
    """
    written = []
    for batch in sorted(_batches(ledger) - ledger.rendered):
        path = _write_batch(ledger, batch, ledger.path.parent, language)
        written.append(path if out is None else _copy(path, out))
        ledger.add([event_of("rendered", now, batch=batch)])
    return written


def _batches(ledger: Ledger) -> set[int]:
    return {entry.batch for entry in ledger.entries.values() if entry.batch is not None} | ledger.withdrawn.keys()


def _write_batch(ledger: Ledger, batch: int, folder: Path, language: Language) -> Path:
    if batch in ledger.withdrawn:
        path = folder / files.withdrawn_file(batch)
        files.write_withdrawn(path, _withdrawn(ledger, batch), language)
        return path
    way = next(str(entry.way) for entry in ledger.entries.values() if entry.batch == batch)
    path = folder / files.messages_file(batch, way)
    files.write_messages(path, way, ledger.messages(lambda event: event.get("batch") == batch))
    return path


def _withdrawn(ledger: Ledger, batch: int) -> list[tuple[Message, str]]:
    gone = ledger.withdrawn[batch]
    wanted = {message_id for message_id, _ in gone}
    held = {made.message_id: made for made in ledger.messages(lambda event: event["message"]["message_id"] in wanted)}
    return [(held[message_id], sku) for message_id, sku in gone]


def _copy(path: Path, out: Path) -> Path:
    """Copy a file into a folder of the user in one step; only she may read it, as in the home."""
    target = out / path.name
    with named_path(phrase("the file"), target, phrase("name a folder that can be written with --out"), doing=WRITTEN):
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(path, partial)
        partial.chmod(0o600)
        partial.replace(target)
    return target
