"""Keeps the daily sums of the night, and who sold what: from one night to the next only what has changed is summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.engine.names import all_rows
from xuanpin.pipelines.identity import code_version

STAGED = "ops.staged"
STAGED_SCHEMA = pa.schema(
    [
        ("drop_seq", pa.int64()),
        ("summed_on", pa.date32()),
        ("summed_after", pa.date32()),
        ("summed_by", pa.string()),
        ("assumed", pa.string()),
    ]
)
"""Up to which batch the order history goes and what it assumes, and as of which night, after which order day and by
which program its sums stand in the warehouse; a fold leaves only the batch and the assumptions."""


@dataclass(frozen=True)
class DaySums:
    """Sums of the table `outcomes` of history, which SQL of the name `table` computes whole.

    `deltas` is the SQL of what a fold adds to it, in a temporary table of that name. `changed` and `sums` find the days
    that may differ and sum these; `key` names a day. `counts` is a table that SQL of that name counts from the sums,
    and `recounted` the SQL that counts it from what it was, the sums as they were and those that have changed.
    """

    outcomes: str
    deltas: str
    table: str
    changed: str
    sums: str
    key: tuple[str, ...]
    counts: str = ""
    recounted: str = ""

    @property
    def kept(self) -> tuple[str, ...]:
        """Return the tables that are kept from night to night."""
        return tuple(f"night.{table}" for table in (self.table, self.counts) if table)


DAY_SUMS = (
    DaySums(
        "history.daily_sku_outcomes",
        "int_daily_sku_deltas",
        "int_sku_daily",
        "int_changed_sku_days",
        "int_changed_sku_sums",
        ("sku_id", "delivered_on"),
    ),
    DaySums(
        "history.daily_agent_outcomes",
        "int_daily_agent_deltas",
        "int_agent_daily",
        "int_changed_agent_days",
        "int_changed_agent_sums",
        ("agent_id", "sku_id", "ordered_on"),
        "int_sku_agents",
        "int_recounted_agents",
    ),
)


def read_staged(engine: Engine) -> dict[str, Any]:
    """Return the one row of ops.staged; nulls where no batch has been folded."""
    rows = engine.read(STAGED).to_pylist()
    return rows[0] if rows else dict.fromkeys(STAGED_SCHEMA.names)


def write_sums(night: Night, before: dict[str, Any], folds: Sequence[int]) -> None:
    """Bring night.int_sku_daily, int_agent_daily and int_sku_agents to this as-of date.

    `before` is the row of ops.staged before this night folded what had come, with the batch up to which it has folded
    now; `folds` are the lines of each fold. Where the sums of an earlier date stand, only days of which something
    became known since are summed again; a night for an earlier date, a longer window or another program sums
    everything. The sums are the same either way.
    """
    engine, after = night.engine, night.as_of_date - timedelta(days=night.settings.matching.history_days)
    if len(folds) <= 1 and _stands(engine, before, night.as_of_date, after):
        # Sums that are half of one night and half of another would stand for neither.
        with engine.transaction():
            for sums in DAY_SUMS:
                if not folds:
                    engine.create(f"{all_rows(sums.outcomes)} where false", into=f"temp.{sums.deltas}")
                _sum_changed(engine, sums, before, night.as_of_date, after)
            _note_summed(engine, before, night.as_of_date, after)
        return
    _note_summed(engine, before, None, None)
    for sums in DAY_SUMS:
        engine.materialise(sums.table, as_of_date=night.as_of_date, history_before=after)
        if sums.counts:
            engine.materialise(sums.counts)
    _note_summed(engine, before, night.as_of_date, after)


def _stands(engine: Engine, before: dict[str, Any], as_of_date: date, after: date) -> bool:
    if before["summed_on"] is None or before["summed_by"] != code_version():
        return False
    is_earlier = before["summed_on"] <= as_of_date and before["summed_after"] <= after
    return is_earlier and all(engine.exists(table) for sums in DAY_SUMS for table in sums.kept)


def _sum_changed(engine: Engine, sums: DaySums, before: dict[str, Any], as_of_date: date, after: date) -> None:
    dates = {"as_of_date": as_of_date, "summed_on": before["summed_on"]}
    dates |= {"history_before": after, "summed_after": before["summed_after"]}
    engine.materialise(sums.changed, **dates)
    engine.materialise(sums.sums, **dates)
    if sums.counts:
        engine.materialise(sums.recounted, into="temp")
        engine.create(all_rows(f"temp.{sums.recounted}"), into=f"night.{sums.counts}")
        engine.drop(f"temp.{sums.recounted}")
    table = f"night.{sums.table}"
    engine.replace_keys(table, f"night.{sums.sums}", keys=f"night.{sums.changed}", on=sums.key)


def _note_summed(engine: Engine, staged: dict[str, Any], as_of_date: date | None, after: date | None) -> None:
    row = staged | {"summed_on": as_of_date, "summed_after": after, "summed_by": code_version()}
    engine.store(STAGED, pa.Table.from_pylist([row], schema=STAGED_SCHEMA))
