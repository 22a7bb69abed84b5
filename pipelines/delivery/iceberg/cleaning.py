"""Lets go of what a copy need not hold any more: tags of runs that are gone, snapshots that nobody reads, files."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.update.snapshot import ExpireSnapshots, ManageSnapshots

from xuanpin.pipelines.delivery.iceberg.files import delete_others
from xuanpin.pipelines.delivery.iceberg.tables import ERASING, tags

READ_FOR = timedelta(days=1)
"""How long what `main` was before can still be read, so that whoever has begun to read it can end."""


def clean(table: Table, kept: Set[str], now: datetime, is_unsure: bool) -> None:
    """Drop the tags that are not among the `kept`, and snapshots without a tag that readers have done with by `now`.

    Where rows were erased, every such snapshot goes at once. Files that no snapshot names are deleted; also where
    `is_unsure`, as a killed process may have left some. Nobody else may write to the table meanwhile.
    """
    is_erasing = ERASING in table.properties
    gone = [tag for tag in tags(table) if tag not in kept]
    with table.transaction() as change:
        references = ManageSnapshots(change)
        for tag in gone:
            references.remove_tag(tag)
        if gone:
            references.commit()
        expired = _expired(table, gone, now, is_erasing)
        if expired:
            ExpireSnapshots(change).by_ids(expired).commit()
    if expired or is_erasing or is_unsure:
        delete_others(table.io, table.location(), _named_files(table))
    if is_erasing:
        with table.transaction() as change:
            change.remove_properties(ERASING)


def _expired(table: Table, gone: list[str], now: datetime, is_erasing: bool) -> list[int]:
    """Return ids of snapshots that no reference holds once the tags in `gone` are dropped, and that are to go."""
    held = {reference.snapshot_id for name, reference in table.refs().items() if name not in gone}
    first = (now - READ_FOR).timestamp() * 1000
    return [
        snapshot.snapshot_id
        for snapshot in table.snapshots()
        if snapshot.snapshot_id not in held and (is_erasing or snapshot.timestamp_ms < first)
    ]


def _named_files(table: Table) -> set[str]:
    """Return the locations of all files that a table needs: metadata, manifests and data of its snapshots."""
    metadata = table.metadata
    named = {table.metadata_location, *(entry.metadata_file for entry in metadata.metadata_log)}
    named |= {file.statistics_path for file in (*metadata.statistics, *metadata.partition_statistics)}
    manifests = dict[str, ManifestFile]()
    for snapshot in table.snapshots():
        named.add(snapshot.manifest_list)
        manifests |= {manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)}
    for path, manifest in manifests.items():
        named.add(path)
        named |= {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io)}
    return named
