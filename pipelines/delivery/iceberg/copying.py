"""Brings the tables of a copy level with the runs of a home.

A run is first brought into every table, under a tag that has its rows and no others; only then does `main`, which has
the rows that each list date shows, move in one table after the other, `sku_list` last. Both name the same files. What
a killed process left undone is seen from the tags and the properties of the tables, and done by whoever comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pyiceberg.manifest import DataFile
from pyiceberg.table import Table, Transaction
from pyiceberg.table.update.snapshot import ManageSnapshots

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import Contract, published_contracts
from xuanpin.pipelines.delivery.iceberg.catalogue import Place
from xuanpin.pipelines.delivery.iceberg.cleaning import clean
from xuanpin.pipelines.delivery.iceberg.tables import ERASING, SHOWN, STAMPED, copied_table, rows_of, shown, tags
from xuanpin.pipelines.delivery.iceberg.versions import Version, Wanted, wanted
from xuanpin.pipelines.run_store import run_folder

INCOMING = "incoming"
"""Branch on which a run's rows are written; it is made and removed within one commit, so nobody sees it."""
AT_ONCE = 20
"""Runs that are brought before `main` moves; a commit takes longer the more tags its table has."""


def bring_level(place: Place, home: Home, tagged_days: int, now: datetime) -> int:
    """Do what the copy at `place` lacks; return how many runs and list dates it shows anew.

    `tagged_days`: newest list dates whose runs are tagged; `now` tells which snapshots readers have done with.
    """
    tables = [(contract, copied_table(place, contract)) for contract in reversed(published_contracts())]
    aim, changed = wanted(home, tagged_days), set[str]()
    missing = {version.tag for contract, table in tables for version in _lacking(contract, table, aim)}
    for part in _parts([version.tag for version in aim.versions if version.tag in missing]):
        for contract, table in tables:
            for version in _lacking(contract, table, aim):
                if version.tag in part and _bring(home, contract, table, version):
                    changed.add(version.tag)
        for contract, table in tables:
            changed |= _show(contract, table, aim)
        for _, table in tables:
            clean(table, aim.tags, now, is_unsure=place.note.is_unfinished)
    return len(changed)


def _parts(missing: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield `missing` tags in parts; one part without any where no run has to be brought."""
    for first in range(0, max(len(missing), 1), AT_ONCE):
        yield missing[first : first + AT_ONCE]


def _lacking(contract: Contract, table: Table, aim: Wanted) -> list[Version]:
    """Return the runs whose rows a table needs and has under no tag."""
    held, brought = shown(table), tags(table)

    def lacks(version: Version) -> bool:
        stamp, day = version.stamp(contract.name), version.run.list_date
        is_to_show = aim.shown.get(day) is version and held.get(day) != stamp
        return (version.tag in aim.tags or is_to_show) and brought.get(version.tag) != stamp

    return [version for version in aim.versions if lacks(version)]


def _bring(home: Home, contract: Contract, table: Table, version: Version) -> bool:
    """Write the rows of a run to a table and tag them; return whether the run was still there."""
    try:
        rows = rows_of(home, version, contract)
    except FileNotFoundError:
        if run_folder(home, version.run).exists():
            raise
        return False
    stamp, facts = version.stamp(contract.name), _facts(version)
    with table.transaction() as change:
        change.append(rows, snapshot_properties=facts | {STAMPED: stamp}, branch=INCOMING)
        written = change.table_metadata.refs[INCOMING].snapshot_id
        ManageSnapshots(change).create_tag(written, version.tag).remove_branch(INCOMING).commit()
        if _has_other_rows(table, version, stamp):
            change.set_properties({ERASING: "true"})
    return True


def _has_other_rows(table: Table, version: Version, stamp: str) -> bool:
    """Whether a table has rows of the run that it does not have any more, of which the `stamp` tells."""
    held = (tags(table).get(version.tag), shown(table).get(version.run.list_date))
    return any(one is not None and one != stamp and one.split()[0] == version.tag for one in held)


def _show(contract: Contract, table: Table, aim: Wanted) -> set[str]:
    """Move `main` to the runs that list dates show, in one commit; return tags and list dates that it shows anew.

    A list date stays as it is until its run has been brought.
    """
    held, brought = shown(table), tags(table)
    stamps = {day: version.stamp(contract.name) for day, version in aim.shown.items()}
    moved = {
        day: version
        for day, version in aim.shown.items()
        if held.get(day) != stamps[day] and brought.get(version.tag) == stamps[day]
    }
    withdrawn = held.keys() - stamps.keys()
    if not moved and not withdrawn:
        return set()
    days = ", ".join(f"'{day}'" for day in (*moved, *withdrawn))
    old = [task.file for task in table.scan(row_filter=f"list_date in ({days})").plan_files()]
    new = [file for version in moved.values() for file in _files(table, version.tag)]
    with table.transaction() as change:
        _replace(change, old, new, " ".join(version.run.run_id for version in moved.values()))
        change.set_properties({SHOWN + day: stamps[day] for day in moved})
        change.remove_properties(*(SHOWN + day for day in withdrawn))
    return {version.tag for version in moved.values()} | withdrawn


def _files(table: Table, tag: str) -> list[DataFile]:
    return [task.file for task in table.scan().use_ref(tag).plan_files()]


def _replace(change: Transaction, old: Sequence[DataFile], new: Sequence[DataFile], run_ids: str) -> None:
    """Put `new` files in the place of `old` ones on `main`."""
    update = change.update_snapshot(snapshot_properties={"xuanpin.run-ids": run_ids})
    if old:
        with update.overwrite() as files:
            for file in old:
                files.delete_data_file(file)
            for file in new:
                files.append_data_file(file)
    elif new:
        # Merges what manifests have become many.
        with update.merge_append() as added:
            for file in new:
                added.append_data_file(file)


def _facts(version: Version) -> dict[str, str]:
    run = version.run
    return {"xuanpin.run-id": run.run_id, "xuanpin.list-date": run.list_date, "xuanpin.state": run.state}
