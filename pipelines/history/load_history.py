"""What earlier nights published, read back from the published folder, which alone says what became current."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.contracts import load_contract


@dataclass(frozen=True)
class Memory:
    """One published table that later nights read: under which name, which columns, and for how many list dates."""

    name: str
    table: str
    columns: tuple[str, ...]
    days: int


MEMORIES = (
    # Two months of lists tell how long a SKU has been shown without a break.
    Memory("history.listed", "sku_list", ("list_date", "sku_id", "list_rank"), 60),
    # Four weeks of matches stand in for posted sets where a platform exports no agents' posts.
    Memory("history.matched", "agent_matches", ("list_date", "agent_id", "sku_id", "propensity", "units_reserved"), 28),
    # Predictions are held against outcomes once most returns have shown, which takes two months in slow categories.
    Memory(
        "history.predictions",
        "sku_scorecard",
        ("list_date", "sku_id", "return_rate", "regret_rate", "landmine_probability", "satisfaction", "decision"),
        75,
    ),
)


def load_history(night: Night) -> StepCount:
    """Bring the memory tables level with the current runs of all list dates before this night's.

    A list date whose current run has changed (a re-run or a recall) is read again; nothing of this list date or a later
    one is kept, so that a re-run of an old date remembers what that night remembered.
    """
    runs = [run for run in run_store.current_runs(night.home) if run.list_date < night.list_date.isoformat()]
    rows = sum(_bring_level(night, memory, runs) for memory in MEMORIES)
    return rows, rows


def _bring_level(night: Night, memory: Memory, runs: list[run_store.CurrentRun]) -> int:
    first = (night.list_date - timedelta(days=memory.days)).isoformat()
    wanted = {(run.list_date, run.run_id): run for run in runs if run.list_date >= first}
    held = _held(night, memory)
    for list_date, run_id in sorted(held - wanted.keys()):
        night.engine.delete_where(memory.name, list_date=date.fromisoformat(list_date), run_id=run_id)
    missing = sorted(wanted.keys() - held)
    tables = [
        run_store.read_table(night.home, wanted[key], memory.table).select([*memory.columns, "run_id"])
        for key in missing
    ]
    for table in tables:
        night.engine.append(memory.name, table)
    return sum(table.num_rows for table in tables)


def _held(night: Night, memory: Memory) -> set[tuple[str, str]]:
    if not night.engine.exists(memory.name):
        schema = load_contract(memory.table).arrow_schema()
        empty = pa.schema([schema.field(column) for column in (*memory.columns, "run_id")]).empty_table()
        night.engine.store(memory.name, empty)
    rows = night.engine.distinct(memory.name, "list_date", "run_id")
    return {(row["list_date"].isoformat(), row["run_id"]) for row in rows.to_pylist()}
