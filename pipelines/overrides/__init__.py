"""Checks merchandisers' decisions and writes them as drops in the home, which the next night reads."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from xuanpin.models.text.redaction import redact_label
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_drops import read_drop, store_drop
from xuanpin.pipelines.ingest.privacy import Guard
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.names import did_you_mean
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, listed, phrase

ACTIONS = ("pin", "ban", "clear")
"""What an override may do; `clear` ends a hold for danger whose reports were known before its day."""
SHOWN_ID = 40
"""Characters of a SKU that a message shows; what was typed may be anything."""
LONGEST_ID = 64
"""Characters of an override_id; what a platform gives is shorter."""


@dataclass(frozen=True)
class Override:
    """Hold one decision as it is stored in the source table `overrides`.

    `override_id` names it through its versions; `sku_id` and `action` (pin, ban, or clear: end a hold for danger) say
    what it does, on list dates `starts_on` to `ends_on` (None: open end); `reason`, `author` and `approved_by`, the
    second person that a pin over the landmine cap and a clearing need; `created_at`: when this version was made,
    zone-aware.
    """

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
class OverrideRequest:
    """Hold an override as somebody asks for it, with the fields of `Override`; what is left out may be missing.

    `place` is what a message calls it. Without `override_id` it is a new override; without `starts_on` it starts with
    the next list. `sku_id`, `action`, `reason` and `author` are required, `ends_on` and `approved_by` are not.
    """

    place: str
    sku_id: str
    action: str
    reason: str
    author: str
    starts_on: date | None = None
    ends_on: date | None = None
    approved_by: str | None = None
    override_id: str | None = None


def store_overrides(night: Night, requests: Sequence[OverrideRequest]) -> list[Override]:
    """Check requests and write those that are new or changed as a drop in the home; return what was written.

    A request that repeats a stored version, under its id, changes nothing, and neither does one without an id that
    repeats a decision as it stands: a command that was cut short can be given again. Reasons and names of people are
    stored without personal data. Raises UsageError that names every kind of fault with its rows, and then nothing is
    stored.
    """
    requests = [_redacted(request, Guard(night.engine, key=None)) for request in requests]
    stored = stored_versions(night)
    standing = newest_versions(stored)
    fresh = [
        request
        for request in requests
        if not (_is_known(request, stored) or _stands(request, standing, first_list_date(night.now)))
    ]
    _refuse_faults(night, fresh, stored)
    added = [_dated(request, night.now) for request in fresh]
    if added:
        _write_drop(night.home, added)
    return added


def _redacted(asked: OverrideRequest, guard: Guard) -> OverrideRequest:
    """The request without personal data: in its reason nobody, in who decides nothing but the name."""
    reason = str(guard.redact(pa.array([asked.reason], pa.string()))[0])
    approved_by = None if asked.approved_by is None else redact_label(asked.approved_by)
    return replace(asked, reason=reason, author=redact_label(asked.author), approved_by=approved_by)


def latest_overrides(night: Night) -> list[Override]:
    """Return the newest version of every override, read by a night or not yet, in order of start and id."""
    newest = newest_versions(stored_versions(night))
    return sorted(newest, key=lambda override: (override.starts_on, override.override_id))


def contradicted(added: Iterable[Override], standing: Iterable[Override]) -> list[str]:
    """Return the SKUs of the overrides `added` that are pinned and banned for one list date, by all `standing`."""
    newest = list(standing)
    return sorted({new.sku_id for new in added for old in newest if _contradict(new, old)})


def _contradict(one: Override, other: Override) -> bool:
    latest = min(one.ends_on or date.max, other.ends_on or date.max)
    is_same_day = max(one.starts_on, other.starts_on) <= latest
    return one.sku_id == other.sku_id and one.action != other.action and is_same_day


def newest_versions(versions: Iterable[Override]) -> list[Override]:
    """Return the newest of the versions of each override."""
    newest: dict[str, Override] = {}
    for version in versions:
        known = newest.get(version.override_id)
        if known is None or known.created_at <= version.created_at:
            newest[version.override_id] = version
    return list(newest.values())


def stored_versions(night: Night) -> list[Override]:
    """Return every version of every override: those that nights have read, and those in the home for the next."""
    stored = night.engine.read("source.overrides", columns=COLUMNS, order_by=("override_id", "created_at"))
    zone = night.now.tzinfo
    read = [Override(**{**row, "created_at": row["created_at"].replace(tzinfo=zone)}) for row in stored.to_pylist()]
    waiting = [
        override
        for path in sorted(night.home.overrides.glob("*.csv"))
        for override in read_drop(path, override_version)
        if override not in read
    ]
    return [*read, *waiting]


def first_list_date(now: datetime) -> date:
    """Return the first list date to which a decision made `now` can apply: tomorrow, whose list is made tonight."""
    return now.date() + timedelta(days=1)


def _is_known(asked: OverrideRequest, stored: Iterable[Override]) -> bool:
    return any(asked.override_id == old.override_id and _says(asked, old, asked.starts_on) for old in stored)


def _stands(asked: OverrideRequest, standing: Iterable[Override], first: date) -> bool:
    """Say whether a decision without an id is one that stands; `first` is the list date where it names none."""
    return asked.override_id is None and any(_says(asked, old, asked.starts_on or first) for old in standing)


def _says(asked: OverrideRequest, old: Override, starts_on: date | None) -> bool:
    """Say whether a stored version says what is asked for, from `starts_on` on."""
    wanted = (asked.sku_id, asked.action, starts_on, asked.ends_on, asked.reason, asked.author)
    return (
        wanted == (old.sku_id, old.action, old.starts_on, old.ends_on, old.reason, old.author)
        and asked.approved_by == old.approved_by
    )


def _refuse_faults(night: Night, requests: Sequence[OverrideRequest], stored: Sequence[Override]) -> None:
    starts = {(old.override_id, old.starts_on) for old in stored}
    tomorrow = first_list_date(night.now)
    known, gated = _known_skus(night, requests), gated_skus(night.home, night.settings)
    unknown = [w for w in requests if w.sku_id not in known]
    faults = {
        phrase("unknown SKU{meant}; look it up in the products drop", meant=_meant(night, unknown)): unknown,
        phrase("an action other than pin, ban or clear"): [w for w in requests if w.action not in ACTIONS],
        phrase("no reason or no author"): [w for w in requests if not (w.reason.strip() and w.author.strip())],
        phrase("a start before {tomorrow}, the first list that it can apply to", tomorrow=tomorrow): [
            w for w in requests if w.starts_on and w.starts_on < tomorrow and (w.override_id, w.starts_on) not in starts
        ],
        phrase("an end before the start or before today"): [
            w for w in requests if _ends_too_early(w, night.now.date(), starts)
        ],
        phrase(
            "a pin of a SKU over the landmine cap without a second person; name one who is not the author in "
            "approved_by"
        ): [w for w in requests if w.action == "pin" and w.sku_id in gated and w.approved_by in (None, w.author)],
        phrase("a hold for danger cleared without a second person; name one who is not the author in approved_by"): [
            w for w in requests if w.action == "clear" and w.approved_by in (None, w.author)
        ],
        phrase("an override_id of more than 64 characters; leave it empty for a new decision"): [
            w for w in requests if len(w.override_id or "") > LONGEST_ID
        ],
    }
    messages = [joined((_named_rows(rows), fault), ": ") for fault, rows in faults.items() if rows]
    if messages:
        raise UsageError(joined([*messages, phrase("Nothing was stored")], ". "))


def _meant(night: Night, unknown: Sequence[OverrideRequest]) -> Phrase:
    """What the first unknown SKU may have been meant to be; nothing is taken for it without being asked."""
    if not unknown:
        return NOTHING
    return did_you_mean(unknown[0].sku_id, scored_skus(night.home))


def scored_skus(home: Home) -> Collection[str]:
    """Return the SKUs on the scorecard of the latest list."""
    run = run_store.require_run(home)
    found: list[str] = run_store.read_table(home, run, "sku_scorecard", ["sku_id"])["sku_id"].to_pylist()
    return found


def _ends_too_early(request: OverrideRequest, today: date, starts: set[tuple[str, date]]) -> bool:
    """Say whether a decision holds for no list; one that holds already may be ended with today's list."""
    if request.ends_on is None:
        return False
    begun = request.override_id and request.starts_on and (request.override_id, request.starts_on) in starts
    return request.ends_on < (today if begun else request.starts_on or today + timedelta(days=1))


