"""Reads what earlier nights published from the published folder, for the report to compare tonight with."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.figures import matched_units, published_reader, units_delivered

# Two weeks show a trend and a weekly rhythm; older nights are in the published tables.
SHOWN_NIGHTS = 14
PROMISES = pa.schema(
    [
        ("list_date", pa.date32()),
        ("state", pa.string()),
        ("listed", pa.int64()),
        ("expected_units", pa.float64()),
        ("expected_kept_units", pa.float64()),
    ]
)
RATES = pa.schema([("list_date", pa.date32()), ("sku_id", pa.string()), ("return_rate", pa.float64())])
SCORES = ("sku_id", "score", "demand_per_post", "regret_rate")


def store_earlier_nights(night: Night) -> dict[str, Any] | None:
    """Write what earlier runs promised (night.report_promises, report_promised_rates) and the last scores
    (night.report_last_scores); return the last manifest, None on the first night."""
    runs = [run for run in run_store.current_runs(night.home) if run.list_date < night.list_date.isoformat()]
    first = (night.list_date - timedelta(days=SHOWN_NIGHTS)).isoformat()
    shown = [run for run in runs if run.list_date >= first]
    rates = [_return_rates(night, run) for run in shown]
    promises = [_promise(night, run, of_night) for run, of_night in zip(shown, rates, strict=True)]
    night.engine.store("night.report_promises", pa.Table.from_pylist(promises, schema=PROMISES))
    night.engine.store("night.report_promised_rates", pa.concat_tables([RATES.empty_table(), *rates]))
    schema = load_contract("sku_scorecard").arrow_schema()
    scores = run_store.read_table(night.home, runs[-1], "sku_scorecard", SCORES) if runs else schema.empty_table()
    night.engine.store("night.report_last_scores", scores.select(list(SCORES)))
    return run_store.manifest(night.home, runs[-1]) if runs else None


def _return_rates(night: Night, run: run_store.CurrentRun) -> pa.Table:
    """Return the return rates that the list of a `run` states, with its list date."""
    rates = run_store.read_table(night.home, run, "sku_list", ["sku_id", "return_rate"])
    return rates.add_column(0, "list_date", pa.repeat(pa.scalar(_list_date(run)), rates.num_rows)).cast(RATES)


def _promise(night: Night, run: run_store.CurrentRun, rates: pa.Table) -> dict[str, Any]:
    """Return what the matches of a `run` promised: units that customers take, and those that they keep for good."""
    kept = matched_units(published_reader(night.home, run))
    returned = dict(zip(rates["sku_id"].to_pylist(), rates["return_rate"].to_pylist(), strict=True))
    return {
        "list_date": _list_date(run),
        "state": run.state,
        "listed": rates.num_rows,
        "expected_units": math.fsum(units_delivered(units, returned[sku_id]) for sku_id, units in kept.items()),
        "expected_kept_units": math.fsum(kept.values()),
    }


def _list_date(run: run_store.CurrentRun) -> date:
    return date.fromisoformat(run.list_date)
