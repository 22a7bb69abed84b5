"""Hands messages to the gateway as tasks of WeCom: each group's once, whatever happens on the way.

What is about to be sent is in the ledger first. A message whose answer never came, or whose process was killed, is
looked for among WeCom's tasks by its id, which stands in its text: found, it was handed over; not found after a while,
it was not made and may be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.outbox.codes import answer_key
from xuanpin.pipelines.outbox.composing import Recipients, compose, recipients
from xuanpin.pipelines.outbox.gateway import Gateway, GatewayFailed, NoAnswer, TaskRefused
from xuanpin.pipelines.outbox.ledger import Entry, Ledger, event_of, open_ledger
from xuanpin.pipelines.outbox.message import Message
from xuanpin.pipelines.outbox.wecom import SENT
from xuanpin.pipelines.outbox.withdrawing import gone_skus, listed_skus, note_withdrawn
from xuanpin.pipelines.outbox.writing import render
from xuanpin.pipelines.settings.outbox import OutboxSettings
from xuanpin.pipelines.typed.phrase import phrase

MOST_UNANSWERED = 3
"""Messages in a row without an answer after which the gateway counts as down."""
Clock = Callable[[], datetime]
"""Gives the time, zone-aware."""
MARGIN = timedelta(hours=1)
"""How far the clock of WeCom may be from ours where its tasks are looked through."""


@dataclass
class Sent:
    """Hold what sending came to: groups whose messages were `handed` over, were `refused` (with the reason), or whose
    answer is missing (`unclear`); how many groups had theirs before (`held`), how many tasks were `stopped`, how many
    messages hold SKUs that left (`withdrawn`), and the `files` that say which."""

    recipients: Recipients
    held: int = 0
    handed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    stopped: int = 0
    withdrawn: int = 0
    files: list[Path] = field(default_factory=list)
    silent: int = 0
    """Messages in a row, the last one included, that got no answer."""


def send(home: Home, settings: OutboxSettings, list_date: date | None, gateway: Gateway, clock: Clock) -> Sent:
    """Make a task of WeCom for each group of a list date (the latest without one) that has had no message that day.

    Raises UsageError where nothing is published or the day is over, HomeBusy while another process holds the outbox,
    GatewayFailed where the gateway cannot go on; what was handed over until then is in the ledger.
    """
    run, now = run_store.require_run(home, list_date), clock()
    day = date.fromisoformat(run.list_date)
    _refuse_past(day, now)
    done, listed = Sent(recipients(home, run)), listed_skus(home, run)
    with open_ledger(home, day) as ledger:
        settle(ledger, settings, gateway, now)
        done.stopped = _stop_withdrawn(ledger, listed, gateway, now)
        done.withdrawn = note_withdrawn(ledger, listed, now)
        done.files = render(ledger, settings.language, now)
        held = ledger.taken_groups()
        done.held = len(held)
        done.unclear = [entry.group_id for entry in ledger.in_state("sending")]
        for message in compose(home, run, answer_key(home), settings, held):
            _hand_over(ledger, message, gateway, clock, done)
    return done


def _refuse_past(day: date, now: datetime) -> None:
    today = now.astimezone(BEIJING).date()
    if day < today:
        raise UsageError(
            phrase("list date {day} is over: it is {today} in Beijing; nothing was sent", day=day, today=today)
        )


def settle(ledger: Ledger, settings: OutboxSettings, gateway: Gateway, now: datetime) -> None:
    """Find out, at time `now`, what became of messages in the `ledger` whose handing over got no answer."""
    open_ones = ledger.in_state("sending")
    if not open_ones:
        return
    since = min(entry.at for entry in open_ones) - MARGIN
    made = _tasks_of(open_ones, gateway, since, now + MARGIN)
    latest = now - timedelta(minutes=settings.settle_minutes)
    for entry in open_ones:
        known = entry.message_id
        if known in made:
            ledger.add([event_of("handed", now, message_id=known, task_id=made[known])])
        elif entry.at <= latest:
            ledger.add([event_of("released", now, message_id=known, why="WeCom lists no such task")])


def _tasks_of(entries: list[Entry], gateway: Gateway, since: datetime, until: datetime) -> dict[str, str]:
    """Return the ids of the tasks that hold these messages, by message id."""
    wanted, found = {entry.message_id for entry in entries}, dict[str, str]()
    try:
        for task_id, text in gateway.tasks(int(since.timestamp()), int(until.timestamp())):
            found |= {known: task_id for known in wanted if known in text}
    except (TaskRefused, NoAnswer) as error:
        raise GatewayFailed(
            phrase(
                "{messages:,} messages had no answer, and WeCom does not say whether their tasks were made ({error}); "
                "nothing was sent, run the command again later",
                messages=len(wanted),
                error=error,
            )
        ) from error
    return found


def _stop_withdrawn(ledger: Ledger, listed: frozenset[str], gateway: Gateway, now: datetime) -> int:
    """Take back tasks that hold SKUs which have left the list and that nobody has sent yet; return how many.

    Their groups have had no message then, and get one without those SKUs.
    """
    stopped = 0
    for entry in ledger.in_state("handed"):
        if gone_skus(entry, listed) and _is_stopped(entry, gateway):
            ledger.add([event_of("released", now, message_id=entry.message_id, why="stopped")])
            stopped += 1
    return stopped


def _is_stopped(entry: Entry, gateway: Gateway) -> bool:
    """Stop a task unless it has been sent; whether it surely was not, also after it was stopped."""
    if _was_sent(entry, gateway):
        return False
    try:
        gateway.stop_task(str(entry.task_id))
    except (TaskRefused, NoAnswer):
        return False
    return not _was_sent(entry, gateway)


def _was_sent(entry: Entry, gateway: Gateway) -> bool:
    try:
        result = gateway.result(str(entry.task_id), entry.agent_id, entry.group_id)
    except (TaskRefused, NoAnswer):
        # What is not known counts as sent: no second message is risked.
        return True
    return result == SENT


def _hand_over(ledger: Ledger, message: Message, gateway: Gateway, clock: Clock, done: Sent) -> None:
    """Hand one message over, with a line in the ledger before and after; count in `done` what came of it."""
    known = message.message_id
    ledger.add([event_of("sending", clock(), message=message.as_json())])
    try:
        task_id = gateway.add_task(message)
    except NoAnswer as error:
        done.unclear.append(message.group_id)
        done.silent += 1
        _refuse_silence(done, error)
        return
    except TaskRefused as refusal:
        ledger.add([event_of("released", clock(), message_id=known, why=str(refusal))])
        done.refused.append((message.group_id, refusal.args[0]))
    except GatewayFailed:
        ledger.add([event_of("released", clock(), message_id=known, why="the gateway failed")])
        raise
    else:
        ledger.add([event_of("handed", clock(), message_id=known, task_id=task_id)])
        done.handed.append(message.group_id)
    done.silent = 0


def _refuse_silence(done: Sent, error: NoAnswer) -> None:
    if done.silent == MOST_UNANSWERED:
        raise GatewayFailed(
            phrase(
                "{count} messages in a row got no usable answer ({error}); whether their tasks were "
                "made is asked first when the command is run again",
                count=MOST_UNANSWERED,
                error=error,
            )
        ) from error
