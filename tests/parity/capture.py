"""Takes down what a program asks of the engine: each SELECT with its parameters, the rows it read and its result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pyarrow as pa
import pytest

from xuanpin.pipelines.engine.cluster.dialect import tables_of
from xuanpin.pipelines.engine.duck import DuckEngine
from xuanpin.pipelines.engine.library import SqlFile, load_query, load_sql, sql_stems

ONE_ENGINE = re.compile(r"^-- (DuckDB|PostgreSQL) only: ", re.MULTILINE)


@dataclass(frozen=True)
class Call:
    """One SELECT as DuckDB ran it: `inputs` are the tables it names, by name, `result` what it answered."""

    file: SqlFile
    parameters: Mapping[str, Any]
    inputs: Mapping[str, pa.Table]
    result: pa.Table


@dataclass
class Record:
    """Calls by the stem of their file, in the order in which they were made."""

    calls: dict[str, list[Call]] = field(default_factory=dict)

    def note(self, engine: DuckEngine, stem: str, given: Mapping[str, Any]) -> None:
        """Take down what a file is about to answer."""
        file = load_query(stem)
        if stem not in portable_stems():
            return
        parameters = file.bind(given)
        inputs = {table: engine.read(table) for table in tables_of(file.text)}
        self.calls.setdefault(stem, []).append(Call(file, parameters, inputs, engine.query(file.text, **parameters)))


def portable_stems() -> frozenset[str]:
    """Return the stems of the files that both engines run."""
    return frozenset(stem for stem in sql_stems() if not ONE_ENGINE.search(load_sql(stem).text))


@contextmanager
def recording() -> Iterator[Record]:
    """Take down every SELECT of sql/ that runs within the block."""
    record = Record()
    with pytest.MonkeyPatch.context() as patched:
        for method in ("materialise", "select", "insert"):
            patched.setattr(DuckEngine, method, _noted(getattr(DuckEngine, method), record))
        yield record


def _noted(method: Callable[..., Any], record: Record) -> Callable[..., Any]:
    @wraps(method)
    def noted(engine: DuckEngine, stem: str, **given: Any) -> Any:
        record.note(engine, stem, given)
        return method(engine, stem, **given)

    return noted
