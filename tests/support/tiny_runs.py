"""Published runs of a few rows, for tests of what reads and replaces them; no night has to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract

Rows = Sequence[Mapping[str, Any]]
SHOWN = "auto_approved"
TABLES = ("sku_list", "sku_scorecard", "agent_matches", "agent_alternates", "agent_summary", "run_quality")
"""Published tables that a tiny run has, empty unless a test gives rows; others it has where a test does."""


def seal(home: Home, list_date: date, run_id: str, state: str = SHOWN, **tables: Rows) -> run_store.CurrentRun:
    """Write a run folder whose rows leave out what a test does not look at; the caller makes it current."""
    as_of = list_date - timedelta(days=1)
    run = run_store.CurrentRun(run_id, f"run={run_id}", list_date.isoformat(), as_of.isoformat(), state)
    folder = run_store.run_folder(home, run)
    folder.mkdir(parents=True)
    stamp = {"list_date": list_date, "as_of_date": as_of, "run_id": run_id}
    for name in (*TABLES, *(tables.keys() - {*TABLES})):
        schema = load_contract(name).arrow_schema()
        loose = pa.schema([field.with_nullable(True) for field in schema])
        rows = [dict.fromkeys(schema.names) | dict(row) | stamp for row in tables.get(name, ())]
        pq.write_table(pa.Table.from_pylist(rows, schema=loose), folder / f"{name}.parquet")
    counts = dict.fromkeys(TABLES, 0) | {name: len(rows) for name, rows in tables.items()}
    run_store.replace_json(folder / run_store.MANIFEST, {"run_id": run_id, "state": state, "row_counts": counts})
    return run


def publish(home: Home, list_date: date, run_id: str, state: str = SHOWN, **tables: Rows) -> run_store.CurrentRun:
    """As `seal`, and make the run current for its list date."""
    run = seal(home, list_date, run_id, state, **tables)
    run_store.point_to(home, run)
    return run
