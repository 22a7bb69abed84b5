"""What agents answer to their matches: checked, and laid into the home as a drop that the next night reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime, timedelta

from xuanpin.pipelines import open_drop, run_store
from xuanpin.pipelines.answers.ground import Ground, warehouse_ground
from xuanpin.pipelines.answers.spoken import Match, Said, Spoken, spoken, standing
from xuanpin.pipelines.answers.stock import Unserved, unserved
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_drops import check_drop, store_drop
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.typed.names import did_you_mean
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, listed, phrase

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
    ground = warehouse_ground(night)
    answers = _redacted(answers, ground)
    _refuse_faults(ground, answers)
    with sealing.lock_published(night.home):
        added, stamp = _new_answers(ground, answers, has_happened=has_happened)
        if added:
            content = _content(added, stamp)
            store_drop(night.home.answers, TABLE, open_drop.drop_name(content, stamp), content, stamp)
    return added


def store_taps(ground: Ground, answers: Sequence[Answer]) -> list[Answer]:
    """Do as `store_answers` for what agents tap, and write it to the home's open drop; return what was written.

    Call it under the lock of the published folder, so that all that `ground` has heard was said before. The first rows
    of an open drop are read as the next night will read them; those that follow are of the same kinds, published ids
    and codes of the contract, and reading them again would cost four times as much as all else.
    """
    answers = _redacted(answers, ground)
    _refuse_faults(ground, answers)
    added, stamp = _new_answers(ground, answers, has_happened=False)
    if added:
        content = _content(added, stamp)
        if not (ground.home.answers / open_drop.OPEN).exists():
            check_drop(TABLE, open_drop.drop_name(content, stamp), content, stamp)
        open_drop.append(ground.home.answers, content)
    return added


def _new_answers(ground: Ground, answers: Sequence[Answer], *, has_happened: bool) -> tuple[list[Answer], datetime]:
    """Return those of `answers` that say something new, once each, and the moment at which they are given."""
    said = ground.spoken({answer.list_date for answer in answers}, {answer.sku_id for answer in answers})
    known = standing(said)
    new = {answer.key: answer for answer in answers if known.get(answer.key) != _said(answer)}
    added = list(new.values())
    if not has_happened:
        _refuse_unserved(ground, added)
    return added, _moment(ground.now, said)


def late_picks(answers: Sequence[Answer], today: date) -> list[Answer]:
    """Return the own picks among `answers` for list dates up to `today`, whose lists are made already."""
    return [answer for answer in answers if answer.answer == "own_pick" and answer.list_date <= today]


def _moment(now: datetime, said: Sequence[Spoken]) -> datetime:
    """Return `now` in whole seconds, or the next moment after all that was `said`: what comes later counts later.

    Thousands of answers to one SKU may come within a minute, so the next moment is a millionth of a second later.
    """
    stamp = now.astimezone(BEIJING).replace(microsecond=0)
    if not said:
        return stamp
    last = max(answer.at for answer in said).replace(tzinfo=BEIJING)
    return max(stamp, last + timedelta(microseconds=1))


def _said(answer: Answer) -> Said:
    return answer.answer, answer.reason_code, answer.comment


def _redacted(answers: Sequence[Answer], ground: Ground) -> list[Answer]:
    texts = ground.redacted([answer.comment for answer in answers])
    return [replace(answer, comment=text or None) for answer, text in zip(answers, texts, strict=True)]


def standing_answers(night: Night) -> Mapping[Match, Said]:
    """Return the last answer to each match, read by a night or waiting in the home for the next."""
    return standing(spoken(night))


def _refuse_faults(ground: Ground, answers: Sequence[Answer]) -> None:
    today, reasons = ground.now.date(), choices("reason_code")
    skus = ground.known_skus({answer.sku_id for answer in answers})
    agents = ground.known_agents({answer.agent_id for answer in answers})
    earliest, latest = today - timedelta(days=LATEST_DAYS), today + timedelta(days=1)
    faults = {
        phrase("an unknown SKU{meant}; look it up in the products drop", meant=_meant(ground.home, answers, skus)): [
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
    messages = [joined((_named(rows), fault), ": ") for fault, rows in faults.items() if rows]
    if messages:
        raise UsageError(_nothing_stored(messages))


def _nothing_stored(messages: Sequence[str]) -> Phrase:
    return joined([*messages, phrase("Nothing was stored")], ". ")


class NotServed(UsageError):
    """Answers that the list does not offer, or of whose SKUs no unit is left: `faults` says why, by answer,
    and the `message` says it all."""

    def __init__(self, message: Phrase, faults: Mapping[Match, Unserved]) -> None:
        super().__init__(message)
        self.faults = faults


def _refuse_unserved(ground: Ground, answers: Sequence[Answer]) -> None:
    """Refuse what an agent takes although tonight's list does not offer it to her, and what nobody has left for her."""
    by_date: dict[date, list[Answer]] = {}
    for answer in answers:
        by_date.setdefault(answer.list_date, []).append(answer)
    faults: dict[Match, Unserved] = {}
    for list_date, said in by_date.items():
        faults |= unserved(ground, list_date, {answer.key: answer.answer for answer in said})
    if faults:
        found = [answer for said in by_date.values() for answer in said if answer.key in faults]
        messages = [joined((_named([answer]), faults[answer.key].told), ": ") for answer in found]
        more = len(messages) - SHOWN_REFUSALS
        rest = [phrase("{more} more answers cannot be taken for such reasons", more=more)] if more > 0 else []
        raise NotServed(_nothing_stored([*messages[:SHOWN_REFUSALS], *rest]), faults)


def _meant(home: Home, answers: Sequence[Answer], known: Collection[str]) -> Phrase:
    unknown = next((answer.sku_id for answer in answers if answer.sku_id not in known), None)
    if unknown is None:
        return NOTHING
    run = run_store.require_run(home)
    return did_you_mean(unknown, run_store.read_table(home, run, "sku_list", ["sku_id"])["sku_id"].to_pylist())


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


def _content(answers: Sequence[Answer], stamp: datetime) -> str:
    """Return the content of a drop of `answers` that are given at `stamp`."""
    rows = [
        [*("" if cell is None else str(cell) for cell in astuple(answer)[1:]), stamp.isoformat()] for answer in answers
    ]
    return open_drop.content_of([*COLUMNS, "updated_at"], rows)
