"""Reads what earlier nights published from the published folder, for the report to compare tonight with."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import load_contract

# Two weeks show a trend and a weekly rhythm; older nights are in the published tables.
SHOWN_NIGHTS = 14
PROMISES = pa.schema(
    [
        ("list_date", pa.date32()),
        ("state", pa.string()),
        ("listed", pa.int64()),
        ("expected_kept_units", pa.float64()),
    ]
)
PROMISED = ("expected_kept_units",)
SCORES = ("sku_id", "score", "demand_per_post", "regret_rate")


def store_earlier_nights(night: Night) -> dict[str, Any] | None:
    """Write night.report_promises and night.report_last_scores from the earlier runs; return the last manifest.

    The manifest is None on the first night.
    """
    runs = [run for run in run_store.current_runs(night.home) if run.list_date < night.list_date.isoformat()]
    first = (night.list_date - timedelta(days=SHOWN_NIGHTS)).isoformat()
    promises = [_promise(night, run) for run in runs if run.list_date >= first]
    night.engine.store("night.report_promises", pa.Table.from_pylist(promises, schema=PROMISES))
    schema = load_contract("sku_scorecard").arrow_schema()
    scores = run_store.read_table(night.home, runs[-1], "sku_scorecard", SCORES) if runs else schema.empty_table()
    night.engine.store("night.report_last_scores", scores.select(list(SCORES)))
    return run_store.manifest(night.home, runs[-1]) if runs else None


def _promise(night: Night, run: run_store.CurrentRun) -> dict[str, Any]:
    kept = run_store.read_table(night.home, run, "agent_summary", PROMISED)["expected_kept_units"].to_pylist()
    listed = run_store.manifest(night.home, run)["row_counts"]["sku_list"]
    return {
        "list_date": pa.scalar(run.list_date).cast(pa.date32()).as_py(),
        "state": run.state,
        "listed": listed,
        "expected_kept_units": math.fsum(kept),
    }
