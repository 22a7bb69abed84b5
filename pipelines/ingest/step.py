"""The first step of a night: drops that were not read before become rows of source.*, all of a part or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from xuanpin.pipelines.answers.noted import note_answers
from xuanpin.pipelines.context import BEIJING, Home, Night, StepCount
from xuanpin.pipelines.contracts import OPTIONAL, TABLES, Contract, source_contracts
from xuanpin.pipelines.errors import DayRefused, InputRefused, UsageError
from xuanpin.pipelines.ingest import admission, drops
from xuanpin.pipelines.ingest.batch import (
    Batch,
    admit_table,
    check_table,
    next_seq,
    read_table,
    settle_table,
)
from xuanpin.pipelines.ingest.damaged_files import ReadAborted
from xuanpin.pipelines.ingest.drops import Drop, Ledger
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.incoming import open_drops
from xuanpin.pipelines.ingest.mapping import TableMapping, load_mapping
from xuanpin.pipelines.ingest.notes import Notes, kept_sentence, refuse_all
from xuanpin.pipelines.ingest.on_workers import check_files, is_for_workers
from xuanpin.pipelines.ingest.own_drops import own_drops, own_folders
from xuanpin.pipelines.ingest.parts import CLUSTER_PART_BYTES, PART_BYTES, Part, cut
from xuanpin.pipelines.ingest.places import find_places
from xuanpin.pipelines.ingest.postgres import export_tables
from xuanpin.pipelines.ingest.privacy import Guard, check_key, known_names, redact_stored
from xuanpin.pipelines.ingest.snapshots import dated
from xuanpin.pipelines.ingest.stand_ins import DERIVED, both_there, derive_drops, retire
from xuanpin.pipelines.ingest.statements.scratch import names_alone
from xuanpin.pipelines.ingest.waiting import report_waiting
from xuanpin.pipelines.missing.tonight import may_be_missing, stood_in
from xuanpin.pipelines.settings.assumptions import STAND_INS
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, phrase

MAY_BE_EMPTY = ("returns", "chat_messages", *OPTIONAL)


def ingest_day(night: Night) -> StepCount:
    """Do as `ingest` for all tables, and see to it that the day of the night is among what has come.

    Raises DayRefused where no source has a row of the as-of date or later and the night may not run on stale sources;
    the last part is not kept then.
    """
    return ingest(night, then=_refuse_stale_day)


def ingest(
    night: Night,
    tables: Sequence[str] = TABLES["source"],
    then: Callable[[Night, Phrase], None] = lambda night, kept: None,
) -> StepCount:
    """Read the drops that are new into source.*; returns rows read and rows admitted.

    Reads the source folder or database and the home's own overrides and answers; writes source.*, ops.drops,
    ops.quarantine, ops.known_names and ops.arrivals in one transaction, or in one for each part where the files are
    very large (see `cut`; what a database sends is one part). `tables` leaves others for later: a table is read
    with or after those that its rows refer to. `then` runs before the last part is kept; its second argument says
    what is kept if it raises. Answers that came are noted beside the warehouse. Raises InputRefused for a drop
    that cannot be trusted and keeps nothing of its part, and UsageError for a mapping or key that does not fit.
    """
    notes = {table: Notes(table) for table in tables}
    whole = night.engine.transaction() if _is_whole(night) else nullcontext()
    with _scratch(night.home) as scratch, whole:
        mappings = load_mappings(night, tables)
        work = Workspace(scratch)
        found = find_drops(night, mappings, work, notes)
        later = [found] if _is_whole(night) else cut(found, _part_bytes(night))
        counts: list[StepCount] = []
        kept, parts = 0, len(later)
        while later:
            part = later.pop(0)
            with night.engine.transaction():
                counts += _ingest_part(night, mappings, Intake(part, later, work, notes, kept_sentence(kept)))
                if not later:
                    then(night, kept_sentence(kept))
            kept += sum(map(len, part.values()))
            night.on_part(parts - len(later), parts)
            notes = {table: Notes(table) for table in tables}
    if found.get("match_answers"):
        note_answers(night)
    return sum(read for read, _ in counts), sum(admitted for _, admitted in counts)


def _is_whole(night: Night) -> bool:
    """What a database has sent and how far it was read are kept together, however much it is."""
    return night.settings.sources.kind == "postgres"


def _part_bytes(night: Night) -> int:
    """A part is what one machine takes in at once, or all of them."""
    return PART_BYTES if night.engine.is_at_hand(names_alone("source.orders")) else CLUSTER_PART_BYTES


@dataclass(frozen=True)
class Intake:
    """One `part` of what has come, and the parts that come `later`.

    `work` is the folder for copies, `notes` has an entry for each table; `kept` says what stays if the part is refused.
    """

    part: Part
    later: Sequence[Part]
    work: Workspace
    notes: Mapping[str, Notes]
    kept: Phrase


def _ingest_part(night: Night, mappings: Mapping[str, TableMapping], intake: Intake) -> list[StepCount]:
    guard = Guard(night.engine, check_key(night.engine, night.settings.privacy, os.environ))
    notes = intake.notes
    if not any(intake.part.values()) and not any(note.refusals for note in notes.values()):
        return []
    batch = Batch(night, guard, next_seq(night.engine), intake.work, notes)
    names_before = set(known_names(night.engine))
    for table in (name for name in DERIVED if intake.part.get(name)):
        if not stood_in(night.settings.sources, table):
            retire(night.engine, table, batch.drop_seq)
    counts = list(_ingest_tables(batch, mappings, intake.part))
    if batch.has_refusals:
        # What else is wrong is told at once.
        for part in intake.later:
            _look_at(batch, mappings, part)
    refuse_all(notes.values(), intake.kept)
    redact_stored(night.engine, set(known_names(night.engine)) - names_before)
    return counts


def _refuse_stale_day(night: Night, kept: Phrase) -> None:
    """Decisions and answers for a later day do not show that the platform's day has come, so they do not count."""
    rows = night.engine.select("newest_arrivals", today=night.now.astimezone(BEIJING).date()).to_pylist()
    days = [(row["newest"], row["table_name"]) for row in rows if row["table_name"] not in OPTIONAL]
    if night.is_stale_allowed or any(day >= night.as_of_date for day, _ in days):
        return
    newest = (
        phrase("the newest is of {day} in {table}", day=max(days)[0], table=max(days)[1])
        if days
        else phrase("none has come")
    )
    raise DayRefused(
        phrase(
            "no source has a row of {as_of_date} or later: {newest}. Send the drops of that day, name an "
            "earlier as-of date, or use --allow-stale to publish from earlier rows. {kept}",
            as_of_date=night.as_of_date,
            newest=newest,
            kept=kept,
        )
    )


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
    """Read the mappings of the `wanted` tables from the settings, each table after those that it refers to."""
    tables = night.settings.sources.tables
    contracts = [contract for contract in source_contracts() if contract.name in wanted]
    absent = {name for name in TABLES["source"] if getattr(tables, name).stand_in == "nothing"}
    return {
        contract.name: load_mapping(contract, getattr(tables, contract.name), _unread(contract, absent))
        for contract in contracts
    }


