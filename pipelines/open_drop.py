"""The drop of the home that is still being written: answers that agents tap one at a time.

Ten thousand agents give tens of thousands of answers an hour; as a file each, they would cost every later night the
opening of each. They are lines of one hidden file, which no night reads. A night gives it a drop's name before it
looks for drops, and from then on it never changes: the next answer begins another. Every call is made under the lock of
the published folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

OPEN = ".open"
"""Name of the file; hidden, so that it is no drop."""
Mark = tuple[int, int]
"""A place behind a whole row: the number of the file, and bytes from its beginning."""
BEGINNING: Mark = (0, 0)
_LINES = 2
"""Lines of a drop that holds something: its header and a row."""


def drop_name(content: str, stamp: datetime) -> str:
    """Return the name of a drop with this `content`, whose first answer came at `stamp`."""
    return f"{stamp:%Y%m%dT%H%M%S}-{hashlib.sha256(content.encode()).hexdigest()[:10]}.csv"


def content_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the content of a drop of `rows` below a `header`."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return content.getvalue()


def append(folder: Path, content: str) -> None:
    """Add the rows of a drop with this `content` to the open drop of a `folder`, which has the same header."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / OPEN
    whole = _mend(path)
    header, _, rows = content.partition("\n")
    with path.open("ab") as out:
        out.write((rows if whole else f"{header}\n{rows}").encode())
        out.flush()
        os.fsync(out.fileno())


def close(folder: Path) -> None:
    """Make the open drop of a `folder`, if there is one, a drop like any other: nothing is added to it any more."""
    path = folder / OPEN
    if not _mend(path):
        return
    content = path.read_bytes().decode()
    first = next(csv.DictReader(io.StringIO(content)))
    path.rename(folder / drop_name(content, datetime.fromisoformat(first["updated_at"])))


def read(folder: Path, after: Mark = BEGINNING) -> tuple[list[dict[str, str]], Mark]:
    """Return the whole rows of the open drop of a `folder` that come `after` a mark, and the mark behind them.

    A mark in another file, one that has been closed since, counts as the beginning.
    """
    try:
        with (folder / OPEN).open("rb") as file:
            number, header = os.fstat(file.fileno()).st_ino, file.readline()
            begin = after[1] if after[0] == number else len(header)
            file.seek(begin)
            added = file.read()
    except FileNotFoundError:
        return [], BEGINNING
    rows = added[: added.rfind(b"\n") + 1]
    return list(csv.DictReader(io.StringIO((header + rows).decode()))), (number, begin + len(rows))


def _mend(path: Path) -> int:
    """Cut off what a killed process has written in part, which was never acknowledged; return the bytes that are left.

    A file without a row is deleted.
    """
    content = path.read_bytes() if path.exists() else b""
    rows = content[: content.rfind(b"\n") + 1]
    if rows.count(b"\n") < _LINES:
        path.unlink(missing_ok=True)
        return 0
    if len(rows) < len(content):
        os.truncate(path, len(rows))
    return len(rows)
