"""An engine that notes which tables are written, and which of them are read back in the same step."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine.protocol import Engine


class TracingEngine:
    """Passes every call on; `read_back` lists the tables that Python read although it had written them before."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.written: set[str] = set()
        self.read_back: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def query(self, sql: str, /, **parameters: Any) -> pa.Table:
        self.read_back += sorted(tables_of(sql) & self.written)
        return self._engine.query(sql, **parameters)

    def read(self, table: str, **how: Any) -> pa.Table:
        self.read_back += sorted({table} & self.written)
        return self._engine.read(table, **how)

    def store(self, table: str, data: Any, schema: pa.Schema | None = None) -> int:
        self.written.add(table)
        return self._engine.store(table, data, schema)

    def append(self, table: str, data: Any) -> int:
        self.written.add(table)
        return self._engine.append(table, data)

    def materialise(self, stem: str, *, into: str = "night", called: str | None = None, **parameters: Any) -> int:
        self.written.add(f"{into}.{called or stem}")
        return self._engine.materialise(stem, into=into, called=called, **parameters)


def traced(night: Night) -> tuple[Night, TracingEngine]:
    """Return the same night on a tracing engine, and the engine."""
    engine = TracingEngine(night.engine)
    return replace(night, engine=engine), engine


def tables_of(sql: str) -> set[str]:
    """Return the tables that a statement names, as schema.table."""
    with duckdb.connect() as parser:
        return set(parser.get_table_names(re.sub(r"\$\w+", "null", sql), qualified=True))
