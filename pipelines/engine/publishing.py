"""Puts database files that were built beside those in use in place, in one step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb

from xuanpin.pipelines.engine.names import literal

HEADER_BYTES = 3 * 4096
"""Bytes of a database file before its first block: what names the format, and two headers of which the newer holds."""


def make_room(building: Path) -> None:
    """Remove what a killed process left where the new database `building` is built."""
    building.unlink(missing_ok=True)
    _log_of(building).unlink(missing_ok=True)


def _log_of(building: Path) -> Path:
    return building.with_name(f"{building.name}.wal")


def keep_bytes(path: Path, building: Path, size: int) -> None:
    """Give the database `building`, a changed copy of that at `path`, back what was cut off its end, up to `size`.

    DuckDB ends a file after the last block that its new header names; who has read the old header asks for more.
    """
    with path.open("rb") as before, building.open("ab") as after:
        before.seek(after.tell())
        after.write(before.read(max(size - after.tell(), 0)))


def put_in_place(building: Path, path: Path) -> None:
    """Give the new database `building` the name `path`, whole and kept by the machine, in one step.

    Raises RuntimeError, and replaces nothing, where it is not complete by itself.
    """
    log = _log_of(building)
    if log.exists():
        raise RuntimeError(f"{log.name} was left beside {building.name}; the database was not replaced")
    # Whoever may open the folder may open the file.
    building.chmod(path.parent.stat().st_mode & 0o666)
    _sync(building)
    os.replace(building, path)
    _sync(path.parent)


def rewrite_file(path: Path, config: dict[str, Any]) -> None:
    """Replace the database at `path`, which nobody has open, by a copy that holds what its tables hold and no more.

    The blocks of deleted rows stay in a database file until something is written over them; a copy has none. `config`
    is as the database is opened with. Cut short, the old file stays, and what was copied is removed the next time.
    """
    copy = remove_copy(path)
    with duckdb.connect(":memory:", config=config) as connection:
        # Both stay locked until the copy has the name: nobody writes to the old one meanwhile.
        for name, file in (("before", path), ("after", copy)):
            connection.execute(f"attach {literal(str(file))} as {name}")
        connection.execute("copy from database before to after")
        connection.execute("checkpoint after")
        _sync(copy)
        os.replace(copy, path)
        _sync(path.parent)


def remove_copy(path: Path) -> Path:
    """Remove what a killed process has left of a copy of the database at `path`; return the name for a new one."""
    copy = path.with_name(f"{path.name}.rewritten")
    for left in (copy, copy.with_name(f"{copy.name}.wal")):
        left.unlink(missing_ok=True)
    return copy


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
