"""Finds the files that have not been read before, and refuses or skips those that cannot be used."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from xuanpin.pipelines.context import RunRequest
from xuanpin.pipelines.contracts import source_contracts
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.members import hashed_member
from xuanpin.pipelines.ingest.missing_tables import missing_tables
from xuanpin.pipelines.ingest.notes import Notes, nothing_kept
from xuanpin.pipelines.ingest.places import Place, find_places, is_pattern, shown_path
from xuanpin.pipelines.typed.paths import system_reason
from xuanpin.pipelines.typed.phrase import Phrase, phrase
from xuanpin.pipelines.typed.plain_files import leads_out

STAND_IN_PREFIX = "stand-in/"
"""How the paths of drops begin that are derived from those of orders."""
EMPTY_REMEDY = phrase("send it again, or remove it if there was nothing to send")
_ACCESS = phrase("check its permissions")
_LEFTOVERS = ("desktop.ini", "thumbs.db", "ehthumbs.db", "icon\r")
"""Files that systems put into folders."""
_HALF_COPIED = (
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".tmp",
    ".temp",
    ".filepart",
    ".swp",
    ".swo",
    ".lock",
    "-wal",
    "-shm",
    "-journal",
    "~",
)
"""Ends of the names of files that a program has not finished, or keeps beside the one it works on."""


@dataclass(frozen=True)
class Drop:
    """One file for one source table; `path` is what users see, relative to the source folder.

    `size` is in bytes, `sha256` of the content; `stamp` is the size and the times of the file, by which it is known
    again unread. `is_repeat` says that its content was read before. `member` is its name in the zip archive `file`,
    whose stamp it then has. Of a table of snapshots, `shown_on` is the day at whose end things stood as it shows.
    """

    table: str
    path: str
    file: Path
    size: int
    sha256: str
    stamp: str = ""
    is_repeat: bool = False
    member: str = ""
    shown_on: date | None = None


@dataclass
class Ledger:
    """What has been read for one table: the stamp of each path (`stamps`), and the contents by size and hash."""

    stamps: dict[str, str] = field(default_factory=dict)
    contents: set[tuple[int, str]] = field(default_factory=set)


def refused(drop: Drop, problem: Phrase, remedy: Phrase) -> InputRefused:
    """The error for a file that cannot be trusted: its `problem` and the `remedy`; it carries no text of the file."""
    return file_refused(drop.table, drop.path, problem, remedy)


def file_refused(table: str, path: str, problem: Phrase, remedy: Phrase) -> InputRefused:
    """Return the error for a file of `table` by its shown `path`: its `problem` and the `remedy`."""
    told = phrase("{table}: file {path} {problem}; {remedy}", table=table, path=path, problem=problem, remedy=remedy)
    return nothing_kept(told)


def read_ledger(engine: Engine, table: str) -> Ledger:
    """Return what ops.drops knows of one source table."""
    rows = engine.select("drop_ledger", table_name=table).to_pylist()
    return Ledger(
        stamps={row["path"]: row["stamp"] for row in rows},
        contents={(row["size"], row["sha256"]) for row in rows},
    )


def read_ledgers(engine: Engine) -> defaultdict[str, Ledger]:
    """Return what ops.drops knows of every source table, all read at once; an empty ledger for a new table."""
    columns = ("table_name", "path", "size", "sha256", "stamp")
    ledgers = defaultdict[str, Ledger](Ledger)
    for row in engine.read("ops.drops", columns=columns, order_by=("drop_seq", "path")).to_pylist():
        ledger = ledgers[row["table_name"]]
        ledger.stamps[row["path"]] = row["stamp"]
        ledger.contents.add((row["size"], row["sha256"]))
    return ledgers


def incoming_counts(engine: Engine) -> dict[str, int]:
    """Return how many incoming rows each drop brought, by path."""
    return {row["drop_path"]: row["rows"] for row in engine.select("incoming_drops").to_pylist()}


def write_ledger(engine: Engine, drop_seq: int, drops: Iterable[Drop], rows: Mapping[str, int]) -> None:
    """Remember these drops of the batch `drop_seq` and how many `rows` each brought, by path.

    A repeat keeps its path, so that it is not hashed again every night.
    """
    ledger = [
        {
            "drop_seq": drop_seq,
            "table_name": drop.table,
            "path": drop.path,
            "size": drop.size,
            "sha256": drop.sha256,
            "stamp": drop.stamp,
            "rows": rows.get(drop.path, 0),
        }
        for drop in drops
    ]
    if ledger:
        engine.append("ops.drops", pa.Table.from_pylist(ledger))


def no_source_folder(sources: Path) -> UsageError:
    """Return the error for a source folder (`sources`) that is missing or is a file."""
    problem = phrase("is a file, not a folder") if sources.is_file() else phrase("is missing")
    return UsageError(
        phrase(
            "the source folder {sources} {problem}; check the path given to --sources", sources=sources, problem=problem
        )
    )


def source_places(sources: Path, table: str, reads: str | None, ledger: Ledger) -> list[Place]:
    """Return what holds a table's drops below the source folder (`sources`), under other names if the settings say so
    (`reads`).

    Files that a pattern has found before may be gone. Raises InputRefused when nothing is there, with the names that
    are, and UsageError when there is no source folder.
    """
    found = find_places(sources, reads or table)
    if found or (is_pattern(reads or "") and ledger.contents and sources.is_dir()):
        return [place for place in found if len(found) == 1 or not is_no_drop(Path(place.member or place.path.name))]
    if not sources.is_dir():
        raise no_source_folder(sources)
    raise missing_tables(sources, {table: reads or table})


def require_sources(request: RunRequest, may_be_missing: Container[str]) -> None:
    """See to it, before a new home is made for it, that the source folder of a night and its tables are there.

    Raises UsageError where the folder is missing, InputRefused for tables of which there is neither folder nor file
    and that are not in `may_be_missing`. Asks nothing of a database, nor for a home that has read its tables before.
    """
    settings = request.settings.sources
    if settings.kind == "postgres" or request.sources is None or request.home.warehouse.exists():
        return
    if not request.sources.is_dir():
        raise no_source_folder(request.sources)
    names = [contract.name for contract in source_contracts() if contract.name not in may_be_missing]
    tables = {name: getattr(settings.tables, name) for name in names}
    folders = {name: table.reads or name for name, table in tables.items() if table.stand_in is None}
    if lacking := {name: folder for name, folder in folders.items() if not find_places(request.sources, folder)}:
        raise missing_tables(request.sources, lacking)


def new_drops(
    place: Path, root: Path, table: str, ledger: Ledger, notes: Notes, prefix: str = "", member: str = ""
) -> Iterator[Drop]:
    """Yield the files of `table` at `place`, or the `member` of the archive there, that the ledger does not hold.

    They come in the order of their paths.

    Paths are relative to `root`, after `prefix`. A path whose size and file times are those of the ledger is not opened
    at all. A file whose content was read before, under whatever name, is yielded as a repeat. `notes` names the files
    that are skipped or still being written, and those that are refused: empty ones and those that cannot be read.
    """
    for file, path in _files(place, root, prefix, notes):
        try:
            drop = _described(file, _within(path, member), table, ledger, notes, member)
        except OSError as error:
            notes.refuse(
                refused(
                    Drop(table, path, file, 0, ""),
                    phrase("cannot be read ({reason})", reason=system_reason(error)),
                    _ACCESS,
                )
            )
            continue
        if drop is None:
            continue
        if not drop.size:
            notes.refuse(
                refused(
                    drop,
                    phrase("is empty (0 bytes)"),
                    EMPTY_REMEDY,
                )
            )
            continue
        content = (drop.size, drop.sha256)
        is_repeat = content in ledger.contents
        ledger.contents.add(content)
        yield replace(drop, is_repeat=is_repeat)


def _within(path: str, member: str) -> str:
    return f"{path}/{shown_path(Path(member))}" if member else path


def _described(file: Path, path: str, table: str, ledger: Ledger, notes: Notes, member: str) -> Drop | None:
    """Return a file as a drop; None where the ledger holds it, or where it grows while it is looked at."""
    stamp = stamp_of(file)
    if ledger.stamps.get(path) == stamp:
        return None
    if member:
        digest, size = hashed_member(file, member)
    else:
        with file.open("rb") as stream:
            digest, size = hashlib.file_digest(stream, "sha256").hexdigest(), int(stamp.split(":")[0])
    if stamp_of(file) != stamp:
        notes.unfinished.append(path)
        return None
    return Drop(table, path, file, size, digest, stamp, member=member)


def stamp_of(file: Path) -> str:
    """Return what changes when a file is written: its size and times."""
    facts = file.stat()
    return f"{facts.st_size}:{facts.st_mtime_ns}:{facts.st_ctime_ns}"


def refuse_changed(drop: Drop) -> None:
    """Raise InputRefused where a file is no longer what it was when it was found."""
    if drop.stamp and (not drop.file.exists() or stamp_of(drop.file) != drop.stamp):
        raise refused(
            drop, phrase("was written to while it was read"), phrase("run the night again when it is complete")
        )


def _files(place: Path, root: Path, prefix: str, notes: Notes) -> list[tuple[Path, str]]:
    """List the files that are drops with the paths that users see; temporary and hidden files are skipped.

    A link out of the folder `root`, to a file or a folder, is refused by name; what is no file of its own is passed
    over.
    """
    if leads_out(place, root):
        _refuse_link(notes, place, prefix + shown_path(place.relative_to(root)))
        return []
    if place.is_file():
        return [(place, prefix + shown_path(place.relative_to(root)))]
    shown = {}
    for folder, folders, names in os.walk(place, onerror=_refuse_folder):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        below, inside = Path(folder).relative_to(root), Path(folder).relative_to(place)
        for name in (*names, *links):
            file, path = Path(folder, name), prefix + shown_path(below / name)
            if is_no_drop(inside / name):
                notes.passed_over.append(path)
            elif _may_open(file, root, path, notes):
                shown[file] = path
    notes.passed_over.sort()
    return sorted(shown.items(), key=lambda entry: entry[1])


def _may_open(file: Path, root: Path, path: str, notes: Notes) -> bool:
    """Whether a file is one of its own below `root`; what else it is goes to the notes under its shown `path`."""
    facts = file.lstat()
    if stat.S_ISLNK(facts.st_mode) and file.exists():
        if leads_out(file, root):
            _refuse_link(notes, file, path)
            return False
        facts = file.stat()
    if stat.S_ISREG(facts.st_mode):
        return True
    notes.passed_over.append(path)
    return False


def _refuse_link(notes: Notes, file: Path, path: str) -> None:
    problem = phrase("is a link to a place outside the folder of drops, from which nothing is read")
    notes.refuse(refused(Drop(notes.table, path, file, 0, ""), problem, phrase("put the file itself there")))


def _refuse_folder(error: OSError) -> None:
    name = shown_path(Path(error.filename).relative_to(Path(error.filename).parent))
    raise nothing_kept(
        phrase(
            "source folder {name} cannot be read ({reason}); {remedy}",
            name=name,
            reason=system_reason(error),
            remedy=_ACCESS,
        )
    ) from error


def is_no_drop(path: Path) -> bool:
    """Tell markers such as _SUCCESS, what spreadsheets and systems leave beside files, and half-copied files."""
    name = path.name.lower()
    is_hidden = any(part.startswith((".", "_", "~$")) for part in path.parts)
    return is_hidden or name in _LEFTOVERS or name.endswith(_HALF_COPIED)
