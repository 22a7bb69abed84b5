"""Finds the files that have not been read before, and tells the drops that can be trusted from those that cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from xuanpin.pipelines.context import RunRequest
from xuanpin.pipelines.contracts import source_contracts
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused, UsageError


@dataclass(frozen=True)
class Drop:
    """One file for one source table; `path` is what users see, relative to the source folder.

    `size` is in bytes, `sha256` of the content; `stamp` is the size and the times of the file, by which it is known
    again unread. `is_repeat` says that its content was read before.
    """

    table: str
    path: str
    file: Path
    size: int
    sha256: str
    stamp: str = ""
    is_repeat: bool = False


@dataclass
class Ledger:
    """What has been read for one table: the stamp of each path (`stamps`), and the contents by size and hash."""

    stamps: dict[str, str] = field(default_factory=dict)
    contents: set[tuple[int, str]] = field(default_factory=set)


def refused(drop: Drop, problem: str, remedy: str) -> InputRefused:
    """The error for a file that cannot be trusted: its `problem` and the `remedy`; it carries no text of the file."""
    return InputRefused(f"{drop.table}: file {drop.path} {problem}; {remedy}. Nothing of this night was kept")


def read_ledger(engine: Engine, table: str) -> Ledger:
    """Return what ops.drops knows of one source table."""
    rows = engine.select("drop_ledger", table_name=table).to_pylist()
    return Ledger(
        stamps={row["path"]: row["stamp"] for row in rows},
        contents={(row["size"], row["sha256"]) for row in rows},
    )


def write_ledger(engine: Engine, drop_seq: int, drops: Iterable[Drop]) -> None:
    """Remember these drops of the batch `drop_seq` and how many incoming rows each brought.

    A repeat keeps its path, so that it is not hashed again every night.
    """
    rows = {row["drop_path"]: row["rows"] for row in engine.select("incoming_drops").to_pylist()}
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


def source_folder(sources: Path, table: str, reads: str | None) -> Path:
    """Return the folder or file that holds a table's drops below the source folder (`sources`), under another name if
    the settings say so (`reads`).

    Raises InputRefused when it is missing, with the names that are there, and UsageError when there is no source
    folder.
    """
    place = sources / (reads or table)
    if place.exists():
        return place
    if not sources.is_dir():
        raise UsageError(f"the source folder {sources} is missing; check the path given to --sources")
    present = ", ".join(sorted(entry.name for entry in sources.iterdir())) or "nothing"
    raise InputRefused(
        f"source table {table} is missing: there is no {reads or table} in {sources.name} (it holds {present}); "
        f"add the sub-folder, empty if the table has no rows yet, or name another one in "
        f"[sources.tables.{table}] reads. Nothing of this night was kept"
    )


def require_sources(request: RunRequest, may_be_missing: Container[str]) -> None:
    """See to it, before a new home is made for it, that the source folder of a night and its tables are there.

    Raises UsageError where the folder is missing, InputRefused for a table of which there is neither folder nor file
    and that is not in `may_be_missing`. Asks nothing of a database, nor for a home that has read its tables before.
    """
    settings = request.settings.sources
    if settings.kind == "postgres" or request.sources is None or request.home.warehouse.exists():
        return
    for contract in source_contracts():
        if contract.name not in may_be_missing:
            source_folder(request.sources, contract.name, getattr(settings.tables, contract.name).reads)


def new_drops(place: Path, root: Path, table: str, ledger: Ledger, prefix: str = "") -> Iterator[Drop]:
    """Yield the files of `table` at `place` that the ledger does not hold, in the order of their paths.

    Paths are told from `root` on, after `prefix`. A path whose size and file times are those of the ledger is not
    opened at all. A file whose content was read before, under whatever name, is yielded as a repeat: it has nothing new
    to say.
    """
    for file in _files(place):
        path = prefix + file.relative_to(root).as_posix()
        facts = file.stat()
        stamp = f"{facts.st_size}:{facts.st_mtime_ns}:{facts.st_ctime_ns}"
        if ledger.stamps.get(path) == stamp:
            continue
        drop = Drop(table, path, file, facts.st_size, _sha256(file, table, path), stamp)
        if not drop.size:
            raise refused(drop, "is empty (0 bytes)", "send it again, or remove it if there was nothing to send")
        content = (drop.size, drop.sha256)
        is_repeat = content in ledger.contents
        ledger.contents.add(content)
        yield Drop(table, path, file, drop.size, drop.sha256, stamp, is_repeat)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    found = (entry for entry in place.rglob("*") if entry.is_file())
    return sorted(entry for entry in found if not _is_hidden(entry.relative_to(place)))


def _is_hidden(path: Path) -> bool:
    """Markers such as _SUCCESS and half-copied dot files are not drops."""
    return any(part.startswith((".", "_")) for part in path.parts)


def _sha256(file: Path, table: str, path: str) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputRefused(
            f"{table}: file {path} cannot be read ({error.strerror}); check its permissions. "
            "Nothing of this night was kept"
        ) from error
