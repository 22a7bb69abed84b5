"""Reads tables in another thread while the engine is used for other things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.engine.duck import DuckEngine
from xuanpin.pipelines.engine.failures import failures_of_duckdb
from xuanpin.pipelines.engine.library import load_query
from xuanpin.pipelines.engine.protocol import Engine


def aside(engine: Engine, stem: str, **parameters: Any) -> Callable[[], pa.Table]:
    """Return what finds, once and in whatever thread, the rows that `engine.select` of the `stem` would.

    It has a connection of its own and sees what is committed when it begins; `parameters` are bound as there. Where the
    tables are not at hand the rows are found here and now.
    """
    file = load_query(stem)
    if not engine.is_at_hand(file.text):
        rows = engine.select(stem, **parameters)
        return lambda: rows
    connection, bound = engine.dbapi_connection(), file.bind(parameters)

    def select() -> pa.Table:
        with failures_of_duckdb(), connection:
            return connection.sql(file.text, params=bound).to_arrow_table()

    return select


def another(engine: Engine) -> Engine | None:
    """Return an engine for another thread, which finds what is committed; None where the tables are not at hand."""
    return None if engine.has_workers else DuckEngine(engine.dbapi_connection(), ())
