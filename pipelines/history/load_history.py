"""Reads back what earlier nights published, from the published folder, which alone shows what became current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night, StepCount
from xuanpin.pipelines.contracts import load_contract


@dataclass(frozen=True)
class PublishedTable:
    """Describe a published table that later nights read.

    `name`: the warehouse table that keeps it; `table`: its contract; `columns`: those that are kept, with the run id
    added; `days`: for how many days before the list date it is kept; `equal`: values by column of the rows that are
    kept, all where it is empty.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    days: int
    equal: Mapping[str, str] = field(default_factory=dict)


# The newest list tells for how long each agent has got few matches; a run of such nights outlives a week's pause.
SHORT_NIGHTS = PublishedTable("history.short_nights", "agent_summary", ("list_date", "agent_id", "nights_short"), 7)
TRIAL_DAYS = 123
"""Days of the longest trial and of the longest outcomes, and one."""
REMEMBERED = (
    # Two months of lists show how long a SKU has been shown without a break.
    PublishedTable("history.listed", "sku_list", ("list_date", "sku_id", "list_rank"), 60),
    # Four weeks of matches stand in for posted sets where a platform exports no agents' posts.
    PublishedTable(
        "history.matched", "agent_matches", ("list_date", "agent_id", "sku_id", "propensity", "units_reserved"), 28
    ),
    # Predictions are compared with outcomes once most returns have shown, which takes two months in slow categories.
    PublishedTable(
        "history.predictions",
        "sku_scorecard",
        ("list_date", "sku_id", "return_rate", "regret_rate", "landmine_probability", "satisfaction", "decision"),
        75,
    ),
    # Eight weeks of brakes tell what is usual. A night that was held is here once a person approved it.
    PublishedTable(
        "history.brakes", "run_quality", ("list_date", "check_name", "value", "result"), 60, {"table_name": "brakes"}
    ),
    # The longest trial, and the days until its last outcomes are in; nothing where no trial has a name.
    PublishedTable(
        "history.assigned",
        "experiment_assignments",
        ("list_date", "experiment", "unit_id", "arm", "arm_propensity", "block", "is_withdrawn"),
        TRIAL_DAYS,
    ),
    PublishedTable(
        "history.trials", "experiment_results", ("list_date", "experiment", "metric", "stopped_by"), TRIAL_DAYS
    ),
    SHORT_NIGHTS,
)


def load_history(night: Night) -> StepCount:
    """Update the REMEMBERED tables to the current runs of all earlier list dates; return the rows added, twice.

    A list date whose current run has changed (a re-run or a recall) is read again; nothing of this list date or a
    later one is kept, so that a re-run of an old date reads what that night read.
    """
    runs = [run for run in run_store.current_runs(night.home) if run.list_date < night.list_date.isoformat()]
    rows = sum(_update_table(night, remembered, runs) for remembered in REMEMBERED)
    return rows, rows


def _update_table(night: Night, remembered: PublishedTable, runs: list[run_store.CurrentRun]) -> int:
    first = (night.list_date - timedelta(days=remembered.days)).isoformat()
    wanted = {(run.list_date, run.run_id): run for run in runs if run.list_date >= first}
    stored = _stored_runs(night, remembered)
    for list_date, run_id in sorted(stored - wanted.keys()):
        night.engine.delete_where(remembered.name, list_date=date.fromisoformat(list_date), run_id=run_id)
    missing = [wanted[key] for key in sorted(wanted.keys() - stored)]
    tables = [table for run in missing if (table := _published(night.home, remembered, run)) is not None]
    for table in tables:
        night.engine.append(remembered.name, table)
    return sum(table.num_rows for table in tables)


def short_nights_before(home: Home, list_date: date) -> pa.Table:
    """Return what history.short_nights tells of the run before `list_date`, for a run made without the warehouse."""
    run = run_store.earlier_run(home, list_date)
    first = (list_date - timedelta(days=SHORT_NIGHTS.days)).isoformat()
    rows = _published(home, SHORT_NIGHTS, run) if run is not None and run.list_date >= first else None
    return load_contract("short_nights").arrow_schema().empty_table() if rows is None else rows


def _published(home: Home, remembered: PublishedTable, run: run_store.CurrentRun) -> pa.Table | None:
    """Return what a run published of a table; None where it was published before the table had these columns."""
    if not run_store.has_columns(home, run, remembered.table, remembered.columns):
        return None
    columns = [*remembered.columns, "run_id"]
    return run_store.read_table(home, run, remembered.table, columns, **remembered.equal)


def _stored_runs(night: Night, remembered: PublishedTable) -> set[tuple[str, str]]:
    rows = night.engine.distinct(remembered.name, "list_date", "run_id")
    return {(row["list_date"].isoformat(), row["run_id"]) for row in rows.to_pylist()}
