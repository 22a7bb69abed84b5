"""Lays rows of a source table into a folder of the home, once the next night can read them, and reads them again."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from xuanpin.pipelines import run_store
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_files import UNREADABLE
from xuanpin.pipelines.ingest.own_drops import problem_of
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.plain_files import require_plain

T = TypeVar("T")


def store_drop(folder: Path, table: str, name: str, content: str, now: datetime) -> None:
    """Check `content`, rows of `table`, at time `now` and write it as the drop `name` of the home's `folder`."""
    check_drop(table, name, content, now)
    write_drop(folder, name, content)


def check_drop(table: str, name: str, content: str, now: datetime) -> None:
    """Read and check the `content` of the drop `name` as the next night will, by the rules of `table`, at time `now`.

    Raises UsageError, which says what is wrong, where the night would not take it.
    """
    with tempfile.TemporaryDirectory(prefix="xuanpin-check-") as folder:
        trial = Path(folder) / name
        # What is no text, such as a broken byte of a command line, must reach the check, not stop it.
        trial.write_bytes(content.encode("utf-8", "surrogatepass"))
        problem = problem_of(trial, table, Path(folder), now)
    if problem is not None:
        raise UsageError(phrase("tonight could not read this: {problem}. Nothing was stored", problem=problem))


def write_drop(folder: Path, name: str, content: str) -> None:
    """Write `content` as the drop `name` of a `folder` of the home, in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    with run_store.replacing(folder / name) as out:
        out.write(content)


def read_drop(path: Path, read_row: Callable[[Mapping[str, str]], T]) -> list[T]:
    """Return the rows of a drop of the home as `read_row` reads them; none of a file that the night will set aside."""
    try:
        require_plain(path, path.parents[1])
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return [read_row(row) for row in csv.DictReader(handle)]
    except UNREADABLE:
        return []
