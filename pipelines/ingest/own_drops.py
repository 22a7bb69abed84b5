"""Reads what the home itself holds for a source table; a file that a night cannot read is ignored, so that it never
stops a night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from xuanpin.pipelines import open_drop
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.home_files import SetAside, note_set_aside
from xuanpin.pipelines.ingest import quarantine
from xuanpin.pipelines.ingest.drops import STAND_IN_PREFIX, Drop, Ledger, is_no_drop, new_drops, read_ledger
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.incoming import begin_reading, create_incoming, read_drops
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import Notes, problem_alone, reason_alone
from xuanpin.pipelines.ingest.places import shown_path
from xuanpin.pipelines.ingest.plausible import Plausible, empty_placeholders
from xuanpin.pipelines.ingest.statements.scratch import INCOMING
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings.running import IngestSettings
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

HOME_PREFIX = "home/"
OWN_PREFIXES = (HOME_PREFIX, STAND_IN_PREFIX)
"""How the paths of drops begin in the ledger that are not the platform's: the home's, and those derived from orders."""


def own_folders(home: Home) -> Mapping[str, Path]:
    """Return the folders of the home that hold drops of their own, by source table."""
    return {"overrides": home.overrides, "match_answers": home.answers}


def own_drops(night: Night, table: str, folder: Path, work: Workspace) -> list[Drop]:
    """Return the new drops of `table` in the home's own `folder` that the night can use; note the others as set aside.

    What agents have tapped so far becomes a drop first. A file that is set aside is not in the ledger: it is checked
    again each night, and read once it is corrected.
    `work` holds the copies that are read.
    """
    if not folder.is_dir():
        return []
    if (folder / open_drop.OPEN).exists():
        with sealing.lock_published(night.home):
            open_drop.close(folder)
    found, faults = _new_files(folder, table, read_ledger(night.engine, table))
    fresh = [drop for drop in found if not drop.is_repeat]
    problems = _problems(table, fresh, work, night.now) if fresh else {}
    faults += [_fault(folder, path, problem) for path, problem in problems.items()]
    note_set_aside(night.home, table, sorted(faults, key=lambda fault: fault.path))
    return [drop for drop in found if drop.path not in problems]


def problem_of(file: Path, table: str, scratch: Path, now: datetime) -> Phrase | None:
    """Return why the next night could not use a file of rows of `table`, or None where it can.

    It is read and checked as the night does, by the rules of the contract; copies go to the folder `scratch`; `now` is
    zone-aware.
    """
    notes = Notes(table)
    drops = list(new_drops(file, file.parent, table, Ledger(), notes, HOME_PREFIX))
    if notes.refusals:
        return reason_alone(notes.refusals[0])
    return next(iter(_problems(table, drops, Workspace(scratch), now).values()), None)


def _new_files(folder: Path, table: str, ledger: Ledger) -> tuple[list[Drop], list[SetAside]]:
    """Return the drops that the ledger does not hold, and the files that cannot even be opened."""
    found: list[Drop] = []
    faults: list[SetAside] = []
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or is_no_drop(file.relative_to(folder)):
            continue
        notes = Notes(table)
        found.extend(new_drops(file, folder, table, ledger, notes, HOME_PREFIX))
        path = HOME_PREFIX + shown_path(file.relative_to(folder))
        faults.extend(_fault(folder, path, reason_alone(refusal)) for refusal in notes.refusals)
    return found, faults


def _problems(table: str, drops: Sequence[Drop], work: Workspace, now: datetime) -> dict[str, Phrase]:
    """Return what is wrong with each of these drops that the night could not use, by path.

    All are read at once; only where that fails are they read one by one.
    """
    if _problem(table, drops, work, now) is None:
        return {}
    told = {drop.path: _problem(table, [drop], work, now) for drop in drops}
    return {path: problem for path, problem in told.items() if problem is not None}


def _problem(table: str, drops: Sequence[Drop], work: Workspace, now: datetime) -> Phrase | None:
    """Read drops into a warehouse of their own, which the night's does not see; return what is wrong with them."""
    engine, contract, notes = open_memory(), load_contract(table), Notes(table)
    try:
        create_incoming(engine, contract)
        read_drops(begin_reading(engine, TableMapping(contract), work, notes), drops)
        if notes.refusals:
            return reason_alone(notes.refusals[0])
        empty_placeholders(engine, contract, notes)
        quarantine.check_rows(engine, contract, INCOMING, Plausible.at(now, IngestSettings()))
        broken = engine.select("broken_shares", rules=list(quarantine.all_rules(contract))).to_pylist()[0]
    except InputRefused as refusal:
        return reason_alone(problem_alone(refusal))
    finally:
        engine.close()
    if not broken["bad_rows"]:
        return None
    ids = joined(broken["ids"] or [phrase("without an id")])
    return phrase(
        "{bad} of {rows} rows break {rules} ({ids}); correct them",
        bad=broken["bad_rows"],
        rows=broken["new_rows"],
        rules=joined(broken["rules"]),
        ids=ids,
    )


def _fault(folder: Path, path: str, problem: Phrase) -> SetAside:
    return SetAside(f"{folder.name}/{path.removeprefix(HOME_PREFIX)}", problem)
