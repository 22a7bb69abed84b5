"""The journal of what is published: one entry for each time that readers or reviewers were given another run.

Entries are folders of published/changes, numbered without gaps from the first that is kept, and never changed. Stores
and people who are told of lists follow them: whoever was cut short, or was out of reach, reads on where it stopped. An
entry that gives readers another run has the rows that came, went and changed beside it (see feed).
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_modes import make_published, open_like_folder
from xuanpin.pipelines.run_store.feed import ReadyFeed, write_feed

log = logging.getLogger("xuanpin")
JOURNAL, ENTRY = "changes", "change.json"
DIGITS = 8
"""Digits of the name of an entry's folder; a home that publishes ten times a night fills them in 27,000 years."""
Kind = Literal["published", "approved", "recalled", "fallback", "withdrawn", "pending", "held", "rejected"]
SHOWN: Mapping[str, Kind] = {
    "auto_approved": "published",
    "approved": "approved",
    "recalled": "recalled",
    "fallback": "fallback",
}
"""Kinds of an entry by the state of the run that readers see from then on."""
TOLD_BY_ROW = (*SHOWN.values(), "withdrawn")
"""Kinds of an entry after which readers see other rows."""
WAITING: Mapping[str, Kind] = {"pending": "pending", "held": "held"}
"""Kinds of an entry by the state of the run that waits for a person from then on."""


@dataclass(frozen=True)
class Change:
    """One entry of the journal.

    `number`: from 1, without gaps; `kind`: what happened; `run`: the run that readers see (or reviewers wait for, or
    that was rejected or withdrawn) from then on, with its state; `previous`: the run in whose place it is shown, that
    of its list date or else of the newest list date before, None for the first of all and where nothing is shown
    anew; `is_newest`: whether its list date is the newest that shows a list; `reason` and `reason_zh`: why, where
    people or the program gave a reason; `noted_at`: when, ISO with its zone; `known`: in the first entry of all, the
    runs that other list dates showed already; `shown`: the run that a reader who saw `previous` sees from then on, None
    where that is none or where nothing is shown anew; `rows`: how many rows beside the entry lead there, by table and
    by what became of them, without a table whose rows could not be told.
    """

    number: int
    kind: Kind
    run: run_store.CurrentRun
    previous: run_store.CurrentRun | None
    is_newest: bool
    reason: str | None
    reason_zh: str | None
    noted_at: str
    known: tuple[run_store.CurrentRun, ...]
    shown: run_store.CurrentRun | None = None
    rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Standing:
    """What the journal says of a list date: the run that is shown and the one that waits, None for none."""

    shown: run_store.CurrentRun | None = None
    waiting: run_store.CurrentRun | None = None


def changes(home: Home, after: int = 0) -> list[Change]:
    """Return the kept entries of the journal with numbers above `after`, in order."""
    found = [_read(folder) for folder in entry_folders(home) if int(folder.name) > after]
    return [change for change in found if change is not None]


def entry_folders(home: Home) -> list[Path]:
    """Return the folders of the kept entries, in order of their numbers."""
    return sorted(folder for folder in (home.published / JOURNAL).glob("[0-9]" * DIGITS))


def last_number(home: Home) -> int:
    """Return the number of the newest entry, 0 where there is none."""
    return max((int(folder.name) for folder in entry_folders(home)), default=0)


def shown_before(home: Home, run: run_store.CurrentRun) -> dict[str, run_store.CurrentRun]:
    """Return which run each earlier list date showed when `run` was made, by list date.

    That is what the journal says from its beginning up to the first entry of the run; without such an entry, and for
    list dates before that, what they show now.
    """
    standing: dict[str, _Standing] = {}
    told = changes(home)
    first = next((nth for nth, change in enumerate(told) if change.run.run_id == run.run_id), None)
    for change in [] if first is None else told[:first]:
        _note(standing, change)
    now = {other.list_date: other for other in run_store.current_runs(home)}
    noted = {day: one.shown for day, one in standing.items() if one.shown is not None}
    found = now | noted
    return {day: other for day, other in found.items() if day < run.list_date}


