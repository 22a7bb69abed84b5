"""Reads the Iceberg copy of a home as another system would, and ends a process at its n-th write to one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.delivery import deliver
from xuanpin.pipelines.delivery.iceberg import cleaning, copying
from xuanpin.pipelines.delivery.iceberg.cleaning import _named_files
from xuanpin.pipelines.delivery.iceberg.files import OpenFiles
from xuanpin.pipelines.run_store import CurrentRun
from xuanpin.pipelines.settings import Settings

FEW = ("sku_list", "feedback_mentions")
"""Tables of a copy that is to be made quickly."""


def settings(**iceberg: Any) -> Settings:
    """Settings of a home with a local copy."""
    return Settings.model_validate({"publish": {"iceberg": {"kind": "local"} | iceberg}})


def copied(home: Home, **iceberg: Any) -> int:
    """Bring the copy level; return how much was new."""
    done = deliver(home, settings(**iceberg), {})
    assert [(one.receiver, one.failure) for one in done] == [("iceberg", None)]
    return done[0].count


def few_tables() -> None:
    """Let this process copy a few tables alone."""
    vars(copying)["published_contracts"] = lambda: tuple(load_contract(name) for name in FEW)


@contextmanager
def reading(home: Home) -> Iterator[Catalog]:
    """The catalogue of a local copy, opened by its address alone."""
    with SqlCatalog("xuanpin", uri=f"sqlite:///{home.published}/iceberg/catalog.db") as catalog:
        yield catalog


def read(home: Home, table: str, tag: str | None = None) -> pa.Table:
    """The rows of a table on `main`, or of the run with a tag."""
    with reading(home) as catalog:
        scan = catalog.load_table(f"xuanpin.{table}").scan()
        return (scan.use_ref(tag) if tag else scan).to_arrow()


def main(home: Home, table: str = "sku_list", column: str = "run_id") -> list[Any]:
    """The values of a column on `main`, sorted."""
    return sorted(read(home, table)[column].to_pylist())


def tags(home: Home, table: str = "sku_list") -> list[str]:
    """The tags of a table, sorted."""
    with reading(home) as catalog:
        return sorted(name for name in catalog.load_table(f"xuanpin.{table}").refs() if name != "main")


def tag_of(run: CurrentRun) -> str:
    """The tag of a run, as documented."""
    return run.run_dir.replace("=", "-")


def files_of(home: Home, ending: str = "") -> set[Path]:
    """Every file of the tables of a copy, or those that end so."""
    return {path for path in (home.published / "iceberg" / "xuanpin").rglob(f"*{ending}") if path.is_file()}


def unnamed_files(home: Home) -> set[Path]:
    """Files below the tables of a copy that no snapshot of them names."""
    with reading(home) as catalog:
        tables: list[Table] = [catalog.load_table(name) for name in catalog.list_tables("xuanpin")]
    named = {Path(path.removeprefix("file://")) for table in tables for path in _named_files(table)}
    return files_of(home) - named


def copy_until(root: Path, wanted: int) -> None:
    """Bring the copy level and end this process at its n-th write: before a file, a commit, a rename or a deletion.

    0 leaves the number of writes beside the home. For a process of its own.
    """
    few_tables()
    count = 0

    def strike() -> None:
        nonlocal count
        count += 1
        if count == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    _before(OpenFiles, "new_output", strike)
    _before(OpenFiles, "delete", strike)
    _before(SqlCatalog, "commit_table", strike)
    _before(cleaning, "delete_others", strike)
    _before(Path, "replace", strike)
    copied(Home(root))
    root.with_name("writes").write_text(str(count), encoding="utf-8")


def _before(owner: Any, name: str, act: Callable[[], None]) -> None:
    function = getattr(owner, name)

    def acted(*given: Any, **named: Any) -> Any:
        act()
        return function(*given, **named)

    setattr(owner, name, acted)
