"""What agents have said of their matches so far, in the order in which they said it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from xuanpin.pipelines import open_drop
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.home_drops import read_drop

Match = tuple[date, str, str]
"""A list date, an agent and a SKU."""
Said = tuple[str, str | None, str | None]
"""An answer, its reason and what was added to it."""
TAKEN = ("accepted", "own_pick")
"""Answers of an agent who will post the SKU."""


@dataclass(frozen=True)
class Spoken:
    """Hold one version of an answer: when it was given (`at`, Beijing's wall clock), what it answers to (`key`), and
    what was `said`."""

    at: datetime
    key: Match
    said: Said

    @property
    def is_taken(self) -> bool:
        """Whether she will post the SKU."""
        return self.said[0] in TAKEN


def spoken(night: Night, list_dates: Collection[date] | None = None) -> list[Spoken]:
    """Return the answers on `list_dates` (on any without) that a night has read or that wait in the home, oldest first.

    Those of one moment: who leaves a SKU before who takes it, then in the order of agents and SKUs.
    """
    return _in_order(_stored(night, list_dates, None) + waiting(night.home, list_dates))


def known_tonight(night: Night, list_dates: Collection[date]) -> list[Spoken]:
    """Return the answers on `list_dates` that a night may see, in the order of `spoken`."""
    return _in_order(_stored(night, list_dates, night.as_of_date))


def _stored(night: Night, list_dates: Collection[date] | None, known_by: date | None) -> list[Spoken]:
    since = None if list_dates is None else min(list_dates, default=date.max)
    rows = night.engine.select("said_since", since=since, known_by=known_by).to_pylist()
    return _on([spoken_row(row) for row in rows], list_dates)


def waiting(home: Home, list_dates: Collection[date] | None) -> list[Spoken]:
    """Return the answers on `list_dates` in the files of the home, in that order; the warehouse is not opened."""
    found = [answer for path in sorted(home.answers.glob("*.csv")) for answer in read_drop(path, spoken_row)]
    found += [spoken_row(row) for row in open_drop.read(home.answers)[0]]
    return _in_order(_on(found, list_dates))


def _on(answers: Collection[Spoken], list_dates: Collection[date] | None) -> list[Spoken]:
    return [answer for answer in answers if list_dates is None or answer.key[0] in list_dates]


def standing(answers: Collection[Spoken]) -> Mapping[Match, Said]:
    """Return the last of `answers`, which stand in their order, to each match."""
    return {answer.key: answer.said for answer in answers}


def _in_order(answers: Collection[Spoken]) -> list[Spoken]:
    """What a night has read from the home counts once."""
    return sorted(dict.fromkeys(answers), key=order_of)


def order_of(answer: Spoken) -> tuple[datetime, bool, Match]:
    """Return what puts an answer in its place among others: of one moment, who leaves a SKU comes first."""
    return answer.at, answer.is_taken, answer.key


def spoken_row(row: Mapping[str, object]) -> Spoken:
    """Return one version of an answer from the columns of a `row`, as a drop or the warehouse holds them.

    Raises KeyError, TypeError or ValueError for what is none.
    """
    day, at = row["list_date"], row["updated_at"]
    reason, comment = (None if not row[name] else str(row[name]) for name in ("reason_code", "comment"))
    return Spoken(
        at=_beijing(at if isinstance(at, datetime) else datetime.fromisoformat(str(at))),
        key=(
            day if isinstance(day, date) else date.fromisoformat(str(day)),
            str(row["agent_id"]),
            str(row["sku_id"]),
        ),
        said=(str(row["answer"]), reason, comment),
    )


def _beijing(at: datetime) -> datetime:
    return at if at.tzinfo is None else at.astimezone(BEIJING).replace(tzinfo=None)