def ready_feed(home: Home, run: run_store.CurrentRun, unsealed: run_store.CurrentRun, folder: Path) -> ReadyFeed:
    """Write into a new `folder` the rows of the entry that will say that `run` is shown, if nothing is noted before.

    `unsealed` is the run as it stands before it is sealed, in another folder.
    """
    folder.mkdir()
    standing, number = _replayed(changes(home)), last_number(home) + 1
    before = _replaced(home, date.fromisoformat(run.list_date), standing)
    return ReadyFeed(folder, number, before, run, write_feed(home, folder, number, before, unsealed))


def note_changes(home: Home, ready: ReadyFeed | None = None) -> None:
    """Bring the journal level with the pointers of the list dates; call it under the lock of the published folder.

    Rows that are `ready` are taken for the entry that they tell of. What a killed process has changed is noted by
    whoever comes next. Entries of list dates that are no longer kept go, the oldest first, so that what is left of the
    journal is whole.
    """
    kept, folders = _drop_old(home), list(_list_dates(home))
    standing, number = _replayed(kept), last_number(home)
    if not kept:
        folders, known = _beginning(home, folders)
    else:
        known = ()
    for day in folders:
        for change in _changes_of(home, day, standing):
            number += 1
            _write(home, replace(change, number=number, known=known), ready)
            known = ()
            _note(standing, change)


def _changes_of(home: Home, day: date, standing: dict[str, _Standing]) -> Iterator[Change]:
    """Yield what is new of a list date, in the order in which it happens: rejected, shown, waiting."""
    noted = standing.get(day.isoformat(), _Standing())
    shown, waiting = run_store.current_run(home, day), run_store.pending_run(home, day)
    if noted.waiting is not None and _state(home, noted.waiting) == "rejected":
        yield _change(home, "rejected", replace(noted.waiting, state="rejected"), None, standing)
        waiting = None if _is_same(waiting, noted.waiting) else waiting
    if shown is not None and shown != noted.shown and shown.state in SHOWN:
        yield _change(home, SHOWN[shown.state], shown, _replaced(home, day, standing), standing)
    if shown is None and noted.shown is not None:
        yield _change(home, "withdrawn", replace(noted.shown, state="rejected"), noted.shown, standing)
    if waiting is not None and waiting != noted.waiting and _state(home, waiting) in WAITING:
        yield _change(home, WAITING[waiting.state], waiting, None, standing)


def _change(
    home: Home,
    kind: Kind,
    run: run_store.CurrentRun,
    previous: run_store.CurrentRun | None,
    standing: Mapping[str, _Standing],
) -> Change:
    shown = [day for day, noted in standing.items() if noted.shown is not None]
    manifest = _manifest(home, run)
    is_newest = run.list_date >= max(shown, default="")
    return Change(
        number=0,
        kind=kind,
        run=run,
        previous=_if_kept(home, previous),
        is_newest=is_newest,
        reason=manifest.get("reason"),
        reason_zh=manifest.get("reason_zh"),
        noted_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        known=(),
        shown=_shown(home, kind, run, standing if is_newest else {}),
    )


def _shown(
    home: Home, kind: Kind, run: run_store.CurrentRun, standing: Mapping[str, _Standing]
) -> run_store.CurrentRun | None:
    """Return the run that is seen after a change; where a list is withdrawn, that of the newest of the other dates."""
    if kind in SHOWN.values():
        return run
    left = _before(home, date.fromisoformat(run.list_date), standing) if kind == "withdrawn" and standing else None
    return _if_kept(home, left)


def _if_kept(home: Home, run: run_store.CurrentRun | None) -> run_store.CurrentRun | None:
    return run if run is not None and run_store.run_folder(home, run).is_dir() else None


def _replaced(home: Home, day: date, standing: Mapping[str, _Standing]) -> run_store.CurrentRun | None:
    """Return the run that readers saw before they are shown another for `day`; None where it is not kept."""
    return _if_kept(home, standing.get(day.isoformat(), _Standing()).shown or _before(home, day, standing))


def _before(home: Home, day: date, standing: Mapping[str, _Standing]) -> run_store.CurrentRun | None:
    """Return the run that is noted as shown for the newest list date before `day`."""
    earlier = {name: noted.shown for name, noted in standing.items() if name < day.isoformat() and noted.shown}
    if earlier:
        return earlier[max(earlier)]
    return run_store.earlier_run(home, day)


