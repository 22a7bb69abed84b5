"""Finds the files under sql/ by their stem and names the parameters that each one binds."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

import duckdb

from xuanpin.pipelines.engine.beside import beside


@dataclass(frozen=True)
class SqlFile:
    """One statement: its path below sql/, its text, the names of its parameters and whether it only reads
    (`is_query`)."""

    path: str
    text: str
    parameters: frozenset[str]
    is_query: bool

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the given parameters that the file names; raises TypeError when one is missing."""
        missing = sorted(self.parameters - given.keys())
        if missing:
            raise TypeError(f"sql/{self.path} needs ${', $'.join(missing)}; pass them by name")
        return {name: given[name] for name in sorted(self.parameters)}


def load_query(stem: str) -> SqlFile:
    """Return the SELECT of sql/**/<stem>.sql; raises ValueError where the file changes rows."""
    return _of_kind(stem, is_query=True)


def load_change(stem: str) -> SqlFile:
    """Return the delete or update of sql/**/<stem>.sql; raises ValueError for a SELECT."""
    return _of_kind(stem, is_query=False)


def _of_kind(stem: str, *, is_query: bool) -> SqlFile:
    file = load_sql(stem)
    if file.is_query != is_query:
        verbs = "select, materialise or insert" if file.is_query else "run"
        raise ValueError(f"sql/{file.path} {'is a SELECT' if file.is_query else 'changes rows'}; use {verbs}")
    return file


@cache
def load_sql(stem: str) -> SqlFile:
    """Return the file sql/**/<stem>.sql; raises LookupError with the nearest stem when there is none, ValueError
    where it does not hold one statement."""
    entries = _entries()
    if stem not in entries:
        nearest = ", ".join(difflib.get_close_matches(stem, entries, n=1, cutoff=0.0))
        raise LookupError(f"there is no {stem}.sql under sql/; the nearest is {nearest}")
    path, source = entries[stem]
    text = source.read_text(encoding="utf-8").rstrip().rstrip(";")
    statements = beside().extract_statements(text)
    if len(statements) != 1:
        raise ValueError(f"sql/{path} holds {len(statements)} statements; keep one statement a file")
    is_query = statements[0].type == duckdb.StatementType.SELECT
    return SqlFile(path, text, frozenset(statements[0].named_parameters), is_query)


def sql_stems() -> tuple[str, ...]:
    """Return the stems of all SQL files in alphabetical order."""
    return tuple(sorted(_entries()))


@cache
def _entries() -> Mapping[str, tuple[str, Traversable]]:
    found: dict[str, tuple[str, Traversable]] = {}
    for path, entry in _walk(files("xuanpin.sql"), ""):
        stem = path.rsplit("/", 1)[-1].removesuffix(".sql")
        if stem in found:
            raise ValueError(f"sql/{path} and sql/{found[stem][0]} share one stem; a table has one SQL file")
        found[stem] = (path, entry)
    return MappingProxyType(found)


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        elif entry.name.endswith(".sql"):
            yield path, entry
