"""Weigh each delivered line as a witness of its SKU: one buyer is one witness, and new buyers in a burst are none."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.risk.witnesses import (
    CELL_COUNTS,
    COUNTS,
    FEWEST_LINES,
    find_bursts,
    lone_agents,
    new_buyer_weight,
)
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.drift import ALARMS
from xuanpin.pipelines.scoring.look_alikes import find_look_alikes
from xuanpin.pipelines.scoring.sale_lines import PERIOD_DAYS

BURSTS = pa.schema([("sku_number", pa.int32()), ("period", pa.int32())])
LONE_AGENTS = pa.schema(
    [
        ("sku_number", pa.int32()),
        ("period", pa.int32()),
        ("agent_number", pa.int32()),
        ("agent_weight", pa.float64()),
    ]
)
NEW_WEIGHT = "night.int_new_buyer_weight"
WEIGHT = pa.schema([("new_weight", pa.float64())])
EPOCH = date(1970, 1, 1)


def weigh_witnesses(night: Night) -> float:
    """Find new buyers, their bursts, accounts alike and lone agents; returns the weight (0-1) of a new buyer's line.

    Reads the lines of `judge_sale_lines`, night.int_window_mentions, int_sku_daily, int_sku_numbers and
    int_sku_outcomes. Writes night.int_source_numbers, int_first_time_bursts, int_lone_agents, int_doubted_lines (the
    few lines whose weight depends on what others do), int_new_buyer_weight, int_witnessed_outcomes, int_witness_alarms
    and the tables of `find_look_alikes`.
    """
    night.engine.materialise("int_source_numbers")
    counts = _numbers(night.engine.select("int_new_buyer_counts"), COUNTS)
    bursts = find_bursts(counts)
    night.engine.store("night.int_first_time_bursts", _burst_periods(counts, bursts))
    skus = night.engine.read("night.int_sku_numbers", columns=["sku_id"], order_by=["sku_number"])["sku_id"]
    named = bursts.assign(sku_id=skus.take(pa.array(bursts["sku"])).to_pylist())
    found = {"first_time_buyers": named, "accounts_alike": find_look_alikes(night)}
    alarms = [_alarms(night, metric, rows) for metric, rows in found.items()]
    night.engine.store("night.int_witness_alarms", pa.concat_tables(alarms))
    cells = night.engine.select("int_agent_cells", fewest_lines=FEWEST_LINES)
    night.engine.store("night.int_lone_agents", _lone_agents(cells))
    new_weight = new_buyer_weight(counts)
    night.engine.store(NEW_WEIGHT, pa.Table.from_pylist([{"new_weight": new_weight}], WEIGHT))
    night.engine.materialise("int_doubted_lines", new_weight=new_weight)
    night.engine.materialise("int_witnessed_outcomes", new_weight=new_weight)
    return new_weight


def read_new_weight(night: Night) -> float:
    """Read what `weigh_witnesses` has returned this night."""
    (row,) = night.engine.read(NEW_WEIGHT).to_pylist()
    return float(row["new_weight"])


def _numbers(rows: pa.Table, names: list[str]) -> pd.DataFrame:
    frame: pd.DataFrame = rows.to_pandas()
    return frame.astype(dict.fromkeys(names, np.float64))


def _burst_periods(counts: pd.DataFrame, bursts: pd.DataFrame) -> pa.Table:
    """Return the periods of each burst in which its SKU has lines, each once."""
    both = counts[["sku", "period"]].merge(bursts[["sku", "first", "last"]], on="sku")
    inside = both[both["period"].between(both["first"], both["last"])]
    periods = inside[["sku", "period"]].drop_duplicates().sort_values(["sku", "period"])
    return pa.table([pa.array(periods["sku"]), pa.array(periods["period"])], names=BURSTS.names).cast(BURSTS)


def _lone_agents(cells: pa.Table) -> pa.Table:
    weight = lone_agents(_numbers(cells, CELL_COUNTS))
    own = cells.select(["sku_number", "period", "agent_number"]).take(pa.array(weight.index))
    return own.append_column("agent_weight", pa.array(weight)).cast(LONE_AGENTS)


def _alarms(night: Night, metric: str, found: pd.DataFrame) -> pa.Table:
    """Return the alarms of what was `found` in the days for which alarms are published, the latest of each SKU."""
    ordered = found.sort_values(["sku_id", "last", "observed", "first"])
    shown_from = night.as_of_date - timedelta(days=night.settings.scoring.alarm_days)
    rows: list[dict[Hashable, Any]] = ordered.drop_duplicates("sku_id", keep="last").to_dict("records")
    return pa.Table.from_pylist(
        [
            {
                "level": "sku",
                "entity_id": row["sku_id"],
                "metric": metric,
                "since_on": _starts_on(row["first"]),
                "severity": "warning",
                "evidence": f"observed={row['observed']:.0f},expected={row['expected']:.1f},lines={row['lines']:.0f}",
            }
            for row in rows
            if _starts_on(row["last"] + 1) > shown_from
        ],
        schema=ALARMS,
    )


def _starts_on(period: int) -> date:
    return EPOCH + timedelta(days=period * PERIOD_DAYS)