def _beginning(home: Home, days: list[date]) -> tuple[list[date], tuple[run_store.CurrentRun, ...]]:
    """Return the list dates that a journal begins with, the newest alone, and what the others show already.

    A home of an earlier release has hundreds of lists that nobody needs to be told of.
    """
    known = tuple(run_store.current_runs(home)[:-1])
    told = {run.list_date for run in known}
    return [day for day in days if day.isoformat() not in told], known


def _replayed(kept: list[Change]) -> dict[str, _Standing]:
    standing: dict[str, _Standing] = {}
    for change in kept:
        _note(standing, change)
    return standing


def _note(standing: dict[str, _Standing], change: Change) -> None:
    """Bring what is noted of list dates level with an entry."""
    for run in change.known:
        standing.setdefault(run.list_date, _Standing(run))
    noted = standing.get(change.run.list_date, _Standing())
    if change.kind in WAITING.values():
        noted = replace(noted, waiting=change.run)
    elif change.kind == "rejected":
        noted = replace(noted, waiting=None)
    else:
        shown = None if change.kind == "withdrawn" else change.run
        waiting = None if _is_same(noted.waiting, change.run) else noted.waiting
        noted = _Standing(shown, waiting)
    standing[change.run.list_date] = noted


def _is_same(one: run_store.CurrentRun | None, other: run_store.CurrentRun | None) -> bool:
    return one is not None and other is not None and one.run_id == other.run_id


def _state(home: Home, run: run_store.CurrentRun) -> str | None:
    """Return the state in the manifest of a run, which is newer than that of a pointer; None where the run is gone."""
    return _manifest(home, run).get("state")


def _manifest(home: Home, run: run_store.CurrentRun) -> Mapping[str, Any]:
    """Return the manifest of a run; an empty one where the run is gone or its manifest is damaged."""
    with suppress(OSError, UsageError):
        return run_store.manifest(home, run)
    return {}


def _list_dates(home: Home) -> Iterator[date]:
    """Yield the list dates that are kept, oldest first."""
    for folder in sorted(home.published.glob("list_date=*")):
        with suppress(ValueError):
            yield date.fromisoformat(folder.name.partition("=")[2])


def _drop_old(home: Home) -> list[Change]:
    """Delete the first entries whose list dates are gone, and what a killed process left; return the others."""
    shutil.rmtree(_partial(home), ignore_errors=True)
    kept = changes(home)
    while kept and not home.list_dir(date.fromisoformat(kept[0].run.list_date)).exists():
        shutil.rmtree(_folder(home, kept.pop(0).number))
    return kept


def _write(home: Home, change: Change, ready: ReadyFeed | None) -> None:
    partial, told = _partial(home), (change.number, change.previous, change.shown)
    make_published(home, partial.parent)
    if ready is not None and (ready.number, ready.before, ready.after) == told:
        ready.folder.rename(partial)
        change = replace(change, rows=ready.rows)
    else:
        partial.mkdir()
        if change.kind in TOLD_BY_ROW:
            change = replace(change, rows=write_feed(home, partial, *told))
    run_store.replace_json(partial / ENTRY, asdict(change))
    for path in (partial, *partial.iterdir()):
        open_like_folder(path)
    partial.rename(_folder(home, change.number))
    run_store.sync(partial.parent)


def _read(folder: Path) -> Change | None:
    """Read an entry; None for one that somebody has spoilt, which is logged and noted anew where it still holds."""
    try:
        content: dict[str, Any] = json.loads((folder / ENTRY).read_text(encoding="utf-8"))
        content |= {
            "run": run_store.CurrentRun(**content["run"]),
            "previous": _run(content["previous"]),
            "known": tuple(run_store.CurrentRun(**run) for run in content["known"]),
            "shown": _run(content.get("shown")),
        }
        return Change(**content)
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("%s of the journal is damaged and not used", folder.name)
        return None


def _run(content: dict[str, Any] | None) -> run_store.CurrentRun | None:
    return None if content is None else run_store.CurrentRun(**content)


def _partial(home: Home) -> Path:
    return home.published / JOURNAL / ".partial"


def _folder(home: Home, number: int) -> Path:
    return home.published / JOURNAL / f"{number:0{DIGITS}}"
