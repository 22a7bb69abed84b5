"""What agents answer to their matches: checked, and laid into the home as a drop that the next night reads."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime, timedelta

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers.spoken import Match, Said, Spoken, spoken, standing
from xuanpin.pipelines.answers.stock import unserved
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_drops import store_drop
from xuanpin.pipelines.ingest.privacy import Guard
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.typed.names import did_you_mean
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase
from xuanpin.pipelines.typed.phrases import listed

TABLE = "match_answers"
SHOWN_REFUSALS = 3
"""Answers that a message names of those for which there is no stock."""
SHOWN_ID = 40
"""Characters of an id that a message shows; what was typed may be anything."""
LATEST_DAYS = 28
"""Days for which an answer may still come in; what is older has no match that is remembered."""


@dataclass(frozen=True)
class Answer:
    """Hold what an agent says of a SKU for a list date: `answer` accepted, declined or own_pick.

    `list_date`, `agent_id` and `sku_id` name the match; `reason_code` says why she declines, `comment` is what she
    adds, and `place` is what a message calls it.
    """

    place: str
    list_date: date
    agent_id: str
    sku_id: str
    answer: str
    reason_code: str | None = None
    comment: str | None = None

    @property
    def key(self) -> Match:
        """Return what is answered to."""
        return self.list_date, self.agent_id, self.sku_id


COLUMNS = tuple(field.name for field in fields(Answer) if field.name != "place")
"""Columns of a drop, before updated_at."""


def choices(column: str) -> tuple[str, ...]:
    """Return what may stand in a `column` of match_answers: its codes in the contract."""
    return load_contract(TABLE).column(column).allowed


def store_answers(night: Night, answers: Sequence[Answer], *, has_happened: bool = False) -> list[Answer]:
    """Check answers and write those that are new or changed as a drop in the home; return what was written.

    An answer that repeats the last one on its SKU changes nothing, so a sheet can be given again. Comments are stored
    without personal data. What an agent takes of her list takes stock, first come, first served, one import at a time.
    What `has_happened`, such as a message that an agent has sent, is stored even where nothing was left. Raises
    UsageError that names every kind of fault with its rows, and then nothing is stored.
    """
    answers = _redacted(answers, Guard(night.engine, key=None))
    _refuse_faults(night, answers)
    with sealing.lock_published(night.home):
        said = spoken(night, {answer.list_date for answer in answers})
        known = standing(said)
        added = [answer for answer in answers if known.get(answer.key) != _said(answer)]
        if not has_happened:
            _refuse_unserved(night, added)
        if added:
            _write_drop(night.home, added, _moment(night.now, said))
    return added


def late_picks(answers: Sequence[Answer], today: date) -> list[Answer]:
    """Return the own picks among `answers` for list dates up to `today`, whose lists are made already."""
    return [answer for answer in answers if answer.answer == "own_pick" and answer.list_date <= today]


def _moment(now: datetime, said: Sequence[Spoken]) -> datetime:
    """Return `now` in whole seconds, or the second after all that was `said`: what comes later counts later."""
    stamp = now.astimezone(BEIJING).replace(microsecond=0)
    if not said:
        return stamp
    last = max(answer.at for answer in said).replace(microsecond=0, tzinfo=BEIJING)
    return max(stamp, last + timedelta(seconds=1))


def _said(answer: Answer) -> Said:
    return answer.answer, answer.reason_code, answer.comment


def _redacted(answers: Sequence[Answer], guard: Guard) -> list[Answer]:
    texts = guard.redact(pa.array([answer.comment for answer in answers], pa.string())).to_pylist()
    return [replace(answer, comment=text or None) for answer, text in zip(answers, texts, strict=True)]


def standing_answers(night: Night) -> Mapping[Match, Said]:
    """Return the last answer to each match, read by a night or waiting in the home for the next."""
    return standing(spoken(night))


def _refuse_faults(night: Night, answers: Sequence[Answer]) -> None:
    today, reasons = night.now.date(), choices("reason_code")
    skus, agents = _known(night, "products", "sku_id", answers), _known(night, "agents", "agent_id", answers)
    earliest, latest = today - timedelta(days=LATEST_DAYS), today + timedelta(days=1)
    faults = {
        phrase("an unknown SKU{meant}; look it up in the products drop", meant=_meant(night, answers, skus)): [
            answer for answer in answers if answer.sku_id not in skus
        ],
        phrase("an unknown agent; look her up in the agents drop"): [
            answer for answer in answers if answer.agent_id not in agents
        ],
        phrase("an answer other than {choices}", choices=joined(choices("answer"))): [
            answer for answer in answers if answer.answer not in choices("answer")
        ],
        phrase("a reason other than {reasons}", reasons=joined(reasons)): [
            answer for answer in answers if answer.reason_code not in (None, *reasons)
        ],
        phrase("a reason although nothing is declined"): [
            answer for answer in answers if answer.reason_code and answer.answer != "declined"
        ],
        phrase("a list date before {earliest} or after {latest}", earliest=earliest, latest=latest): [
            answer for answer in answers if not earliest <= answer.list_date <= latest
        ],
        phrase("another answer to a match that stands in the sheet before"): _contradicting(answers),
    }
    _refuse([joined((_named(rows), fault), ": ") for fault, rows in faults.items() if rows])


def _refuse(messages: Sequence[str]) -> None:
    if messages:
        raise UsageError(joined([*messages, phrase("Nothing was stored")], ". "))


def _refuse_unserved(night: Night, answers: Sequence[Answer]) -> None:
    """Refuse what an agent takes although tonight's list does not offer it to her, and what nobody has left for her."""
    by_date: dict[date, list[Answer]] = {}
    for answer in answers:
        by_date.setdefault(answer.list_date, []).append(answer)
    messages = []
    for list_date, said in by_date.items():
        faults = unserved(night, list_date, {answer.key: answer.answer for answer in said})
        messages += [joined((_named([answer]), faults[answer.key]), ": ") for answer in said if answer.key in faults]
    shown = messages[:SHOWN_REFUSALS]
    more = len(messages) - len(shown)
    _refuse([*shown, *([phrase("{more} more answers cannot be taken for such reasons", more=more)] if more else [])])


