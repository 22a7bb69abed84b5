"""Reads decisions on SKUs from the files of the home alone, so that they can be shown while a night runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_files import UNREADABLE
from xuanpin.pipelines.overrides import Override, newest_versions, override_version
from xuanpin.pipelines.typed.plain_files import require_plain

KEPT_FILES = 20_000
"""Drops whose rows are remembered; a drop never changes under its name."""


def filed_overrides(home: Home) -> list[Override]:
    """Return the newest version of every decision in the files of the home, recalls included, the newest first.

    Decisions that came in a drop of the platform are not among them: only a night has read those.
    """
    found = [version for path in sorted(home.overrides.glob("*.[cj]s*")) for version in _versions(path)]
    return sorted(newest_versions(found), key=lambda row: (row.created_at, row.override_id), reverse=True)


def newest_on(home: Home, sku_id: str) -> Override | None:
    """Return the newest decision on `sku_id` in the files of the home; None where there is none."""
    return next((override for override in filed_overrides(home) if override.sku_id == sku_id), None)


def _versions(path: Path) -> tuple[Override, ...]:
    try:
        found = path.stat()
        return _read(path, (found.st_mtime_ns, found.st_size, found.st_ino))
    except UNREADABLE:
        return ()


@lru_cache(maxsize=KEPT_FILES)
def _read(path: Path, stamp: tuple[int, int, int]) -> tuple[Override, ...]:
    """Read a drop as it is at the time `stamp`; raises UNREADABLE for one that the night will set aside."""
    require_plain(path, path.parents[1])
    text = path.read_text(encoding="utf-8-sig")
    rows = map(json.loads, text.splitlines()) if path.suffix == ".jsonl" else csv.DictReader(io.StringIO(text))
    return tuple(map(_filled, rows))


def _filled(row: Mapping[str, str]) -> Override:
    version = override_version({"approved_by": "", "ends_on": "", **row})
    if version.created_at.tzinfo is None:
        raise ValueError("a decision without a time zone cannot be put in order")
    return version
