"""Reads the home's own overrides; a file that a night cannot read is ignored, so that it never stops a night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.home_files import SetAside, note_set_aside
from xuanpin.pipelines.ingest import quarantine
from xuanpin.pipelines.ingest.drops import Drop, Ledger, is_no_drop, new_drops, read_ledger, shown_path
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.incoming import begin_reading, create_incoming, read_drops
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import NOTHING_KEPT, Notes
from xuanpin.pipelines.ingest.plausible import Plausible, empty_placeholders
from xuanpin.pipelines.ingest.statements.scratch import INCOMING
from xuanpin.pipelines.settings.running import IngestSettings

HOME_PREFIX = "home/"
TABLE = "overrides"


def own_drops(night: Night, work: Workspace) -> list[Drop]:
    """Return the home's new drops of overrides that the night can use, and note the others as set aside.

    A file that is set aside is not in the ledger: it is checked again each night, and read once it is corrected.
    `work` holds the copies that are read.
    """
    if not night.home.overrides.is_dir():
        return []
    found, faults = _new_files(night.home, read_ledger(night.engine, TABLE))
    fresh = [drop for drop in found if not drop.is_repeat]
    problems = _problems(fresh, work, night.now) if fresh else {}
    faults += [_fault(path, problem) for path, problem in problems.items()]
    note_set_aside(night.home, TABLE, sorted(faults, key=lambda fault: fault.path))
    return [drop for drop in found if drop.path not in problems]


def problem_of(file: Path, scratch: Path, now: datetime) -> str | None:
    """Return why the next night could not use a file of overrides, or None where it can.

    It is read and checked as the night does, by the rules of the contract; copies go to the folder `scratch`; `now` is
    zone-aware.
    """
    notes = Notes(TABLE)
    drops = list(new_drops(file, file.parent, TABLE, Ledger(), notes, HOME_PREFIX))
    if notes.refusals:
        return _reason(notes.refusals[0])
    return next(iter(_problems(drops, Workspace(scratch), now).values()), None)


def _new_files(home: Home, ledger: Ledger) -> tuple[list[Drop], list[SetAside]]:
    """Return the drops that the ledger does not hold, and the files that cannot even be opened."""
    found: list[Drop] = []
    faults: list[SetAside] = []
    for file in sorted(home.overrides.rglob("*")):
        if not file.is_file() or is_no_drop(file.relative_to(home.overrides)):
            continue
        notes = Notes(TABLE)
        found.extend(new_drops(file, home.overrides, TABLE, ledger, notes, HOME_PREFIX))
        path = HOME_PREFIX + shown_path(file.relative_to(home.overrides))
        faults.extend(_fault(path, _reason(refusal)) for refusal in notes.refusals)
    return found, faults


def _problems(drops: Sequence[Drop], work: Workspace, now: datetime) -> dict[str, str]:
    """Return what is wrong with each of these drops that the night could not use, by path.

    All are read at once; only where that fails are they read one by one.
    """
    if _problem(drops, work, now) is None:
        return {}
    told = {drop.path: _problem([drop], work, now) for drop in drops}
    return {path: problem for path, problem in told.items() if problem is not None}


def _problem(drops: Sequence[Drop], work: Workspace, now: datetime) -> str | None:
    """Read drops into a warehouse of their own, which the night's does not see; return what is wrong with them."""
    engine, contract, notes = open_memory(), load_contract(TABLE), Notes(TABLE)
    try:
        create_incoming(engine, contract)
        read_drops(begin_reading(engine, TableMapping(contract), work, notes), drops)
        if notes.refusals:
            return _reason(notes.refusals[0])
        empty_placeholders(engine, contract, notes)
        quarantine.check_rows(engine, contract, INCOMING, Plausible.at(now, IngestSettings()))
        broken = engine.select("broken_shares", rules=list(quarantine.all_rules(contract))).to_pylist()[0]
    except InputRefused as refusal:
        return _reason(str(refusal))
    finally:
        engine.close()
    if not broken["bad_rows"]:
        return None
    ids = ", ".join(broken["ids"] or ["without an id"])
    return f"{broken['bad_rows']} of {broken['new_rows']} rows break {', '.join(broken['rules'])} ({ids}); correct them"


def _reason(refusal: str) -> str:
    """The refusal without the name of the file, which is reported beside it, and without a remark on the night."""
    text = refusal.removesuffix(NOTHING_KEPT).rstrip(". ")
    return text.partition(f"{TABLE}: file ")[2].partition(" ")[2] or text


def _fault(path: str, problem: str) -> SetAside:
    return SetAside(f"{TABLE}/{path.removeprefix(HOME_PREFIX)}", problem)