def _unread(contract: Contract, absent: Set[str]) -> frozenset[str]:
    """Return the optional columns of a contract that refer to tables in `absent`: nothing could be found there."""
    referring = {name for name, (table, _) in contract.references.items() if table in absent}
    return frozenset(name for name in referring if not contract.column(name).required)


def find_drops(
    night: Night, mappings: Mapping[str, TableMapping], work: Workspace, notes: Mapping[str, Notes]
) -> dict[str, list[Drop]]:
    """Return the new drops of each table of `mappings`, in its order; `notes` names the files that are left out.

    Copies of files go to `work`. Raises UsageError where there is no source folder.
    """
    settings = night.settings.sources
    # From here on, SQL holds what settings and drops name.
    own = own_folders(night.home)
    night.engine.confine(work.folder, *own.values(), *([] if night.sources is None else [night.sources]))
    if settings.kind == "postgres":
        present = {table: mapping for table, mapping in mappings.items() if not may_be_missing(settings, table)}
        exported = export_tables(night, present, work.subfolder("postgres"), os.environ)
        found = {table: exported.get(table, []) for table in mappings}
    elif night.sources is None:
        raise UsageError(phrase("no source folder was given; name it with --sources"))
    else:
        ledgers = drops.read_ledgers(night.engine)
        found = {table: _folder_drops(night, table, night.sources, notes[table], ledgers[table]) for table in mappings}
    for table, folder in own.items():
        if table in found:
            found[table] = [*found[table], *own_drops(night, table, folder, work)]
    for table, fresh in found.items():
        _check_present(night, notes[table], fresh)
        notes[table].report()
    return found | derive_drops(night, mappings, found.get("orders", ()), work)


