"""Lays rows of a source table into a folder of the home, once it is known that the next night can read them."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.own_drops import problem_of


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
        raise UsageError(f"tonight could not read this: {problem}. Nothing was stored")


def write_drop(folder: Path, name: str, content: str) -> None:
    """Write `content` as the drop `name` of a `folder` of the home, in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    with run_store.replacing(folder / name) as out:
        out.write(content)
