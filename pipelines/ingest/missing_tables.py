"""Says which source tables a folder lacks, what it holds instead, and whether a folder beside it is the one meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.known_headers import known_pairs
from xuanpin.pipelines.ingest.notes import NOTHING_KEPT
from xuanpin.pipelines.typed.phrases import listed

_SHOWN = 8
"""Names of a folder that a message lists; a home or a desktop may hold hundreds."""


def missing_tables(sources: Path, wanted: Mapping[str, str]) -> InputRefused:
    """Return the error for tables that the source folder `sources` lacks.

    `wanted` has the name of each such table with the sub-folder or file that it should be read from.
    """
    tables, folders = list(wanted), list(wanted.values())
    is_one = len(tables) == 1
    present = sorted(entry.name for entry in sources.iterdir() if not entry.name.startswith("."))
    lacking = f"there is no {folders[0]}" if is_one else "none of their folders is"
    problem = (
        f"source table{'' if is_one else 's'} {', '.join(tables)} {'is' if is_one else 'are'} missing: {lacking} in "
        f"{sources.name or 'this folder'} (it holds {listed(present, _SHOWN) or 'nothing'})"
    )
    remedy = _remedy(tables, present)
    meant = _meant(sources, folders)
    place = f". Did you mean --sources {meant}, which has {listed(_held(meant, folders))}?" if meant else "."
    return InputRefused(f"{problem}; {remedy}{place} {NOTHING_KEPT}")


def _remedy(tables: Sequence[str], present: Iterable[str]) -> str:
    """Say what to do about the missing `tables`: map a folder whose name is known, or add one."""
    known = known_pairs(tables, present)
    if known:
        reads = ", ".join(f'[sources.tables.{table}] reads = "{folder}"' for folder, table in known.items())
        return f"if {listed(list(known))} {'is' if len(known) == 1 else 'are'} meant, write {reads}"
    what = "the sub-folder" if len(tables) == 1 else "the sub-folders"
    return f"add {what}, empty if a table has no rows yet, or name another one in [sources.tables.{tables[0]}] reads"


def _meant(sources: Path, folders: Iterable[str]) -> Path | None:
    """Return the folder above or one below `sources` that has most of the folders, None where none has any."""
    names = list(folders)
    below = sorted(entry for entry in sources.iterdir() if entry.is_dir())
    others = [sources.parent, *below] if sources.name in names else below
    best = max(others, key=lambda place: len(_held(place, names)), default=None)
    return best if best is not None and _held(best, names) else None


def _held(place: Path, folders: Iterable[str]) -> list[str]:
    return [name for name in folders if (place / name).is_dir()]