def _folder_drops(night: Night, table: str, sources: Path, notes: Notes, ledger: Ledger) -> list[Drop]:
    reads = getattr(night.settings.sources.tables, table).reads
    may_lack = table in OPTIONAL or may_be_missing(night.settings.sources, table)
    if may_lack and sources.is_dir() and not find_places(sources, reads or table):
        return []
    try:
        before = Ledger(dict(ledger.stamps))
        places = drops.source_places(sources, table, reads, ledger)
        fresh = [
            drop
            for place in places
            for drop in drops.new_drops(place.path, sources, table, ledger, notes, member=place.member)
        ]
        return dated(night, table, fresh, before)
    except InputRefused as error:
        notes.refuse(error)
        return []


def _check_present(night: Night, notes: Notes, fresh: list[Drop]) -> None:
    table = notes.table
    if fresh and stood_in(night.settings.sources, table):
        notes.refuse(both_there(table, fresh))
        return
    may_lack = table in MAY_BE_EMPTY or may_be_missing(night.settings.sources, table)
    if fresh or may_lack or notes.refusals or drops.read_ledger(night.engine, table).contents:
        return
    notes.refuse(
        InputRefused(
            phrase(
                "source table {table} is missing: no drop of it has ever come; send its rows, all of them, "
                "before the first night{or_without}",
                table=table,
                or_without=_or_without(table),
            )
        )
    )


def _or_without(table: str) -> Phrase:
    if not STAND_INS[table]:
        return NOTHING
    return phrase(
        ', or let {stand_in} stand in for it: [sources.tables.{table}] stand_in = "{stand_in}"',
        table=table,
        stand_in=STAND_INS[table][0],
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
            _look_at(batch, mappings, waiting)
            return
        except InputRefused as error:
            batch.notes[table].refuse(error)


def _look_at(batch: Batch, mappings: Mapping[str, TableMapping], unread: Mapping[str, list[Drop]]) -> None:
    for table, drops_of_table in unread.items():
        open_drops(batch.reading(mappings[table]), drops_of_table)


def _ingest_table(batch: Batch, mapping: TableMapping, fresh: list[Drop]) -> StepCount:
    engine, contract = batch.night.engine, mapping.contract
    if all(drop.is_repeat for drop in fresh) and not admission.has_waiting(engine, contract):
        drops.write_ledger(engine, batch.drop_seq, fresh, {})
        return 0, 0
    if is_for_workers(batch, mapping, fresh):
        read = check_files(batch, mapping, fresh)
    else:
        read_table(batch, mapping, fresh)
        read = check_table(batch, contract)
    rejected = settle_table(batch, contract)
    if batch.has_refusals:
        return read, 0
    admitted = admit_table(batch, contract, rejected)
    if admitted.waiting:
        report_waiting(engine, contract, batch.drop_seq, read - rejected, batch.night.settings.ingest.waiting_share)
    return read, admitted.rows
