"""The first step of a night: drops that were not read before become rows of source.*, all of them or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from xuanpin.pipelines.context import Home, Night, StepCount
from xuanpin.pipelines.contracts import TABLES, source_contracts
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest import admission, drops
from xuanpin.pipelines.ingest.batch import (
    HOME_PREFIX,
    Batch,
    check_table,
    next_seq,
    read_table,
    settle_table,
)
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.incoming import ReadAborted, open_drops
from xuanpin.pipelines.ingest.mapping import TableMapping, load_mapping
from xuanpin.pipelines.ingest.notes import Notes, refuse_all
from xuanpin.pipelines.ingest.postgres import export_tables
from xuanpin.pipelines.ingest.privacy import Guard, check_key, known_names, redact_stored

MAY_BE_MISSING = ("overrides",)
MAY_BE_EMPTY = ("returns", "chat_messages", "overrides")


def ingest(night: Night, tables: Sequence[str] = TABLES["source"]) -> StepCount:
    """Read the drops that are new into source.*; returns rows read and rows admitted.

    Reads the source folder or database and the home's own overrides; writes source.*, ops.drops, ops.quarantine,
    ops.known_names and ops.arrivals in one transaction. `tables` leaves others for later: a table is read with or after
    those that its rows refer to. Raises InputRefused, keeping nothing, for a drop that cannot be trusted, and
    UsageError for a mapping or key that does not fit.
    """
    notes = {table: Notes(table) for table in tables}
    with _scratch(night.home) as scratch, night.engine.transaction():
        mappings = load_mappings(night, tables)
        guard = Guard(night.engine, check_key(night.engine, night.settings.privacy, os.environ))
        work = Workspace(scratch)
        found = find_drops(night, mappings, work, notes)
        if not any(found.values()) and not any(note.refusals for note in notes.values()):
            return 0, 0
        batch = Batch(night, guard, next_seq(night.engine), work, notes)
        names_before = set(known_names(night.engine))
        counts = list(_ingest_tables(batch, mappings, found))
        refuse_all(notes.values())
        redact_stored(night.engine, set(known_names(night.engine)) - names_before)
    return sum(read for read, _ in counts), sum(admitted for _, admitted in counts)


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    """A folder in the home for unpacked drops; what a killed night left there is removed first."""
    folder = home.root / "scratch"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def load_mappings(night: Night, wanted: Sequence[str]) -> dict[str, TableMapping]:
    """Read the mappings of these tables from the settings, each table after those that it refers to."""
    tables = night.settings.sources.tables
    contracts = [contract for contract in source_contracts() if contract.name in wanted]
    return {contract.name: load_mapping(contract, getattr(tables, contract.name)) for contract in contracts}


def find_drops(
    night: Night, mappings: Mapping[str, TableMapping], work: Workspace, notes: Mapping[str, Notes]
) -> dict[str, list[Drop]]:
    """Return the new drops per table, in the order in which tables refer to each other; `notes` is told of the rest."""
    settings = night.settings.sources
    if settings.kind == "postgres":
        found = export_tables(night, mappings, work.subfolder("postgres"), os.environ)
    elif night.sources is None:
        raise UsageError("no source folder was given; name it with --sources")
    else:
        found = {table: _folder_drops(night, table, night.sources, notes[table]) for table in mappings}
    if "overrides" in found and night.home.overrides.is_dir():
        ledger, own_folder = drops.read_ledger(night.engine, "overrides"), night.home.overrides
        own = drops.new_drops(own_folder, own_folder, "overrides", ledger, notes["overrides"], HOME_PREFIX)
        found["overrides"] = [*found["overrides"], *own]
    for table, fresh in found.items():
        _check_present(night, notes[table], fresh)
        notes[table].report()
    return found


def _folder_drops(night: Night, table: str, sources: Path, notes: Notes) -> list[Drop]:
    reads = getattr(night.settings.sources.tables, table).reads
    if table in MAY_BE_MISSING and sources.is_dir() and not (sources / (reads or table)).exists():
        return []
    try:
        place = drops.source_folder(sources, table, reads)
        return list(drops.new_drops(place, sources, table, drops.read_ledger(night.engine, table), notes))
    except InputRefused as error:
        notes.refuse(error)
        return []


def _check_present(night: Night, notes: Notes, fresh: list[Drop]) -> None:
    table = notes.table
    if fresh or table in MAY_BE_EMPTY or notes.refusals or drops.read_ledger(night.engine, table).contents:
        return
    notes.refuse(
        InputRefused(
            f"source table {table} is missing: no drop of it has ever come; send its rows, all of them, before the "
            "first night"
        )
    )


def _ingest_tables(
    batch: Batch, mappings: Mapping[str, TableMapping], found: Mapping[str, list[Drop]]
) -> Iterator[StepCount]:
    """Take in table by table; once something is refused, the tables that follow are only looked at."""
    waiting = dict(found)
    for table, fresh in found.items():
        del waiting[table]
        try:
            yield _ingest_table(batch, mappings[table], fresh)
        except ReadAborted as error:
            batch.notes[table].refuse(error)
            for other, unread in waiting.items():
                open_drops(batch.reading(mappings[other]), unread)
            return
        except InputRefused as error:
            batch.notes[table].refuse(error)


def _ingest_table(batch: Batch, mapping: TableMapping, fresh: list[Drop]) -> StepCount:
    engine, contract = batch.night.engine, mapping.contract
    if not fresh and not admission.has_waiting(engine, contract):
        return 0, 0
    read_table(batch, mapping, fresh)
    read = check_table(batch, contract)
    settle_table(batch, contract)
    return read, 0 if batch.has_refusals else admission.admit(engine, contract, batch.drop_seq)
