"""Every run that a home keeps, and the one that somebody names: by list date, by id or its beginning, or by a word."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.days import read_day
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.phrase import listed, phrase

log = logging.getLogger("xuanpin")
LATEST, PREVIOUS = "latest", "previous"
"""Words that name a run: that of the latest list date, and the one that readers saw for the list date before it."""
LEAST_DIGITS = 4
"""Digits of a run id that name a run, at least; fewer would often name several."""


def kept_runs(home: Home) -> list[run_store.CurrentRun]:
    """Return every sealed run of the home, the newest list date first; within one, the run that readers see or that
    waits for a person before the others. One whose manifest is damaged is left out."""
    days = [day for folder in home.published.glob("list_date=*") if (day := _day(folder)) is not None]
    return [run for day in sorted(days, reverse=True) for run in _runs_of(home, day)]


def superseded_runs(home: Home, current: Sequence[run_store.CurrentRun]) -> list[run_store.CurrentRun]:
    """Return the kept runs of the list dates of the `current` ones beside these, without those that wait for a person.

    They are what readers saw before, and what was rejected or taken back.
    """
    ids = {run.run_id for run in current}
    found = [run for shown in current for run in _runs_of(home, date.fromisoformat(shown.list_date))]
    return [run for run in found if run.run_id not in ids and run.state not in run_store.WAITING_STATES]


def find_run(home: Home, named: str) -> run_store.CurrentRun:
    """Return the kept run that is `named`: a list date (the run that waits for a person, else the one that readers
    see), a run id or its beginning, `latest` or `previous`.

    Raises UsageError, which says what is kept, for no run and for the beginning of several.
    """
    asked = clean_name(named).lower()
    if asked == LATEST:
        return run_store.latest_run(home)
    if asked == PREVIOUS:
        return _before_latest(home)
    day = _typed_day(asked)
    if day is not None and (home.list_dir(day).is_dir() or not asked.isdigit()):
        return run_store.latest_run(home, day)
    return _by_id(home, asked.removeprefix("run="))


def _before_latest(home: Home) -> run_store.CurrentRun:
    latest = run_store.latest_run(home)
    found = run_store.earlier_run(home, date.fromisoformat(latest.list_date))
    if found is None:
        raise UsageError(
            phrase(
                "there is no list before that of {list_date}, the first that is published", list_date=latest.list_date
            )
        )
    return found


def _by_id(home: Home, asked: str) -> run_store.CurrentRun:
    runs = kept_runs(home)
    found = [run for run in runs if len(asked) >= LEAST_DIGITS and run.run_id.startswith(asked)]
    if len(found) == 1:
        return found[0]
    if found:
        names = listed([phrase("{run} of {list_date}", run=run.run_dir, list_date=run.list_date) for run in found])
        raise UsageError(
            phrase(
                "{asked!r} begins the ids of {count} runs: {names}; write more of the id",
                asked=asked,
                count=len(found),
                names=names,
            )
        )
    if not runs:
        run_store.require_run(home)
    raise UsageError(
        phrase(
            "there is no run {asked!r}: write a list date as YYYY-MM-DD, the first {digits} or more digits of a run "
            "id, latest or previous; runs are kept for list dates {first} to {last}",
            asked=asked,
            digits=LEAST_DIGITS,
            first=runs[-1].list_date,
            last=runs[0].list_date,
        )
    )


def _typed_day(asked: str) -> date | None:
    try:
        return read_day(asked)
    except ValueError:
        return None


def _day(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name.partition("=")[2])
    except ValueError:
        return None


def _runs_of(home: Home, day: date) -> Iterator[run_store.CurrentRun]:
    first = [run for run in (run_store.pending_run(home, day), run_store.current_run(home, day)) if run is not None]
    named = {run.run_dir for run in first}
    yield from (run for run in first if whole_manifest(run_store.run_folder(home, run)) is not None)
    for folder in sorted(home.list_dir(day).glob("run=*")):
        facts = None if folder.name in named else whole_manifest(folder)
        if facts is not None:
            yield _sealed(folder, day, facts)


def whole_manifest(folder: Path) -> Mapping[str, Any] | None:
    """Return the manifest of the run in `folder`; None where there is no run, or it is damaged, which is logged."""
    if not (folder / run_store.MANIFEST).is_file():
        return None
    try:
        return run_store.read_manifest(folder)
    except UsageError as error:
        log.warning("%s", error)
        return None


def _sealed(folder: Path, day: date, facts: Mapping[str, Any]) -> run_store.CurrentRun:
    as_of = facts.get("as_of_date", (day - timedelta(days=1)).isoformat())
    return run_store.CurrentRun(facts["run_id"], folder.name, day.isoformat(), as_of, facts["state"])
