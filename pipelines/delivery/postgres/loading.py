"""Writes runs to the PostgreSQL store: whole, or as a further version of the rows of a run that differs in few."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import Contract, published_contracts
from xuanpin.pipelines.delivery.postgres import statements
from xuanpin.pipelines.delivery.postgres.database import Database
from xuanpin.pipelines.delivery.postgres.statements import Names
from xuanpin.pipelines.engine.run_files import IS_NEW, RunFiles
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.typed.phrase import phrase

WHOLE_FROM = 0.25
"""Share of the rows that differ from which a run is written whole: then copying and indexing all is as quick as
changing rows, and leaves no rows behind that no run has."""
READERS_SECONDS = 3.0
"""Seconds that a new load waits for readers who have begun before it, before it is shown; see `_wait_for_readers`."""
POLL_SECONDS = 0.01
ENDED = "xuanpin_ended_rows"
"""Temporary table of the keys of rows that a new version does not have."""


@dataclass(frozen=True)
class Store:
    """The open `database`, the `names` in it, and what reads the `files` of runs."""

    database: Database
    names: Names
    files: RunFiles


@dataclass(frozen=True)
class Wanted:
    """A run that belongs in the database: its `manifest`, and whether its list date shows it (`is_current`)."""

    run: run_store.CurrentRun
    manifest: Mapping[str, Any]
    is_current: bool

    @classmethod
    def of(cls, home: Home, run: run_store.CurrentRun, *, is_current: bool) -> Wanted:
        """Return the `run` of `home` with its manifest; `is_current` as above."""
        return cls(run, run_store.manifest(home, run), is_current)

    def sha256(self, table: str) -> str | None:
        """The hash of the file of a table; None where a manifest has none."""
        found: str | None = self.manifest.get("files", {}).get(f"{table}.parquet")
        return found

    def facts(self) -> dict[str, Any]:
        """What the list of runs says of it, but for when it was written."""
        run = self.run
        return {
            "run_id": run.run_id,
            "list_date": run.list_date,
            "as_of_date": run.as_of_date,
            "state": run.state,
            "is_current": self.is_current,
            "reason": self.manifest.get("reason"),
            "reason_zh": self.manifest.get("reason_zh"),
        }


@dataclass(frozen=True)
class HeldTable:
    """Where the rows of table `table_name` of the run `run_id` of a `list_date` are: number of the load, version within
    it, and the hash (`sha256`) of the file of which they came."""

    run_id: str
    list_date: str
    table_name: str
    load: int
    version: int
    sha256: str | None


@dataclass(frozen=True)
class Held:
    """What the database holds: list date, state and whether it is shown, of its `runs` by id; and all its `tables`."""

    runs: Mapping[str, tuple[str, str, bool]]
    tables: Sequence[HeldTable]


@dataclass(frozen=True)
class _Change:
    """How the rows of a table of a run come to be there: as version `version` of a `load`, by the rows that differ from
    the version before (`unequal`; None: by all rows of `file`)."""

    contract: Contract
    file: Path
    load: int
    version: int
    unequal: pa.Table | None


def read_held(store: Store) -> Held:
    """Return what the database holds."""
    rows = store.database.rows
    runs = {row[0]: (row[1], row[2], row[3]) for row in rows(statements.held_runs(store.names))}
    return Held(runs, [HeldTable(*row) for row in rows(statements.held_tables(store.names))])


def write_run(store: Store, home: Home, wanted: Wanted, others: Sequence[Wanted], held: Held) -> bool:
    """Bring a run in the database, which holds what `held` says, to what the home has; return whether anything was to
    do.

    `others` are the runs of the home, from which it may differ in few rows. Raises DeliveryFailed.
    """
    missing = list(_missing(wanted, held.tables))
    is_same = held.runs.get(wanted.run.run_id) == (wanted.run.list_date, wanted.run.state, wanted.is_current)
    if not missing and is_same:
        return False
    changes = [_change(store, home, contract, wanted, held.tables, others) for contract in missing]
    _load_whole(store, wanted, [change for change in changes if change.unequal is None])
    _show(store, wanted, changes, held.tables)
    return True


def _missing(wanted: Wanted, held: Sequence[HeldTable]) -> Iterator[Contract]:
    """The tables of a run whose rows are not there, or are those of another file of that name."""
    there = {(table.table_name, table.sha256) for table in held if table.run_id == wanted.run.run_id}
    for contract in published_contracts():
        # A run of an earlier release lacks the tables that it did not know.
        if (
            contract.name in wanted.manifest["row_counts"]
            and (contract.name, wanted.sha256(contract.name)) not in there
        ):
            yield contract


def _change(
    store: Store,
    home: Home,
    contract: Contract,
    wanted: Wanted,
    held: Sequence[HeldTable],
    others: Sequence[Wanted],
) -> _Change:
    file = _file(home, wanted, contract)
    base = _base(contract, wanted, held, others)
    if base is not None:
        table, run = base
        most = int(WHOLE_FROM * wanted.manifest["row_counts"][contract.name])
        unequal = store.files.unequal_rows(_file(home, run, contract), file, statements.file_types(contract), most + 1)
        if unequal.num_rows <= most:
            version = table.version + 1 if unequal.num_rows else table.version
            return _Change(contract, file, table.load, version, unequal)
    return _Change(contract, file, int(store.database.value(statements.next_load(store.names))), 0, None)


def _base(
    contract: Contract, wanted: Wanted, held: Sequence[HeldTable], others: Sequence[Wanted]
) -> tuple[HeldTable, Wanted] | None:
    """Find the newest rows of another run of the list date whose file is still as it was written."""
    known = {other.run.run_id: other for other in others if other.run.run_id != wanted.run.run_id}
    of_date = [table for table in held if (table.list_date, table.table_name) == (wanted.run.list_date, contract.name)]
    newest = {table.load: max(other.version for other in of_date if other.load == table.load) for table in of_date}
    found = [
        (table, known[table.run_id])
        for table in of_date
        if table.version == newest[table.load]
        and table.run_id in known
        and known[table.run_id].sha256(contract.name) == table.sha256
    ]
    return max(found, key=lambda one: one[0].load, default=None)


def _load_whole(store: Store, wanted: Wanted, changes: Sequence[_Change]) -> None:
    """Write all rows of some tables of a run as new loads, to which no run points yet."""
    if not changes:
        return
    database, names, list_date = store.database, store.names, wanted.run.list_date
    with database.transaction():
        for change in changes:
            contract, load = change.contract, change.load
            database.run(
                statements.first_load(names, contract, load, list_date), statements.load_number(names, contract, load)
            )
            with store.files.streamed_rows(change.file, statements.file_types(contract)) as rows:
                database.copy(rows, names.store, statements.part_name(contract, load))
            database.run(*statements.finished_load(names, contract, load))
        for change in changes:
            database.run(statements.attached_load(names, change.contract, change.load, list_date))
    _wait_for_readers(store, [change.contract.name for change in changes])


def _wait_for_readers(store: Store, tables: Sequence[str]) -> None:
    """Wait until whoever has begun to read before a load was there has ended, for a moment at most.

    A statement is planned first, with the loads that are there, and then looks which run is current: one that is held
    up between the two would find a new run current whose rows it does not know, and see none.
    """
    question = statements.readers(store.names, tables)
    early = set(store.database.rows(question))
    end = time.monotonic() + READERS_SECONDS
    while early and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
        early &= set(store.database.rows(question))


def _show(store: Store, wanted: Wanted, changes: Sequence[_Change], held: Sequence[HeldTable]) -> None:
    """Write the rows that differ and point to the run, in one step."""
    database, names, run = store.database, store.names, wanted.run
    with database.transaction():
        for change in changes:
            _add_version(store, change)
            _require_all_rows(store, wanted, change)
        if wanted.is_current:
            database.run(statements.nothing_current(names, run.list_date, run.run_id))
        database.run(statements.written_run(names, wanted.facts() | {"loaded_at": datetime.now(UTC).isoformat()}))
        for change in changes:
            place = HeldTable(
                run.run_id,
                run.list_date,
                change.contract.name,
                change.load,
                change.version,
                wanted.sha256(change.contract.name),
            )
            database.run(statements.written_table(names, asdict(place)))
            _remove_former_rows(store, place, change.contract, held)


def _add_version(store: Store, change: _Change) -> None:
    """Write the rows that differ from the version before; each is there from this version on, or until it."""
    rows = change.unequal
    if rows is None or not rows.num_rows:
        return
    database, names, contract = store.database, store.names, change.contract
    key = [column.name for column in statements.row_key(contract)]
    is_new = rows[IS_NEW]
    database.copy_aside(rows.filter(pc.invert(is_new)).select(key), ENDED)
    ended = statements.ended_rows(names, contract, change.load, change.version, ENDED)
    database.run(statements.measured(ENDED), ended)
    new = rows.filter(is_new).drop_columns([IS_NEW])
    since = pa.repeat(pa.scalar(change.version, pa.int32()), new.num_rows)
    database.copy(new.append_column("since", since), names.store, statements.part_name(contract, change.load))


def _require_all_rows(store: Store, wanted: Wanted, change: _Change) -> None:
    counted = statements.rows_of_version(store.names, change.contract, change.load, change.version)
    found, meant = store.database.value(counted), wanted.manifest["row_counts"][change.contract.name]
    if found != meant:
        raise DeliveryFailed(
            phrase(
                "{table} of run {run} has {found} rows in the database and {meant} in its manifest; the run is not "
                "shown there. Restore the run's folder from a backup of the home",
                table=change.contract.name,
                run=wanted.run.run_dir,
                found=found,
                meant=meant,
            )
        )


def _remove_former_rows(store: Store, place: HeldTable, contract: Contract, held: Sequence[HeldTable]) -> None:
    """Remove the rows that the run had by another file, where no other run has them: some may have to be forgotten."""
    former = [table for table in held if (table.run_id, table.table_name) == (place.run_id, place.table_name)]
    for table in former:
        if (table.load, table.version) != (place.load, place.version):
            store.database.run(statements.unread_rows(store.names, contract, table.load))


def _file(home: Home, wanted: Wanted, contract: Contract) -> Path:
    return run_store.run_folder(home, wanted.run) / f"{contract.name}.parquet"