def _known(night: Night, table: str, column: str, answers: Sequence[Answer]) -> Collection[str]:
    asked = sorted({getattr(answer, column) for answer in answers})
    stem = {"products": "known_skus", "agents": "known_agents"}[table]
    found: list[str] = night.engine.select(stem, asked=asked)[column].to_pylist()
    return set(found)


def _meant(night: Night, answers: Sequence[Answer], known: Collection[str]) -> Phrase:
    unknown = next((answer.sku_id for answer in answers if answer.sku_id not in known), None)
    if unknown is None:
        return NOTHING
    run = run_store.require_run(night.home)
    return did_you_mean(unknown, run_store.read_table(night.home, run, "sku_list", ["sku_id"])["sku_id"].to_pylist())


def _contradicting(answers: Iterable[Answer]) -> list[Answer]:
    said: dict[Match, Said] = {}
    return [answer for answer in answers if said.setdefault(answer.key, _said(answer)) != _said(answer)]


def _named(answers: Sequence[Answer]) -> Phrase:
    return listed(
        [
            phrase(
                "{place} ({agent_id}, {sku_id})",
                place=answer.place,
                agent_id=answer.agent_id[:SHOWN_ID],
                sku_id=answer.sku_id[:SHOWN_ID],
            )
            for answer in answers
        ]
    )


def _write_drop(home: Home, answers: Sequence[Answer], stamp: datetime) -> None:
    """Write one drop, named by its time (`stamp`, whole seconds) and content."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow([*COLUMNS, "updated_at"])
    for answer in answers:
        cells = astuple(answer)[1:]
        writer.writerow([*("" if cell is None else str(cell) for cell in cells), stamp.isoformat()])
    digest = hashlib.sha256(content.getvalue().encode()).hexdigest()[:10]
    store_drop(home.answers, TABLE, f"{stamp:%Y%m%dT%H%M%S}-{digest}.csv", content.getvalue(), stamp)
