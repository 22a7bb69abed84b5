"""Says which source tables a folder lacks, what it holds instead, and whether a folder beside it is the one meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.known_headers import known_tables
from xuanpin.pipelines.ingest.notes import NOTHING_KEPT
from xuanpin.pipelines.ingest.places import shown_path
from xuanpin.pipelines.missing.prices import priced_lines
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, listed, phrase

_SHOWN = 8
"""Names of a folder that a message lists; a home or a desktop may hold hundreds."""


def missing_tables(sources: Path, wanted: Mapping[str, str]) -> InputRefused:
    """Return the error for tables that the source folder `sources` lacks.

    `wanted` has the name of each such table with the sub-folder or file that it should be read from.
    """
    tables, folders = list(wanted), list(wanted.values())
    is_one = len(tables) == 1
    present = sorted(shown_path(Path(entry.name)) for entry in sources.iterdir() if not entry.name.startswith("."))
    lacking = phrase("there is no {folder}", folder=folders[0]) if is_one else phrase("none of their folders is")
    problem = phrase(
        "source table {tables} is missing: {lacking} in {sources} (it holds {present})"
        if is_one
        else "source tables {tables} are missing: {lacking} in {sources} (it holds {present})",
        tables=joined(tables),
        lacking=lacking,
        sources=sources.name or phrase("this folder"),
        present=listed(present, _SHOWN) or phrase("nothing"),
    )
    meant = _meant(sources, folders)
    told = joined((problem, _remedy(tables, present)), "; ")
    if meant is None:
        return InputRefused(joined((told, NOTHING_KEPT, _acceptance(tables)), ". "))
    held = listed(_held(meant, folders))
    near = phrase("Did you mean --sources {meant}, which has {held}?", meant=meant, held=held)
    return InputRefused(joined((joined((told, near), ". "), NOTHING_KEPT), " "))


def _acceptance(tables: Sequence[str]) -> Phrase:
    """Say which settings accept that the platform does not have `tables`, and what that costs; "" where none do."""
    lines = priced_lines(tables)
    if not lines:
        return NOTHING
    return phrase(
        "If the platform has no such table, say so in the settings file; nights then do without it, at the cost given "
        "behind #:\n{lines}",
        lines=lines,
    )


def _remedy(tables: Sequence[str], present: Iterable[str]) -> Phrase:
    """Say what to do about the missing `tables`: map a folder whose name is known, or add one."""
    known = known_tables(tables, present)
    if known:
        reads = joined((f'[sources.tables.{table}] reads = "{folder}"' for folder, table in known.items()))
        return phrase(
            "if {names} is meant, write {reads}" if len(known) == 1 else "if {names} are meant, write {reads}",
            names=listed(list(known)),
            reads=reads,
        )
    what = phrase("the sub-folder") if len(tables) == 1 else phrase("the sub-folders")
    return phrase(
        "add {what}, empty if a table has no rows yet, or name another one in [sources.tables.{table}] reads",
        what=what,
        table=tables[0],
    )


def _meant(sources: Path, folders: Iterable[str]) -> Path | None:
    """Return the folder above or one below `sources` that has most of the folders, None where none has any."""
    names = list(folders)
    below = sorted(entry for entry in sources.iterdir() if entry.is_dir())
    others = [sources.parent, *below] if sources.name in names else below
    best = max(others, key=lambda place: len(_held(place, names)), default=None)
    return best if best is not None and _held(best, names) else None


def _held(place: Path, folders: Iterable[str]) -> list[str]:
    return [name for name in folders if (place / name).is_dir()]
