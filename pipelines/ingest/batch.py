"""Reads and checks one table of a batch of drops, and quarantines the rows that break a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from xuanpin.pipelines.context import BEIJING, Night
from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest import admission, drops, quarantine
from xuanpin.pipelines.ingest.admission import Admitted
from xuanpin.pipelines.ingest.damaged_ids import refuse_damaged_ids
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.incoming import Reading, begin_reading, create_incoming, read_drops
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.own_drops import OWN_PREFIXES
from xuanpin.pipelines.ingest.plausible import Plausible, empty_placeholders
from xuanpin.pipelines.ingest.privacy import Guard, collect_names, protect
from xuanpin.pipelines.ingest.split_numbers import join_split_numbers
from xuanpin.pipelines.ingest.statements.scratch import INCOMING
from xuanpin.pipelines.ingest.vectors import mark_other_lengths


@dataclass(frozen=True)
class Batch:
    """What the tables of one ingest share.

    `drop_seq` numbers the batch, `work` is a folder that is deleted afterwards, `notes` has an entry for each table.
    """

    night: Night
    guard: Guard
    drop_seq: int
    work: Workspace
    notes: Mapping[str, Notes]

    @property
    def has_refusals(self) -> bool:
        """Whether anything of the batch is refused, so that nothing of it will be kept."""
        return any(note.refusals for note in self.notes.values())

    @property
    def today(self) -> date:
        """The business day on which the batch is read."""
        return self.night.now.astimezone(BEIJING).date()

    def reading(self, mapping: TableMapping) -> Reading:
        """What reads the drops of the mapping's table."""
        return begin_reading(self.night.engine, mapping, self.work, self.notes[mapping.contract.name])


def next_seq(engine: Engine) -> int:
    """Return the number of the batch that comes now."""
    return 1 + int(engine.select("newest_drop")["drop_seq"][0].as_py() or 0)


def read_table(batch: Batch, mapping: TableMapping, fresh: list[Drop]) -> None:
    """Read a table's `fresh` drops into temp.incoming and the ledger; raises ReadAborted as read_drops does."""
    engine = batch.night.engine
    create_incoming(engine, mapping.contract)
    unread = [drop for drop in fresh if not drop.is_repeat]
    own = [drop for drop in unread if drop.path.startswith(OWN_PREFIXES)]
    read_drops(batch.reading(mapping), [drop for drop in unread if drop not in own])
    read_drops(batch.reading(TableMapping(mapping.contract)), own)
    batch.work.clear()
    drops.write_ledger(engine, batch.drop_seq, fresh, drops.incoming_counts(engine))
    batch.notes[mapping.contract.name].report_rows()


def check_table(batch: Batch, contract: Contract) -> int:
    """Protect the new rows and write temp.checked with the rules that each breaks; return how many rows came."""
    night, engine, notes = batch.night, batch.night.engine, batch.notes[contract.name]
    if any(column.redaction_only for column in contract.columns):
        collect_names(engine, contract.name)
    if contract.name == "chat_messages":
        if notes.archives:
            _leave_told(engine, notes.archives)
        join_split_numbers(engine)
    refuse_damaged_ids(engine, contract, night.settings.ingest.bad_share, notes)
    mark_other_lengths(engine, contract)
    empty_placeholders(engine, contract, notes)
    times = Plausible.at(night.now, night.settings.ingest)
    read = quarantine.check_rows(engine, contract, protect(batch.guard, contract.name), times)
    engine.drop(INCOMING)
    return read


def _leave_told(engine: Engine, archives: Sequence[str]) -> None:
    """Take the messages of `archives` that are stored already out of temp.incoming."""
    engine.materialise("asked_messages", into="temp", paths=archives)
    engine.store("temp.stored_messages", engine.select("stored_messages"))
    engine.run("told_messages", paths=archives)
    engine.drop("temp.asked_messages", "temp.stored_messages")


def admit_table(batch: Batch, contract: Contract, rejected: int) -> Admitted:
    """Admit the clean rows and return how many, and how many wait; note where one of the `rejected` ones leaves an
    older version in force.

    The notes also learn of ids that had to be cleaned.
    """
    engine, notes = batch.night.engine, batch.notes[contract.name]
    admitted = admission.admit(engine, contract, batch.drop_seq, notes)
    if rejected:
        quarantine.note_superseded(engine, contract, batch.today, notes)
    return admitted


def settle_table(batch: Batch, contract: Contract) -> int:
    """Set aside the checked rows that break rules and return how many do.

    Raises InputRefused where they are more than settings accept.
    """
    settings, notes = batch.night.settings.ingest, batch.notes[contract.name]
    return quarantine.set_aside(batch.guard, contract, batch.drop_seq, settings, notes)
