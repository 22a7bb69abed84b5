"""Takes out of the PostgreSQL store what the home no longer has."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.delivery.postgres import statements
from xuanpin.pipelines.delivery.postgres.loading import HeldTable, Store

log = logging.getLogger("xuanpin")


def remove_runs(store: Store, run_ids: Sequence[str], held: Sequence[HeldTable]) -> None:
    """Take the runs `run_ids` out of the lists, and rows that no other run has out of the loads that others share.

    `held` says where rows are now.
    """
    touched = {(table.table_name, table.load) for table in held if table.run_id in run_ids}
    shared = {(table.table_name, table.load) for table in held if table.run_id not in run_ids}
    with store.database.transaction():
        store.database.run(*statements.removed_runs(store.names, run_ids))
        for table, load in sorted(touched & shared):
            store.database.run(statements.unread_rows(store.names, load_contract(table), load))


def drop_unused_loads(store: Store) -> None:
    """Drop the loads of which no run has rows: of removed runs, and of processes that were killed.

    Readers do not wait for this; where it would have to wait for them, it is left to the next delivery.
    """
    database, names = store.database, store.names
    for table, part, is_attached, is_begun in database.rows(statements.unused_loads(names)):
        steps = [statements.detached_load(names, table, part, is_begun=is_begun)] if is_attached else []
        if not all(database.run_unless_locked(step) for step in [*steps, statements.dropped_load(names, part)]):
            log.info("%s is still being read and is dropped with the next delivery", part)
