"""Takes in what became of tasks: what an agent has sent she has accepted; what she has not is no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from xuanpin.pipelines.answers import Answer, standing_answers, store_answers
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.outbox.gateway import Gateway, NoAnswer, TaskRefused
from xuanpin.pipelines.outbox.ledger import Entry, Ledger, event_of
from xuanpin.pipelines.outbox.wecom import NOT_SENT, SENT


@dataclass
class Results:
    """Hold what the gateway said of tasks: those that were `sent`, those that were not for good (`failed`, with the
    reason), how many are `waiting` for their agents, and those it said nothing of (`unknown`, with the reason)."""

    sent: list[Entry] = field(default_factory=list)
    failed: list[tuple[Entry, str]] = field(default_factory=list)
    waiting: int = 0
    unknown: list[tuple[Entry, str]] = field(default_factory=list)


def ask_results(ledger: Ledger, gateway: Gateway) -> Results:
    """Ask what became of each task of the `ledger` that is not settled; raises GatewayFailed."""
    found = Results()
    for entry in ledger.in_state("handed"):
        try:
            status = gateway.result(str(entry.task_id), entry.agent_id, entry.group_id)
        except (TaskRefused, NoAnswer) as error:
            found.unknown.append((entry, str(error)))
            continue
        if status is None:
            found.waiting += 1
        elif status == SENT:
            found.sent.append(entry)
        else:
            found.failed.append((entry, NOT_SENT[status]))
    return found


def store_results(night: Night, ledger: Ledger, list_date: date, found: Results) -> list[Answer]:
    """Store accepted answers for what was `found` sent, then note all in the `ledger`; return the answers that are new.

    `list_date` is that of the ledger. What an agent has said of a SKU herself stands. Cut short, the next call ends it.
    """
    standing = standing_answers(night)
    wanted = {answer.key: answer for entry in found.sent for answer in _accepted(entry, list_date)}
    new = [answer for key, answer in wanted.items() if key not in standing]
    stored = store_answers(night, new, has_happened=True)
    note_results(ledger, found, night.now)
    return stored


def note_results(ledger: Ledger, found: Results, now: datetime) -> None:
    """Note in the `ledger` what was `found` of tasks, at time `now`."""
    ledger.add(event_of("sent", now, message_id=entry.message_id) for entry in found.sent)
    ledger.add(event_of("failed", now, message_id=entry.message_id, why=why) for entry, why in found.failed)


def _accepted(entry: Entry, list_date: date) -> Sequence[Answer]:
    return [Answer(f"message {entry.message_id}", list_date, entry.agent_id, sku, "accepted") for sku in entry.sku_ids]
