"""The first step of a night: drops that were not read before become rows of source.*, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from pipelines import admission, drops, quarantine
from pipelines.contracts import Contract, source_contracts
from pipelines.drops import Drop
from pipelines.engine import Engine
from pipelines.errors import InputRefused, UsageError
from pipelines.incoming import create_incoming, read_drops
from pipelines.mapping import TableMapping, load_mapping
from pipelines.night import Night, StepCount
from pipelines.postgres import export_tables
from pipelines.privacy import Guard, check_key, collect_names, protect

MAY_BE_MISSING = ("overrides",)
MAY_BE_EMPTY = ("returns", "chat_messages", "overrides")
HOME_PREFIX = "home/"
BEIJING = ZoneInfo("Asia/Shanghai")


def ingest(night: Night) -> StepCount:
    """Read the drops that are new into source.*; returns rows read and rows admitted.

    Reads the source folder or database and the home's own overrides; writes source.*, ops.drops, ops.quarantine,
    ops.known_names and ops.arrivals in one transaction. Raises InputRefused, keeping nothing, for a drop that cannot
    be trusted, and UsageError for a mapping or key that does not fit.
    """
    with TemporaryDirectory(prefix="xuanpin-") as scratch, night.engine.transaction():
        mappings = _mappings(night)
        create_tables(night.engine)
        guard = Guard(night.engine, check_key(night.engine, night.settings.privacy, os.environ))
        found = _find_drops(night, mappings, Path(scratch))
        if not any(found.values()):
            return 0, 0
        drop_seq = _next_seq(night.engine)
        counts = [
            _ingest_table(night, guard, mappings[table], fresh, drop_seq, Path(scratch))
            for table, fresh in found.items()
        ]
    return sum(read for read, _ in counts), sum(admitted for _, admitted in counts)


def create_tables(engine: Engine) -> None:
    """Create the source tables and the books of ingest where they are missing."""
    for contract in source_contracts():
        engine.execute(contract.stored().ddl("source", admission.EXTRA_COLUMNS))
    engine.execute("create table if not exists ops.known_names (name varchar)")
    for statement in (drops.LEDGER, quarantine.TABLE, admission.ARRIVALS):
        engine.execute(statement)


def _mappings(night: Night) -> dict[str, TableMapping]:
    tables = night.settings.sources.tables
    return {
        contract.name: load_mapping(contract, getattr(tables, contract.name))
        for contract in source_contracts()
    }


def _find_drops(night: Night, mappings: Mapping[str, TableMapping], scratch: Path) -> dict[str, list[Drop]]:
    """New drops per table, in the order in which tables refer to each other."""
    settings = night.settings.sources
    if settings.kind == "postgres":
        found = export_tables(night, mappings, scratch, os.environ)
    elif night.sources is None:
        raise UsageError("no source folder was given; name it with --sources")
    else:
        found = {table: _folder_drops(night, table, night.sources) for table in mappings}
    if night.home.overrides.is_dir():
        ledger = drops.read_ledger(night.engine, "overrides")
        own = drops.new_drops(night.home.overrides, night.home.overrides, "overrides", ledger, HOME_PREFIX)
        found["overrides"] = [*found["overrides"], *own]
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
    return int(engine.query("select coalesce(max(drop_seq), 0) + 1 as seq from ops.drops")["seq"][0].as_py())


def _ingest_table(
    night: Night, guard: Guard, mapping: TableMapping, fresh: list[Drop], drop_seq: int, scratch: Path
) -> StepCount:
    engine, contract = night.engine, mapping.contract
    incoming = create_incoming(engine, contract)
    unread = [drop for drop in fresh if not drop.is_repeat]
    own = [drop for drop in unread if drop.path.startswith(HOME_PREFIX)]
    read_drops(engine, mapping, [drop for drop in unread if drop not in own], scratch)
    read_drops(engine, TableMapping(contract), own, scratch)
    _check_and_protect(night, guard, contract, incoming)
    read = int(engine.query("select count(*) as n from checked")["n"][0].as_py())
    quarantine.reject_rows(guard, contract, drop_seq)
    drops.write_ledger(engine, drop_seq, fresh, incoming)
    engine.execute(f"drop table {incoming}")
    return read, admission.admit(engine, contract, drop_seq)


def _check_and_protect(night: Night, guard: Guard, contract: Contract, incoming: str) -> None:
    if any(column.redaction_only for column in contract.columns):
        collect_names(night.engine, incoming)
    now = night.now.astimezone(BEIJING).replace(tzinfo=None)
    quarantine.check_rows(night.engine, contract, protect(guard, contract.name, incoming), now)
    quarantine.check_shares(night.engine, contract, night.settings.ingest)
