"""Looks at every file below a folder, whatever its format, and takes a sample of each table in it."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from xuanpin.pipelines.connect.findings import Export
from xuanpin.pipelines.connect.header_guess import AnyHeader, is_header
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import EngineError, open_memory
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.drop_formats import Opening, RawFile, open_drop, scan
from xuanpin.pipelines.ingest.drops import Drop, is_no_drop, refused
from xuanpin.pipelines.ingest.formats.chats.databases import is_database, refuse_sealed
from xuanpin.pipelines.ingest.formats.chats.recognition import ChatArchive, chat_archive_of
from xuanpin.pipelines.ingest.formats.chats.rows import COLUMNS
from xuanpin.pipelines.ingest.formats.encodings import as_utf8
from xuanpin.pipelines.ingest.formats.packing import ZIP, head, is_workbook, unpacked
from xuanpin.pipelines.ingest.formats.records import BLANKS
from xuanpin.pipelines.ingest.formats.unread_kinds import refuse_unread_kinds
from xuanpin.pipelines.ingest.formats.workbooks import ending, holds_sheets, sheet_names
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.members import UNREADABLE, members
from xuanpin.pipelines.ingest.notes import reason_alone
from xuanpin.pipelines.ingest.places import shown_path
from xuanpin.pipelines.ingest.statements.samples import row_count, spread_rows
from xuanpin.pipelines.typed.paths import require_folder, system_reason
from xuanpin.pipelines.typed.phrase import Phrase, phrase
from xuanpin.pipelines.typed.plain_files import is_special, leads_out

SAMPLED = 2_000
"""Rows of a table that are looked at, spread over it: words that one row in a thousand has are mostly among them."""
_MOST_FILES = 2_000
"""Files from which on a folder is no folder of exports but somebody's disk: five years of a file a day."""
_WIDEST = 1_000
"""Columns from which on a table is none of a shop, whose widest exports have 300; each takes 10 ms."""
_OWN = (".toml", ".sql", ".bak", ".md")
"""Ends of the names of settings, views and notes, which may lie beside the exports."""
_PARQUET = b"PAR1"
_DATABASES = (".db", ".sqlite", ".sqlite3", ".dat")
"""Ends of the names under which chat programs keep what they have encrypted."""
_NO_ROW = "is a workbook without any row"


@dataclass(frozen=True)
class Looked:
    """One table that can be read (`export`), and the `layouts` of its file that settings must accept.

    `typed` are the headers whose values are no texts, as in Parquet. `archive` is what it is as an archive of chats,
    which is read as such.
    """

    export: Export
    layouts: tuple[str, ...] = ()
    typed: frozenset[str] = frozenset()
    archive: ChatArchive | None = None


@dataclass(frozen=True)
class Unread:
    """A file, or one sheet of it, that cannot be read: its `place` below the folder, and why, with the cure."""

    place: str
    why: Phrase


def look(folder: Path) -> tuple[list[Looked], list[Unread]]:
    """Return a sample of each table in the files below `folder`, in the order of their paths, and what is not read.

    A zip archive counts as a folder. Copies are made in a temporary folder that is removed. Raises UsageError where
    there is no such folder, and for one that holds far too many files.
    """
    require_folder(phrase("the folder of exports"), folder, phrase("check the path"))
    found: list[Looked] = []
    unread: list[Unread] = []
    with tempfile.TemporaryDirectory(prefix="xuanpin-connect-") as scratch, closing(open_memory()) as engine:
        opening = Opening(engine, Workspace(Path(scratch)), AnyHeader(""))
        for drop in _drops(folder):
            found_there, unread_there = _leading_out(drop) if leads_out(drop.file, folder) else _tables(opening, drop)
            found += found_there
            unread += unread_there
            opening.work.clear()
    return found, unread


def _drops(folder: Path) -> Iterator[Drop]:
    for file in sorted(_files(folder), key=lambda file: file.relative_to(folder).as_posix()):
        path = shown_path(file.relative_to(folder))
        names = [] if leads_out(file, folder) else _members(file)
        for name in names:
            yield Drop("", f"{path}/{shown_path(Path(name))}", file, file.stat().st_size, "", member=name)
        if not names:
            yield Drop("", path, file, file.stat().st_size, "")


def _files(folder: Path) -> list[Path]:
    """List the files that may be exports: not what connecting and nights write, nor what systems leave."""
    found = []
    for place, folders, names in os.walk(folder):
        if Home(Path(place)).warehouse.exists():
            folders.clear()
            continue
        for file in (Path(place, name) for name in names if not name.endswith(_OWN)):
            if not is_no_drop(file.relative_to(folder)) and file.exists() and not is_special(file):
                found.append(file)
    if len(found) > _MOST_FILES:
        raise UsageError(
            phrase(
                "{folder} holds {count:,} files; name the folder of the exports alone, with at most {most:,}",
                folder=folder,
                count=len(found),
                most=_MOST_FILES,
            )
        )
    return found


