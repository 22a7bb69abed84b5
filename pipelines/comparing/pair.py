"""Shows the published tables of two runs in a database in memory, so that one set of SELECTs compares them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract, statements
from xuanpin.pipelines.engine import Engine, open_memory

SIDES = ("before", "after")
COMPARED = {
    "sku_list": "list",
    "sku_scorecard": "scorecard",
    "agent_matches": "matches",
    "run_quality": "quality",
    "alarms": "alarms",
}
"""Published tables that are compared, and what their views are called after the side."""


@contextmanager
def open_pair(home: Home, before: run_store.CurrentRun, after: run_store.CurrentRun) -> Iterator[Engine]:
    """Open the tables of two runs (`before`, `after`) as views night.before_… and night.after_…, compare their SKUs.

    What is compared stands in night.compared_skus and night.compared_measures.

    The files are read where they lie, so that lists of a million matches take little memory. A table or a column that
    an earlier release did not publish is empty.
    """
    engine = open_memory()
    try:
        for side, run in zip(SIDES, (before, after), strict=True):
            for table, name in COMPARED.items():
                _show(engine, home, run, table, f"night.{side}_{name}")
        engine.materialise("compared_skus")
        engine.materialise("compared_measures")
        yield engine
    finally:
        engine.close()


def _show(engine: Engine, home: Home, run: run_store.CurrentRun, table: str, view: str) -> None:
    contract = load_contract(table)
    if run_store.is_unknown(home, run, table):
        engine.store(view, contract.arrow_schema().empty_table())
        return
    file = run_store.run_folder(home, run) / f"{table}.parquet"
    present = set(pq.read_schema(file).names)
    engine.create_view(view, statements.rows_of_file(contract.columns, file, present))
