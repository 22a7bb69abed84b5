"""Reads single columns of published tables, also of runs of earlier releases, which lack some."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract


def read_columns(home: Home, run: run_store.CurrentRun, table: str, columns: Sequence[str]) -> pa.Table:
    """Return `columns` of a published table, those that the release of the run did not know as nulls."""
    schema = load_contract(table).arrow_schema()
    is_there = (run_store.run_folder(home, run) / f"{table}.parquet").exists()
    known = [name for name in columns if not is_there or run_store.has_columns(home, run, table, [name])]
    rows = run_store.read_table(home, run, table, known)
    return run_store.with_columns(rows, pa.schema([schema.field(name) for name in columns])).select(list(columns))