def _members(file: Path) -> list[str]:
    """List the members of a zip archive of several files; none of any other file, which is opened as a whole."""
    try:
        if head(file, len(ZIP)) != ZIP or is_workbook(file):
            return []
        with zipfile.ZipFile(file) as archive:
            names = sorted(name for name in members(archive) if not is_no_drop(Path(name)))
    except UNREADABLE:
        return []
    return names if len(names) > 1 else []


def _leading_out(drop: Drop) -> tuple[list[Looked], list[Unread]]:
    problem = phrase("is a link to a place outside the folder of drops, from which nothing is read")
    why = phrase("{problem}; {remedy}", problem=problem, remedy=phrase("put the file itself there"))
    return [], [Unread(drop.path, why)]


def _tables(opening: Opening, drop: Drop) -> tuple[list[Looked], list[Unread]]:
    found: list[Looked] = []
    unread: list[Unread] = []
    try:
        plain, sheets = _opened(opening, drop)
        if archive := _archive(opening, plain, sheets):
            return [Looked(Export(drop.path, COLUMNS, (), archive.messages), archive=archive)], []
    except InputRefused as refusal:
        return [], [Unread(drop.path, _why(refusal))]
    except OSError as error:
        return [], [Unread(drop.path, phrase("cannot be read ({reason})", reason=system_reason(error)))]
    for sheet in sheets:
        try:
            found.append(_sampled(replace(opening, wanted=replace(opening.wanted, sheet=sheet or None)), plain, sheet))
        except InputRefused as refusal:
            if not (sheet and _NO_ROW in str(refusal)):
                unread.append(Unread(f"{drop.path} [{sheet}]" if sheet else drop.path, _why(refusal)))
    return found, unread


def _opened(opening: Opening, drop: Drop) -> tuple[Drop, tuple[str, ...]]:
    """Return the drop unpacked, so that it is unpacked once, and the names of its sheets, one empty for any other."""
    if not drop.size:
        raise refused(drop, phrase("is empty (0 bytes)"), phrase("export it again, or remove it"))
    file = unpacked(drop, opening.work)
    if not holds_sheets(file):
        return replace(drop, file=file, member=""), ("",)
    return replace(drop, file=file, member=""), sheet_names(drop, opening.work.link(file, ending(file)))


def _archive(opening: Opening, drop: Drop, sheets: tuple[str, ...]) -> ChatArchive | None:
    """Return what an archive of chats holds; None for any other file."""
    if is_database(drop.file):
        return chat_archive_of(drop.file, drop.path)
    if sheets != ("",) or head(drop.file, len(_PARQUET)) == _PARQUET:
        return None
    refuse_unread_kinds(drop, head(drop.file))
    if drop.path.lower().endswith(_DATABASES):
        refuse_sealed(drop, drop.file)
    return chat_archive_of(as_utf8(drop, drop.file, opening.work)[0], drop.path)


def _why(refusal: InputRefused) -> Phrase:
    said: Phrase = refusal.args[0]
    return reason_alone(said)


def _sampled(opening: Opening, drop: Drop, sheet: str) -> Looked:
    raw = open_drop(opening, drop)
    names = tuple(name for name, _ in raw.columns)
    if len(names) > _WIDEST:
        raise refused(
            drop,
            phrase("has {count:,} columns, and at most {most:,} are looked at", count=len(names), most=_WIDEST),
            phrase("export the columns of orders, goods and people alone"),
        )
    if raw.kind in ("careful", "csv") and not is_header(names):
        raise refused(
            drop,
            phrase("has no header: its first row is a row of data"),
            phrase("export it with the names of its columns, or write them above the first row"),
        )
    rows, count = _rows(opening, raw)
    typed = frozenset(name for name, kind in raw.columns if kind != "VARCHAR")
    return Looked(Export(drop.path, names, rows, count, sheet), raw.layouts, typed)


def _rows(opening: Opening, raw: RawFile) -> tuple[tuple[tuple[str | None, ...], ...], int]:
    relation = scan([raw])
    try:
        count = int(opening.engine.query(row_count(relation))["n"][0].as_py())
        table = opening.engine.query(spread_rows(relation, raw.columns, count, SAMPLED))
    except EngineError:
        raise refused(
            raw.drop,
            phrase("cannot be read to its end{place}", place=phrase(" (truncated or damaged)")),
            phrase("send the whole file again"),
        ) from None
    columns = [[_given(value) for value in column.to_pylist()] for column in table.columns]
    return tuple(zip(*columns, strict=True)), count


def _given(value: str | None) -> str | None:
    """Return a value, None for one of blanks alone, as programs write tabs into empty cells."""
    return value if value and value.strip(BLANKS) else None
