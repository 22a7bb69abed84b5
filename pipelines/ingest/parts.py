"""Cuts what has come into parts that are kept one by one, so that a large first load goes on where it was ended."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.ingest.drops import Drop

PART_BYTES = 96 * 1024 * 1024
"""Bytes of files from which on a part is full: some four million rows of Parquet. A night's drops are one part."""
CLUSTER_PART_BYTES = 1_000 * PART_BYTES
"""The same where a cluster checks the files: some four billion rows, so that it is seldom waited for the driver."""

Part = dict[str, list[Drop]]
"""Drops by table, each table after those that its rows refer to."""


def cut(found: Mapping[str, list[Drop]], part_bytes: int = PART_BYTES) -> list[Part]:
    """Cut the drops that were `found` into parts of about `part_bytes`, in their order; there is at least one.

    A file is never cut. The cuts follow from the files that are left, so a night that goes on after some parts makes
    the same ones. A table without drops has its place too, as rows of it may wait.
    """
    parts: list[Part] = [{}]
    filled = 0
    for table, fresh in found.items():
        parts[-1][table] = []
        for drop in fresh:
            size = 0 if drop.is_repeat else drop.size
            if filled and filled + size > part_bytes:
                parts.append({})
                filled = 0
            parts[-1].setdefault(table, []).append(drop)
            filled += size
    return parts
