"""Finds what is left of planted personal data: in every file, every table and everything that was said."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from tests.support.personal_draws import Kind
from tests.support.personal_kinds import plain
from tests.support.plant import Planted
from xuanpin.pipelines.engine.opening import open_engine
from xuanpin.pipelines.migration import open_home

_READ_PLAINLY = 9
"""Characters of a plain reading from which a secret cannot be there by chance."""


@dataclass(frozen=True)
class Find:
    """A secret of a kind that was found in a `place`: a file, a table, or what a command said."""

    kind: Kind
    secret: str
    place: str


def outside(planted: Planted) -> dict[str, str]:
    """The text of everything outside the warehouse, by place: files as they are opened, and what commands said."""
    warehouse = planted.home.warehouse.name
    files = [path for folder in (planted.home.root, planted.out) for path in folder.rglob("*") if path.is_file()]
    read = {str(path.relative_to(planted.root)): _text(path) for path in files if not path.name.startswith(warehouse)}
    return read | {f"said by {name}": text for name, text in planted.said.items()}


def inside(planted: Planted) -> dict[str, str]:
    """The text of every table of the warehouse."""
    engine = open_home(planted.home, threads=1)
    names = engine.query("select schema_name || '.' || table_name as name from duckdb_tables()")["name"].to_pylist()
    read = {name: _rows_text(engine.read(name).to_pylist()) for name in names}
    engine.close()
    return read


def finds(texts: dict[str, str], kinds: Sequence[Kind]) -> list[Find]:
    """What is left of the kinds in the texts of places, as it was written, or in plain reading where it is long."""
    return list(_finds(texts, kinds))


def _finds(texts: dict[str, str], kinds: Sequence[Kind]) -> Iterator[Find]:
    for place, text in texts.items():
        # A line, because figures of two lines say nothing together.
        lines = "\n".join(plain(line) for line in text.splitlines())
        for kind in kinds:
            for secret in kind.secrets:
                read = plain(secret)
                if secret in text or (len(read) >= _READ_PLAINLY and read in lines):
                    yield Find(kind, secret, place)


def _text(path: Path) -> str:
    if path.suffix == ".parquet":
        return _rows_text(pq.read_table(path).to_pylist())
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(
                book.read(name).decode("utf-8", "replace").replace("</t>", "\n") for name in book.namelist()
            )
    if path.suffix == ".duckdb":
        engine = open_engine(path)
        names = engine.query("select schema_name || '.' || table_name as name from duckdb_tables()")["name"].to_pylist()
        text = "\n".join(_rows_text(engine.read(name).to_pylist()) for name in names)
        engine.close()
        return text
    return path.read_bytes().decode("utf-8", "replace")


def _rows_text(rows: list[dict[str, object]]) -> str:
    return "\n".join(str(value) for row in rows for value in row.values() if value is not None)
