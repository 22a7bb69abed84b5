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
from pipelines.privacy import HASHED_IDS, Guard, check_key, collect_names, protect

MAY_BE_MISSING = ("overrides",)
MAY_BE_EMPTY = ("returns", "chat_messages", "overrides")
HOME_PREFIX = "home/"


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
        contract.name: load_mapping(contract, getattr(tables, contract.name)) for contract in source_contracts()
    }
