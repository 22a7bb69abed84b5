"""Reads a source folder as a first night would, without a home, and reports everything that is wrong with it.

`found` are the findings of all tables.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.batch import Batch, admit_table, check_table, next_seq, read_table, settle_table
from xuanpin.pipelines.ingest.drops import STAND_IN_PREFIX, Drop, no_source_folder
from xuanpin.pipelines.ingest.faults import right_values
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.privacy import Guard, check_key
from xuanpin.pipelines.ingest.step import find_drops, load_mappings
from xuanpin.pipelines.ingest.waiting import report_waiting, waiting_facts
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.missing.prices import price_of, prices
from xuanpin.pipelines.missing.tonight import may_be_missing
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import Phrase, phrase


@dataclass
class TableFindings:
    """What a first night would do with one table's drops.

    Counts: `files`, `rows` read, rows `admitted`, rows `repeated` that say what another row said. Names of files:
    `passed_over`, or `unfinished` because they are still being written. `told`: rows that are not data, by kind.
    `broken`: each rule that rows break, with their number, examples and what is right. `waiting`: rows whose reference
    is unknown. `ignored`: headers that nothing reads; `suggested`: such a header → the column that it may be meant for.
    `warned`: by kind, what would be accepted and should be corrected. `refusals`: the messages for which the night
    would stop. `newest`: the last day that rows tell of. `price`: what it costs that the table is missing on purpose.
    """

    table: str
    files: int = 0
    rows: int = 0
    admitted: int = 0
    repeated: int = 0
    passed_over: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    broken: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[str, Any] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    suggested: dict[str, str] = field(default_factory=dict)
    warned: dict[str, list[Phrase]] = field(default_factory=dict)
    refusals: list[Phrase] = field(default_factory=list)
    newest: date | None = None
    price: Phrase | None = None


def check_sources(
    sources: Path, settings: Settings, now: datetime, environment: Mapping[str, str] = os.environ
) -> list[TableFindings]:
    """Read every drop below the folder `sources`, at the zone-aware time `now`, and return the findings of each table.

    The `environment` holds the key for customers' ids, if there is one. The rows go to a warehouse in a temporary
    folder that is deleted afterwards. Raises UsageError where there is no such folder, settings name a database
    instead, or a mapping does not fit.
    """
    if settings.sources.kind != "folder":
        raise UsageError(phrase("[sources] kind names a database; `xuanpin check` reads a folder of drops"))
    if not sources.is_dir():
        raise no_source_folder(sources)
    with tempfile.TemporaryDirectory(prefix="xuanpin-check-") as folder:
        home = Home(Path(folder) / "home")
        engine = open_home(home, memory_limit=settings.engine.database_memory, threads=settings.engine.threads)
        try:
            night = Night(engine, settings, home, now.date(), sources, now)
            return _check_tables(night, Path(folder), environment)
        finally:
            engine.close()


def _check_tables(night: Night, folder: Path, environment: Mapping[str, str]) -> list[TableFindings]:
    names = TABLES["source"]
    notes = {table: Notes(table) for table in names}
    work = Workspace(folder / "work")
    work.folder.mkdir()
    mappings = load_mappings(night, names)
    found = find_drops(night, mappings, work, notes)
    guard = Guard(night.engine, check_key(night.engine, night.settings.privacy, environment))
    batch = Batch(night, guard, next_seq(night.engine), work, notes)
    findings = [_check_table(batch, mappings[table], fresh) for table, fresh in found.items()]
    return _with_newest(night, findings)


def _with_newest(night: Night, findings: list[TableFindings]) -> list[TableFindings]:
    rows = night.engine.select("newest_arrivals", today=night.now.astimezone(BEIJING).date()).to_pylist()
    newest = {row["table_name"]: row["newest"] for row in rows}
    for entry in findings:
        entry.newest = newest.get(entry.table)
    return findings


def _check_table(batch: Batch, mapping: TableMapping, fresh: list[Drop]) -> TableFindings:
    """Ingest one table as a night does; note what is refused, so that the other tables are checked too."""
    notes, engine = batch.notes[mapping.contract.name], batch.night.engine
    own = [drop for drop in fresh if not drop.path.startswith(STAND_IN_PREFIX)]
    findings = TableFindings(mapping.contract.name, files=len(own), price=_price(batch, mapping.contract.name, own))
    try:
        with engine.transaction():
            _take_in(batch, mapping, fresh, findings)
    except InputRefused as error:
        notes.refuse(error)
    _add_notes(findings, notes)
    return findings


def _price(batch: Batch, table: str, own: list[Drop]) -> Phrase | None:
    settings = batch.night.settings
    is_missing = may_be_missing(settings.sources, table) and not own and table in prices()
    return price_of(table, settings.assumptions) if is_missing else None


def _take_in(batch: Batch, mapping: TableMapping, fresh: list[Drop], findings: TableFindings) -> None:
    engine, contract = batch.night.engine, mapping.contract
    if not fresh:
        return
    read_table(batch, mapping, fresh)
    findings.rows = check_table(batch, contract)
    findings.broken = [
        rule | {"right": right_values(engine, contract, rule["rule"])}
        for rule in engine.select("broken_rules").to_pylist()
    ]
    rejected = None
    try:
        rejected = settle_table(batch, contract)
    except InputRefused as error:
        batch.notes[contract.name].refuse(error)
    findings.admitted = admit_table(batch, contract, rejected or 0).rows
    findings.waiting = waiting_facts(engine, contract, batch.drop_seq)
    clean = findings.admitted + findings.waiting.get("waiting", 0)
    if rejected is not None:
        findings.repeated = findings.rows - clean - rejected
    share = batch.night.settings.ingest.waiting_share
    report_waiting(engine, contract, batch.drop_seq, findings.rows - (rejected or 0), share)


def _add_notes(findings: TableFindings, notes: Notes) -> None:
    findings.passed_over, findings.unfinished = notes.passed_over, notes.unfinished
    findings.told = dict(notes.told) | ({"sheets": len(notes.other_sheets)} if notes.other_sheets else {})
    findings.ignored, findings.suggested = list(notes.ignored), notes.suggested
    findings.warned = notes.warned
    findings.refusals = list(dict.fromkeys(notes.refusals))


def check_facts(found: list[TableFindings]) -> dict[str, Any]:
    """Return the findings for programs; `is_ready` says whether a night would take these drops."""
    return {"is_ready": not any(entry.refusals for entry in found), "tables": [asdict(entry) for entry in found]}
