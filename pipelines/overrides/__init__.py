"""Merchandisers' pins and bans: taken in, checked, and laid down as drops in the home, which the next night reads."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.errors import UsageError

# Up to three rows are named in a message; the rest are counted.
NAMED = 3


@dataclass(frozen=True)
class Override:
    """One decision as it is stored: texts and dates of the source table `overrides`."""

    override_id: str
    sku_id: str
    action: str
    starts_on: date
    ends_on: date | None
    reason: str
    author: str
    approved_by: str | None
    created_at: datetime


COLUMNS = tuple(field.name for field in fields(Override))


@dataclass(frozen=True)
class Wish:
    """An override as somebody asks for it: `place` is what a message calls it, the rest may be missing."""

    place: str
    sku_id: str
    action: str
    reason: str
    author: str
    starts_on: date | None = None
    ends_on: date | None = None
    approved_by: str | None = None
    override_id: str | None = None


def take_in(night: Night, wishes: Sequence[Wish]) -> list[Override]:
    """Check wishes and lay those that are new or changed down in the home's overrides; returns what was laid down.

    A wish that repeats a version already stored, under its id, changes nothing. Raises UsageError that names every kind
    of fault with its rows, and then nothing is stored.
    """
    stored = stored_versions(night)
    fresh = [wish for wish in wishes if not _is_known(wish, stored)]
    _refuse_faults(night, fresh, stored)
    taken = [_dated(wish, night.now) for wish in fresh]
    if taken:
        _lay_down(night.home, taken)
    return taken


def latest_overrides(night: Night) -> list[Override]:
    """The newest version of every override, read by a night or still waiting for one, in order of start and id."""
    newest: dict[str, Override] = {}
    for version in stored_versions(night):
        known = newest.get(version.override_id)
        if known is None or known.created_at <= version.created_at:
            newest[version.override_id] = version
    return sorted(newest.values(), key=lambda override: (override.starts_on, override.override_id))


def stored_versions(night: Night) -> list[Override]:
    """Every version of every override: those that nights have read, and those that lie in the home for the next."""
    read: list[Override] = []
    if night.engine.exists("source.overrides"):
        stored = night.engine.read("source.overrides", columns=COLUMNS, order_by=("override_id", "created_at"))
        zone = night.now.tzinfo
        read = [Override(**{**row, "created_at": row["created_at"].replace(tzinfo=zone)}) for row in stored.to_pylist()]
    waiting = [
        override
        for path in sorted(night.home.overrides.glob("*.csv"))
        for override in _read_drop(path)
        if override not in read
    ]
    return [*read, *waiting]


def first_list_date(now: datetime) -> date:
    """The first list date that can obey what is decided now: tomorrow, whose list is made tonight."""
    return now.date() + timedelta(days=1)


def _is_known(wish: Wish, stored: Iterable[Override]) -> bool:
    return any(
        (wish.override_id, wish.sku_id, wish.action, wish.starts_on, wish.ends_on, wish.reason, wish.author)
        == (old.override_id, old.sku_id, old.action, old.starts_on, old.ends_on, old.reason, old.author)
        and wish.approved_by == old.approved_by
        for old in stored
    )


def _refuse_faults(night: Night, wishes: Sequence[Wish], stored: Sequence[Override]) -> None:
    starts = {(old.override_id, old.starts_on) for old in stored}
    tomorrow = first_list_date(night.now)
    known, gated = _known_skus(night, wishes), _gated_skus(night)
    faults = {
        "name an unknown SKU; look it up in the products drop": [w for w in wishes if w.sku_id not in known],
        "have an action other than pin or ban": [w for w in wishes if w.action not in ("pin", "ban")],
        "lack a reason or an author": [w for w in wishes if not (w.reason and w.author)],
        f"start before {tomorrow}, the first list that can still obey": [
            w for w in wishes if w.starts_on and w.starts_on < tomorrow and (w.override_id, w.starts_on) not in starts
        ],
        "end before they start or before today": [w for w in wishes if _ends_too_early(w, night.now.date(), starts)],
        "pin a SKU over the landmine cap without a second person; name one who is not the author in approved_by": [
            w for w in wishes if w.action == "pin" and w.sku_id in gated and w.approved_by in (None, w.author)
        ],
    }
    told = [f"{_places(rows)} {fault}" for fault, rows in faults.items() if rows]
    if told:
        raise UsageError("; ".join(told) + ". Nothing was stored")


def _ends_too_early(wish: Wish, today: date, starts: set[tuple[str, date]]) -> bool:
    """A new decision must hold for some list; one that holds already may be ended with today's list."""
    if wish.ends_on is None:
        return False
    begun = wish.override_id and wish.starts_on and (wish.override_id, wish.starts_on) in starts
    return wish.ends_on < (today if begun else wish.starts_on or today + timedelta(days=1))


def _places(wishes: Sequence[Wish]) -> str:
    named = ", ".join(f"{wish.place} ({wish.sku_id})" for wish in wishes[:NAMED])
    return named + (f" and {len(wishes) - NAMED} more" if len(wishes) > NAMED else "")


def _known_skus(night: Night, wishes: Sequence[Wish]) -> set[str]:
    asked = sorted({wish.sku_id for wish in wishes})
    return set(night.engine.select("known_skus", asked=asked)["sku_id"].to_pylist())


def _gated_skus(night: Night) -> set[str]:
    run = run_store.require_run(night.home)
    rows = run_store.read_table(night.home, run, "sku_scorecard").select(["sku_id", "landmine_probability"]).to_pylist()
    return {row["sku_id"] for row in rows if row["landmine_probability"] > night.settings.scoring.landmine_cap}


def _dated(wish: Wish, now: datetime) -> Override:
    starts_on = wish.starts_on or first_list_date(now)
    created_at = now.replace(microsecond=0)
    content = (wish.place, wish.sku_id, wish.action, starts_on, wish.reason, wish.author, created_at.isoformat())
    override_id = wish.override_id or "M" + hashlib.sha256(repr(content).encode()).hexdigest()[:10]
    return Override(
        override_id=override_id,
        sku_id=wish.sku_id,
        action=wish.action,
        starts_on=starts_on,
        ends_on=wish.ends_on,
        reason=wish.reason,
        author=wish.author,
        approved_by=wish.approved_by,
        created_at=created_at,
    )


def _lay_down(home: Home, overrides: Sequence[Override]) -> None:
    """Write one drop."""
    home.overrides.mkdir(parents=True, exist_ok=True)
    stem = f"{overrides[0].created_at:%Y%m%dT%H%M%S}-{overrides[0].override_id}"
    with run_store.replacing(home.overrides / f"{stem}.csv") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(["" if value is None else _written(value) for value in astuple(row)] for row in overrides)


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _read_drop(path: Path) -> list[Override]:
    with path.open(encoding="utf-8", newline="") as handle:
        return [
            Override(
                override_id=row["override_id"],
                sku_id=row["sku_id"],
                action=row["action"],
                starts_on=date.fromisoformat(row["starts_on"]),
                ends_on=date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
                reason=row["reason"],
                author=row["author"],
                approved_by=row["approved_by"] or None,
                created_at=datetime.fromisoformat(row["created_at"]),
            )
            for row in csv.DictReader(handle)
        ]