def _named_rows(requests: Sequence[OverrideRequest]) -> str:
    return listed(
        [phrase("{place} ({sku_id})", place=request.place, sku_id=request.sku_id[:SHOWN_ID]) for request in requests]
    )


def _known_skus(night: Night, requests: Sequence[OverrideRequest]) -> set[str]:
    asked = sorted({request.sku_id for request in requests})
    return set(night.engine.select("known_skus", asked=asked)["sku_id"].to_pylist())


def gated_skus(home: Home, settings: Settings) -> set[str]:
    """Return the SKUs of the latest list's scorecard whose pin takes a second person, by the landmine cap."""
    run = run_store.require_run(home)
    rows = run_store.read_table(home, run, "sku_scorecard", ["sku_id", "landmine_probability"]).to_pylist()
    return {row["sku_id"] for row in rows if row["landmine_probability"] > settings.scoring.landmine_cap}


def _dated(asked: OverrideRequest, now: datetime) -> Override:
    starts_on = asked.starts_on or first_list_date(now)
    created_at = now.replace(microsecond=0)
    content = (
        asked.place,
        asked.sku_id,
        asked.action,
        starts_on,
        asked.reason,
        asked.author,
        created_at.isoformat(),
    )
    override_id = asked.override_id or "M" + hashlib.sha256(repr(content).encode()).hexdigest()[:10]
    return Override(
        override_id=override_id,
        sku_id=asked.sku_id,
        action=asked.action,
        starts_on=starts_on,
        ends_on=asked.ends_on,
        reason=asked.reason,
        author=asked.author,
        approved_by=asked.approved_by,
        created_at=created_at,
    )


def _write_drop(home: Home, overrides: Sequence[Override]) -> None:
    """Write one drop, named by its time and content: an id may hold what no file name may."""
    digest = hashlib.sha256(repr([astuple(row) for row in overrides]).encode()).hexdigest()[:10]
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if value is None else _as_text(value) for value in astuple(row)] for row in overrides)
    created_at = overrides[0].created_at
    name = f"{created_at:%Y%m%dT%H%M%S}-{digest}.csv"
    store_drop(home.overrides, "overrides", name, content.getvalue(), created_at)


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def override_version(row: Mapping[str, str]) -> Override:
    """Return the version of an override in a `row` of a drop; raises KeyError and ValueError for another form."""
    return Override(
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
