"""The first step of a night: drops that were not read before become rows of source.*, all of them or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xuanpin.pipelines.context import BEIJING, Home, Night, StepCount
from xuanpin.pipelines.contracts import TABLES, Contract, source_contracts
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import DayRefused, InputRefused, UsageError
from xuanpin.pipelines.ingest import admission, drops, quarantine
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.incoming import create_incoming, read_drops
from xuanpin.pipelines.ingest.mapping import TableMapping, load_mapping
from xuanpin.pipelines.ingest.own_drops import HOME_PREFIX, own_drops
from xuanpin.pipelines.ingest.plausible import Plausible, empty_placeholders
from xuanpin.pipelines.ingest.postgres import export_tables
from xuanpin.pipelines.ingest.privacy import Guard, check_key, collect_names, known_names, protect, redact_stored
from xuanpin.pipelines.ingest.statements.scratch import INCOMING

MAY_BE_MISSING = ("overrides",)
MAY_BE_EMPTY = ("returns", "chat_messages", "overrides")


@dataclass(frozen=True)
class _Batch:
    """What the tables of one ingest share; `scratch` is a folder that is gone afterwards."""

    night: Night
    guard: Guard
    drop_seq: int
    scratch: Path


def ingest_day(night: Night) -> StepCount:
    """Do as `ingest` for all tables, and see to it that the day of the night is among what has come.

    Raises DayRefused, keeping nothing, where no source has a row of the as-of date or later and the night may not run
    on stale sources.
    """
    return ingest(night, then=_refuse_stale_day)


def ingest(
    night: Night, tables: Sequence[str] = TABLES["source"], then: Callable[[Night], None] = lambda night: None
) -> StepCount:
    """Read the drops that are new into source.*; returns rows read and rows admitted.

    Reads the source folder or database and the home's own overrides; writes source.*, ops.drops, ops.quarantine,
    ops.known_names and ops.arrivals in one transaction. `tables` leaves others for later: a table is read with or after
    those that its rows refer to. `then` runs before anything is kept. Raises InputRefused, keeping nothing, for a drop
    that cannot be trusted, and UsageError for a mapping or key that does not fit.
    """
    with _scratch(night.home) as scratch, night.engine.transaction():
        mappings = _mappings(night, tables)
        guard = Guard(night.engine, check_key(night.engine, night.settings.privacy, os.environ))
        found = _find_drops(night, mappings, scratch)
        counts: list[StepCount] = []
        if any(found.values()):
            batch = _Batch(night, guard, _next_seq(night.engine), scratch)
            names_before = set(known_names(night.engine))
            counts = [_ingest_table(batch, mappings[table], fresh) for table, fresh in found.items()]
            redact_stored(night.engine, set(known_names(night.engine)) - names_before)
        then(night)
    return sum(read for read, _ in counts), sum(admitted for _, admitted in counts)


def _refuse_stale_day(night: Night) -> None:
    """A pin or ban for a later day tells nothing of the platform's day, so overrides do not count."""
    rows = night.engine.select("newest_arrivals", today=night.now.astimezone(BEIJING).date()).to_pylist()
    days = [(row["newest"], row["table_name"]) for row in rows if row["table_name"] != "overrides"]
    if night.is_stale_allowed or any(day >= night.as_of_date for day, _ in days):
        return
    newest = "the newest is of {} in {}".format(*max(days)) if days else "none has come"
    raise DayRefused(
        f"no source has a row of {night.as_of_date} or later: {newest}. Send the drops of that day, name an earlier "
        "as-of date, or say --allow-stale to publish on what there is. Nothing was kept"
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


def _mappings(night: Night, wanted: Sequence[str]) -> dict[str, TableMapping]:
    tables = night.settings.sources.tables
    contracts = [contract for contract in source_contracts() if contract.name in wanted]
    return {contract.name: load_mapping(contract, getattr(tables, contract.name)) for contract in contracts}


def _find_drops(night: Night, mappings: Mapping[str, TableMapping], scratch: Path) -> dict[str, list[Drop]]:
    """New drops per table, in the order in which tables refer to each other."""
    settings = night.settings.sources
    if settings.kind == "postgres":
        found = export_tables(night, mappings, scratch, os.environ)
    elif night.sources is None:
        raise UsageError("no source folder was given; name it with --sources")
    else:
        found = {table: _folder_drops(night, table, night.sources) for table in mappings}
    if "overrides" in found:
        found["overrides"] = [*found["overrides"], *own_drops(night, scratch)]
    for table, fresh in found.items():
        _check_present(night, table, fresh)
    return found


def _folder_drops(night: Night, table: str, sources: Path) -> list[Drop]:
    reads = getattr(night.settings.sources.tables, table).reads
    if table in MAY_BE_MISSING and sources.is_dir() and not (sources / (reads or table)).exists():
        return []
    place = drops.source_folder(sources, table, reads)
    return list(drops.new_drops(place, sources, table, drops.read_ledger(night.engine, table)))


def _check_present(night: Night, table: str, fresh: list[Drop]) -> None:
    if fresh or table in MAY_BE_EMPTY or drops.read_ledger(night.engine, table).contents:
        return
    raise InputRefused(
        f"source table {table} is missing: no drop of it has ever come; send its rows, all of them, before the first "
        "night. Nothing of this night was kept"
    )


def _next_seq(engine: Engine) -> int:
    return 1 + int(engine.select("newest_drop")["drop_seq"][0].as_py() or 0)


def _ingest_table(batch: _Batch, mapping: TableMapping, fresh: list[Drop]) -> StepCount:
    engine, contract = batch.night.engine, mapping.contract
    if not fresh and not admission.has_waiting(engine, contract):
        return 0, 0
    create_incoming(engine, contract)
    unread = [drop for drop in fresh if not drop.is_repeat]
    own = [drop for drop in unread if drop.path.startswith(HOME_PREFIX)]
    read_drops(engine, mapping, [drop for drop in unread if drop not in own], batch.scratch)
    read_drops(engine, TableMapping(contract), own, batch.scratch)
    drops.write_ledger(engine, batch.drop_seq, fresh)
    read = _check_rows(batch, contract)
    return read, admission.admit(engine, contract, batch.drop_seq)


def _check_rows(batch: _Batch, contract: Contract) -> int:
    """Protect the new rows, set aside those that break rules and return how many rows came."""
    night, engine = batch.night, batch.night.engine
    if any(column.redaction_only for column in contract.columns):
        collect_names(engine)
    empty_placeholders(engine, contract)
    times = Plausible.at(night.now, night.settings.ingest)
    read = quarantine.check_rows(engine, contract, protect(batch.guard, contract.name), times)
    engine.drop(INCOMING)
    quarantine.check_shares(engine, contract, night.settings.ingest)
    quarantine.reject_rows(batch.guard, contract, batch.drop_seq)
    return read
