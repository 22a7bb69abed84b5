"""Says what an entry of the journal means: the list, its counts, what it promises, why it is so, and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.messages.event import SEVERITY, Event, identity, in_both_languages
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.republishing.holds import hold_notice
from xuanpin.pipelines.run_store.journal import Change
from xuanpin.pipelines.settings.notify import Severity
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

COUNTED: Mapping[str, str] = {"listed": "sku_list", "matches": "agent_matches", "agents": "agent_summary"}
"""Published tables whose rows are told, by what they count."""
PROMISED = ("promise", "promise_confidence", "promise_bound", "can_promise")


def news_of(home: Home, change: Change, desk: str | None) -> Event:
    """Return what is told of an entry of the journal; `desk` is the address at which people reach the desk, if any."""
    details = _details(home, change, desk)
    subject, text = _held(home, change) or (_subject(change), joined(_lines(details), "\n"))
    return Event(
        event_id=identity(change.number, change.kind, change.run.run_id, change.noted_at),
        kind=change.kind,
        severity=_severity(change),
        at=change.noted_at,
        number=change.number,
        subject=in_both_languages(subject),
        text=in_both_languages(text),
        details={**details, "reason": None if details["reason"] is None else in_both_languages(details["reason"])},
    )


def _severity(change: Change) -> Severity:
    """Return how bad an entry is; a second list in a row that is only kept means that agents see an old one."""
    was_kept = change.previous is not None and change.previous.state == "fallback"
    if change.kind == "fallback" and was_kept and change.previous and change.previous.list_date != change.run.list_date:
        return "critical"
    return SEVERITY[change.kind]


def _details(home: Home, change: Change, desk: str | None) -> dict[str, Any]:
    run, before = change.run, change.previous
    manifest = _manifest(home, run)
    rows = manifest.get("row_counts") or {}
    return {
        "list_date": run.list_date,
        "as_of_date": run.as_of_date,
        "run_id": run.run_id,
        "state": run.state,
        "is_newest": change.is_newest,
        "previous_list_date": before.list_date if before else None,
        "previous_run_id": before.run_id if before else None,
        "reason": _reason(change),
        "counts": {name: rows.get(table) for name, table in COUNTED.items()},
        # Counted where the change feed stands beside the journal.
        "changes": change.rows or None,
        **{name: manifest.get(name) for name in PROMISED},
        "report": (run_store.run_folder(home, run) / "report.html").relative_to(home.root).as_posix(),
        "desk": desk,
    }


def _manifest(home: Home, run: run_store.CurrentRun) -> Mapping[str, Any]:
    with suppress(OSError, UsageError):
        return run_store.manifest(home, run)
    return {}


def _reason(change: Change) -> Phrase | None:
    if not change.reason:
        return None
    return Bilingual(change.reason, change.reason_zh or change.reason)


def _held(home: Home, change: Change) -> tuple[Phrase, Phrase] | None:
    """Return the words of a brake that holds the run of an entry, while it does."""
    if change.kind != "held":
        return None
    day = date.fromisoformat(change.run.list_date)
    with suppress(OSError, UsageError):
        if run_store.pending_run(home, day) == change.run:
            return hold_notice(home, day)
    return None


def _subject(change: Change) -> Phrase:
    day = change.run.list_date
    return {
        "published": phrase("Xuanpin: the list for {list_date} is published", list_date=day),
        "approved": phrase("Xuanpin: the list for {list_date} is approved and published", list_date=day),
        "recalled": phrase("Xuanpin: the list for {list_date} has changed by a recall", list_date=day),
        "fallback": phrase(
            "Xuanpin: no new list for {list_date}; the last good one is kept, checked again", list_date=day
        ),
        "withdrawn": phrase("Xuanpin: the list for {list_date} has been taken back", list_date=day),
        "pending": phrase("Xuanpin: the list for {list_date} waits for approval", list_date=day),
        "held": phrase("Xuanpin: a brake has held the list for {list_date}", list_date=day),
        "rejected": phrase("Xuanpin: the list for {list_date} was rejected", list_date=day),
    }[change.kind]


def _lines(details: Mapping[str, Any]) -> Iterator[Phrase]:
    counts = details["counts"]
    if None not in counts.values():
        yield phrase("{listed:,} SKUs listed, {matches:,} matches for {agents:,} agents", **counts)
    moved = (details["changes"] or {}).get(COUNTED["listed"])
    if moved:
        yield phrase("{came:,} SKUs came, {went:,} went", came=moved.get("came", 0), went=moved.get("went", 0))
    if details["promise_bound"] is not None:
        yield _promise(details)
    if details["reason"] is not None:
        yield phrase("Why: {reason}", reason=details["reason"])
    yield phrase("Report: {report}", report=details["report"])
    if details["desk"] is not None:
        yield phrase("Desk: {address}", address=details["desk"])


def _promise(details: Mapping[str, Any]) -> Phrase:
    bound = {"confidence": details["promise_confidence"], "bound": details["promise_bound"]}
    if details["can_promise"]:
        return phrase("Promise kept: with {confidence:.0%} confidence at most {bound:.1%} landmines", **bound)
    return phrase("No promise: with {confidence:.0%} confidence at most {bound:.1%} landmines", **bound)
