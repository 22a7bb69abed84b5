"""A PostgreSQL database that shows the published tables of the current runs, and those of the runs before them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.postgres.clearing import drop_unused_loads, remove_runs
from xuanpin.pipelines.delivery.postgres.database import Database, connected
from xuanpin.pipelines.delivery.postgres.loading import Held, Store, Wanted, read_held, write_run
from xuanpin.pipelines.delivery.postgres.schema import renew_schema
from xuanpin.pipelines.delivery.postgres.statements import Names, lock, nothing_shown
from xuanpin.pipelines.engine import EngineError
from xuanpin.pipelines.engine.run_files import RunFiles
from xuanpin.pipelines.errors import DeliveryFailed, XuanpinError
from xuanpin.pipelines.run_store.kept import kept_runs
from xuanpin.pipelines.settings.running import PublishSettings
from xuanpin.pipelines.typed.phrase import phrase

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class PostgresStore:
    """The database that `settings` name; `environment` has its address."""

    settings: PublishSettings
    environment: Mapping[str, str]
    name: str = "postgres"

    def catch_up(self, home: Home) -> int:
        """Bring the database level with the runs of `home`; return how many runs were written, changed or removed.

        The newest list dates come first. Each run is written, and shown where it is current, in one transaction;
        whatever a process that was killed has left is done or undone by the next. Raises DeliveryFailed.
        """
        own = self.settings.postgres
        uri = self.environment.get(own.connection_variable or "")
        if not uri:
            raise DeliveryFailed(
                phrase(
                    "{variable} is not set; set it to the URI of the database, postgresql://user@host:port/name",
                    variable=own.connection_variable,
                )
            )
        names = Names(own.schema_name)
        with connected(uri, own) as database, RunFiles() as files:
            _lock(database, names, own.timeout_seconds)
            renew_schema(database, names, own.reader_role)
            return _level(Store(database, names, files), home, wanted_runs(home, self.settings.database_days))


def wanted_runs(home: Home, list_dates: int) -> list[Wanted]:
    """Return the runs that belong in the database: of the newest `list_dates` that show a list, the current runs,
    newest first, and then the runs of these dates that were shown before."""
    current = run_store.current_runs(home)[-list_dates:]
    shown = {run.run_id for run in current}
    dates = {run.list_date for run in current}
    known = [run for run in kept_runs(home) if run.list_date in dates and run.state in run_store.CURRENT_STATES]
    wanted = [Wanted.of(home, run, is_current=run.run_id in shown) for run in known]
    return sorted(wanted, key=lambda one: not one.is_current)


def _lock(database: Database, names: Names, seconds: int) -> None:
    """Let no other process write until this one disconnects; that of one which was killed ends within a second."""
    end = time.monotonic() + seconds
    while not database.value(lock(names)):
        if time.monotonic() > end:
            raise DeliveryFailed(
                phrase("another process is writing to the schema {schema} just now", schema=names.schema)
            )
        time.sleep(POLL_SECONDS)


def _level(store: Store, home: Home, wanted: Sequence[Wanted]) -> int:
    held = read_held(store)
    _withdraw(store, held, {one.run.list_date for one in wanted})
    changed, failures = 0, dict[str, Exception]()
    for one in wanted:
        if one.run.list_date in failures:
            continue
        try:
            if write_run(store, home, one, wanted, held):
                changed, held = changed + 1, read_held(store)
        except (XuanpinError, EngineError, OSError) as error:
            # A run that somebody has damaged keeps no other list date waiting; its own shows what it did.
            failures[one.run.list_date] = error
    gone = sorted(held.runs.keys() - {one.run.run_id for one in wanted})
    if gone:
        remove_runs(store, gone, held.tables)
    drop_unused_loads(store)
    if failures:
        raise next(iter(failures.values()))
    return changed + len(gone)


def _withdraw(store: Store, held: Held, list_dates: Collection[str]) -> None:
    """Show no list of the list dates that show none any more; this does not wait for what else is to do."""
    shown = {list_date for list_date, _, is_current in held.runs.values() if is_current}
    if shown - set(list_dates):
        store.database.run(nothing_shown(store.names, sorted(shown - set(list_dates))))
